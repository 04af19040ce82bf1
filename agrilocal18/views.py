from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when this process answers and its database does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


def home(request: HttpRequest) -> HttpResponse:
    """Each person's own first page: producers and buyers theirs, agents the desk, the others where they stand."""
    user = request.user
    if user.supplier_memberships.exists():
        return redirect("invoicing:supplier_home")
    if user.buyer_memberships.exists():
        return redirect("orders:buyer_home")
    if user.is_staff:
        return redirect("admin:index")
    return redirect("suppliers:membership_request")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 when what came was too heavy to be read."""
    status = 413 if isinstance(exception, RequestDataTooBig) else 400
    return HttpResponse(render_to_string(f"{status}.html", {"portal": settings.SITE}), status=status)


def server_error(request: HttpRequest) -> HttpResponse:
    """Asks nothing of the database or the session: they may be what failed."""
    return HttpResponse(render_to_string("500.html", {"portal": settings.SITE}), status=500)
