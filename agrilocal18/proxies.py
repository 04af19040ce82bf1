"""Whoever came through fewer proxies than TRUSTED_PROXIES went round one of them, or the number is wrong."""

import contextlib
import logging
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from redis import RedisError

logger = logging.getLogger(__name__)

CAME_ROUND = "proxies-gone-round"
TOLD_EVERY = 3600  # seconds


def believe_whole_chains(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Of a shorter X-Forwarded-For nothing is believed: what is left is the nearest address, which nobody writes
    himself. All who come that way are counted as one visitor."""

    def answer(request: HttpRequest) -> HttpResponse:
        named = request.META.get("HTTP_X_FORWARDED_FOR", "")
        if named and len(named.split(",")) < settings.TRUSTED_PROXIES:
            del request.META["HTTP_X_FORWARDED_FOR"]
            _tell()
        return get_response(request)

    return answer


def gone_round_at() -> datetime | None:
    """When somebody did so, within the last hour."""
    with contextlib.suppress(RedisError):
        return cache.get(CAME_ROUND)


def _tell() -> None:
    """Once an hour, however many come."""
    try:
        is_news = cache.add(CAME_ROUND, timezone.now(), TOLD_EVERY)
    except RedisError:
        is_news = True
    if is_news:
        logger.warning("Somebody came through fewer proxies than TRUSTED_PROXIES says")
