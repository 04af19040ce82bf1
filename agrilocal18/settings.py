"""Settings of the portal: one file, every value from the environment.

Three set-ups share this file. Production gives DATABASE_URL, REDIS_URL, SECRET_KEY and FIELD_KEYS; the demonstration
and the tests set only what differs. A secret may also come from a file: NAME_FILE=/run/secrets/name.
Chorus Pro is off as long as CHORUS_ENVIRONMENT is empty; nothing is ever simulated by default.
"""

import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django_guid.integrations import CeleryIntegration

from agrilocal18 import logs, s3, sentry

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.FileAwareEnv()
if (BASE_DIR / ".env").exists() and env.bool("READ_DOT_ENV", default=True):
    env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default="development-only-key" if DEBUG else environ.Env.NOTSET)
HTTPS = env.bool("HTTPS", default=not DEBUG)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Everything the portal writes outside the database lives below this folder (files, broker of the small set-up).
VAR_DIR = Path(env("VAR_DIR", default=str(BASE_DIR / "var")))

# Keys that encrypt IBANs, technical passwords and secrets of second factors (Fernet, newest first); older ones still
# decrypt. The hash key must never change: equality of two IBANs is compared through it.
FIELD_KEYS = env.list(
    "FIELD_KEYS", default=["ZGV2ZWxvcG1lbnQtb25seS1rZXktZGV2ZWxvcG1lbnQ="] if DEBUG else environ.Env.NOTSET
)
FIELD_HASH_KEY = env("FIELD_HASH_KEY", default=SECRET_KEY if DEBUG else environ.Env.NOTSET)

# --- Applications -------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "suppliers",
    "orders",
    "invoicing",
    "chorus",
    "agrilocal18",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "django_guid",
    "csp",
]

MIDDLEWARE = [
    # Before anything reads the headers.
    "agrilocal18.proxies.believe_whole_chains",
    "django_guid.middleware.guid_middleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "agrilocal18.middleware.measure",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "agrilocal18.middleware.keep_private",
    "agrilocal18.middleware.explain_method",
    "django.contrib.messages.middleware.MessageMiddleware",
    "agrilocal18.middleware.SecondFactor",
    "agrilocal18.limits.Limits",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "agrilocal18.urls"
WSGI_APPLICATION = "agrilocal18.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "agrilocal18.context.site",
            ],
            "builtins": ["suppliers.templatetags.days"],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Data ---------------------------------------------------------------------------------------------------------

