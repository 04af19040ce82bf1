"""What people are told by mail: a row for each person and thing, written in the transaction of what happened.

The one outbox of the portal. `suppliers.outbox` sends what stands here; the row stays as its journal.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from suppliers.models.users import Rhythm, User
from suppliers.typography import french

# Before each further attempt; after the last one somebody must look.
WAITS = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=8), timedelta(days=1))
ATTEMPTS = len(WAITS) + 1
# A sender that died loses its claim after this; longer than a sweep.
LEASE = timedelta(minutes=15)

# about, user (None: an address without account) and occasion: what tells one row of a kind from another.
Told = tuple[int, int | None, str]


@dataclass(frozen=True)
class Kind:
    """Something people are told of.

    `to` and `when`, for the documents. `at_once`: account and bank matters, and what is urgent, wait for no digest and
    go in a letter of their own. `still`: of what it is `about`, whatever is to be told now; what is no longer among it
    before it left is dropped. Without it, the thing told stays true. `link`: of what it is `about`, a path
    with a secret that only the letter may hold, made when it leaves.
    """

    name: str
    label: str
    to: str
    when: str
    at_once: bool = False
    still: Callable[[Collection[int]], set[Told]] | None = None
    link: Callable[[int], str] | None = None


KINDS: dict[str, Kind] = {}


def kind(name: str, *described, **more) -> Kind:
    """Make a kind known. Each app does so for its own, in its `mails`."""
    KINDS[name] = Kind(name, *described, **more)
    return KINDS[name]


def occasion_of(moment: datetime) -> str:
    """The same text for the same moment, wherever it was read."""
    return moment.astimezone(UTC).isoformat()


def next_due(rhythm: str, now: datetime) -> datetime:
    """When somebody with this rhythm is told of what happens now: MAIL_HOUR, and for a weekly letter MAIL_WEEKDAY."""
    if rhythm == Rhythm.AT_ONCE:
        return now
    day = timezone.localdate(now)
    if rhythm == Rhythm.WEEKLY:
        day += timedelta((settings.MAIL_WEEKDAY - day.isoweekday()) % 7)
    due = _at_mail_hour(day)
    return due if due > now else _at_mail_hour(day + timedelta(7 if rhythm == Rhythm.WEEKLY else 1))


def _at_mail_hour(day) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(settings.MAIL_HOUR)))


def _row(what: Kind, now: datetime, words: dict[str, str]) -> dict:
    return {"kind": what.name, "created_at": now, **{name: french(text) for name, text in words.items()}}


class State(models.TextChoices):
    WAITING = "waiting", "à envoyer"
    SENT = "sent", "envoyé"
    DROPPED = "dropped", "sans objet avant l'envoi"
    FAILED = "failed", "en échec"


IN_STATE = {
    State.WAITING: Q(sent_at=None, dropped_at=None, attempts__lt=ATTEMPTS),
    State.SENT: Q(sent_at__isnull=False),
    State.DROPPED: Q(dropped_at__isnull=False),
    State.FAILED: Q(sent_at=None, dropped_at=None, attempts__gte=ATTEMPTS),
}


class MailQuerySet(models.QuerySet):
    def tell(self, what: Kind, people: Iterable[User], *, about: int, occasion: str = "", **words: str) -> None:
        """A row for each of them: `subject`, what `happened`, what `to_do`, and the one `action` with its `path`.

        Told a second time, the same thing stays one row: that of the first time.
        """
        now = timezone.now()
        told = {"about": about, "occasion": occasion, **_row(what, now, words)}
        due = {person: now if what.at_once else next_due(person.mail_rhythm, now) for person in people}
        rows = (Mail(user=person, due_at=due_at, **told) for person, due_at in due.items() if person.is_active)
        self.bulk_create(rows, ignore_conflicts=True)

    def write_to(self, address: str, what: Kind, *, about: int, occasion: str = "", **words: str) -> None:
        """As `tell`, at once, to somebody of whom only the address is known."""
        now = timezone.now()
        told = {"about": about, "occasion": occasion, **_row(what, now, words)}
        self.bulk_create([Mail(address=address, due_at=now, **told)], ignore_conflicts=True)

    def in_state(self, state: str):
        return self.filter(IN_STATE[state])

    def due(self, now: datetime):
        """What may leave and is in nobody's hands."""
        free = Q(claimed_at__isnull=True) | Q(claimed_at__lte=now - LEASE)
        return self.in_state(State.WAITING).filter(free, due_at__lte=now)

    def claim(self, keys: Collection[int], now: datetime) -> bool:
        """Take all of a letter for the time of its sending, or none of it when somebody else has a part."""
        with transaction.atomic():
            claimed = self.due(now).filter(pk__in=keys).update(claimed_at=now, attempts=F("attempts") + 1)
            if claimed < len(keys):
                transaction.set_rollback(True)
        return claimed == len(keys)

    def follow_rhythm(self, user: User) -> None:
        """What waits for the former rhythm waits for the new one."""
        now, alone = timezone.now(), [what.name for what in KINDS.values() if what.at_once]
        waiting = self.in_state(State.WAITING).filter(user=user, attempts=0).exclude(kind__in=alone)
        waiting.update(due_at=next_due(user.mail_rhythm, now))


