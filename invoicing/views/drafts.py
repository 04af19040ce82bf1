"""From a dropped PDF to an invoice handed to the Département: deposit, confirm, replace the file."""

from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from invoicing import drafting, intake
from invoicing.ball import viewer
from invoicing.confirm_form import ConfirmForm
from invoicing.forms import DepositForm, ReplaceForm
from invoicing.lifecycle import TransitionError
from invoicing.models import Invoice
from invoicing.story import return_reason
from invoicing.typography import french
from invoicing.verdict import judge_invoice
from orders.models import Order
from suppliers.models import Supplier

AGED = french(
    "Quelqu'un a modifié cette facture pendant que vous la lisiez. Vos saisies sont gardées ci-dessous : "
    "relisez-les, puis enregistrez de nouveau."
)
SAME_FILE = french("C'est le fichier que cette facture a déjà : choisissez le nouveau PDF.")


@require_http_methods(["GET", "POST"])
def deposit(request: HttpRequest) -> HttpResponse:
    if not Supplier.objects.for_user(request.user).exists():
        raise Http404
    order = _starting_order(request)
    form = DepositForm(request.POST or None, request.FILES or None, user=request.user, order=order)
    if request.method == "POST" and form.is_valid():
        try:
            invoice = intake.take_in(form.cleaned_data["document"], form.claim(), by=request.user)
            return redirect("invoicing:confirm", invoice.pk)
        except intake.NotTaken as refusal:
            form.add_error("document", str(refusal))
        except intake.AlreadyReceived as known:
            form.add_error("document", _already_received(known.invoice))
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


def _already_received(invoice: Invoice) -> str:
    page = "confirm" if invoice.is_editable else "detail"
    return format_html(
        french('Ce fichier a déjà été déposé : <a href="{}">{}, {}</a>. Ouvrez-la, ou choisissez un autre fichier.'),
        reverse(f"invoicing:{page}", args=[invoice.pk]),
        str(invoice),
        invoice.get_status_display(),
    )


@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Read over what was read, save it, hand it to the Département."""
    invoice = _own(request, pk)
    if not invoice.is_editable:
        messages.info(request, "Cette facture ne peut plus être modifiée ici.")
        return redirect("invoicing:detail", pk)
    if request.method != "POST":
        return _show(request, invoice, ConfirmForm(invoice=invoice))
    form = ConfirmForm(request.POST, invoice=invoice)
    if not form.is_valid():
        return _show(request, invoice, form)
    try:
        _save(request, invoice, form)
        return ACTS.get(request.POST.get("action"), _saved)(request, invoice, form)
    except drafting.NumberUsed as used:
        return _again(request, invoice, form, "number", str(used))
    except TransitionError:
        return _aged(request, invoice, form)


def _save(request, invoice, form):
    drafting.save(
        invoice,
        form.checked(),
        by=request.user,
        seen_revision=form.cleaned_data["revision"],
        acted_as=form.cleaned_data.get("acted_as", ""),
    )


def _saved(request, invoice, form) -> HttpResponse:
    messages.success(request, "Vos saisies sont enregistrées.")
    return redirect("invoicing:confirm", invoice.pk)


def _confirmed(request, invoice, form) -> HttpResponse:
    if not drafting.confirm(invoice, by=request.user, acted_as=form.cleaned_data.get("acted_as", "")):
        messages.error(request, french("La facture n'est pas partie : corrigez d'abord ce qui est signalé."))
        return redirect("invoicing:confirm", invoice.pk)
    messages.success(request, french("La facture est transmise au Département : un agent la vérifie."))
    return redirect("invoicing:detail", invoice.pk)


def _number_asked(request, invoice, form) -> HttpResponse:
    if drafting.ask_engagement(invoice, by=request.user):
        messages.success(request, french("L'acheteur est prévenu : il vous donnera le numéro d'engagement."))
    else:
        messages.info(request, french("Le numéro est déjà demandé : appelez l'acheteur si c'est urgent."))
    return redirect("invoicing:confirm", invoice.pk)


def _number_taken(request, invoice, form) -> HttpResponse:
    number = drafting.offered_engagement(invoice)
    if number:
        drafting.take_engagement(invoice, number, by=request.user)
        messages.success(request, french(f"Le numéro d'engagement {number} est repris de la commande."))
    return redirect("invoicing:confirm", invoice.pk)


ACTS = {"confirm": _confirmed, "ask": _number_asked, "take": _number_taken}


def _aged(request, invoice, form) -> HttpResponse:
    """Somebody was faster. What was typed stays, unless the invoice has left the supplier's hands."""
    invoice.refresh_from_db()
    if not invoice.is_editable:
        messages.info(request, french("Cette facture est déjà passée à l'étape suivante : la voici."))
        return redirect("invoicing:detail", invoice.pk)
    if request.POST.get("action") == "confirm" and _is_stored(invoice, form):
        return _confirm_once_more(request, invoice, form)
    return _again(request, invoice, form, None, AGED)


