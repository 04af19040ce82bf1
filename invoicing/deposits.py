"""What a supplier dropped, until it has become invoices. Part of the models; the database is the queue.

A Deposit is one press of the button. Each PDF in it is an Upload, its photographs together are one. An Upload waits, is
claimed for a while by whoever reads it, and ends as drafts, as a file known already, or as a refusal in a sentence.
"""

import uuid
from datetime import datetime, timedelta
from pathlib import PurePath

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from orders.models import ENGAGEMENT_MAX, Order
from suppliers.models import Supplier

# Longer than the longest reading of one invoice; who reads several in one file asks for more.
LEASE = timedelta(minutes=5)
# A file that took three readers down with it is not given to a fourth.
ATTEMPTS = 3
# The home page tells for so long of a refusal nobody came to see.
REMEMBERED = timedelta(days=14)


def original_path(original, filename):
    """A name without meaning, as every stored file has; the kind decides the ending."""
    return f"invoices/{timezone.now():%Y/%m}/{uuid.uuid4().hex}{PurePath(filename).suffix}"


def shown_path(picture, filename):
    return f"pages/{timezone.now():%Y/%m}/{uuid.uuid4().hex}.jpg"


class DepositQuerySet(models.QuerySet):
    def for_suppliers_of(self, user):
        return self.filter(supplier__in=Supplier.objects.keys_of(user))

    def visible_to(self, user):
        """Its supplier's own people, and the agent who acted in his name."""
        theirs = models.Q(supplier__members__user=user)
        if user.has_perm("invoicing.review_invoice"):
            theirs |= models.Q(by=user)
        return self.filter(pk__in=self.model.objects.filter(theirs).values("pk"))

    def to_tell(self, now: datetime):
        """Those whose supplier still waits for something, or has not seen what became of a file."""
        unfinished = Upload.objects.filter(deposit=OuterRef("pk"), state__in=UNFINISHED)
        untaken = Upload.objects.filter(deposit=OuterRef("pk"), state__in=UNTAKEN)
        unseen = Q(Exists(untaken), seen_at__isnull=True, created_at__gt=now - REMEMBERED)
        return self.filter(Q(Exists(unfinished)) | unseen)