class Mail(models.Model):
    """One thing that one person is told once. Texts are forgotten after a while, the row is not: it says « told »."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="mails", verbose_name="destinataire"
    )
    # Of somebody who may have no account; forgotten with the texts.
    address = models.EmailField("adresse", blank=True)
    kind = models.CharField("nature", max_length=30)
    about = models.BigIntegerField()
    occasion = models.CharField(max_length=80, blank=True)
    subject = models.CharField("objet", max_length=300, blank=True)
    happened = models.TextField("ce qui s'est passé", blank=True)
    to_do = models.TextField("ce qu'il faut faire", blank=True)
    action = models.CharField("bouton", max_length=60, blank=True)
    path = models.CharField("page", max_length=300, blank=True)
    created_at = models.DateTimeField("écrit le", default=timezone.now)
    due_at = models.DateTimeField("à envoyer le", default=timezone.now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField("envoyé le", null=True, blank=True)
    dropped_at = models.DateTimeField("sans objet depuis le", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("tentatives", default=0)
    # Never the server's own words: they quote addresses.
    last_error = models.CharField("dernière erreur", max_length=100, blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        verbose_name = "courriel"
        verbose_name_plural = "courriels"
        ordering = ["-pk"]
        permissions = [("resend_mail", "Peut renvoyer un courriel")]
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "about", "occasion"], name="mail_told_once"),
            models.UniqueConstraint(
                fields=["address", "kind", "about", "occasion"], condition=Q(user=None), name="mail_written_once"
            ),
            models.CheckConstraint(condition=Q(user=None) | Q(address=""), name="mail_has_one_addressee"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(sent_at=None, dropped_at=None), name="mail_waiting"),
        ]

    def __str__(self):
        return self.subject or self.get_kind_display()

    @property
    def to(self) -> str:
        return self.user.email if self.user else self.address

    @property
    def path_in_letter(self) -> str:
        link = KINDS[self.kind].link if self.kind in KINDS else None
        return link(self.about) if link else self.path

    @property
    def can_be_read(self) -> bool:
        return self.user is None or self.user.is_active

    @property
    def told(self) -> Told:
        return self.about, self.user_id, self.occasion

    @property
    def state(self) -> State:
        if self.sent_at:
            return State.SENT
        if self.dropped_at:
            return State.DROPPED
        return State.FAILED if self.attempts >= ATTEMPTS else State.WAITING

    @property
    def goes_alone(self) -> bool:
        return self.kind in KINDS and KINDS[self.kind].at_once

    def get_kind_display(self) -> str:
        return KINDS[self.kind].label if self.kind in KINDS else self.kind

    def send_again(self) -> bool:
        """A person mended what made it fail. False when it did not fail, or its text is forgotten."""
        failed = Mail.objects.in_state(State.FAILED).filter(pk=self.pk).exclude(subject="")
        return bool(failed.update(attempts=0, claimed_at=None, due_at=timezone.now()))
