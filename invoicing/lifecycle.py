"""The life of an invoice, as a table one can read aloud. Nothing here touches the database."""

from django.db.models import TextChoices


class Status(TextChoices):
    """What people talk about. The label is what the producer reads."""

    DRAFT = "draft", "À vérifier par vous"
    TO_REVIEW = "to_review", "Vérification au Département"
    RETURNED = "returned", "À corriger"
    APPROVED = "approved", "Envoi vers Chorus Pro en cours"
    SENDING = "sending", "Envoi en cours"
    TO_SELF_DEPOSIT = "to_self_deposit", "À déposer par vos soins"
    OUTSIDE = "outside", "Acheteur hors Chorus Pro"
    WITHDRAWN = "withdrawn", "Retirée avant dépôt"
    DEPOSITED = "deposited", "Déposée sur Chorus Pro"
    ROUTING = "routing", "En route vers l'acheteur"
    AVAILABLE = "available", "Arrivée chez l'acheteur"
    ACKNOWLEDGED = "acknowledged", "Prise en compte"
    SERVICE_DONE = "service_done", "Livraison attestée"
    SUSPENDED = "suspended", "L'acheteur attend votre réponse"
    COMPLETED = "completed", "Réponse transmise"
    TO_REROUTE = "to_reroute", "Destinataire à corriger"
    ORDERED = "ordered", "Paiement demandé au comptable"
    AT_ACCOUNTANT = "at_accountant", "Chez le comptable"
    BOOKED = "booked", "Enregistrée par le comptable"
    PAID = "paid", "Virement ordonné"
    REJECTED = "rejected", "Refusée par l'acheteur"


S = Status

# Chorus Pro's own words, shown in small beside ours.
OFFICIAL_LABELS = {
    S.DEPOSITED: "Déposée",
    S.ROUTING: "En cours d'acheminement",
    S.AVAILABLE: "Mise à disposition",
    S.ACKNOWLEDGED: "Prise en compte",
    S.SERVICE_DONE: "Service fait",
    S.SUSPENDED: "Suspendue",
    S.COMPLETED: "Complétée",
    S.TO_REROUTE: "À recycler",
    S.ORDERED: "Mandatée",
    S.AT_ACCOUNTANT: "Mise à disposition du comptable",
    S.BOOKED: "Comptabilisée",
    S.PAID: "Mise en paiement",
    S.REJECTED: "Rejetée",
}

# An avoir that reached its buyer is deducted: whatever Chorus Pro says of it then, nobody is paid.
DEDUCTED = frozenset(
    {S.AVAILABLE, S.ACKNOWLEDGED, S.SERVICE_DONE, S.COMPLETED, S.ORDERED, S.AT_ACCOUNTANT, S.BOOKED, S.PAID}
)
# What a status is called on an avoir, where « facture », « payer » or an agreement would be wrong.
AVOIR_LABELS = dict.fromkeys(DEDUCTED, "Avoir à déduire par l'acheteur") | {
    S.WITHDRAWN: "Retiré avant dépôt",
    S.DEPOSITED: "Déposé sur Chorus Pro",
    S.REJECTED: "Avoir refusé par l'acheteur",
}
# The labels of Status speak to the producer; a buyer reads these instead.
BUYER_LABELS = {
    S.RETURNED: "En correction chez le fournisseur",
    S.TO_SELF_DEPOSIT: "À déposer par le fournisseur",
    S.OUTSIDE: "Hors Chorus Pro",
    S.ROUTING: "En route vers vous",
    S.AVAILABLE: "Arrivée chez vous",
    S.SUSPENDED: "Réponse du fournisseur attendue",
    S.COMPLETED: "Réponse du fournisseur reçue",
    S.REJECTED: "Refusée",
}


def buyer_label(status: str) -> str:
    return BUYER_LABELS.get(Status(status)) or Status(status).label


# After deposit buyers skip steps and Hélios sends them out of order: any of these may follow any other.
ON_CHORUS = frozenset(OFFICIAL_LABELS)
BEFORE_DEPOSIT = frozenset(Status) - ON_CHORUS

