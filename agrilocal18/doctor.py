"""`manage.py doctor`: each part of the portal tried for real, and for one that fails the line that mends it."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core import checks
from django.core.mail import get_connection
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from agrilocal18 import proxies, readiness
from agrilocal18.celery import app
from agrilocal18.logs import mask
from chorus.conf import configuration
from chorus.wiring import accounts_in_use, connect
from invoicing.opening import tesseract
from invoicing.reading.ocr import LANGUAGE
from suppliers import scan
from suppliers.days import date_format
from suppliers.encryption import encrypted_columns

SAMPLE = 20
SKEW = timedelta(seconds=5)
# Backends that send nothing to anybody.
MUTE = ("console", "dummy")


class Ill(Exception):
    """What is wrong, in French; `mend` where it differs from what usually mends that part."""

    def __init__(self, fault: str, mend: str = ""):
        super().__init__(fault)
        self.mend = mend


@dataclass(frozen=True)
class Part:
    title: str
    mend: str
    check: Callable[[], str | None]


@dataclass(frozen=True)
class Finding:
    """Of one part: what was seen, and if `is_ill` how to mend it."""

    title: str
    told: str
    is_ill: bool = False
    mend: str = ""


PARTS: list[Part] = []


def part(title: str, mend: str):
    """A check gives what is worth telling when all is well; whatever it raises is a fault."""

    def known(check: Callable[[], str | None]) -> Callable[[], str | None]:
        PARTS.append(Part(title, mend, check))
        return check

    return known


def diagnose() -> Iterator[Finding]:
    """One after the other, whatever becomes of those before."""
    for one in PARTS:
        try:
            yield Finding(one.title, one.check() or "fonctionne")
        except Ill as ill:
            yield Finding(one.title, str(ill), True, ill.mend or one.mend)
        except Exception as failure:
            yield Finding(one.title, mask(f"{type(failure).__name__} : {failure}"), True, one.mend)


@part("Réglages", "Lisez « manage.py check --deploy » et corrigez .env.")
def production_settings() -> str:
    found = checks.run_checks(include_deployment_checks=True)
    if wrong := sorted({one.id for one in found if one.level >= checks.WARNING and not one.is_silenced()}):
        raise Ill(f"à revoir : {', '.join(wrong)}")
    return "ceux d'une production"


@part("Base de données", "Lancez PostgreSQL et vérifiez DATABASE_URL.")
def database() -> str:
    connection.ensure_connection()
    connection.check_database_version_supported()
    version = ".".join(str(number) for number in connection.get_database_version())
    if connection.vendor == "sqlite" and not (settings.DEBUG or settings.DEMONSTRATION):
        raise Ill("SQLite ne sert qu'à la démonstration", "Donnez DATABASE_URL=postgres://…")
    return f"{connection.display_name} {version}"


@part("Migrations", "Lancez « manage.py migrate ».")
def migrations() -> str:
    executor = MigrationExecutor(connection)
    if missing := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise Ill(f"{len(missing)} à appliquer, dont {missing[0][0]}")
    return "toutes appliquées"


@part("Broker", "Lancez Redis et vérifiez REDIS_URL ou BROKER_URL.")
def broker() -> None:
    readiness.broker()


@part("Workers", "Lancez « celery -A agrilocal18 worker » et lisez son journal.")
def workers() -> str:
    if readiness.failure_of(readiness.broker):
        raise Ill("le broker ne répond pas", "Réparez d'abord le broker.")
    answers = app.control.ping(timeout=readiness.PATIENCE)
    if not answers:
        raise Ill("aucun ne répond")
    return ", ".join(sorted(name for answer in answers for name in answer))


@part("Beat", "Lancez « celery -A agrilocal18 beat », puis attendez une minute.")
def beat() -> str:
    try:
        readiness.sweep()
    except readiness.NotWell:
        began = readiness.last_watch()
        at = date_format(timezone.localtime(began), "d/m/Y à H:i") if began else "jamais"
        raise Ill(f"dernier passage : {at}") from None
    return f"dernier passage : {date_format(timezone.localtime(readiness.last_watch()), 'H:i')}"


@part("Proxys", "Mettez dans TRUSTED_PROXIES leur nombre exact, et fermez le chemin qui en contourne un.")
def trusted_proxies() -> str:
    if at := proxies.gone_round_at():
        at = date_format(timezone.localtime(at), "H:i")
        raise Ill(f"une visite est passée par moins de {settings.TRUSTED_PROXIES} à {at}")
    return f"nombre attendu : {settings.TRUSTED_PROXIES} ; aucune visite n'en a contourné depuis une heure"


@part("Fichiers", "Donnez au portail le droit d'écrire dans MEDIA_ROOT, ou vérifiez les réglages S3_….")
def storage() -> None:
    readiness.storage()


@part("Courrier", "Vérifiez EMAIL_URL, et que le serveur accepte cette machine.")
def mail() -> str:
    with closing(get_connection()) as server:
        if settings.EMAIL_BACKEND.split(".")[-2] in MUTE:
            raise Ill("les courriels ne partent pas", "Donnez EMAIL_URL=smtp+tls://…")
        server.open()
    return f"{settings.EMAIL_HOST} répond" if settings.EMAIL_HOST else "prêt"


@part("Antivirus", "Lancez clamd et vérifiez CLAMD.")
def scanner() -> str:
    if not settings.CLAMD:
        return "non branché (CLAMD)"
    try:
        scan.is_infected(b"agrilocal18")
    except scan.NoScanner:
        raise Ill("clamd ne répond pas") from None
    return "clamd répond"


@part("Pages sans texte", "Installez tesseract-ocr et tesseract-ocr-fra, ou mettez OCR=0.")
def ocr() -> str:
    if settings.OCR == "0":
        return "Tesseract débranché (OCR=0)"
    program = tesseract()
    if not program and settings.OCR == "auto":
        return "Tesseract n'est pas installé : les fournisseurs saisissent ce qui est sur les photos"
    if not program:
        raise Ill(f"{settings.OCR} n'est pas un programme")
    listed = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=20)
    if LANGUAGE not in listed.stdout.split():
        raise Ill("Tesseract ne lit pas le français")
    return "Tesseract lit le français"


@part("Clés", "Remettez dans FIELD_KEYS la clé qui a chiffré ces valeurs ; gardez toutes les clés.")
def keys() -> str:
    """Some of each column: all of them are `rotate_keys --check`'s to read."""
    read = 0
    for column in encrypted_columns():
        for pk, token in islice(column.tokens(batch=SAMPLE), SAMPLE):
            try:
                column.read(token)
            except InvalidToken:
                raise Ill(f"aucune clé ne lit {column}, ligne {pk}") from None
            read += 1
    return f"valeurs essayées : {read}" if read else "rien n'est encore chiffré"


