"""Who acts for a supplier or a buyer (`houses` says which): its people invite, and take access away."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from suppliers.forms import InvitationForm
from suppliers.models import LastMember, NotOurs, TooManyInvitations
from suppliers.models.houses import House

HISTORY_LINES = 20
SENT = "L'invitation part dans la minute. La personne y répond par le lien qu'elle reçoit."
ENOUGH = "Assez d'invitations sont parties aujourd'hui. Attendez demain, ou appelez le Département."
LAST = "Il ne resterait personne. Invitez d'abord quelqu'un, ou appelez le Département."


def own(request: HttpRequest, houses: type[House], pk: int) -> House:
    return get_object_or_404(houses.objects.for_user(request.user), pk=pk)


@require_http_methods(["GET", "POST"])
def members(request: HttpRequest, pk: int, houses: type[House]) -> HttpResponse:
    house = own(request, houses, pk)
    form = InvitationForm(request.POST if request.method == "POST" else None, house=house)
    if form.is_valid() and _invited(request, house, form.cleaned_data["email"]):
        return redirect(house.members_path)
    context = {
        "house": house,
        "form": form,
        "members": house.members.select_related("user").order_by("pk"),
        "invitations": house.invitations.waiting().select_related("invited_by"),
        "changes": house.member_changes.select_related("user", "by")[:HISTORY_LINES],
    }
    return render(request, "suppliers/members.html", context)


def _invited(request: HttpRequest, house: House, email: str) -> bool:
    try:
        house.invite(email, by=request.user)
    except NotOurs:
        raise Http404 from None
    except TooManyInvitations:
        messages.error(request, ENOUGH)
        return False
    messages.success(request, SENT)
    return True


@require_POST
def invitation(request: HttpRequest, pk: int, invitation_pk: int, houses: type[House]) -> HttpResponse:
    """« Renvoyer » or « Annuler », by the button."""
    house = own(request, houses, pk)
    found = house.invitations.filter(pk=invitation_pk).first()
    if found is None:
        raise Http404
    if found.accepted_at:
        messages.info(request, "Cette invitation est déjà acceptée.")
    elif "cancel" in request.POST:
        _cancelled(request, house, found)
    elif not found.cancelled_at:
        _invited(request, house, found.email)
    return redirect(house.members_path)


def _cancelled(request: HttpRequest, house: House, found) -> None:
    try:
        house.cancel(found, by=request.user)
    except NotOurs:
        raise Http404 from None
    messages.success(request, "L'invitation est annulée\u00a0: son lien n'ouvre plus rien.")


@require_http_methods(["GET", "POST"])
def member(request: HttpRequest, pk: int, member_pk: int, houses: type[House]) -> HttpResponse:
    """« Retirer » a colleague, or leave: asked once more before it is done."""
    house = own(request, houses, pk)
    found = get_object_or_404(house.members.select_related("user"), pk=member_pk)
    if request.method == "POST":
        return _let_go(request, house, found.user)
    is_last = not house.people().exclude(pk=found.user_id).exists()
    return render(request, "suppliers/member.html", {"house": house, "member": found, "is_last": is_last})


def _let_go(request: HttpRequest, house: House, user) -> HttpResponse:
    try:
        house.let_go(user, by=request.user)
    except NotOurs:
        raise Http404 from None
    except LastMember:
        messages.error(request, LAST)
        return redirect(house.members_path)
    if user == request.user:
        messages.success(request, f"Vous n'agissez plus pour {house}.")
        return redirect("home")
    messages.success(request, f"{user} n'agit plus pour {house}, dès maintenant.")
    return redirect(house.members_path)
