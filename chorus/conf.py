"""What the settings say about Chorus Pro, and the client they make. The only place that reads settings.CHORUS.

CHORUS_ENVIRONMENT is empty (off), `simulator`, `qualification` or `production`. The last two know their addresses; the
simulator's must be given. Every id given by Chorus Pro is kept with its environment.
"""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings

SIMULATOR, QUALIFICATION, PRODUCTION = "simulator", "qualification", "production"
ENVIRONMENTS = {SIMULATOR: "simulateur", QUALIFICATION: "qualification", PRODUCTION: "production"}

# (API, token) of PISTE: reference « Environments », seen in the official descriptions.
ADDRESSES = {
    QUALIFICATION: ("https://sandbox-api.piste.gouv.fr", "https://sandbox-oauth.piste.gouv.fr/api/oauth/token"),
    PRODUCTION: ("https://api.piste.gouv.fr", "https://oauth.piste.gouv.fr/api/oauth/token"),
}
CREDIT_NOTE_SIGNS = ("printed", "positive", "negative")
PISTE_DOMAIN = ".piste.gouv.fr"


@dataclass(frozen=True)
class Configuration:
    """Where Chorus Pro is and how patient we are with it. Durations are timedeltas.

    `credit_note_sign`: printed, positive or negative; `credit_note_payment`: a mode of payment, or none.
    `portal_user` and `portal_structure` are what suppliers read when they attach us; `password_reminders` are
    days before a technical password dies.
    """

    environment: str
    api_url: str
    token_url: str
    client_id: str
    client_secret: str
    call_deadline: float
    lease: timedelta
    settling_delay: timedelta
    doubt_deadline: timedelta
    retry_delay: timedelta
    requirements_age: timedelta
    news_overlap: timedelta
    silence_age: timedelta
    calls_per_second: float
    journal_days: int
    credit_note_sign: str
    credit_note_payment: str
    facturx: bool
    flux_report_delay: timedelta
    flux_report_deadline: timedelta
    flux_settling_delay: timedelta
    deposit_threads: int
    news_threads: int
    portal_user: str
    portal_structure: str
    own_accounts: bool
    check_engagements: bool
    password_reminders: tuple[int, ...]

    @property
    def is_on(self) -> bool:
        return bool(self.environment)

    def hosts(self) -> list[str]:
        return [urlsplit(url).hostname or "" for url in (self.api_url, self.token_url)]


def configuration() -> Configuration:
    """Read afresh at each use, so that a test or a command may change the settings."""
    given = settings.CHORUS
    api_url, token_url = ADDRESSES.get(given["ENVIRONMENT"], ("", ""))
    return Configuration(
        environment=given["ENVIRONMENT"],
        api_url=given["API_URL"] or api_url,
        token_url=given["TOKEN_URL"] or token_url,
        client_id=given["CLIENT_ID"],
        client_secret=given["CLIENT_SECRET"],
        call_deadline=given["CALL_DEADLINE"],
        lease=timedelta(seconds=given["LEASE"]),
        settling_delay=timedelta(seconds=given["SETTLING_DELAY"]),
        doubt_deadline=timedelta(seconds=given["DOUBT_DEADLINE"]),
        retry_delay=timedelta(seconds=given["RETRY_DELAY"]),
        requirements_age=timedelta(seconds=given["REQUIREMENTS_AGE"]),
        news_overlap=timedelta(seconds=given["NEWS_OVERLAP"]),
        silence_age=timedelta(seconds=given["SILENCE_AGE"]),
        calls_per_second=given["CALLS_PER_SECOND"],
        journal_days=given["JOURNAL_DAYS"],
        credit_note_sign=given["CREDIT_NOTE_SIGN"],
        credit_note_payment=given["CREDIT_NOTE_PAYMENT"],
        facturx=given["FACTURX"],
        flux_report_delay=timedelta(seconds=given["FLUX_REPORT_DELAY"]),
        flux_report_deadline=timedelta(seconds=given["FLUX_REPORT_DEADLINE"]),
        flux_settling_delay=timedelta(seconds=given["FLUX_SETTLING_DELAY"]),
        deposit_threads=given["DEPOSIT_THREADS"],
        news_threads=given["NEWS_THREADS"],
        portal_user=given["PORTAL_USER"],
        portal_structure=given["PORTAL_STRUCTURE"],
        own_accounts=given["OWN_ACCOUNTS"],
        check_engagements=given["CHECK_ENGAGEMENTS"],
        password_reminders=tuple(given["PASSWORD_REMINDERS"]),
    )