def _is_stored(invoice, form) -> bool:
    """Whether the invoice says already what this form says: the button was pressed twice."""
    return all(getattr(invoice, name) == value for name, value in form.checked().values.items() if value)


def _confirm_once_more(request, invoice, form) -> HttpResponse:
    """Nothing changed behind this form: it confirms what its twin saved, or finds that the twin confirmed too."""
    try:
        return _confirmed(request, invoice, form)
    except TransitionError:
        return redirect("invoicing:detail", invoice.pk)


def _again(request, invoice, form, field: str | None, error: str) -> HttpResponse:
    """The same typed values on the invoice as it is stored now: saving once more is done knowingly."""
    renewed = form.renew()
    renewed.is_valid()
    renewed.add_error(field, error)
    return _show(request, invoice, renewed)


def _show(request, invoice, form) -> HttpResponse:
    problems = judge_invoice(invoice)
    context = {
        "invoice": invoice,
        "form": form,
        "problems": problems,
        "is_stopped": any(problem.level == "stop" for problem in problems),
        "vat_lines": [{name: Decimal(text) for name, text in line.items()} for line in invoice.vat_lines],
        "offered": drafting.offered_engagement(invoice),
        "may_ask": drafting.may_ask_engagement(invoice),
        "reason": return_reason(invoice),
        "pages": invoice.pages.all(),
        "replace": ReplaceForm(initial={"revision": invoice.revision}),
        "reader": viewer(invoice, request.user),
    }
    return render(request, "invoicing/confirm.html", context)


@require_http_methods(["GET", "POST"])
def replace(request: HttpRequest, pk: int) -> HttpResponse:
    """Another PDF in place of this one; the invoice keeps its number."""
    invoice = _own(request, pk)
    if not invoice.is_editable:
        messages.info(request, "Le PDF de cette facture ne peut plus être remplacé.")
        return redirect("invoicing:detail", pk)
    form = ReplaceForm(request.POST or None, request.FILES or None, initial={"revision": invoice.revision})
    if request.method == "POST" and form.is_valid():
        try:
            intake.replace_document(
                invoice,
                form.cleaned_data["document"],
                by=request.user,
                seen_revision=form.cleaned_data["revision"],
            )
            messages.success(request, "Le PDF est remplacé. Relisez ce qui a été lu, puis transmettez la facture.")
            return redirect("invoicing:confirm", pk)
        except (intake.NotTaken, TransitionError) as refusal:
            form.add_error("document", str(refusal))
        except intake.AlreadyReceived as known:
            same = known.invoice.pk == invoice.pk
            form.add_error("document", SAME_FILE if same else _already_received(known.invoice))
    return render(request, "invoicing/replace.html", {"form": form, "invoice": invoice})


def _own(request: HttpRequest, pk: int) -> Invoice:
    return get_object_or_404(Invoice.objects.for_suppliers_of(request.user).with_people(), pk=pk)
