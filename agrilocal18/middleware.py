"""What every answer to a signed-in person has in common."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


def keep_private(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Pages of signed-in people are not kept: on a shared computer nobody finds them after the sign-out."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response

    return answer
