"""What all requests have in common: they are logged and counted, what signed-in people are shown is not kept,
nobody meets an empty page, and staff have a second factor."""

import logging
import time
from collections.abc import Callable

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from agrilocal18.metrics import observe
from suppliers.typography import french

requests = logging.getLogger("agrilocal18.requests")
NO_PAGE = "(no page)"
# Recovery codes alone are none: they run out.
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
DOORS = {"admin:login", "admin:logout"}
SET_IT_UP = french(
    "Pour ouvrir le bureau, il faut une double authentification : réglez ici l'application de votre téléphone ou une "
    "clé de sécurité, et gardez les codes de récupération."
)
# Asked by machines every few seconds.
QUIET = {"healthz", "readyz", "metrics"}


def measure(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """One line for each request. Its route and the numbers in it, never its address: that of a new password is a key,
    and what people search for stands behind the question mark."""

    def answer(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = get_response(request)
        seconds = time.perf_counter() - began
        route = request.resolver_match.route if request.resolver_match else NO_PAGE
        observe(request.method, route, response.status_code, seconds)
        tell(request, route, response.status_code, seconds)
        return response

    return answer


def tell(request: HttpRequest, route: str, status: int, seconds: float) -> None:
    match = request.resolver_match
    measured = {
        "method": request.method,
        "route": route,
        "ids": {name: value for name, value in match.kwargs.items() if isinstance(value, int)} if match else {},
        "status": status,
        "duration_ms": round(seconds * 1000),
    }
    level = logging.DEBUG if match and match.view_name in QUIET else logging.INFO
    ids = "".join(f" {name}={value}" for name, value in measured["ids"].items())
    requests.log(level, "%s %s%s %s", request.method, route, ids, status, extra=measured)


def explain_method(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Who signs in anew after his session ended in the middle of a form is led to the address he had posted to, where
    there may be nothing to see: Django's answer would be an empty page."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.method != "GET" or response.status_code != 405:
            return response
        page = render(request, "405.html", status=405)
        page["Allow"] = response["Allow"]
        return page

    return answer


def keep_private(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Pages of signed-in people are not kept: on a shared computer nobody finds them after the sign-out."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response

    return answer


class SecondFactor:
    """Staff without one set it up before anything of the portal opens: a mailbox alone must not lead to the desk."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        if not (settings.STAFF_MFA and request.user.is_authenticated and request.user.is_staff):
            return None
        # Pages of the account, where it is set up, and those that are open to everybody stand in no namespace.
        if not request.resolver_match.namespace or is_mfa_enabled(request.user, FACTORS):
            return None
        if request.resolver_match.view_name in DOORS:
            return None
        messages.warning(request, SET_IT_UP)
        return redirect("mfa_index")
