"""« Demander à l'acheteur de la rejeter »: what was deposited by mistake, its buyer alone can undo, on Chorus Pro."""

from django import forms
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from invoicing.lifecycle import REJECTABLE, TransitionError
from invoicing.mails import tell_rejection_asked
from invoicing.models import Invoice, InvoiceEvent
from invoicing.models.life import MOVED_MEANWHILE, REJECTION_ASKED_LABEL
from invoicing.review import without_ibans
from invoicing.typography import french

ALREADY = "Le rejet est déjà demandé à l'acheteur pour {cette_facture}."
NOT_NOW = "{Cette_facture} est maintenant « {status} » : l'acheteur ne peut plus {la} rejeter."
MESSAGE_LABEL = "Message à l'acheteur"
# For a buyer nobody of whom signs in here.
LETTER = """Madame, Monsieur,

{La_facture} {number} de {supplier} a été déposé{e} par erreur sur Chorus Pro. Merci de {la} rejeter sur Chorus Pro, \
avec ce motif :

{reason}

{department}"""


class RejectionForm(forms.Form):
    """Why, as the buyer and the supplier will read it, about the invoice that was on the screen."""

    why = forms.CharField(
        label=french("Motif du rejet"),
        max_length=500,
        help_text="L'acheteur et le fournisseur le liront tel quel.",
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 500}),
    )
    revision = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)


def asked(invoice: Invoice) -> InvoiceEvent | None:
    """The request that was made in the status it has now."""
    if invoice.status not in REJECTABLE:
        return None
    last = invoice.events.filter(label=REJECTION_ASKED_LABEL).select_related("by").last()
    return last if last and last.from_status == invoice.status else None


def ask(invoice: Invoice, *, why: str, by, seen_revision: int) -> None:
    """Write to its buyer and keep what was written. Raises TransitionError with a sentence for the agent."""
    if invoice.status not in REJECTABLE:
        raise TransitionError(invoice.tell(NOT_NOW, status=invoice.get_status_display()))
    if asked(invoice):
        raise TransitionError(invoice.tell(ALREADY))
    why, now = without_ibans(french(why)), timezone.now()
    with transaction.atomic():
        seen = Invoice.objects.filter(pk=invoice.pk, status=invoice.status, revision=seen_revision)
        if not seen.update(revision=F("revision") + 1):
            raise TransitionError(MOVED_MEANWHILE)
        event = invoice.events.create(
            kind=InvoiceEvent.Kind.NOTE,
            label=REJECTION_ASKED_LABEL,
            from_status=invoice.status,
            reason=why,
            by=by,
            occurred_at=now,
        )
        written = tell_rejection_asked(invoice, event) or letter(invoice, event)
        invoice.events.create(kind=InvoiceEvent.Kind.FLAG, label=MESSAGE_LABEL, reason=written, by=by, occurred_at=now)


def letter(invoice: Invoice, request: InvoiceEvent) -> str:
    """What to send to a buyer by other ways."""
    text = invoice.tell(
        LETTER,
        number=invoice.number,
        supplier=invoice.supplier,
        reason=request.reason,
        department=settings.SITE["department"],
    )
    return french(text)
