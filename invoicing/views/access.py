"""Which invoice a page is about, and who may do what with it: a stranger reads 404, as if it did not exist."""

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from invoicing.ball import viewer
from invoicing.models import Invoice


def visible(request: HttpRequest, pk: int) -> Invoice:
    return get_object_or_404(Invoice.objects.visible_to(request.user).with_people().with_asked_for(), pk=pk)


def own(request: HttpRequest, pk: int) -> Invoice:
    """An invoice of a supplier this person is a member of."""
    return get_object_or_404(Invoice.objects.for_suppliers_of(request.user).with_people(), pk=pk)


def to_act_for(request: HttpRequest, pk: int) -> Invoice:
    """The invoice of a supplier, or of anybody for an agent who may decide. The buyer sees it and cannot act here."""
    invoice = visible(request, pk)
    if not acts_for_supplier(invoice, request.user):
        raise Http404
    return invoice


def acts_for_supplier(invoice: Invoice, user) -> bool:
    return user.has_perm("invoicing.review_invoice") or viewer(invoice, user).is_supplier


def acting_as(invoice: Invoice, user, typed: str = "") -> str:
    """In whose name the act is written down: the partner who was chosen, or the supplier an agent acts for."""
    return typed if viewer(invoice, user).is_supplier else str(invoice.supplier)


def seen_revision(request: HttpRequest) -> int:
    """The revision of the page the button was on; one that never existed when the page did not say."""
    text = request.POST.get("revision", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0
