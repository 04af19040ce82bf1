"""The site's addresses with those of the demonstration, and one for each error."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import path

from agrilocal18.views import csrf_failure
from tests.demo.urls import handler400, handler500
from tests.demo.urls import urlpatterns as of_the_demonstration

__all__ = ["handler400", "handler500", "urlpatterns"]

ERRORS = {
    "400": BadRequest,
    "403": PermissionDenied,
    "404": Http404,
    "413": RequestDataTooBig,
    "500": RuntimeError,
}


@login_not_required
def fail(request, status):
    if status == "429":
        return render(request, "429.html", status=429)
    if status == "405":
        return HttpResponseNotAllowed(["POST"])
    if status == "csrf":
        return csrf_failure(request)
    raise ERRORS[status]("an error for its page")


urlpatterns = [*of_the_demonstration, path("erreur/<status>/", fail)]
