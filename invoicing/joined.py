"""Documents that leave with the invoice itself, most often a delivery note: joined while it is read over."""

from collections.abc import Iterable, Sequence

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from invoicing.models import Attachment, Invoice, InvoiceEvent
from invoicing.reply_form import TOO_HEAVY, FilesField, is_too_heavy
from invoicing.typography import french

# Each is one more call within the lease of a deposit.
MOST = 3
TOO_MANY = french(f"{MOST} documents au plus partent avec la facture. Réunissez-les en un seul PDF.")
JOINED, TAKEN_OFF = "Document joint", "Document retiré"


class JoinedFields(forms.Form):
    """Part of the confirm form."""

    joined = FilesField(
        label="Joindre le bon de livraison (facultatif)",
        required=False,
        help_text="PDF ou photo, 10 Mo au plus. L'acheteur le reçoit avec {la_facture}.",
    )
    taken_off = forms.ModelMultipleChoiceField(
        label="Retirer un document joint",
        queryset=Attachment.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def offer_joined(self) -> None:
        self.fields["joined"].help_text = self.invoice.tell(self.fields["joined"].help_text)
        self.fields["taken_off"].queryset = self.invoice.joined
        if not self.invoice.joined.exists():
            del self.fields["taken_off"]

    def clean(self):
        data = super().clean()
        uploads = data.get("joined") or []
        kept = self.invoice.joined.exclude(pk__in=data.get("taken_off") or []).count()
        if uploads and kept + len(uploads) > MOST:
            self.add_error("joined", ValidationError(TOO_MANY))
        elif is_too_heavy(self.invoice, uploads):
            self.add_error("joined", ValidationError(TOO_HEAVY))
        return data


def usual_kind() -> str:
    """The first of the list: a delivery note."""
    return next(iter(settings.ATTACHMENT_KINDS), "")


def change(invoice: Invoice, *, join: Sequence[Attachment], take_off: Iterable[Attachment], by, acted_as="") -> None:
    """Within the transaction that edits the invoice. `join`: unsaved, their files already stored."""
    for attachment in take_off:
        attachment.delete()
        transaction.on_commit(lambda file=attachment.file: file.storage.delete(file.name))
        _tell(invoice, TAKEN_OFF, attachment, by, acted_as)
    for attachment in join:
        attachment.invoice = invoice
        attachment.save()
        _tell(invoice, JOINED, attachment, by, acted_as)


def _tell(invoice: Invoice, label: str, attachment: Attachment, by, acted_as: str) -> None:
    invoice.events.create(
        kind=InvoiceEvent.Kind.EDIT, label=label, reason=attachment.name, by=by, acted_as=acted_as,
        occurred_at=timezone.now(),
    )  # fmt: skip
