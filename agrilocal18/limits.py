"""How often one person may send files, and have files made, in a while: counted in the cache that processes share."""

import logging
import math
import time
from collections.abc import Callable

from allauth.core.internal import ratelimit
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from redis import RedisError

from agrilocal18.views import too_many

logger = logging.getLogger(__name__)

APP = "agrilocal18"
UPLOADS, EXPORTS = "uploads", "exports"
# Addresses whose file is made when it is asked for. A post counts as soon as it brings a file, wherever it goes.
MADE_WHEN_ASKED = {
    *("orders:export", "orders:to_bill_export", "invoicing:export", "invoicing:received_export"),
    *("chorus:guide_pdf", "chorus:proof_pack"),
    *("admin:suppliers_supplier_export", "admin:orders_buyer_export", "admin:suppliers_import_refused"),
}


class Limits:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        act = _act(request)
        seconds = seconds_to_wait(request, act) if act else 0
        return too_many(request, seconds) if seconds else None


def _act(request: HttpRequest) -> str:
    if not request.user.is_authenticated:
        return ""
    if request.resolver_match.view_name in MADE_WHEN_ASKED:
        return EXPORTS
    return UPLOADS if request.FILES else ""


def seconds_to_wait(request: HttpRequest, act: str) -> int:
    """0 when it may go on, and is counted. While nothing counts (Redis is away) nobody is held up."""
    rates = settings.RATE_LIMITS
    try:
        allowed = ratelimit.consume(request, app=APP, action=act, config=rates, limit_get=True)
        return 0 if allowed else max([1, *(_left(request, act, rate) for rate in _rates(act))])
    except RedisError:
        logger.warning("Nothing counts %s: the cache does not answer", act)
        return 0


def _rates(act: str) -> list[ratelimit.Rate]:
    return ratelimit.get_rates(app=APP, action=act, config=settings.RATE_LIMITS)


def _left(request: HttpRequest, act: str, rate: ratelimit.Rate) -> int:
    """Seconds until the oldest act is no longer counted in this rate; 0 when it is not used up."""
    acts = cache.get(ratelimit.get_cache_key(request, app=APP, action=act, rate=rate), [])
    return math.ceil(acts[-1] + rate.duration - time.time()) if acts and len(acts) >= rate.amount else 0
