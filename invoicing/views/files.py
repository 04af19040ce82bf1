"""The originals, always downloads, and the pictures of their pages. Only for those who may see the invoice."""

from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from invoicing.models import Invoice, InvoicePage
from invoicing.views.access import to_act_for
from suppliers.downloads import download, shown


@require_safe
def document(request: HttpRequest, pk: int) -> HttpResponse:
    invoice = get_object_or_404(Invoice.objects.visible_to(request.user), pk=pk)
    return download(invoice.document, invoice.document_name)


@require_safe
def plain(request: HttpRequest, pk: int) -> HttpResponse:
    """The copy that is deposited in the original's place."""
    invoice = get_object_or_404(Invoice.objects.visible_to(request.user).exclude(plain_document=""), pk=pk)
    return download(invoice.plain_document, f"copie-{invoice.document_name}")


@require_safe
def original(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """A file as its supplier dropped it. A buyer does not see it: it may hold invoices for others, or say where a
    photograph was taken."""
    invoice = to_act_for(request, pk)
    kept = next((one for one in invoice.kept_originals if one.position == number), None)
    if kept is None:
        raise Http404
    return download(kept.file, kept.name)


@require_safe
def page(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    invoices = Invoice.objects.visible_to(request.user)
    found = get_object_or_404(InvoicePage, invoice__in=invoices, invoice_id=pk, number=number)
    return picture_answer(found.picture)


def picture_answer(picture: FieldFile) -> HttpResponse:
    return shown(picture, "image/jpeg")
