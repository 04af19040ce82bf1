from io import BytesIO

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from chorus import joining, own_accounts, plain, proof, self_deposits
from chorus.checkup import ask_for_check
from chorus.conf import configuration
from chorus.models import Connection, Search
from chorus.own_accounts import OwnAccountForm
from invoicing.checks import NUMBER_LENGTH, number_key
from invoicing.models import Invoice
from invoicing.typography import french
from invoicing.views.access import acting_as, to_act_for, visible
from suppliers.entries import note
from suppliers.models import Supplier

NO_NUMBER = french(f"Donnez le numéro tel qu'il est sur Chorus Pro : {NUMBER_LENGTH} signes au plus.")
REMOVED = "Votre compte technique est retiré, son mot de passe est effacé."
STILL_NEEDED = french(
    "Votre compte technique est retiré : rien ne partira plus par lui. Son mot de passe ne sert plus qu'à chercher ce "
    "que devient un dépôt en cours ; il sera effacé aussitôt après."
)
NOT_LOOKED_FOR = french("Cette facture n'est pas cherchée sur Chorus Pro : voyez ci-dessous où elle en est.")


def mine(request: HttpRequest, supplier_pk: int) -> Supplier:
    return get_object_or_404(Supplier.objects.for_user(request.user), pk=supplier_pk)


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """For everybody who may sign in: who waits for his access reads it meanwhile, who helps on the telephone too."""
    suppliers = Supplier.objects.for_user(request.user).select_related("connection").prefetch_related("mandates")
    context = {"title": joining.TITLE, "text": joining.guide_text(), "suppliers": suppliers}
    return render(request, "chorus/guide.html", context)


@require_safe
def guide_pdf(request: HttpRequest) -> HttpResponse:
    return _pdf(joining.guide_pdf(request.build_absolute_uri()), "guide-chorus-pro.pdf")


@require_safe
def proof_pack(request: HttpRequest, invoice_pk: int) -> HttpResponse:
    """« Dossier de preuve », as it stands now, for whoever may open the invoice."""
    invoice = visible(request, invoice_pk)
    made = proof.proof_pdf(invoice, request.user, request.build_absolute_uri())
    note(request.user, "Dossier de preuve téléchargé", of=Invoice, name=str(invoice), key=invoice.pk)
    answer = _pdf(made, f"dossier-{plain.file_name(invoice.number or str(invoice.pk))}")
    answer["Cache-Control"] = "private, no-store"
    return answer


def _pdf(content: bytes, name: str) -> FileResponse:
    return FileResponse(BytesIO(content), as_attachment=True, filename=name, content_type="application/pdf")


@require_POST
def verify(request: HttpRequest, supplier_pk: int) -> HttpResponse:
    """« Vérifier la connexion »: asked for here, answered by the next sweep, shown on the profile."""
    ask_for_check(mine(request, supplier_pk))
    return redirect("suppliers:supplier", supplier_pk)


@require_safe
def connection(request: HttpRequest, supplier_pk: int) -> HttpResponse:
    """The moving part of the profile, asked for by the page itself; nothing (204) until the check is answered."""
    supplier = mine(request, supplier_pk)
    found = Connection.objects.filter(supplier=supplier).first()
    if found and found.is_being_checked:
        return HttpResponse(status=204)
    return render(request, "suppliers/_connection.html", {"supplier": supplier, "connection": found})


@sensitive_post_parameters("password")
@sensitive_variables()
@require_http_methods(["GET", "POST"])
def own_account(request: HttpRequest, supplier_pk: int) -> HttpResponse:
    """A supplier gives, or replaces, his own technical account; it is proved by the check that follows."""
    supplier = mine(request, supplier_pk)
    if not own_accounts.are_offered() or not supplier.uses_chorus:
        raise Http404
    form = OwnAccountForm(request.POST if request.method == "POST" else None, environment=configuration().environment)
    if form.is_valid():
        own_accounts.enter(supplier, by=request.user, **form.cleaned_data)
        messages.success(request, "Votre compte technique est enregistré. Sa vérification est en cours.")
        return redirect("suppliers:supplier", supplier_pk)
    context = {"form": form, "supplier": supplier, "account": own_accounts.current(supplier)}
    return render(request, "suppliers/own_account.html", context)


@require_POST
def remove_own_account(request: HttpRequest, supplier_pk: int) -> HttpResponse:
    supplier = mine(request, supplier_pk)
    if own_accounts.remove(supplier):
        messages.success(request, STILL_NEEDED if own_accounts.is_still_needed(supplier) else REMOVED)
    else:
        messages.info(request, "Il n'y avait plus de compte technique à retirer.")
    return redirect("suppliers:supplier", supplier_pk)


@require_POST
def look_again(request: HttpRequest, invoice_pk: int) -> HttpResponse:
    """« Chercher de nouveau », under the number that was used on Chorus Pro; the next sweep looks."""
    invoice = to_act_for(request, invoice_pk)
    number = request.POST.get("number", "").replace("\0", "").strip()
    searches = Search.objects.filter(invoice=invoice, invoice__declared_at__isnull=False)
    if not number_key(number) or len(number) > NUMBER_LENGTH:
        messages.error(request, NO_NUMBER)
    elif not self_deposits.restart(searches, number=number, number_key=number_key(number)):
        messages.info(request, NOT_LOOKED_FOR)
    else:
        _tell_number(request, invoice, number)
        messages.success(request, french(f"Nous cherchons la facture sous le numéro « {number} »."))
    return redirect("invoicing:detail", invoice.pk)


def _tell_number(request: HttpRequest, invoice, number: str) -> None:
    if number != invoice.number:
        told = french(f"Numéro utilisé sur Chorus Pro : {number}")
        invoice.note(told, by=request.user, acted_as=acting_as(invoice, request.user))
