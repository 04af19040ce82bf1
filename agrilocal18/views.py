from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from agrilocal18 import readiness
from agrilocal18.charter import style_sheet
from agrilocal18.checks import LOGOS
from suppliers.identifiers import clean_iban, is_iban

# Letters from which a text is worth giving back.
LONG_TEXT = 20


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when this process answers. Whoever restarts what is ill asks this one: no other part's fault shows here."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when the parts it needs work; 503 with the names of those that do not."""
    failing = readiness.failing()
    parts = {name: "failing" if name in failing else "ok" for name in readiness.PARTS}
    return JsonResponse({"ready": not failing, "parts": parts}, status=503 if failing else 200)


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


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "site/accessibility.html")


@login_not_required
@require_safe
def legal_notice(request: HttpRequest) -> HttpResponse:
    return render(request, "site/legal_notice.html")


@login_not_required
@require_safe
def personal_data(request: HttpRequest) -> HttpResponse:
    durations = {
        "invoices_years": settings.INVOICES_KEPT_YEARS,
        "uploads_days": settings.UPLOADS_KEPT_DAYS,
        "photos_days": settings.RECEPTION_PHOTO_DAYS,
        "imports_days": settings.IMPORTS_KEPT_DAYS,
        "mails_days": settings.MAILS_KEPT_DAYS,
        "sign_ins_days": settings.SIGN_INS_KEPT_DAYS,
        "invitation_days": settings.INVITATION_DAYS,
        "journal_days": settings.CHORUS["JOURNAL_DAYS"],
    }
    return render(request, "site/personal_data.html", durations)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 when what came was too heavy to be read."""
    status = 413 if isinstance(exception, RequestDataTooBig) else 400
    return HttpResponse(render_to_string(f"{status}.html", {"portal": settings.SITE}), status=status)


@login_not_required
@require_safe
@cache_control(public=True, max_age=3600)
def colours(request: HttpRequest) -> HttpResponse:
    """The département's own colour, where it has one: the page's policy lets no style stand in the page."""
    if not settings.SITE["colour"]:
        raise Http404
    return HttpResponse(style_sheet(settings.SITE["colour"]), content_type="text/css")


@login_not_required
@require_safe
@cache_control(public=True, max_age=3600)
def logo(request: HttpRequest) -> FileResponse:
    if not settings.SITE["logo"]:
        raise Http404
    path = Path(settings.SITE["logo"])
    return FileResponse(path.open("rb"), content_type=LOGOS[path.suffix.lower()])


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose page was too old. What its reader wrote at length is given back to be copied, never what
    another site made his browser send."""
    own = request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
    return render(request, "403_csrf.html", {"typed": _written(request) if own else []}, status=403)


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """429 with the minute from which it may be done again, and what was written at length."""
    again = timezone.now() + timedelta(seconds=seconds + 59)
    # With htmx the form is still there, its files chosen.
    is_kept = bool(request.htmx)
    is_lost = request.method == "POST" and not is_kept
    typed = _written(request) if is_lost else []
    context = {"again": again, "is_kept": is_kept, "is_lost": is_lost, "typed": typed}
    answer = render(request, "429.html", context, status=429)
    answer["Retry-After"] = seconds
    return answer


def _written(request: HttpRequest) -> list[str]:
    """What cannot be typed again without effort. An IBAN has its spaces too, but was read and is shown to nobody."""
    sent = request.POST.items()
    long = [text for name, text in sent if len(text) >= LONG_TEXT and " " in text and "password" not in name]
    return [text for text in long if not is_iban(clean_iban(text))]


def server_error(request: HttpRequest) -> HttpResponse:
    """Asks nothing of the database or the session: they may be what failed."""
    return HttpResponse(render_to_string("500.html", {"portal": settings.SITE}), status=500)
