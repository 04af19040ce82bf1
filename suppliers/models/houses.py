"""A house: a supplier or a buyer. Its people let one another in and out; each time is journalled and told.

Who comes and goes takes the lock of its house first: nobody lets others in with a right he just lost, and the last one
stays.
"""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from suppliers.journals import erasing
from suppliers.mails import tell_invitation, tell_people
from suppliers.models.users import User

# Letters of invitation within a day: from one house, and to one address.
FROM_HOUSE, TO_ADDRESS = 10, 3
A_DAY = timedelta(days=1)


class LastMember(Exception):
    """Nobody would remain for this house."""


class NotOurs(Exception):
    """Whoever acts is no member, or the invitation is another's."""


class InvitationClosed(Exception):
    """It was answered or cancelled, or is too old."""


class TooManyInvitations(Exception):
    """Enough letters left for today."""


class Act(models.TextChoices):
    """What happened to the people of a house."""

    INVITED = "invited", "Invitation"
    INVITED_AGAIN = "invited_again", "Invitation renvoyée"
    CANCELLED = "cancelled", "Invitation annulée"
    JOINED = "joined", "Invitation acceptée"
    ADDED = "added", "Personne ajoutée"
    REMOVED = "removed", "Personne retirée"
    LEFT = "left", "Départ"


class HouseQuerySet(models.QuerySet):
    def for_user(self, user):
        return self.filter(members__user=user)

    def keys_of(self, user) -> list[int]:
        """Of this person's houses, read now: who asks for rows by keys that are known is led through their index."""
        return list(self.for_user(user).order_by().values_list("pk", flat=True))


class House(models.Model):
    """Part of Supplier and of Buyer, which have `members`, `invitations` and `member_changes`.

    `space`: the namespace of its pages; `for_members`: what its people may do, in French.
    """

    space: str
    for_members: str

    class Meta:
        abstract = True

    @property
    def members_path(self) -> str:
        return reverse(f"{self.space}:members", args=[self.pk])

    def people(self) -> models.QuerySet[User]:
        """Who acts for it now, and is told what happens."""
        return User.objects.filter(pk__in=self.members.values("user"), is_active=True)

    def admit(self, user: User, *, by: User) -> bool:
        """By himself with an invitation, else by an agent. False when he was a member before."""
        with transaction.atomic():
            self.hold()
            _, is_new = self.members.get_or_create(user=user)
            if is_new:
                self._note(Act.JOINED if user == by else Act.ADDED, by=by, user=user)
        return is_new

    def let_go(self, user: User, *, by: User) -> bool:
        """A member leaves, or takes a colleague's access away. Raises LastMember, NotOurs."""
        with transaction.atomic():
            self.hold(by)
            if not self.people().exclude(pk=user.pk).exists():
                raise LastMember
            return self.dismiss(user, by=by)

    def dismiss(self, user: User, *, by: User) -> bool:
        """From his next click on he finds nothing here. An agent may do so to the last one too."""
        with transaction.atomic():
            self.hold()
            gone, _ = self.members.filter(user=user).delete()
            if gone:
                self._close_back_doors(user, by)
                self._note(Act.LEFT if user == by else Act.REMOVED, by=by, user=user)
        return bool(gone)

    def _close_back_doors(self, user: User, by: User) -> None:
        """An invitation to his own address; and, when he did not go by himself, those he sent."""
        doors = Q(email=user.email.lower()) if user == by else Q(email=user.email.lower()) | Q(invited_by=user)
        for invitation in self.invitations.waiting().filter(doors):
            self._cancel(invitation, by)

    def invite(self, email: str, *, by: User) -> None:
        """A letter with a new link; a former one to the same address opens nothing any more.

        Raises TooManyInvitations, NotOurs.
        """
        email, now = email.lower(), timezone.now()
        with transaction.atomic():
            self.hold(by)
            self._spare(email, now)
            dates = {"invited_by": by, "sent_at": now, "expires_at": now + timedelta(days=settings.INVITATION_DAYS)}
            invitation, is_new = self.invitations.update_or_create(
                email=email, accepted_at=None, cancelled_at=None, defaults={**dates, "token_hash": ""}
            )
            self._note(Act.INVITED if is_new else Act.INVITED_AGAIN, by=by, address=email)
            tell_invitation(invitation)

    def _spare(self, email: str, now) -> None:
        """Counted in the journal: what a cache forgets must not open the door to floods."""
        letters = self.member_changes.filter(what__in=[Act.INVITED, Act.INVITED_AGAIN], at__gt=now - A_DAY)
        if letters.count() >= FROM_HOUSE or letters.filter(address=email).count() >= TO_ADDRESS:
            raise TooManyInvitations

    def cancel(self, invitation: "AnyInvitation", *, by: User) -> None:
        """Cancelled twice, it is cancelled. Raises InvitationClosed when it was accepted, NotOurs."""
        with transaction.atomic():
            self.hold(by)
            self._cancel(invitation, by)

    def _cancel(self, invitation, by: User) -> None:
        if self.invitations.waiting().filter(pk=invitation.pk).update(cancelled_at=timezone.now(), token_hash=""):
            self._note(Act.CANCELLED, by=by, address=invitation.email)

    def hold(self, by: User | None = None) -> None:
        """Nobody else comes or goes until the transaction ends; `by` must be one of the members. Raises NotOurs."""
        type(self).objects.select_for_update(no_key=True).get(pk=self.pk)
        if by and not self.members.filter(user=by).exists():
            raise NotOurs

    def _note(self, what: Act, *, by: User, user: User | None = None, address: str = "") -> None:
        change = self.member_changes.create(what=what, by=by, user=user, address=address)
        if user:
            tell_people(change)


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class InvitationQuerySet(models.QuerySet):
    def waiting(self):
        """Neither answered nor cancelled; perhaps too old."""
        return self.filter(accepted_at=None, cancelled_at=None)

    def open(self):
        return self.waiting().filter(expires_at__gt=timezone.now())

    def by_hash(self, token_hash: str):
        """The open one whose latest letter brought this token, or None."""
        return self.open().filter(token_hash=token_hash).select_related("house").first() if token_hash else None

    def new_token(self, key: int) -> str:
        """The secret of a letter that leaves now: only its hash stays."""
        token = secrets.token_urlsafe(32)
        self.open().filter(pk=key).update(token_hash=hash_of(token))
        return token


