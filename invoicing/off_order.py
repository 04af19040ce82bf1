"""What the buyer answers to an invoice « hors commande »: he names its order, or does not know the delivery."""

import contextlib

from django import forms

from invoicing import billing
from invoicing.lifecycle import ON_CHORUS, Status, TransitionError
from invoicing.models import Invoice
from invoicing.offers import order_label
from invoicing.review import changed_references, without_ibans
from invoicing.typography import french
from invoicing.verdict import judge_and_keep
from orders.list_form import search
from orders.models import Order

OTHER_REFERENCES = french("La commande rattachée apporte un numéro d'engagement ou un code service.")


class AttachForm(forms.Form):
    """« Rattacher une commande »: those with something left to bill first, or those that are `sought`."""

    order = forms.ModelChoiceField(label="Commande", queryset=Order.objects.none(), empty_label="— Choisir —")
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, invoice: Invoice, sought: str = "", **kwargs):
        super().__init__(*args, initial={"revision": invoice.revision}, **kwargs)
        mine = invoice.supplier.orders.filter(buyer=invoice.buyer_id)
        shown = billing.open_first(search(mine, sought))
        self.fields["order"].queryset = mine
        self.fields["order"].choices = [("", "— Choisir —"), *((one.pk, order_label(one)) for one in shown)]
        self.has_orders, self.sought = bool(shown), sought
        self.lists_not_all = bool(sought) or len(shown) >= billing.LOOKED_THROUGH


class DisownForm(forms.Form):
    """« Je ne connais pas cette livraison », with a word for the supplier if the buyer wants."""

    reason = forms.CharField(
        label="Un mot pour le fournisseur",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=french("Le fournisseur et le Département le lisent."),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def clean_reason(self):
        return without_ibans(self.cleaned_data["reason"])


def attach(invoice: Invoice, order: Order, *, by, seen_revision: int) -> None:
    """References that lack are the order's. What was approved without them is looked at again."""
    given = _references_given(invoice, order)
    invoice.attach(order, by=by, seen_revision=seen_revision, **given)
    if invoice.status == Status.APPROVED and (given or changed_references(invoice)):
        # The claim may win this race: then it has left.
        with contextlib.suppress(TransitionError):
            invoice.move_to(Status.TO_REVIEW, by=by, reason=OTHER_REFERENCES)
    _judge(invoice)


def _references_given(invoice: Invoice, order: Order) -> dict[str, str]:
    """What the order says and the invoice does not; nothing once the invoice was sent as it is."""
    if invoice.status in ON_CHORUS:
        return {}
    said = billing.common_references([order])
    lacking = (name for name in ("engagement_number", "service_code") if not getattr(invoice, name))
    return {name: said[name] for name in lacking if name in said}


def disown(invoice: Invoice, *, by, reason: str, seen_revision: int) -> None:
    invoice.disown(by=by, reason=reason, seen_revision=seen_revision)
    _judge(invoice)


def recognise(invoice: Invoice, *, by, seen_revision: int) -> None:
    invoice.recognise(by=by, seen_revision=seen_revision)
    _judge(invoice)


def _judge(invoice: Invoice) -> None:
    """Agents read the stored verdict; of what has left nobody reads it any more."""
    if invoice.status not in ON_CHORUS:
        judge_and_keep(invoice)
