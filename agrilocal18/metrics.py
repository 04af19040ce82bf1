"""`/metrics`, as Prometheus reads it: what requests cost, counted by all web processes together, and the figures of the
database.

Several processes add up through files in PROMETHEUS_MULTIPROC_DIR, which gunicorn.conf.py makes and takes away.
"""

import os
import secrets

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from agrilocal18.figures import Figures

# Anything else that a visitor may send is one word: he must not make rows without end.
METHODS = {"GET", "HEAD", "POST", "OPTIONS"}
REQUESTS = Counter("agrilocal_http_requests_total", "requests answered", ["method", "route", "status"])
SECONDS = Histogram(
    "agrilocal_http_duration_seconds",
    "server time of a request, by route",
    ["route"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)


def observe(method: str, route: str, status: int, seconds: float) -> None:
    REQUESTS.labels(method if method in METHODS else "other", route, status).inc()
    SECONDS.labels(route).observe(seconds)


@login_not_required
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever brings METRICS_TOKEN; without such a setting there is no such page."""
    if not settings.METRICS_TOKEN:
        raise Http404
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not secrets.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    body = generate_latest(counted()) + generate_latest(_figures())
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST)


def counted() -> CollectorRegistry:
    """What the processes counted: all of them under gunicorn, else this one."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry


def _figures() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(Figures())
    return registry
