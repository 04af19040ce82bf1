"""How the exchange fares, in plain French: what the admin's status line and `manage.py chorus_status` show.

A constant number of queries, whatever the number of rows; no call to Chorus Pro.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Exists, Min, OuterRef, Q, TextChoices
from django.urls import reverse
from django.utils import timezone

from chorus.conf import configuration
from chorus.doubt import deadline, settling_delay
from chorus.models import (
    Breaker,
    Cursor,
    Exchange,
    RecipientChange,
    SetAside,
    Submission,
    Sweep,
    TechnicalAccount,
    Transport,
)
from chorus.wiring import accounts_in_use
from invoicing.models import Invoice
from invoicing.review import in_words
from invoicing.typography import french
from suppliers.days import date_format
from suppliers.models import Mail
from suppliers.models.mail import IN_STATE, State

ST = Submission.Status


class Level(TextChoices):
    GOOD = "good", "Bien"
    WARN = "warn", "À surveiller"
    STOP = "stop", "À traiter"


# A status change is promised within ten minutes; after an hour nobody can call it a slow day any more.
SOON, LATE = timedelta(minutes=10), timedelta(hours=1)
# A sweep may be missed once or twice: a worker that restarts, a message that was lost.
MISSED_SWEEPS = 3
# Shares of failed calls in the last hour, when there were enough of them to mean something.
MANY, MOST, ENOUGH_CALLS = 0.2, 0.5, 10
# From this share of the pace that the setting allows, a busy day will make rows wait.
NEARLY_FULL = 0.8
# A doubt is settled within an hour or so; several at once mean that answers get lost.
MANY_DOUBTS = 10

SWEEPS = {"deposit": ("Envois", "DEPOSIT_INTERVAL"), "news": ("Nouvelles", "NEWS_INTERVAL")}
CLASSES = {
    "Unavailable": "service indisponible",
    "AnswerLost": "réponse perdue",
    "Denied": "compte ou droits refusés",
    "NotAllowed": "structure d'un fournisseur refusée",
    "Unknown": "réponse inconnue",
    "Refused": "facture ou réponse refusée",
}
# Chorus Pro read what was sent and said no: the exchange itself works.
NO_FAULT = {"Refused"}


@dataclass(frozen=True)
class Sign:
    """One figure: `told` is a French sentence, `url` the list behind it."""

    name: str
    title: str
    level: Level
    told: str
    url: str


def signs() -> list[Sign]:
    """Every figure, always in the same order."""
    if not configuration().is_on:
        off = "Chorus Pro n'est pas branché sur ce portail : rien ne part."
        return [_sign("off", "Chorus Pro", Level.WARN, off, "submission")]
    now = timezone.now()
    return [
        _sweeps(now),
        _news(now),
        _lag(now),
        _accounts(),
        *_rows(now),
        *_elsewhere(),
        _set_aside(),
        _recipients(),
        *_calls(now),
        _mails(now),
    ]


def doubt_grows() -> bool:
    """Whether more is in doubt than is usual, or for longer."""
    if not configuration().is_on:
        return False
    return any(sign.name == "in_doubt" and sign.level != Level.GOOD for sign in _rows(timezone.now()))


def worst(found: list[Sign]) -> Level:
    levels = [sign.level for sign in found]
    return max(levels, key=list(Level).index, default=Level.GOOD)


def summary(found: list[Sign]) -> str:
    """« 1 point à traiter, 2 à surveiller »."""
    to_treat = sum(sign.level == Level.STOP for sign in found)
    to_watch = sum(sign.level == Level.WARN for sign in found)
    counted = [(to_treat, "à traiter"), (to_watch, "à surveiller")]
    return ", ".join(f"{n} point{'s' if n > 1 else ''} {word}" for n, word in counted if n) or "tout va bien"


def _sign(name: str, title: str, level: Level, told: str, model: str, query: str = "") -> Sign:
    url = reverse(f"admin:chorus_{model}_changelist")
    return Sign(name, title, level, french(told), f"{url}?{query}" if query else url)


def _by_age(age: timedelta, soon: timedelta = SOON, late: timedelta = LATE) -> Level:
    if age > late:
        return Level.STOP
    return Level.WARN if age > soon else Level.GOOD


def _patience(setting: str) -> tuple[timedelta, timedelta]:
    """How old a sweep of this interval may be before it is worth a look, and before it must be treated."""
    missed = MISSED_SWEEPS * timedelta(seconds=settings.CHORUS[setting])
    return max(SOON, missed), max(LATE, missed)


def _at(moment: datetime) -> str:
    """« à 9 h 12 », with the day unless it is today."""
    here = timezone.localtime(moment)
    day = "" if here.date() == timezone.localdate() else f"le {date_format(here, 'j F')} "
    return f"{day}à {date_format(here, 'H:i')}"


# --- Somebody sweeps ---


def _sweeps(now: datetime) -> Sign:
    """The sweeps that carry everything; silent, neither beat nor a worker runs."""
    began = dict(Sweep.objects.filter(name__in=SWEEPS, began_at__isnull=False).values_list("name", "began_at"))
    levels, told = [], []
    for name, (title, setting) in SWEEPS.items():
        levels.append(_by_age(now - began[name], *_patience(setting)) if name in began else Level.STOP)
        told.append(f"{title.lower()} {_at(began[name])}" if name in began else f"{title.lower()} jamais")
    level = max(levels, key=list(Level).index)
    silent = "" if level == Level.GOOD else " Le service de fond (beat et worker) s'est tu : prévenez l'informatique."
    return _sign("sweeps", "Dernier passage", level, f"{', '.join(told).capitalize()}.{silent}", "cursor")


def _news(now: datetime) -> Sign:
    """How old the news are, for the account that was read least recently."""
    used = accounts_in_use(configuration().environment).filter(blocked_since__isnull=True)
    cursors = {cursor.account_id: cursor for cursor in Cursor.objects.filter(account__in=used)}
    unread = [pk for pk in used.values_list("pk", flat=True) if pk not in cursors or not cursors[pk].swept_at]
    if unread or not cursors:
        told = "Aucun compte en service." if not unread else "Un compte n'a encore jamais été lu."
        return _sign("news", "Nouvelles", Level.WARN, told, "cursor")
    oldest = min(cursors.values(), key=lambda cursor: cursor.swept_at)
    failing = next((cursor for cursor in cursors.values() if cursor.last_error), None)
    level = _by_age(now - oldest.swept_at, *_patience("NEWS_INTERVAL"))
    if failing:
        level = max(level, Level.WARN, key=list(Level).index)
    told = f"Lues {_at(oldest.swept_at)}." + (f" Dernière lecture en échec : {failing.last_error}" if failing else "")
    return _sign("news", "Nouvelles", level, told, "cursor")


def _lag(now: datetime) -> Sign:
    """How long the oldest thing that could leave has been waiting."""
    here, returns = Submission.objects.here(), ~Q(kind=Submission.Kind.DEPOSIT)
    due = Submission.objects.due(now).aggregate(oldest=Min("due_at"))["oldest"]
    replies = here.waiting(now).filter(returns).aggregate(oldest=Min("due_at"))["oldest"]
    open_ones = here.deposits().filter(invoice=OuterRef("pk"), status__in=Submission.OPEN)
    ready = Invoice.objects.ready_to_send(now).filter(~Exists(open_ones))
    unqueued = ready.aggregate(oldest=Min("send_after"))["oldest"]
    oldest = min(filter(None, (due, replies, unqueued)), default=None)
    if oldest is None:
        return _sign("lag", "Retard", Level.GOOD, "Rien n'attend de partir.", "submission")
    told = f"Le plus ancien envoi prêt attend depuis {in_words(oldest, now)}."
    return _sign("lag", "Retard", _by_age(now - oldest), told, "submission", "etat=queued")


def _accounts() -> Sign:
    blocked: list[TechnicalAccount] = list(
        accounts_in_use(configuration().environment).filter(blocked_since__isnull=False).defer("password")
    )
    paused = Breaker.objects.filter(
        paused_since__isnull=False, account__in=accounts_in_use(configuration().environment)
    )
    if paused and not blocked:
        told = f"Envois suspendus : {' ; '.join(breaker.paused_reason for breaker in paused[:3])}."
        return _sign("accounts", "Comptes", Level.STOP, told, "technicalaccount")
    if not blocked:
        return _sign("accounts", "Comptes", Level.GOOD, "Aucun compte bloqué.", "technicalaccount")
    named = [f"{one.login} depuis {in_words(one.blocked_since)} ({one.blocked_reason})" for one in blocked[:3]]
    told = f"Bloqués : {' ; '.join(named)}"
    more = f" et {len(blocked) - 3} autres" if len(blocked) > 3 else ""
    return _sign("accounts", "Comptes", Level.STOP, f"{told}{more}.", "technicalaccount")


# --- Rows that need somebody ---


def _rows(now: datetime) -> list[Sign]:
    counted = Submission.objects.here().aggregate(
        held=Count("pk", filter=Q(status=ST.HELD)),
        in_doubt=Count("pk", filter=Q(status=ST.IN_DOUBT)),
        blocked=Count("pk", filter=Q(status=ST.BLOCKED)),
        **{transport: Min("doubt_since", filter=_doubts_of(transport)) for transport in Transport.values},
    )
    oldest = {transport: counted[transport] for transport in Transport.values if counted[transport]}
    return [
        _held(counted["held"]),
        _in_doubt(counted["in_doubt"], oldest, now),
        _blocked(counted["blocked"]),
    ]


def _counted(n: int, one: str, many: str) -> str:
    return f"{n or 'Aucun'} {many if n > 1 else one}"


def _held(n: int) -> Sign:
    told = _counted(n, "envoi attend", "envois attendent") if n else "Aucun envoi n'attend"
    level = Level.STOP if n else Level.GOOD
    return _sign("held", "À regarder", level, f"{told} {'une' if n else 'de'} décision.", "submission", "etat=held")


def _doubts_of(transport: str) -> Q:
    return Q(status=ST.IN_DOUBT, transport=transport)


def _in_doubt(n: int, oldest: dict[str, datetime], now: datetime) -> Sign:
    """`oldest`: since when, by transport. A file is looked for much longer than a plain PDF."""
    if not n:
        return _sign("in_doubt", "Incertains", Level.GOOD, "Aucun envoi incertain.", "submission", "etat=in_doubt")
    config = configuration()
    # Past the deadline a doubt should have ended one way or the other.
    overdue = any(now - since > deadline(transport, config) + LATE for transport, since in oldest.items())
    slow = n >= MANY_DOUBTS or any(
        now - since > settling_delay(transport, config) + LATE for transport, since in oldest.items()
    )
    level = Level.STOP if overdue else Level.WARN if slow else Level.GOOD
    since = f", le plus ancien depuis {in_words(min(oldest.values()), now)}" if oldest else ""
    told = f"{_counted(n, 'envoi incertain', 'envois incertains')}{since} : le portail vérifie."
    return _sign("in_doubt", "Incertains", level, told, "submission", "etat=in_doubt")


def _blocked(n: int) -> Sign:
    told = f"{_counted(n, 'envoi arrêté', 'envois arrêtés')} par un compte, un droit ou un rattachement."
    return _sign("blocked", "Bloqués", Level.WARN if n else Level.GOOD, told, "submission", "etat=blocked")


def _elsewhere() -> list[Sign]:
    """Told only where somebody changed the environment: no sweep touches these rows, and their invoices wait."""
    here = Q(environment=configuration().environment)
    found = Submission.objects.exclude(here).filter(status__in=Submission.OPEN)
    counted = found.values_list("environment").annotate(n=Count("pk")).order_by("environment")
    if not counted:
        return []
    told = ", ".join(f"{n} sur {environment}" for environment, n in counted)
    return [
        _sign("elsewhere", "Ailleurs", Level.WARN, f"Envois inachevés d'un autre branchement : {told}.", "submission")
    ]


def _set_aside() -> Sign:
    n = SetAside.objects.filter(environment=configuration().environment, solved_at__isnull=True).count()
    told = f"{n or 'Aucune'} nouvelle{'s' if n > 1 else ''} mise{'s' if n > 1 else ''} de côté."
    return _sign("set_aside", "Mises de côté", Level.WARN if n else Level.GOOD, told, "setaside")


def _recipients() -> Sign:
    """Only those that take no invoice any more colour the line; the other changes are counted with them."""
    waiting = RecipientChange.objects.filter(environment=configuration().environment, solved_at__isnull=True)
    counted = waiting.aggregate(all=Count("pk"), gone=Count("pk", filter=Q(kind__in=RecipientChange.TROUBLE)))
    told = _counted(counted["all"], "changement à voir", "changements à voir")
    gone = f", dont {counted['gone']} sur des destinataires fermés ou inconnus" if counted["gone"] else ""
    level = Level.WARN if counted["gone"] else Level.GOOD
    return _sign("recipients", "Destinataires", level, f"{told}{gone}.", "recipientchange")


# --- The calls ---


def _calls(now: datetime) -> list[Sign]:
    hour = Q(started_at__gte=now - timedelta(hours=1))
    here = Exchange.objects.filter(environment=configuration().environment)
    by_error = dict(here.filter(hour).values_list("error").annotate(n=Count("pk")).order_by())
    of_day = here.filter(started_at__gte=now - timedelta(days=1)).aggregate(
        calls=Count("pk"),
        braked=Count("pk", filter=Q(http_status=429)),
        braked_now=Count("pk", filter=hour & Q(http_status=429)),
    )
    return [_errors(by_error), _quota(sum(by_error.values()), **of_day)]


def _errors(by_error: dict[str, int]) -> Sign:
    calls = sum(by_error.values())
    failed = {name: n for name, n in sorted(by_error.items()) if name}
    faults = sum(n for name, n in failed.items() if name not in NO_FAULT)
    named = ", ".join(f"{CLASSES.get(name, name)} {n}" for name, n in failed.items())
    told = f"{faults} sur {calls} dans l'heure" + (f" ({named})." if named else ".")
    return _sign("errors", "Appels en échec", _errors_level(faults, calls, failed), told, "exchange", "resultat=ko")


def _errors_level(faults: int, calls: int, failed: dict[str, int]) -> Level:
    share = faults / calls if calls >= ENOUGH_CALLS else 0
    if share > MOST:
        return Level.STOP
    return Level.WARN if share > MANY or {"Denied", "NotAllowed", "Unknown"} & set(failed) else Level.GOOD


def _share(share: float) -> str:
    """« (12 % de la limite réglée) »; a handful of calls is less than a percent, not none."""
    told = "moins de 1%" if 0 < share < 0.01 else f"{share:.0%}"
    return f" ({told} de la limite réglée)"


def _quota(of_hour: int, *, calls: int, braked: int, braked_now: int) -> Sign:
    """Calls made against the pace that CHORUS_CALLS_PER_SECOND allows, and how often PISTE said « too many »."""
    allowed = int(configuration().calls_per_second * 3600)
    share = of_hour / allowed if allowed else 0
    told = _counted(of_hour, "appel", "appels") + " dans l'heure"
    told += f"{_share(share) if allowed else ''}, {calls} en un jour."
    told += f" PISTE a freiné {braked} fois en un jour, dont {braked_now} dans l'heure." if braked else ""
    level = Level.WARN if braked_now or share >= NEARLY_FULL else Level.GOOD
    return _sign("quota", "Quota", level, told.replace("%", " %"), "exchange")


# --- The mails ---


def _mails(now: datetime) -> Sign:
    """What should have left by now: a mail server or a worker that is down, and letters nobody would take."""
    unsent = Mail.objects.filter(sent_at=None, dropped_at=None)
    counted = unsent.aggregate(
        failed=Count("pk", filter=IN_STATE[State.FAILED]), oldest=Min("due_at", filter=IN_STATE[State.WAITING])
    )
    failed, late = counted["failed"], counted["oldest"] and now - counted["oldest"]
    levels = [Level.WARN if failed else Level.GOOD, _by_age(late) if late else Level.GOOD]
    told = f"{_counted(failed, 'courriel', 'courriels')} en échec"
    if late and late > SOON:
        told += f", le plus ancien à envoyer attend depuis {in_words(counted['oldest'], now)}"
    url = reverse("admin:suppliers_mail_changelist")
    query = "etat=failed" if failed else "etat=waiting"
    return Sign("mails", "Courriels", max(levels, key=list(Level).index), french(f"{told}."), f"{url}?{query}")