class AnyInvitation(models.Model):
    """Asks somebody, by his address alone, to act for a house; nothing here depends on whether he has an account."""

    # The kind of mail that carries it.
    mail_kind: str

    email = models.EmailField("adresse invitée")
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")
    sent_at = models.DateTimeField("envoyée le")
    expires_at = models.DateTimeField("valable jusqu'au")
    token_hash = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    accepted_at = models.DateTimeField("acceptée le", null=True, blank=True)
    cancelled_at = models.DateTimeField("annulée le", null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        abstract = True
        verbose_name = "invitation"
        ordering = ["-sent_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["house", "email"],
                condition=Q(accepted_at=None, cancelled_at=None),
                name="%(class)s_waits_once",
            )
        ]

    def __str__(self):
        return f"{self.email} ({self.house})"

    @property
    def is_too_old(self) -> bool:
        return self.expires_at <= timezone.now()

    def is_for(self, user) -> bool:
        """He proved, by a code, that this address is his."""
        return user.is_authenticated and user.emailaddress_set.filter(email__iexact=self.email, verified=True).exists()

    def accept(self, *, by: User) -> None:
        """Once, by its addressee. Raises NotOurs, InvitationClosed."""
        if not self.is_for(by):
            raise NotOurs
        with transaction.atomic():
            self.house.hold()
            same = type(self).objects.open().filter(pk=self.pk, token_hash=self.token_hash)
            if not same.update(accepted_at=timezone.now(), token_hash=""):
                raise InvitationClosed
            self.house.admit(by, by=by)


class AnyMemberChange(models.Model):
    """Who came, went or was asked, when, and by whom. Addresses of who never came are forgotten, the rows are not."""

    # The kind of mail that tells the others.
    mail_kind: str

    at = models.DateTimeField("le", default=timezone.now)
    what = models.CharField("acte", max_length=15, choices=Act)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="personne"
    )
    address = models.EmailField("adresse invitée", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")

    class Meta:
        abstract = True
        verbose_name = "changement de personnes"
        verbose_name_plural = "changements de personnes"
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.get_what_display()} ({self.house})"

    @property
    def whom(self) -> str:
        return self.user.email if self.user else self.address or "adresse oubliée"

    @property
    def author(self) -> str:
        """As members read it: agents are the Département."""
        return "le Département" if self.by.is_staff else self.by.email


def forget_invitations(before) -> None:
    """Addresses invited before that day and no longer waited for; the journal goes on saying when, and by whom."""
    for invitations in AnyInvitation.__subclasses__():
        gone = Q(accepted_at__lt=before) | Q(cancelled_at__lt=before) | Q(expires_at__lt=before)
        invitations.objects.filter(gone).delete()
    for changes in AnyMemberChange.__subclasses__():
        with erasing():
            changes.objects.filter(at__lt=before).exclude(address="").update(address="")
