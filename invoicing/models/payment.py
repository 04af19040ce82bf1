"""When an invoice should be paid, and what its supplier says of the money. Part of the invoice."""

from datetime import date

from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import TruncMinute
from django.utils import timezone

from invoicing.lifecycle import ON_CHORUS, Status, TransitionError
from invoicing.models.declarations import TAKEN_BACK_LABEL
from invoicing.models.life import MOVED_MEANWHILE
from invoicing.payment import Step, Term, term
from invoicing.typography import french
from suppliers.days import date_format

RECEIVED, UNPAID, TAKEN_BACK = "Paiement reçu", "Pas encore payée", "Réponse sur le paiement retirée"

UNREFUSED = ON_CHORUS - {Status.REJECTED}


class Payment(models.Model):
    """`pay_by` follows from the steps on Chorus Pro; the rest is the word of a person and never Chorus Pro's news."""

    # Written with each step, so that lists can ask for it; none while the delay has not begun or is interrupted.
    pay_by = models.DateField("à payer avant le", null=True, blank=True, editable=False)
    received_on = models.DateField("paiement reçu le", null=True, blank=True, editable=False)
    unpaid_on = models.DateField("dite impayée le", null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    def payment_term(self) -> Term | None:
        """The delay as the steps that are believed now make it; none for an avoir, nor while the buyer is unknown."""
        if not self.is_invoice or self.buyer is None or self.status not in UNREFUSED:
            return None
        return term(self._steps(), self.buyer.payment_delay, max(self.deliveries, default=None))

    def _steps(self) -> list[Step]:
        # Chorus Pro tells the minute only: within one, the order in which we learned them.
        told = self._still_believed().filter(to_status__in=ON_CHORUS).order_by(TruncMinute("occurred_at"), "pk")
        if self.is_declared and (mistake := self.events.filter(label=TAKEN_BACK_LABEL).order_by("pk").last()):
            told = told.filter(pk__gt=mistake.pk)
        return [
            Step(Status(status), timezone.localdate(at)) for status, at in told.values_list("to_status", "occurred_at")
        ]

    def count_payment_days(self) -> None:
        """Keep the last day in which it is to be paid, after whatever was told of it."""
        running = self.payment_term()
        pay_by = running.pay_by if running else None
        if pay_by != self.pay_by:
            type(self).objects.filter(pk=self.pk).update(pay_by=pay_by)
            self.pay_by = pay_by

    @property
    def may_be_paid(self) -> bool:
        """Whether its supplier may say that the money came, or did not."""
        return self.is_invoice and self.status in UNREFUSED | {Status.OUTSIDE}

    def is_overdue(self, today: date | None = None) -> bool:
        """Past its day, and nobody told of the money."""
        today = today or timezone.localdate()
        return bool(self.may_be_paid and not self.received_on and self.pay_by and self.pay_by < today)

    @property
    def awaited_by(self) -> date | None:
        """The last day for the money, as long as it is neither on its way nor late."""
        is_awaited = self.may_be_paid and self.status != Status.PAID and not self.received_on
        return self.pay_by if is_awaited and not self.is_overdue() else None

    def declare_received(self, *, on: date, by, acted_as="") -> None:
        """« J'ai reçu le paiement le … »."""
        day = french(f"Le {date_format(on, 'j F Y')}")
        self._say(Q(received_on=None), RECEIVED, day, by=by, acted_as=acted_as, received_on=on, unpaid_on=None)

    def declare_unpaid(self, *, by, acted_as="") -> None:
        """« Non » to « Avez-vous été payé ? »."""
        unsaid, today = Q(received_on=None, unpaid_on=None), timezone.localdate()
        self._say(unsaid, UNPAID, "", by=by, acted_as=acted_as, unpaid_on=today)

    def take_payment_back(self, *, by, acted_as="") -> None:
        """What was said of the money was a mistake."""
        said = Q(received_on__isnull=False) | Q(unpaid_on__isnull=False)
        self._say(said, TAKEN_BACK, "", by=by, acted_as=acted_as, received_on=None, unpaid_on=None)

    def _say(self, still: Q, label: str, reason: str, *, by, acted_as: str, **values) -> None:
        """Compare-and-set: two people, or two clicks, say it once."""
        with transaction.atomic():
            unchanged = type(self).objects.filter(still, pk=self.pk, status=self.status)
            if not self.may_be_paid or not unchanged.update(**values):
                raise TransitionError(MOVED_MEANWHILE)
            self.events.create(
                kind="note", label=label, reason=reason, by=by, acted_as=acted_as, occurred_at=timezone.now()
            )
        for name, value in values.items():
            setattr(self, name, value)
