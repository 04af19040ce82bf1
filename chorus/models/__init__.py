"""Accounts, submissions, the journal of calls, and what came back that fits nowhere."""

from chorus.models.accounts import PASSWORD_LIFE, AttachedStructure, Connection, PisteApplication, TechnicalAccount
from chorus.models.breaker import Breaker
from chorus.models.flux import FacturxSupplier, Transport
from chorus.models.journal import Alarm, Exchange, Sweep
from chorus.models.looks import Look, Search
from chorus.models.news import Cursor, SetAside
from chorus.models.recipients import RecipientChange
from chorus.models.submissions import ClaimLost, Return, Submission, SubmissionQuerySet

__all__ = [
    "PASSWORD_LIFE",
    "Alarm",
    "AttachedStructure",
    "Breaker",
    "ClaimLost",
    "Connection",
    "Cursor",
    "Exchange",
    "FacturxSupplier",
    "Look",
    "PisteApplication",
    "RecipientChange",
    "Return",
    "Search",
    "SetAside",
    "Submission",
    "SubmissionQuerySet",
    "Sweep",
    "TechnicalAccount",
    "Transport",
]
