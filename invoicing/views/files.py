"""The originals, always downloads, and the pictures of their pages. Only for those who may see the invoice."""

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from invoicing.models import Invoice, InvoicePage
from invoicing.views.access import to_act_for
from suppliers.downloads import download, kept_private, open_stored


@require_safe
def document(request: HttpRequest, pk: int) -> FileResponse:
    invoice = get_object_or_404(Invoice.objects.visible_to(request.user), pk=pk)
    return download(invoice.document, invoice.document_name)


@require_safe
def plain(request: HttpRequest, pk: int) -> FileResponse:
    """The copy that is deposited in the original's place."""
    invoice = get_object_or_404(Invoice.objects.visible_to(request.user).exclude(plain_document=""), pk=pk)
    return download(invoice.plain_document, f"copie-{invoice.document_name}")


@require_safe
def original(request: HttpRequest, pk: int, number: int) -> FileResponse:
    """A file as its supplier dropped it. A buyer does not see it: it may hold invoices for others, or say where a
    photograph was taken."""
    invoice = to_act_for(request, pk)
    kept = next((one for one in invoice.kept_originals if one.position == number), None)
    if kept is None:
        raise Http404
    return download(kept.file, kept.name)


@require_safe
def page(request: HttpRequest, pk: int, number: int) -> FileResponse:
    invoices = Invoice.objects.visible_to(request.user)
    shown = get_object_or_404(InvoicePage, invoice__in=invoices, invoice_id=pk, number=number)
    return picture_answer(shown.picture)


def picture_answer(picture: FieldFile) -> FileResponse:
    return kept_private(FileResponse(open_stored(picture), content_type="image/jpeg"))