# A path is not put into a URL: a folder called « c++ » would be read as « c   ».
SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": VAR_DIR / "agrilocal18.sqlite3"}
DATABASES = {"default": env.db("DATABASE_URL") if env("DATABASE_URL", default="") else SQLITE}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # WAL lets pages be read while a worker writes; IMMEDIATE takes the write lock when a transaction starts, so that
    # two writers wait for each other instead of failing half-way with « database is locked ».
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;",
    }
    # Indexes that hold more than they are sorted by are PostgreSQL's; here they are made without that.
    SILENCED_SYSTEM_CHECKS = ["models.W040"]
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env("REDIS_URL", default="")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# Invoices are private: no URL serves them directly, a view checks who asks.
MEDIA_ROOT = Path(env("MEDIA_ROOT", default=str(VAR_DIR / "media")))
STATIC_URL = "static/"
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
# A bucket of S3, or of what speaks like it, in place of MEDIA_ROOT: what several machines share.
S3_BUCKET = env("S3_BUCKET", default="")
STORAGES = {
    "default": s3.backend(
        bucket_name=S3_BUCKET,
        endpoint_url=env("S3_ENDPOINT", default=""),
        region_name=env("S3_REGION", default=""),
        access_key=env("S3_ACCESS_KEY", default=""),
        secret_key=env("S3_SECRET_KEY", default=""),
        addressing_style=env.str("S3_ADDRESSING", default="auto", choices=("auto", "path", "virtual")),
    )
    if S3_BUCKET
    else {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
FILE_UPLOAD_PERMISSIONS = 0o600
# Where the proxy in front keeps MEDIA_ROOT for itself (nginx: an « internal » location): it sends private files that a
# page let through. Empty: the portal sends them.
ACCEL_LOCATION = env("ACCEL_LOCATION", default="")
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# Chorus Pro refuses a PDF over 10 Mo; so do we, before it travels twice. Photographs are made smaller before.
INVOICE_MAX_BYTES = 10_000_000
PHOTO_MAX_BYTES = 25_000_000
# Files dropped at once: how many, and how many bytes together.
DEPOSIT_FILES = env.int("DEPOSIT_FILES", default=20)
DEPOSIT_MAX_BYTES = 100_000_000
# No form takes more than this in one post, nor a file larger than that (agrilocal18/uploads.py).
UPLOAD_MAX_BYTES = 130 * 1024 * 1024
UPLOAD_MAX_FILE_BYTES = 25 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "agrilocal18.uploads.BoundedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# Files that answer a buyer: limits and types are Chorus Pro's. The kinds are codes of `recuperer/typespj`, which no
# public source lists: ATTACHMENT_KINDS=code=label,code=label as the service gives them, delivery note first.
ATTACHMENT_MAX_BYTES = 10 * 1024 * 1024
DOSSIER_MAX_BYTES = 120 * 1024 * 1024
ATTACHMENT_EXTENSIONS = frozenset(
    [
        *("bmp", "gif", "fax", "odt", "ppt", "tiff", "xls", "bz2", "gz", "jpeg", "p7s", "rtf", "txt", "xml", "csv"),
        *("gzip", "jpg", "pdf", "svg", "xhtml", "xlsx", "doc", "htm", "odp", "png", "tgz", "xlc", "zip", "docx"),
        *("html", "ods", "pps", "tif", "xlm", "pptx"),
    ]
)
ATTACHMENT_KINDS = env.dict(
    "ATTACHMENT_KINDS",
    default={"03": "Bon de livraison", "04": "Bon de commande", "02": "Justificatif", "05": "Autre document"},
)
# Readers of untrusted PDFs at work at once on one machine: as many as it has processors.
READERS = env.int("READERS", default=os.cpu_count() or 1)
# Where they work, and how they count one another: containers that share this folder share the limit.
READERS_ROOT = VAR_DIR / "readers"
# The program that reads pages without text: « auto » is Tesseract where it is installed, 0 nothing, else its path.
OCR = env.str("OCR", default="auto")
# How long a page goes on beginning to read what was dropped on it. It answers within that and the longest time of one
# reading; a worker reads the rest.
PAGE_READING_SECONDS = 2
# How often beat wakes the reading of files that had to wait; a message also does, at once.
READ_INTERVAL = env.float("READ_INTERVAL", default=30)
# How often beat has the figures of the agents' board counted.
BOARD_INTERVAL = env.float("BOARD_INTERVAL", default=900)
# Days after which what was dropped and never confirmed is deleted.
UPLOADS_KEPT_DAYS = env.int("UPLOADS_KEPT_DAYS", default=365)
# Years for which invoices, orders and their proofs are kept, counted from the end of the year in which they ended.
INVOICES_KEPT_YEARS = env.int("INVOICES_KEPT_YEARS", default=10)
# Days after which the photograph of a delivery is deleted; what was said with it stays.
RECEPTION_PHOTO_DAYS = env.int("RECEPTION_PHOTO_DAYS", default=365)
# The virus scanner (clamd): path of its socket, or host:port. Empty: no scan.
CLAMD = env("CLAMD", default="")

# Lists that agents import (suppliers/importing). Titles of the columns of Agrilocal's export of orders where they are
# not the usual ones (docs/operations.md): field=title,field=title.
IMPORT_MAX_BYTES = 10_000_000
ORDERS_IMPORT_COLUMNS = env.dict("ORDERS_IMPORT_COLUMNS", default={})
# Days after which the files and what was quoted of them are deleted; who imported what, and when, stays.
IMPORTS_KEPT_DAYS = env.int("IMPORTS_KEPT_DAYS", default=30)
# How often beat wakes the imports that were confirmed; a message also does, at once.
IMPORT_INTERVAL = env.float("IMPORT_INTERVAL", default=60)

# --- People -------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "suppliers.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "suppliers.accounts.AccountAdapter"
MFA_ADAPTER = "suppliers.accounts.FactorAdapter"
# A key is a second factor, never the only one: a passkey in somebody's private account does not open the desk alone.
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "add_webauthn": "suppliers.security_keys.AddKeyForm",
    "edit_webauthn": "suppliers.security_keys.RenameKeyForm",
    "authenticate_webauthn": "suppliers.security_keys.UseKeyForm",
    "reauthenticate_webauthn": "suppliers.security_keys.UseKeyForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_FORMS = {
    "login": "suppliers.accounts.LoginForm",
    "signup": "suppliers.accounts.SignupForm",
    "add_email": "suppliers.accounts.AddEmailForm",
    "reset_password": "suppliers.accounts.ResetPasswordForm",
    "request_login_code": "suppliers.accounts.RequestLoginCodeForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_PREVENT_ENUMERATION = True
# Attempts / duration / counted by; « key » is the e-mail address tried. Unnamed acts keep the limits of allauth.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "request_login_code": "20/m/ip,3/m/key,10/h/key",
    "signup": "20/m/ip",
    "reset_password": "20/m/ip,3/m/key",
}
# Of one signed-in person (agrilocal18/limits.py): posts that bring files; lists and documents made when asked for.
RATE_LIMITS = {
    "uploads": ",".join(f"{rate}/user" for rate in env.list("UPLOAD_LIMITS", default=["30/m", "300/h"])),
    "exports": ",".join(f"{rate}/user" for rate in env.list("EXPORT_LIMITS", default=["20/m", "200/h"])),
}
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
SESSION_COOKIE_AGE = 60 * 24 * 3600
SESSION_SAVE_EVERY_REQUEST = False

LANGUAGE_CODE = "fr"
FORMAT_MODULE_PATH = "agrilocal18.formats"
TIME_ZONE = "Europe/Paris"
USE_TZ = True
# Amounts are written by the `euros` filter. Grouping every number would also cut the keys inside addresses.
USE_THOUSAND_SEPARATOR = False

EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Agrilocal18 <ne-pas-repondre@example.org>")
# When digests leave: the hour (Europe/Paris), and for weekly ones the day (1: Monday).
MAIL_HOUR = env.int("MAIL_HOUR", default=7)
MAIL_WEEKDAY = env.int("MAIL_WEEKDAY", default=1)
# From this day on (month-day) suppliers are told of the last day on which buyers take the year's invoices.
YEAR_END_FROM = tuple(int(part) for part in env("YEAR_END_FROM", default="11-15").split("-"))
# Never in production: whoever comes reads all mails in his browser, codes to sign in included (agrilocal18.demo.mails).
DEMONSTRATION = env.bool("DEMONSTRATION", default=False)
# Days for which an invitation to act for a supplier or a buyer may be accepted.
INVITATION_DAYS = env.int("INVITATION_DAYS", default=14)
# Staff without a second factor are led to set one up before any page of the portal opens.
STAFF_MFA = env.bool("STAFF_MFA", default=not (DEBUG or DEMONSTRATION))
# Days for which it is known when, and from where, staff came in or were refused.
SIGN_INS_KEPT_DAYS = env.int("SIGN_INS_KEPT_DAYS", default=365)
# How often beat wakes the outbox.
MAIL_INTERVAL = env.float("MAIL_INTERVAL", default=60)
# Days after which the texts of mails are forgotten; who was told of what, and when, stays.
MAILS_KEPT_DAYS = env.int("MAILS_KEPT_DAYS", default=180)

# --- The site's own name and people to call ------------------------------------------------------------------------

SITE = {
    # Where links in mails lead.
    "url": env("SITE_URL", default=f"http{'s' * HTTPS}://{ALLOWED_HOSTS[0]}").rstrip("/"),
    "name": env("SITE_NAME", default="Agrilocal18"),
    "department": env("SITE_DEPARTMENT", default="Département du Cher"),
    "contact_name": env("SITE_CONTACT_NAME", default="Mission restauration collective et circuits courts"),
    "contact_phone": env("SITE_CONTACT_PHONE", default=""),
    "contact_email": env("SITE_CONTACT_EMAIL", default=""),
    # A file of the machine, and #rrggbb: in place of the charter's sign and green.
    "logo": env("SITE_LOGO", default=""),
    "colour": env("SITE_COLOUR", default=""),
    # What the law makes a public site say about itself. What is empty is shown as missing and told by check --deploy.
    "publisher": env("LEGAL_PUBLISHER", default=""),
    "director": env("LEGAL_DIRECTOR", default=""),
    "host": env("LEGAL_HOST", default=""),
    "dpo": env("LEGAL_DPO", default=""),
    # « non conforme » until a person has audited the site: see the check on what another state must name.
    "accessibility": {
        "state": env.str(
            "ACCESSIBILITY_STATE",
            default="non conforme",
            choices=("non conforme", "partiellement conforme", "totalement conforme"),
        ),
        "declared_on": date.fromisoformat(env("ACCESSIBILITY_DECLARED_ON", default="2026-11-21")),
        "audited_on": (audited_on := env("ACCESSIBILITY_AUDITED_ON", default="")) and date.fromisoformat(audited_on),
        "auditor": env("ACCESSIBILITY_AUDITOR", default=""),
        "rate": env.float("ACCESSIBILITY_RATE", default=0),
        "failings": env.list("ACCESSIBILITY_FAILINGS", default=[]),
        "rgaa": env("ACCESSIBILITY_RGAA", default="4.1.2"),
        "scheme_url": env("ACCESSIBILITY_SCHEME_URL", default=""),
        "plan_url": env("ACCESSIBILITY_PLAN_URL", default=""),
    },
}

# --- Celery -------------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = env("BROKER_URL", default=REDIS_URL or "filesystem://localhost//")
if CELERY_BROKER_URL.startswith("filesystem"):
    # Both directions are one folder: web, worker and beat share it. Messages only wake a sweep; losing one is harmless.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(VAR_DIR / "broker"),
        "data_folder_out": str(VAR_DIR / "broker"),
        "control_folder": str(VAR_DIR / "broker-control"),
        "polling_interval": 0.2,
    }
    for folder in ("broker", "broker-control"):
        (VAR_DIR / folder).mkdir(parents=True, exist_ok=True)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = env.int("TASK_TIME_LIMIT", default=900)
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = TIME_ZONE

