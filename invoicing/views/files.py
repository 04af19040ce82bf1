"""The original, always a download, and the pictures of its pages. Both only for those who may see the invoice."""

import logging

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from invoicing.models import Invoice, InvoicePage

logger = logging.getLogger(__name__)


@require_safe
def document(request: HttpRequest, pk: int) -> FileResponse:
    """An untrusted PDF: the browser is told to save it, never to open or guess it."""
    invoice = get_object_or_404(Invoice.objects.visible_to(request.user), pk=pk)
    answer = FileResponse(
        open_stored(invoice.document),
        as_attachment=True,
        filename=invoice.document_name,
        content_type="application/pdf",
    )
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_safe
def page(request: HttpRequest, pk: int, number: int) -> FileResponse:
    invoices = Invoice.objects.visible_to(request.user)
    shown = get_object_or_404(InvoicePage, invoice__in=invoices, invoice_id=pk, number=number)
    answer = FileResponse(open_stored(shown.picture), content_type="image/jpeg")
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def open_stored(file: FieldFile):
    try:
        return file.open("rb")
    except FileNotFoundError:
        logger.error("The stored file %s is missing", file.name)
        raise Http404 from None