@part("Chorus Pro", "Suivez docs/chorus.md, « The way to the real service » ; « Vérifier ce compte » nomme l'étape.")
def chorus_pro() -> str:
    config = configuration()
    if not config.is_on:
        return "débranché (CHORUS_ENVIRONMENT)"
    account = accounts_in_use(config.environment).first()
    if account is None:
        raise Ill("aucun compte technique en service", "Donnez-en un dans le bureau : « Comptes techniques ».")
    with connect(account) as client:
        health = client.health()
    if not health.available:
        raise Ill(f"se dit indisponible : {health.message}", "Attendez : les envois reprennent d'eux-mêmes.")
    return f"{config.environment} répond au compte {account.login}"


@part("Disque", "Libérez de la place ou agrandissez le disque de VAR_DIR et de MEDIA_ROOT.")
def disk() -> str:
    free = readiness.free_bytes()
    told = f"{free / 10**9:.1f} Go libres".replace(".", ",")
    if free < settings.DISK_FREE_MIN:
        raise Ill(told)
    return told


@part("Horloge", "Mettez les deux machines à l'heure (chrony ou systemd-timesyncd).")
def clock() -> str:
    if connection.vendor != "postgresql":
        return "celle de la base"
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        [at] = cursor.fetchone()
    skew = abs(timezone.now() - at)
    if skew > SKEW:
        raise Ill(f"{skew.total_seconds():.0f} s d'écart avec la base")
    return "celle de la base, à moins de 5 s"
