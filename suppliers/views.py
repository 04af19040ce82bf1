"""A supplier's own pages. Every query starts from the person: what is not his does not exist."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dates import WEEKDAYS
from django.views.decorators.http import require_GET, require_http_methods

from suppliers.forms import ChorusBoxForm, IbanForm, IdentityForm, MembershipRequestForm, PartnersForm, RhythmForm
from suppliers.mandate import MANDATE_TEXT
from suppliers.models import Supplier

HISTORY_LINES = 10


def mine(request: HttpRequest, pk: int) -> Supplier:
    return get_object_or_404(Supplier.objects.for_user(request.user), pk=pk)


def posted(request: HttpRequest):
    """What a form is bound to. An unticked box posts nothing, and nothing is an answer."""
    return request.POST if request.method == "POST" else None


@require_http_methods(["GET", "POST"])
def membership_request(request: HttpRequest) -> HttpResponse:
    form = MembershipRequestForm(posted(request), user=request.user)
    if form.is_valid():
        form.save()
        messages.success(
            request, "Votre demande est enregistrée. Un agent du Département vous appellera pour répondre."
        )
        return redirect("suppliers:membership_request")
    sent = request.user.membership_requests.all()
    return render(request, "waiting.html", {"form": form, "requests": sent})


@require_GET
def profile(request: HttpRequest) -> HttpResponse:
    """The profile of the only supplier one acts for, a choice between several, or how to ask for one."""
    suppliers = list(Supplier.objects.for_user(request.user))
    if not suppliers:
        return redirect("suppliers:membership_request")
    if len(suppliers) == 1:
        return supplier(request, suppliers[0].pk)
    return render(request, "suppliers/choose.html", {"suppliers": suppliers})


@require_GET
def supplier(request: HttpRequest, pk: int) -> HttpResponse:
    found = mine(request, pk)
    context = {
        "supplier": found,
        "establishments": found.establishments.all(),
        "predecessors": found.predecessors.all(),
        "members": found.members.select_related("user"),
        "partners": found.partners.all(),
        "mandate": found.mandate,
        "box_changes": found.box_changes.select_related("by")[:HISTORY_LINES],
    }
    return render(request, "suppliers/profile.html", context)


@require_http_methods(["GET", "POST"])
def identity(request: HttpRequest, pk: int) -> HttpResponse:
    supplier = mine(request, pk)
    form = IdentityForm(posted(request), instance=supplier)
    if form.is_valid():
        form.save(by=request.user)
        messages.success(request, "Vos informations sont enregistrées.")
        return redirect("suppliers:supplier", pk)
    # The form may have put refused values on its instance: what the page says about the supplier is read again.
    return render(request, "suppliers/identity.html", {"form": form, "supplier": mine(request, pk)})


@require_http_methods(["GET", "POST"])
def iban(request: HttpRequest, pk: int) -> HttpResponse:
    supplier = mine(request, pk)
    form = IbanForm(posted(request), request.FILES or None)
    if form.is_valid():
        data = form.cleaned_data
        changed = supplier.change_iban(data["iban"], rib=data["rib"])
        _tell_about_iban(request, changed)
        return redirect("suppliers:iban" if changed else "suppliers:supplier", pk)
    return render(request, "suppliers/iban.html", {"form": form, "supplier": supplier})


def _tell_about_iban(request: HttpRequest, changed: bool) -> None:
    if changed:
        messages.success(request, "Le nouvel IBAN est enregistré. Un agent vous rappellera pour le confirmer.")
    else:
        messages.info(request, "C'est l'IBAN que nous avions déjà\u00a0: rien n'a changé.")


@require_http_methods(["GET", "POST"])
def partners(request: HttpRequest, pk: int) -> HttpResponse:
    supplier = mine(request, pk)
    names = "\n".join(partner.name for partner in supplier.partners.all())
    form = PartnersForm(posted(request), initial={"names": names})
    if form.is_valid():
        supplier.name_partners(form.cleaned_data["names"])
        messages.success(request, "Les noms des associés sont enregistrés.")
        return redirect("suppliers:supplier", pk)
    return render(request, "suppliers/partners.html", {"form": form, "supplier": supplier})


@require_http_methods(["GET", "POST"])
def chorus_box(request: HttpRequest, pk: int) -> HttpResponse:
    supplier = mine(request, pk)
    mandate = supplier.mandate
    now = {"uses_chorus": supplier.uses_chorus, "depositor": supplier.depositor}
    form = ChorusBoxForm(posted(request), initial=now, has_mandate=bool(mandate))
    if form.is_valid():
        answer = {name: form.cleaned_data[name] for name in ("uses_chorus", "depositor", "signatory")}
        supplier.answer_box(by=request.user, **answer)
        messages.success(request, "Votre réponse sur Chorus Pro est enregistrée.")
        return redirect("suppliers:supplier", pk)
    context = {"form": form, "supplier": supplier, "mandate": mandate, "mandate_text": MANDATE_TEXT}
    return render(request, "suppliers/chorus_box.html", context)


@require_http_methods(["GET", "POST"])
def mail_rhythm(request: HttpRequest) -> HttpResponse:
    """How often this person, whoever he is, wants to be told."""
    form = RhythmForm(posted(request), instance=request.user)
    if form.is_valid():
        form.save()
        messages.success(request, "Votre choix est enregistré.")
        return redirect("mail_rhythm")
    times = {"hour": settings.MAIL_HOUR, "weekday": WEEKDAYS[settings.MAIL_WEEKDAY - 1]}
    return render(request, "account/messages.html", {"form": form, **times})
