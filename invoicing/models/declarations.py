"""Where an invoice stands by the word of a person, as long as Chorus Pro itself does not tell. Part of the invoice."""

from datetime import date, datetime, time

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from invoicing.lifecycle import Status, TransitionError
from invoicing.models.events import InvoiceEvent
from invoicing.models.life import MOVED_MEANWHILE

TAKEN_BACK_LABEL = "Déclaration retirée\u00a0: la facture n'est pas déposée"
SENT_OUTSIDE_LABEL = "Envoyée à l'acheteur par le fournisseur"


def moment_of(day: date) -> datetime:
    """The moment that stands for a declared day: now for today, else its end. What was done that day came before."""
    if day >= timezone.localdate():
        return timezone.now()
    return timezone.make_aware(datetime.combine(day, time(23, 59)))


class Declarations(models.Model):
    """What the supplier, or an agent for him, says of an invoice the portal did not send."""

    # When a person last declared where it stands on Chorus Pro; empty when Chorus Pro itself tells.
    declared_at = models.DateTimeField("état déclaré le", null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_declared(self) -> bool:
        """Whether a person, not Chorus Pro, said where it stands."""
        return self.declared_at is not None

    @property
    def sent_outside_on(self) -> date | None:
        """The day its supplier says he sent it to a buyer who is not on Chorus Pro."""
        if self.status != Status.OUTSIDE:
            return None
        told = self.events.filter(kind=InvoiceEvent.Kind.DECLARED, recorded_at__gte=self.status_at).last()
        return timezone.localdate(told.occurred_at) if told else None

    def declare(self, status, *, on: date, by, acted_as="", comment="", seen_revision) -> None:
        """A person says where it stands on Chorus Pro since the day `on`, first of all that it was deposited.

        The last declaration counts, so that one corrects the other, until Chorus Pro tells: its news replace them all.
        """
        first = self.status == Status.TO_SELF_DEPOSIT and status == Status.DEPOSITED
        if not (first or self.is_declared):
            raise TransitionError(MOVED_MEANWHILE)
        at = moment_of(on)
        with transaction.atomic():
            self._declared(seen_revision, status=status, status_at=at, declared_at=timezone.now())
            self._tell_declared(status, at, by=by, acted_as=acted_as, reason=comment)

    def take_declaration_back(self, *, by, acted_as="", seen_revision) -> None:
        """It was not deposited after all: its supplier's turn again, as long as only people said otherwise."""
        if not self.is_declared:
            raise TransitionError(MOVED_MEANWHILE)
        now, source = timezone.now(), self.status
        with transaction.atomic():
            self._declared(seen_revision, status=Status.TO_SELF_DEPOSIT, status_at=now, declared_at=None)
            self.events.create(
                kind=InvoiceEvent.Kind.STATUS, from_status=source, to_status=self.status, label=TAKEN_BACK_LABEL,
                by=by, acted_as=acted_as, occurred_at=now,
            )  # fmt: skip
            self.count_payment_days()

    def _declared(self, seen_revision: int, **values) -> None:
        """Compare-and-set on what the person saw; Chorus Pro's news, which may come at once, win."""
        seen = type(self).objects.filter(
            pk=self.pk, revision=seen_revision, status=self.status, declared_at=self.declared_at
        )
        if not seen.update(revision=F("revision") + 1, **values):
            raise TransitionError(MOVED_MEANWHILE)
        self.refresh_from_db()

    def declare_sent(self, *, on: date, by, acted_as="") -> None:
        """Sent to a buyer who is not on Chorus Pro. The status stays: nobody tells what follows."""
        self._tell_declared("", moment_of(on), by=by, acted_as=acted_as, label=SENT_OUTSIDE_LABEL)

    def _tell_declared(self, status, at: datetime, **values) -> None:
        self.events.create(kind=InvoiceEvent.Kind.DECLARED, to_status=status, occurred_at=at, **values)
        self.count_payment_days()
