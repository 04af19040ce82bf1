"""Failures reported to Sentry, or to what speaks like it, where SENTRY_DSN is given: the trace, nobody's data."""

from django.core.exceptions import ImproperlyConfigured

from agrilocal18.logs import mask

MISSING = "SENTRY_DSN is given and the package sentry-sdk is not there: install requirements-extras.lock."


def start(dsn: str, *, environment: str) -> None:
    try:
        import sentry_sdk
    except ImportError:
        raise ImproperlyConfigured(MISSING) from None
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        send_default_pii=False,
        max_request_body_size="never",
        # The value of a variable may be a page of an invoice.
        include_local_variables=False,
        before_send=scrubbed,
        before_breadcrumb=scrubbed,
    )


def scrubbed(event: dict, hint: dict) -> dict:
    """Of the request its method alone is kept: an address may be a key, a search or somebody's name."""
    if "request" in event:
        event["request"] = {"method": event["request"].get("method")}
    event.pop("user", None)
    return masked(event)


def masked(value):
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {name: masked(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [masked(inner) for inner in value]
    return value