TRANSITIONS: dict[Status, frozenset[Status]] = {
    S.DRAFT: frozenset({S.TO_REVIEW, S.WITHDRAWN}),
    S.TO_REVIEW: frozenset({S.APPROVED, S.TO_SELF_DEPOSIT, S.OUTSIDE, S.RETURNED, S.WITHDRAWN}),
    S.RETURNED: frozenset({S.TO_REVIEW, S.WITHDRAWN}),
    S.APPROVED: frozenset({S.SENDING, S.TO_REVIEW, S.RETURNED, S.TO_SELF_DEPOSIT}),
    S.SENDING: frozenset({S.DEPOSITED, S.RETURNED, S.APPROVED}),
    S.TO_SELF_DEPOSIT: frozenset({S.DEPOSITED, S.TO_REVIEW, S.WITHDRAWN}),
    S.OUTSIDE: frozenset({S.TO_REVIEW, S.WITHDRAWN}),
    S.WITHDRAWN: frozenset(),
    **{status: ON_CHORUS - {status} for status in ON_CHORUS},
}

EDITABLE = frozenset({S.DRAFT, S.RETURNED})
# Where « Bon à déposer » leads; while an invoice is still there, the decision can be taken back.
LET_GO = frozenset({S.APPROVED, S.TO_SELF_DEPOSIT, S.OUTSIDE})
# What an agent may still send back.
UNSENT = frozenset({S.TO_REVIEW, S.APPROVED})
# « Hors commande »: its buyer may name the order, but not while it leaves, nor once it is over. He may say that he does
# not know the delivery until it is deposited: later, he refuses it on Chorus Pro.
ATTACHABLE = frozenset(Status) - {S.DRAFT, S.SENDING, S.WITHDRAWN, S.REJECTED}
DISOWNABLE = ATTACHABLE & BEFORE_DEPOSIT
# What its buyer may still refuse on Chorus Pro; once payment is asked for, an avoir corrects it.
REJECTABLE = frozenset({S.DEPOSITED, S.ROUTING, S.AVAILABLE, S.ACKNOWLEDGED, S.SERVICE_DONE, S.SUSPENDED, S.COMPLETED})
# A number is free again only while the invoice is a draft or was withdrawn; a rejected number is used up.
FREE_NUMBER = frozenset({S.DRAFT, S.WITHDRAWN})
# Leaving one of these is never silent: staff are told.
SETTLED = frozenset({S.PAID, S.REJECTED})


class Ball(TextChoices):
    """Who must act next."""

    SUPPLIER = "supplier", "à vous de jouer"
    AGENT = "agent", "au Département"
    PORTAL = "portal", "au portail"
    CHORUS = "chorus", "à Chorus Pro"
    BUYER = "buyer", "à l'acheteur"
    ACCOUNTANT = "accountant", "au comptable public"
    NOBODY = "nobody", "rien à faire"


BALL = {
    S.DRAFT: Ball.SUPPLIER,
    S.TO_REVIEW: Ball.AGENT,
    S.RETURNED: Ball.SUPPLIER,
    S.APPROVED: Ball.PORTAL,
    S.SENDING: Ball.PORTAL,
    S.TO_SELF_DEPOSIT: Ball.SUPPLIER,
    S.OUTSIDE: Ball.SUPPLIER,
    S.WITHDRAWN: Ball.NOBODY,
    S.DEPOSITED: Ball.CHORUS,
    S.ROUTING: Ball.CHORUS,
    S.AVAILABLE: Ball.BUYER,
    S.ACKNOWLEDGED: Ball.BUYER,
    S.SERVICE_DONE: Ball.BUYER,
    S.SUSPENDED: Ball.SUPPLIER,
    S.COMPLETED: Ball.BUYER,
    S.TO_REROUTE: Ball.SUPPLIER,
    S.ORDERED: Ball.ACCOUNTANT,
    S.AT_ACCOUNTANT: Ball.ACCOUNTANT,
    S.BOOKED: Ball.ACCOUNTANT,
    S.PAID: Ball.NOBODY,
    S.REJECTED: Ball.SUPPLIER,
}


class TransitionError(Exception):
    """The move is not in the table, or somebody else moved first. The message is a French sentence for people."""


def may_move(source: str, target: str) -> bool:
    return target in TRANSITIONS[Status(source)]
