"""What somebody sees who was invited to act for a supplier or a buyer.

The link of the letter only lays the hash of its token into the session: no page has the token in its address, and what
opens links by itself (a mail scanner) uses up nothing. A forwarded letter is of no use: only an account whose address
was verified, by a code, may accept.
"""

from allauth.account.views import SignupView
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from suppliers.accounts import InvitedSignupForm
from suppliers.models import InvitationClosed, NotOurs
from suppliers.models.houses import AnyInvitation, hash_of

KEY = "invitation"


def invited(request: HttpRequest) -> AnyInvitation | None:
    """The open invitation whose letter this browser came from."""
    token_hash = request.session.get(KEY, "")
    found = (invitations.objects.by_hash(token_hash) for invitations in AnyInvitation.__subclasses__())
    return next((one for one in found if one), None)


@require_safe
@login_not_required
@never_cache
def link(request: HttpRequest, token: str) -> HttpResponse:
    request.session[KEY] = hash_of(token)
    if invited(request) is None:
        del request.session[KEY]
    return redirect("invitation")


@require_http_methods(["GET", "POST"])
@login_not_required
@never_cache
def invitation(request: HttpRequest) -> HttpResponse:
    found = invited(request)
    if found is None:
        return _closed(request)
    if request.method == "POST":
        return _accept(request, found)
    context = {"invitation": found, "house": found.house, "is_mine": found.is_for(request.user)}
    return render(request, "suppliers/invitation.html", context)


def _accept(request: HttpRequest, found: AnyInvitation) -> HttpResponse:
    try:
        found.accept(by=request.user)
    except NotOurs:
        return redirect("invitation")
    except InvitationClosed:
        return _closed(request)
    del request.session[KEY]
    messages.success(request, f"Vous agissez maintenant pour {found.house}.")
    return redirect(found.house.path)


def _closed(request: HttpRequest) -> HttpResponse:
    return render(request, "suppliers/invitation_closed.html", status=404)


@method_decorator(login_not_required, name="dispatch")
class NewAccount(SignupView):
    """Signs up with the address that was invited, and no other; no agent is needed, since a member vouches."""

    template_name = "account/signup_invited.html"

    def dispatch(self, request, *args, **kwargs):
        self.invitation = invited(request)
        if self.invitation is None:
            return redirect("invitation")
        return super().dispatch(request, *args, **kwargs)

    def get_form_class(self):
        return InvitedSignupForm

    def get_initial(self):
        return {**super().get_initial(), "email": self.invitation.email}

    def get_success_url(self):
        return reverse("invitation")

    get_authenticated_redirect_url = get_success_url


new_account = NewAccount.as_view()