class Deposit(models.Model):
    """One press of the button: who, for whom, and what he said of the files; anything may be missing."""

    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="deposits", verbose_name="fournisseur")
    order = models.ForeignKey(
        Order, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="commande facturée"
    )
    buyer_siret = models.CharField("SIRET de l'acheteur", max_length=14, blank=True)
    engagement_number = models.CharField("numéro d'engagement", max_length=ENGAGEMENT_MAX, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")
    acted_as = models.CharField("au nom de", max_length=120, blank=True)
    # The rejected invoice this one is made in place of: its number is used up.
    instead_of = models.ForeignKey("invoicing.Invoice", models.PROTECT, null=True, blank=True, related_name="+")
    # The invoice whose PDF it takes the place of.
    replaces = models.ForeignKey("invoicing.Invoice", models.PROTECT, null=True, blank=True, related_name="+")
    # The revision of either of them that the person saw.
    seen_revision = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField("déposé le", auto_now_add=True)
    # When somebody saw the end of all its files.
    seen_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = DepositQuerySet.as_manager()

    class Meta:
        verbose_name = "dépôt"
        ordering = ["-pk"]

    def __str__(self):
        return f"dépôt de {self.supplier} le {self.created_at:%d/%m/%Y}"

    def get_absolute_url(self) -> str:
        return reverse("invoicing:deposited", args=[self.pk])

    @property
    def waiting(self) -> int:
        return self._count({State.WAITING})

    @property
    def asked(self) -> int:
        return self._count({State.ASKING})

    @property
    def refused(self) -> int:
        return self._count(UNTAKEN)

    def _count(self, states) -> int:
        """How many of its files are in one of these states; from what was read with it, where it was."""
        return sum(upload.state in states for upload in self.uploads.all())

    def mark_seen(self) -> None:
        """Nothing of it waits any more and somebody looked: the home page need not tell."""
        if not self.seen_at:
            Deposit.objects.filter(pk=self.pk, seen_at=None).update(seen_at=timezone.now())


class State(models.TextChoices):
    WAITING = "waiting", "En cours de lecture"
    ASKING = "asking", "Plusieurs factures ?"
    TAKEN = "taken", "Lue"
    KNOWN = "known", "Déjà reçue"
    REFUSED = "refused", "Fichier écarté"


UNFINISHED = [State.WAITING, State.ASKING]
UNTAKEN = [State.KNOWN, State.REFUSED]


class Answer(models.TextChoices):
    """What the supplier says of a PDF that seems to hold several invoices."""

    CUT = "cut", "Oui, découper"
    WHOLE = "whole", "Non, c'est une seule facture"


class UploadQuerySet(models.QuerySet):
    def due(self, now: datetime):
        """Those that wait and that nobody holds, the longest waiting first."""
        return self.filter(Q(leased_until=None) | Q(leased_until__lte=now), state=State.WAITING).order_by("pk")


class Upload(models.Model):
    """One PDF, or the photographs of one invoice. `state` is written by the verbs below, by compare-and-set."""

    deposit = models.ForeignKey(Deposit, models.CASCADE, related_name="uploads")
    position = models.PositiveSmallIntegerField()
    name = models.CharField("nom du fichier", max_length=200)
    # Of the bytes as they came: a PDF's SHA-256, or that of its photographs' one after the other.
    fingerprint = models.CharField("empreinte", max_length=64, db_index=True)
    state = models.CharField("état", max_length=10, choices=State, default=State.WAITING)
    reason = models.TextField("pourquoi", blank=True)
    known = models.ForeignKey("invoicing.Invoice", models.SET_NULL, null=True, blank=True, related_name="+")
    # Invoices it seems to hold: [{"number": "F-12", "first": 1, "last": 2}, …], pages counted from 1.
    parts = models.JSONField(default=list, blank=True)
    # A signature would be broken by cutting.
    is_signed = models.BooleanField(default=False)
    answer = models.CharField("réponse", max_length=5, choices=Answer, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # It waits because the virus scanner does not answer.
    lacks_scanner = models.BooleanField(default=False)
    # It waits because it has pages without text, which only a worker has the time to read.
    is_picture = models.BooleanField(default=False)
    is_infected = models.BooleanField("virus trouvé", default=False)

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = "fichier reçu"
        verbose_name_plural = "fichiers reçus"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["deposit", "position"], name="upload_position_once"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="upload_state_is_known"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(state=State.WAITING), name="upload_waiting"),
        ]

    def __str__(self):
        return self.name

    @property
    def is_waiting(self) -> bool:
        return self.state == State.WAITING

    # --- Claimed by one reader at a time ---

    def claim(self, now: datetime | None = None) -> bool:
        """Take it for a while; False when somebody else has it or it does not wait any more."""
        now = now or timezone.now()
        free = Q(leased_until=None) | Q(leased_until__lte=now)
        until = now + LEASE
        won = Upload.objects.filter(free, pk=self.pk, state=State.WAITING).update(
            leased_until=until, attempts=F("attempts") + 1
        )
        if won:
            self.refresh_from_db()
        return bool(won)

    def release(self, *, lacks_scanner=False, was_tried=False) -> None:
        """Nobody could read it now, and it is not its fault. What was tried all the same is not tried for ever."""
        attempts = F("attempts") - (0 if was_tried else 1)
        self._held().update(leased_until=None, attempts=attempts, lacks_scanner=lacks_scanner)

    def leave_to_worker(self) -> None:
        """A page cannot wait until its pictures are read."""
        self._held().update(leased_until=None, attempts=F("attempts") - 1, is_picture=True)

    def hold_on(self, now: datetime | None = None) -> bool:
        """More time, for a file that became several; False when ours was up and somebody else reads it."""
        until = (now or timezone.now()) + LEASE
        won = self._held().update(leased_until=until)
        if won:
            self.leased_until = until
        return bool(won)

    def _held(self):
        """This row as long as it is still ours: another reader takes it over once our time is up."""
        return Upload.objects.filter(pk=self.pk, state=State.WAITING, leased_until=self.leased_until)

    def finish(self, state: State, **values) -> bool:
        """What became of it; False when our time was up and somebody else reads it."""
        won = self._held().update(state=state, leased_until=None, **values)
        if won:
            self.refresh_from_db()
        return bool(won)

    def settle(self, answer: Answer) -> bool:
        """The supplier said whether it is one invoice: it waits to be read as he says."""
        return bool(
            Upload.objects.filter(pk=self.pk, state=State.ASKING).update(
                state=State.WAITING, answer=answer, attempts=0, leased_until=None
            )
        )

    def give_up(self, reason: str) -> bool:
        """The supplier wants nothing made of it."""
        asked = Upload.objects.filter(pk=self.pk, state=State.ASKING)
        return bool(asked.update(state=State.REFUSED, reason=reason))


class Original(models.Model):
    """A file as it came, kept untouched with its SHA-256. A PDF read as one invoice is that invoice's document too."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="originals")
    position = models.PositiveSmallIntegerField()
    file = models.FileField("fichier", upload_to=original_path, max_length=200)
    name = models.CharField("nom du fichier", max_length=200)
    sha256 = models.CharField("empreinte SHA-256", max_length=64)
    size = models.PositiveIntegerField("taille (octets)")

    class Meta:
        verbose_name = "original"
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["upload", "position"], name="original_position_once")]

    def __str__(self):
        return self.name


class UploadPage(models.Model):
    """A page of a PDF that seems to hold several invoices, to be looked at before it is cut."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="pages")
    number = models.PositiveSmallIntegerField("page")
    picture = models.FileField(upload_to=shown_path, max_length=200)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["upload", "number"], name="upload_page_once")]

    def __str__(self):
        return f"page {self.number}"
