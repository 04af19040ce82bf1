"""Files dropped: stored, read at once or by a worker while the page waits, and what became of each."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from invoicing import dropped, intake, opening, waiting
from invoicing.ball import viewer
from invoicing.cutting import pages
from invoicing.deposits import UNTAKEN, Answer, Deposit, State, Upload, UploadPage
from invoicing.forms import DepositForm
from invoicing.models import Invoice
from invoicing.typography import french
from invoicing.views.files import picture_answer
from orders.models import Order
from suppliers.models import Supplier

REPLACED = "Le PDF est remplacé. Relisez ce qui a été lu, puis transmettez la facture."
REDONE = french("Le brouillon est prêt : vérifiez ce qui a été lu, puis transmettez-le.")
REDONE_FOR_SUPPLIER = french("Le brouillon du fournisseur est prêt : à lui de le vérifier et de le transmettre.")
ANSWERED = french("Ce fichier n'attend plus de réponse : voyez ce qu'il est devenu.")


@require_http_methods(["GET", "POST"])
def deposit(request: HttpRequest) -> HttpResponse:
    if not Supplier.objects.for_user(request.user).exists():
        raise Http404
    order = _starting_order(request)
    form = DepositForm(request.POST or None, request.FILES or None, user=request.user, order=order)
    if request.method == "POST" and form.is_valid():
        leads_to = take(request, form, form.deposit(by=request.user))
        if leads_to:
            return leads_to
    return render(request, "invoicing/deposit.html", {"form": form, "order": order})


def _starting_order(request: HttpRequest) -> Order | None:
    """The order whose button led here."""
    key = request.GET.get("commande")
    if not key:
        return None
    if not key.isdecimal() or len(key) > 18:
        raise Http404
    orders = Order.objects.for_suppliers_of(request.user).with_people().with_billings()
    return get_object_or_404(orders, pk=key)


def take(request: HttpRequest, form, deposit: Deposit) -> HttpResponse | None:
    """Store the form's files and read what can be read at once; None when the form says why nothing was kept."""
    try:
        dropped.receive(form.cleaned_data["document"], deposit)
    except opening.NotTaken as refusal:
        form.add_error("document", str(refusal))
        return None
    uploads = waiting.read_now(deposit)
    if len(uploads) == 1 and uploads[0].state in UNTAKEN:
        form.add_error("document", why(uploads[0]))
        dropped.forget(deposit)
        return None
    return _lead(request, _arrived(request, deposit, uploads) or deposit.get_absolute_url())


def why(upload: Upload) -> str:
    """Why nothing was made of it, with a way to what it was made into before."""
    if upload.state != State.KNOWN:
        return upload.reason
    known, deposit = upload.known, upload.deposit
    if known and known.pk == deposit.replaces_id:
        return intake.SAME_FILE
    if known and known.pk == deposit.instead_of_id:
        return intake.STILL_REJECTED
    return _already_received(known) if known else french("Ce fichier a déjà été déposé.")


def _already_received(invoice: Invoice) -> str:
    return format_html(
        french('Ce fichier a déjà été déposé : <a href="{}">{}, {}</a>. Ouvrez-la, ou choisissez un autre fichier.'),
        page_of(invoice),
        str(invoice),
        invoice.get_status_display(),
    )


def page_of(invoice: Invoice) -> str:
    return reverse(f"invoicing:{'confirm' if invoice.is_editable else 'detail'}", args=[invoice.pk])


def _arrived(request: HttpRequest, deposit: Deposit, uploads: list[Upload]) -> str:
    """The page of the one invoice that came of it; empty when there is more to say."""
    invoices = [invoice for upload in uploads for invoice in upload.invoices.all()]
    if len(uploads) != 1 or len(invoices) != 1:
        return ""
    [invoice] = invoices
    deposit.mark_seen()
    if deposit.replaces_id:
        messages.success(request, REPLACED)
    elif deposit.instead_of_id:
        is_supplier = viewer(invoice, request.user).is_supplier
        messages.success(request, REDONE if is_supplier else REDONE_FOR_SUPPLIER)
        return page_of(invoice) if is_supplier else reverse("invoicing:detail", args=[invoice.pk])
    return page_of(invoice)


def _lead(request: HttpRequest, address: str) -> HttpResponse:
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


@require_safe
def deposited(request: HttpRequest, pk: int) -> HttpResponse:
    """What became of each file; asked again and again while one waits."""
    deposit = _visible(request, pk)
    uploads = list(deposit.uploads.select_related("known").prefetch_related("invoices__buyer", "pages", "originals"))
    is_waiting = any(upload.is_waiting for upload in uploads)
    address = "" if is_waiting else _arrived(request, deposit, uploads)
    if address:
        return _lead(request, address)
    if not any(upload.state in {State.WAITING, State.ASKING} for upload in uploads):
        deposit.mark_seen()
    rows = [_row(upload, deposit) for upload in uploads]
    context = {"deposit": deposit, "rows": rows, "is_waiting": is_waiting}
    return render(request, "invoicing/deposited.html", context)


def _visible(request: HttpRequest, pk: int) -> Deposit:
    return get_object_or_404(Deposit.objects.visible_to(request.user).select_related("supplier"), pk=pk)


def _row(upload: Upload, deposit: Deposit) -> dict:
    upload.deposit = deposit
    pictures = {page.number for page in upload.pages.all()}
    parts = [
        {
            "number": part["number"],
            "pages": pages(part),
            "pictures": [number for number in range(part["first"], part["last"] + 1) if number in pictures],
        }
        for part in upload.parts
    ]
    return {
        "upload": upload,
        "why": why(upload) if upload.state in UNTAKEN else "",
        "parts": parts,
        # In the order of the pages; elsewhere the newest stands first.
        "invoices": [(invoice, page_of(invoice)) for invoice in upload.invoices.all()[::-1]],
    }


@require_POST
def settle(request: HttpRequest, pk: int, upload_pk: int) -> HttpResponse:
    """« Oui, découper », « Non, c'est une seule facture », or nothing at all."""
    deposit = _visible(request, pk)
    upload = get_object_or_404(deposit.uploads, pk=upload_pk)
    answer = request.POST.get("answer", "")
    if not (waiting.give_up(upload) if answer == "none" else _settled(upload, answer)):
        messages.info(request, ANSWERED)
    return redirect("invoicing:deposited", pk)


def _settled(upload: Upload, answer: str) -> bool:
    if answer not in Answer.values or (upload.is_signed and answer == Answer.CUT):
        return False
    done = upload.settle(Answer(answer))
    if done:
        waiting.read_now(upload.deposit)
    return done


@require_safe
def page(request: HttpRequest, pk: int, upload_pk: int, number: int) -> HttpResponse:
    """A page of a PDF that waits for an answer."""
    deposit = _visible(request, pk)
    shown = get_object_or_404(UploadPage, upload__deposit=deposit, upload_id=upload_pk, number=number)
    return picture_answer(shown.picture)
