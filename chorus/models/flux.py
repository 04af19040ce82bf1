"""A deposit that Chorus Pro takes as a file and judges later: what a submission keeps of it."""

from datetime import datetime

from django.db import models, transaction
from django.utils import timezone

from invoicing.typography import french
from suppliers.models import Supplier

HANDED_OVER = french(
    "Transmise à Chorus Pro au format Factur-X : le PDF et ses données dans un même fichier. "
    "Chorus Pro le contrôle avant d'enregistrer la facture."
)
LATE_FLOW = "Chorus Pro a pris le fichier {flow} alors que cet envoi était « {status} » sur le portail : à regarder."


class Transport(models.TextChoices):
    PDF = "pdf", "PDF simple"
    FACTURX = "facturx", "Factur-X"


class Flux(models.Model):
    """The columns and verbs of the second transport. `flow_number` is Chorus Pro's receipt: no invoice exists yet."""

    transport = models.CharField("transport", max_length=10, choices=Transport, default=Transport.PDF)
    # Why this supplier's Factur-X left as a plain PDF.
    plain_because = models.CharField("en PDF simple parce que", max_length=200, blank=True)
    flow_number = models.CharField("numéro de flux", max_length=40, blank=True)
    flow_state = models.CharField("état du flux", max_length=60, blank=True)
    report = models.JSONField("compte rendu", default=dict, blank=True)
    awaiting_since = models.DateTimeField("compte rendu attendu depuis", null=True, blank=True)

    class Meta:
        abstract = True

    def hand_over(self, *, flow_number: str, answer: dict, look_at: datetime) -> bool:
        """Chorus Pro took the file. Recorded however late the answer comes, unless the row has moved on: then staff
        are told the number."""
        open_still = type(self).objects.filter(
            pk=self.pk,
            attempt=self.attempt,
            status__in=[self.Status.SENDING, self.Status.IN_DOUBT, self.Status.HELD],
        )
        with transaction.atomic():
            won = open_still.update(
                status=self.Status.AWAITING,
                flow_number=flow_number,
                flow_state="",
                answer=answer,
                awaiting_since=timezone.now(),
                due_at=look_at,
                last_error="",
            )
            if won:
                self.invoice.note(HANDED_OVER)
        self.refresh_from_db()
        if not won and self.status != self.Status.DEPOSITED:
            self.invoice.flag(french(LATE_FLOW.format(flow=flow_number, status=self.get_status_display())))
        return bool(won)

    def _awaiting(self):
        return type(self).objects.filter(pk=self.pk, status=self.Status.AWAITING, flow_number=self.flow_number)

    def take_look(self, *, next_at: datetime) -> bool:
        """Claim one look at the report; should this one come to nothing, the next is at `next_at`."""
        return bool(self._awaiting().filter(due_at=self.due_at).update(due_at=next_at))

    def keep_report(self, *, state: str, report: dict) -> None:
        """What Chorus Pro says of the file, raw; a state nobody knows is kept and shown like another."""
        self.flow_state, self.report = state[:60], report
        self._awaiting().update(flow_state=self.flow_state, report=report)

    def end_without_invoice(self, status, error) -> bool:
        """The file is done with and made no invoice: nothing of it can still turn up over there."""
        return bool(self._awaiting().update(status=status, calling_since=None, last_error=str(error)[:500]))

    def await_again(self) -> bool:
        """A person wants a held file's report to be asked for again."""
        held = type(self).objects.filter(pk=self.pk, status=self.Status.HELD, attempt=self.attempt)
        now = timezone.now()
        return bool(held.update(status=self.Status.AWAITING, awaiting_since=now, due_at=now))


class FacturxSupplier(models.Model):
    """A supplier whose invoices leave as Factur-X while CHORUS_FACTURX is on. Without a row: as plain PDFs."""

    supplier = models.OneToOneField(Supplier, models.CASCADE, related_name="facturx", verbose_name="fournisseur")
    since = models.DateTimeField("depuis le", auto_now_add=True)

    class Meta:
        verbose_name = "fournisseur en Factur-X"
        verbose_name_plural = "fournisseurs en Factur-X"

    def __str__(self):
        return str(self.supplier)
