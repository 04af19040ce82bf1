"""Why invoices come back: what agents, Chorus Pro and buyers say, as conditions on events."""

from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Q

from invoicing.board.spans import PERIOD
from invoicing.desk import OTHER, REASONS
from invoicing.lifecycle import Status
from invoicing.models.life import SENDING_STOPPED_LABEL, TAKEN_OVER_LABEL

# What a supplier took back himself was not sent back.
RETURNED = Q(to_status=Status.RETURNED) & ~Q(label__in=[SENDING_STOPPED_LABEL, TAKEN_OVER_LABEL])
REFUSED = RETURNED & Q(from_status=Status.SENDING)
BY_AGENT = RETURNED & ~Q(from_status=Status.SENDING)
# Agents choose a sentence and may add to it: an event begins with the one that was chosen.
CHOSEN = {key: Q(reason__startswith=sentence) for key, sentence in REASONS.items() if key != OTHER}

# Key -> what it is called, and which events tell it; each event has one cause at most.
CAUSES: dict[str, tuple[str, Q]] = {
    **{key: (f"Agent : {REASONS[key].rstrip('.')}", BY_AGENT & chosen) for key, chosen in CHOSEN.items()},
    OTHER: ("Agent : autre motif", BY_AGENT & ~reduce(or_, CHOSEN.values())),
    "refus-chorus": ("Chorus Pro : refusée au dépôt", REFUSED),
    "suspendue": ("Acheteur : suspendue, il attend une réponse", Q(to_status=Status.SUSPENDED)),
    "a-recycler": ("Acheteur : destinataire à corriger", Q(to_status=Status.TO_REROUTE)),
    "refus-acheteur": ("Acheteur : refusée", Q(to_status=Status.REJECTED)),
}


def told(cause: str, now: datetime) -> Q:
    """The events of the period that name this cause."""
    return CAUSES[cause][1] & lately(now)


def lately(now: datetime) -> Q:
    comes_back = [Status.RETURNED, Status.SUSPENDED, Status.TO_REROUTE, Status.REJECTED]
    return Q(to_status__in=comes_back, occurred_at__gte=now - PERIOD)
