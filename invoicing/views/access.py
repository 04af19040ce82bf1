"""Which invoice a page is about, and who may do what with it: a stranger reads 404, as if it did not exist."""

from collections.abc import Iterable

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from invoicing.ball import viewer
from invoicing.checks import Problem
from invoicing.checks.numbering import SAME_FILE_ELSEWHERE
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
    return viewer(invoice, user).acts_for_supplier


def acting_as(invoice: Invoice, user, typed: str = "") -> str:
    """In whose name the act is written down: the partner who was chosen, or the supplier an agent acts for."""
    return typed if viewer(invoice, user).is_supplier else str(invoice.supplier)


def addresses_of_others(problems: Iterable[Problem], user) -> dict[int, str]:
    """Where a member of the supplier's reads the other invoices that these problems name: his own, and another
    supplier's if he is a member there too."""
    named = {problem.other: problem.code for problem in problems if problem.other}
    elsewhere = {pk for pk, code in named.items() if code == SAME_FILE_ELSEWHERE.code}
    seen = Invoice.objects.visible_to(user).filter(pk__in=elsewhere).values_list("pk", flat=True)
    return {pk: reverse("invoicing:detail", args=[pk]) for pk in (named.keys() - elsewhere) | set(seen)}


def seen_revision(request: HttpRequest) -> int:
    """The revision of the page the button was on; one that never existed when the page did not say."""
    text = request.POST.get("revision", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0
