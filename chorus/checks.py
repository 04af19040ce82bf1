"""System checks: a setting that could send an invoice to the wrong place, or twice, stops the start."""

from typing import get_args

from django.conf import settings
from django.core.checks import Error, Tags, register

from chorus.api.payloads import PaymentMode
from chorus.conf import CREDIT_NOTE_SIGNS, ENVIRONMENTS, PISTE_DOMAIN, configuration


@register(Tags.security)
def chorus_is_whole_or_off(app_configs, **kwargs):
    """Half a configuration is worse than none."""
    config = configuration()
    if not config.is_on:
        return []
    if config.environment not in ENVIRONMENTS:
        return [
            Error(
                f"CHORUS_ENVIRONMENT={config.environment!r} is not one of {', '.join(ENVIRONMENTS)}.",
                hint="Leave it empty to switch Chorus Pro off.",
                id="chorus.E001",
            )
        ]
    named = {
        "CHORUS_API_URL": config.api_url,
        "CHORUS_TOKEN_URL": config.token_url,
        "CHORUS_CLIENT_ID": config.client_id,
        "CHORUS_CLIENT_SECRET": config.client_secret,
    }
    missing = [name for name, value in named.items() if not value]
    if missing:
        return [
            Error(f"Chorus Pro is on but {', '.join(missing)} is empty.", hint="See docs/chorus.md.", id="chorus.E002")
        ]
    return []


@register(Tags.security)
def chorus_speaks_to_piste_only(app_configs, **kwargs):
    """Outside DEBUG, invoices and passwords go to PISTE over TLS, or to a host the operator allowed by name."""
    config = configuration()
    if not config.is_on or settings.DEBUG:
        return []
    allowed = set(settings.CHORUS["ALLOWED_HOSTS"])
    errors = []
    for url, host in zip((config.api_url, config.token_url), config.hosts(), strict=True):
        if host in allowed:
            continue
        if not host.endswith(PISTE_DOMAIN) or not url.startswith("https://"):
            errors.append(
                Error(
                    f"{url!r} is not an address of PISTE.",
                    hint="Correct it, or name its host in CHORUS_ALLOWED_HOSTS if you know why.",
                    id="chorus.E003",
                )
            )
    return errors


@register()
def leases_outlast_calls(app_configs, **kwargs):
    """A worker that is still calling must not lose its claim, nor a doubt be settled before its call could end."""
    config = configuration()
    errors = []
    # One attempt may read the recipient again, search, upload and submit: about ten calls, each with this deadline.
    if config.lease.total_seconds() < 10 * config.call_deadline:
        errors.append(
            Error("CHORUS_LEASE is shorter than ten times CHORUS_CALL_DEADLINE.", hint="Raise it.", id="chorus.E004")
        )
    if config.settling_delay.total_seconds() < 2 * config.call_deadline:
        errors.append(
            Error("CHORUS_SETTLING_DELAY is shorter than two call deadlines.", hint="Raise it.", id="chorus.E005")
        )
    if config.flux_settling_delay < config.settling_delay:
        errors.append(
            Error(
                "CHORUS_FLUX_SETTLING_DELAY is shorter than CHORUS_SETTLING_DELAY.", hint="Raise it.", id="chorus.E006"
            )
        )
    return errors


@register()
def credit_notes_are_sent_as_chorus_may_want_them(app_configs, **kwargs):
    config, errors = configuration(), []
    if config.credit_note_sign not in CREDIT_NOTE_SIGNS:
        hint = f"One of {', '.join(CREDIT_NOTE_SIGNS)}."
        errors.append(Error("CHORUS_CREDIT_NOTE_SIGN is no known sign.", hint=hint, id="chorus.E007"))
    if config.credit_note_payment not in ("", *get_args(PaymentMode)):
        hint = f"None, or one of {', '.join(get_args(PaymentMode))}."
        errors.append(Error("CHORUS_CREDIT_NOTE_PAYMENT is no mode of payment.", hint=hint, id="chorus.E008"))
    return errors