# --- Chorus Pro: see chorus/conf.py for what each one means ---------------------------------------------------------

# Seconds an approved invoice waits before it may leave: the time to take a decision back.
SEND_DELAY = env.int("SEND_DELAY", default=600)
# Working days (France métropolitaine) within which an invoice is to be looked over.
REVIEW_DELAY = env.int("REVIEW_DELAY", default=2)
# Past twice that, whether an invoice that shows nothing leaves « sans vérification : délai dépassé ».
REVIEW_LAPSE = env.bool("REVIEW_LAPSE", default=False)
# A supplier's number that already served in another year: « warn » or « stop ».
NUMBER_OF_OTHER_YEAR = env.str("NUMBER_OF_OTHER_YEAR", default="warn", choices=("warn", "stop"))
# What its supplier says has nothing to do with Agrilocal: « stop » points him to Chorus Pro, « warn » lets it go on.
UNRELATED_INVOICES = env.str("UNRELATED_INVOICES", default="stop", choices=("stop", "warn"))
# SIRETs of the portal's own house as a platform: never a buyer's.
PORTAL_SIRETS = frozenset(env.list("PORTAL_SIRETS", default=[]))
CHORUS = {
    "ENVIRONMENT": env("CHORUS_ENVIRONMENT", default=""),
    "API_URL": env("CHORUS_API_URL", default=""),
    "TOKEN_URL": env("CHORUS_TOKEN_URL", default=""),
    "CLIENT_ID": env("CHORUS_CLIENT_ID", default=""),
    "CLIENT_SECRET": env("CHORUS_CLIENT_SECRET", default=""),
    "ALLOWED_HOSTS": env.list("CHORUS_ALLOWED_HOSTS", default=[]),
    "CALL_DEADLINE": env.float("CHORUS_CALL_DEADLINE", default=60),
    "LEASE": env.float("CHORUS_LEASE", default=900),
    "SETTLING_DELAY": env.float("CHORUS_SETTLING_DELAY", default=3600),
    "DOUBT_DEADLINE": env.float("CHORUS_DOUBT_DEADLINE", default=24 * 3600),
    "RETRY_DELAY": env.float("CHORUS_RETRY_DELAY", default=60),
    "REQUIREMENTS_AGE": env.float("CHORUS_REQUIREMENTS_AGE", default=900),
    "NEWS_OVERLAP": env.float("CHORUS_NEWS_OVERLAP", default=7200),
    "SILENCE_AGE": env.float("CHORUS_SILENCE_AGE", default=24 * 3600),
    "CALLS_PER_SECOND": env.float("CHORUS_CALLS_PER_SECOND", default=10),
    "JOURNAL_DAYS": env.int("CHORUS_JOURNAL_DAYS", default=90),
    "CREDIT_NOTE_SIGN": env("CHORUS_CREDIT_NOTE_SIGN", default="printed"),
    "CREDIT_NOTE_PAYMENT": env("CHORUS_CREDIT_NOTE_PAYMENT", default=""),
    "FACTURX": env.bool("CHORUS_FACTURX", default=False),
    "FLUX_REPORT_DELAY": env.float("CHORUS_FLUX_REPORT_DELAY", default=60),
    "FLUX_REPORT_DEADLINE": env.float("CHORUS_FLUX_REPORT_DEADLINE", default=24 * 3600),
    "FLUX_SETTLING_DELAY": env.float("CHORUS_FLUX_SETTLING_DELAY", default=24 * 3600),
    "DEPOSIT_THREADS": env.int("CHORUS_DEPOSIT_THREADS", default=4),
    "NEWS_THREADS": env.int("CHORUS_NEWS_THREADS", default=4),
    "PORTAL_USER": env("CHORUS_PORTAL_USER", default=""),
    "PORTAL_STRUCTURE": env("CHORUS_PORTAL_STRUCTURE", default=""),
    "OWN_ACCOUNTS": env.bool("CHORUS_OWN_ACCOUNTS", default=False),
    "CHECK_ENGAGEMENTS": env.bool("CHORUS_CHECK_ENGAGEMENTS", default=False),
    "PASSWORD_REMINDERS": env.list("CHORUS_PASSWORD_REMINDERS", cast=int, default=[30, 15, 5, 1]),
    "DEPOSIT_INTERVAL": env.float("CHORUS_DEPOSIT_INTERVAL", default=60),
    "NEWS_INTERVAL": env.float("CHORUS_NEWS_INTERVAL", default=300),
    "DIRECTORY_INTERVAL": env.float("CHORUS_DIRECTORY_INTERVAL", default=3600),
}
# Main refinancing rate of the European Central Bank by first day of a half-year, where the law's table lacks it.
ECB_RATES = {date.fromisoformat(day): Decimal(rate) for day, rate in env.dict("ECB_RATES", default={}).items()}
# Where people open Chorus Pro themselves: the link beside what they must type there.
CHORUS_PORTAL_URL = env("CHORUS_PORTAL_URL", default="https://portail.chorus-pro.gouv.fr")
# Where Chorus Pro explains itself to those who send invoices.
CHORUS_HELP_URL = env("CHORUS_HELP_URL", default="https://communaute.chorus-pro.gouv.fr")
# The day on which a person last compared the guide (templates/chorus/_guide.html) with Chorus Pro.
GUIDE_CHECKED_ON = date.fromisoformat(env("GUIDE_CHECKED_ON", default="2026-11-21"))
# The qualification platform's SIRETs are fictitious, and some fail the Luhn check.
STRICT_SIRET = CHORUS["ENVIRONMENT"] != "qualification"


