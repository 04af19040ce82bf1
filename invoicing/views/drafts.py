"""From a draft to an invoice handed to the Département: read over, confirm, replace the file."""

from decimal import Decimal

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from invoicing import drafting
from invoicing.ball import viewer
from invoicing.checks import Level, has_stop
from invoicing.checks.printed import ELECTRONIC_DIFFERS
from invoicing.confirm_form import ConfirmForm
from invoicing.forms import ActedAsField, ReplaceForm
from invoicing.joined import usual_kind
from invoicing.lifecycle import TransitionError
from invoicing.models import Invoice
from invoicing.proposals import is_hardly_legible
from invoicing.reply_form import FORGOTTEN, forget, store
from invoicing.story import return_reason
from invoicing.typography import french
from invoicing.verdict import judge_invoice
from invoicing.views.access import addresses_of_others, own, seen_revision
from invoicing.views.deposits import take
from orders.mails import NOBODY_READS

AGED = (
    "Quelqu'un a modifié {cette_facture} pendant que vous {la} lisiez. Vos saisies sont gardées ci-dessous : "
    "relisez-les, puis enregistrez de nouveau."
)


@sensitive_post_parameters("iban")
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Read over what was read, save it, hand it to the Département."""
    invoice = own(request, pk)
    if not invoice.is_editable:
        messages.info(request, invoice.tell("{Cette_facture} ne peut plus être modifié{e} ici."))
        return redirect("invoicing:detail", pk)
    if request.method != "POST":
        return _show(request, invoice, ConfirmForm(invoice=invoice))
    form = ConfirmForm(request.POST, request.FILES, invoice=invoice)
    if form.is_searching or not form.is_valid():
        return _show(request, invoice, form)
    try:
        _save(request, invoice, form)
        return ACTS.get(request.POST.get("action"), _saved)(request, invoice, form)
    except drafting.NumberUsed as used:
        return _again(request, invoice, form, "number", str(used))
    except TransitionError:
        return _aged(request, invoice, form)


def _save(request, invoice, form):
    data = form.cleaned_data
    files = store(data["joined"], usual_kind())
    try:
        drafting.save(
            invoice,
            form.checked(),
            by=request.user,
            seen_revision=data["revision"],
            acted_as=data.get("acted_as", ""),
            join=files,
            take_off=data.get("taken_off", ()),
        )
    except (TransitionError, drafting.NumberUsed):
        forget(files)
        raise


def _saved(request, invoice, form) -> HttpResponse:
    messages.success(request, "Vos saisies sont enregistrées.")
    return redirect("invoicing:confirm", invoice.pk)


def _confirmed(request, invoice, form=None) -> HttpResponse:
    acted_as = form.cleaned_data.get("acted_as", "") if form else ""
    if not drafting.confirm(invoice, by=request.user, acted_as=acted_as):
        messages.error(request, invoice.tell("{La_facture} n'est pas parti{e} : corrigez d'abord ce qui est signalé."))
        return redirect("invoicing:confirm", invoice.pk)
    messages.success(request, invoice.tell("{La_facture} est transmis{e} au Département : un agent {la} vérifie."))
    return redirect("invoicing:detail", invoice.pk)


def _number_asked(request, invoice, form) -> HttpResponse:
    if not drafting.ask_engagement(invoice, by=request.user):
        messages.info(request, french("Le numéro est déjà demandé : appelez l'acheteur si c'est urgent."))
    elif invoice.buyer is None or invoice.buyer.people().exists():
        messages.success(request, french("L'acheteur est prévenu : il vous donnera le numéro d'engagement."))
    else:
        messages.warning(request, NOBODY_READS)
    return redirect("invoicing:confirm", invoice.pk)


def _number_taken(request, invoice, form) -> HttpResponse:
    number = drafting.offered_engagement(invoice)
    if number:
        drafting.take_engagement(invoice, number, by=request.user, seen_revision=invoice.revision)
        messages.success(request, french(f"Le numéro d'engagement {number} est repris de la commande."))
    return redirect("invoicing:confirm", invoice.pk)


ACTS = {"confirm": _confirmed, "ask": _number_asked, "take": _number_taken}


@require_POST
def take_number(request: HttpRequest, pk: int) -> HttpResponse:
    """The one button once the buyer gave the number: take it over and hand the invoice to the Département."""
    invoice = own(request, pk)
    number = drafting.offered_engagement(invoice)
    if not number or not invoice.is_editable:
        messages.info(request, invoice.tell("{Cette_facture} n'attend plus de numéro : voyez où {elle} en est."))
        return redirect("invoicing:detail", pk)
    try:
        drafting.take_engagement(invoice, number, by=request.user, seen_revision=seen_revision(request))
        return _sent_with_number(request, invoice, number)
    except (TransitionError, drafting.NumberUsed) as refusal:
        messages.warning(request, str(refusal))
        return redirect("invoicing:detail", pk)


def _sent_with_number(request: HttpRequest, invoice: Invoice, number: str) -> HttpResponse:
    """Where partners share an address the next page asks who hands it over."""
    if invoice.reading.get("guessed"):
        messages.info(
            request,
            invoice.tell("Le numéro {number} est repris : relisez {la_facture}, puis transmettez-{la}.", number=number),
        )
        return redirect("invoicing:confirm", invoice.pk)
    if ActedAsField(invoice.supplier).has_names:
        messages.info(
            request,
            invoice.tell(
                "Le numéro {number} est repris : dites qui dépose, puis transmettez {la_facture}.", number=number
            ),
        )
        return redirect("invoicing:confirm", invoice.pk)
    return _confirmed(request, invoice)


def _aged(request, invoice, form) -> HttpResponse:
    """Somebody was faster. What was typed stays, unless the invoice has left the supplier's hands."""
    invoice.refresh_from_db()
    if not invoice.is_editable:
        messages.info(request, invoice.tell("{Cette_facture} est déjà passé{e} à l'étape suivante : {la} voici."))
        return redirect("invoicing:detail", invoice.pk)
    if request.POST.get("action") == "confirm" and _is_stored(invoice, form):
        return _confirm_once_more(request, invoice, form)
    return _again(request, invoice, form, None, invoice.tell(AGED))


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
    if request.FILES:
        messages.warning(request, FORGOTTEN)
    problems = judge_invoice(invoice)
    form.notice(problems, addresses_of_others(problems, request.user))
    context = {
        "invoice": invoice,
        "form": form,
        "is_stopped": has_stop(problems),
        "is_hardly_legible": is_hardly_legible(invoice),
        "has_copy": bool(invoice.plain_document) and not _contradicts_itself(problems),
        "vat_lines": [{name: Decimal(text) for name, text in line.items()} for line in invoice.vat_lines],
        "offered": drafting.offered_engagement(invoice),
        "may_ask": drafting.may_ask_engagement(invoice),
        "reason": return_reason(invoice),
        "pages": form.pages,
        "originals": invoice.kept_originals,
        "replace": ReplaceForm(initial={"revision": invoice.revision}),
        "reader": viewer(invoice, request.user),
        "chorus_portal": settings.CHORUS_PORTAL_URL,
    }
    return render(request, "invoicing/confirm.html", context)


def _contradicts_itself(problems) -> bool:
    """Whether another PDF is needed: then nothing is said of the copy that would leave."""
    return any(problem.code == ELECTRONIC_DIFFERS.code and problem.level is Level.STOP for problem in problems)


@require_http_methods(["GET", "POST"])
def replace(request: HttpRequest, pk: int) -> HttpResponse:
    """Another PDF in place of this one; the invoice keeps its number."""
    invoice = own(request, pk)
    if not invoice.is_editable:
        messages.info(request, invoice.tell("Le PDF de {cette_facture} ne peut plus être remplacé."))
        return redirect("invoicing:detail", pk)
    form = ReplaceForm(request.POST or None, request.FILES or None, initial={"revision": invoice.revision})
    if request.method == "POST" and form.is_valid():
        leads_to = take(request, form, form.deposit(invoice, by=request.user))
        if leads_to:
            return leads_to
    return render(request, "invoicing/replace.html", {"form": form, "invoice": invoice})