def every(seconds, task):
    """A beat entry. Its message only wakes a sweep, so it dies when the next one is due."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
# Written after each message, so that the file's age tells whether beat is alive (agrilocal18/health.py).
CELERY_BEAT_SYNC_EVERY = 1
CELERY_BEAT_SCHEDULE = {
    "reading": every(READ_INTERVAL, "invoicing.tasks.read_waiting"),
    "leftovers": every(24 * 3600, "invoicing.tasks.clear_leftovers"),
    "photos": every(24 * 3600, "orders.tasks.erase_photos"),
    "unreviewed": every(3600, "invoicing.tasks.let_go_unreviewed"),
    "dates": every(3600, "invoicing.tasks.tell_dates"),
    "board": every(BOARD_INTERVAL, "invoicing.tasks.count_board"),
    "deposit": every(CHORUS["DEPOSIT_INTERVAL"], "chorus.tasks.deposit"),
    "news": every(CHORUS["NEWS_INTERVAL"], "chorus.tasks.news"),
    "directory": every(CHORUS["DIRECTORY_INTERVAL"], "chorus.tasks.directory"),
    "reminders": every(3600, "chorus.tasks.reminders"),
    "mails": every(MAIL_INTERVAL, "suppliers.tasks.send_mails"),
    "old-mails": every(24 * 3600, "suppliers.tasks.forget_mails"),
    "watch": every(60, "agrilocal18.tasks.watch"),
    "imports": every(IMPORT_INTERVAL, "suppliers.tasks.carry_imports_out"),
    "old-imports": every(24 * 3600, "suppliers.tasks.forget_imports"),
    "old-sign-ins": every(24 * 3600, "suppliers.tasks.forget_sign_ins"),
    "housekeeping": every(24 * 3600, "chorus.tasks.housekeeping"),
}

# --- Safety -------------------------------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = HTTPS
# Health checks come from the machine itself, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
# Proxies in a row through which everybody must come. Of X-Forwarded-For as many addresses are believed, counted from
# its end: too few, and all visitors share a proxy's, so that one person's mistakes lock the others out; too many, and
# each writes his own.
TRUSTED_PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0)
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
CSRF_FAILURE_VIEW = "agrilocal18.views.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# --- What is told of it ---------------------------------------------------------------------------------------------

# One line for each thing: « text » for people, « json » for what collects logs.
LOGGING = logs.configuration(
    form=env.str("LOG_FORMAT", default="text", choices=("text", "json")), level=env("LOG_LEVEL", default="INFO")
)
# A request's id, the proxy's own where it gives one that looks like one; answers, logs and tasks bear it.
DJANGO_GUID = {
    "GUID_HEADER_NAME": "X-Request-ID",
    "EXPOSE_HEADER": False,
    "INTEGRATIONS": [CeleryIntegration()],
}
# Staff are told when less is left on a disk that files are written to.
DISK_FREE_MIN = env.int("DISK_FREE_MIN", default=1_000_000_000)
# What Prometheus brings to read /metrics; without it there is no such page.
METRICS_TOKEN = env("METRICS_TOKEN", default="")
# Where failures are reported, if anywhere; wants the packages of requirements-extras.lock.
if SENTRY_DSN := env("SENTRY_DSN", default=""):
    sentry.start(SENTRY_DSN, environment=CHORUS["ENVIRONMENT"] or "no-chorus")
