"""The pictures of the board, in their order: what each is called, what it counts, how it is drawn, who may see it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.text import capfirst

from invoicing.board import figures
from invoicing.board.causes import CAUSES
from invoicing.board.charts import Chart, Part, Row, amount, invoices, lasted
from invoicing.board.spans import AGES, DELAYS
from invoicing.lifecycle import Status
from invoicing.review import status_label
from invoicing.typography import french
from suppliers.typography import how_many, whole

ALL = "toutes"
SEES_INVOICES = "invoicing.view_invoice"


@dataclass(frozen=True)
class Panel:
    """`figure` counts, at a given time; `chart` draws what it gave. `note`: what is counted, where the title is short.

    Two panels may share a figure; it is kept under the name of its function.
    """

    key: str
    title: str
    figure: Callable[[datetime], dict]
    chart: Callable[[dict], Chart]
    empty: str
    note: str = ""
    permission: str = SEES_INVOICES


def listed(model: str, **narrowed) -> str:
    """The address of a list of the desk, narrowed."""
    return f"{reverse(f'admin:{model}_changelist')}?{urlencode(narrowed)}"


def row(label: str, value: float, told: str, url: str) -> Row:
    return Row(french(label), french(told), url, (Part(value, told, url),))


def _invoices(**narrowed) -> str:
    return listed("invoicing_invoice", **{"etat": ALL, **narrowed})


def _by_age(data: dict) -> Chart:
    rows = [_aged(status, data["open"][status]) for status in figures.OPEN if status in data["open"]]
    ended = [
        row(status_label(status), n, invoices(n), _invoices(etat=status))
        for status in figures.ENDED
        if (n := data["ended"].get(status))
    ]
    return Chart("Factures", rows, tuple(span.label for span in AGES), ended)


def _aged(status: Status, counted: dict) -> Row:
    parts = tuple(
        Part(counted[span.key], whole(counted[span.key]), _invoices(etat=status.value, depuis=span.key))
        for span in AGES
    )
    total = sum(counted[span.key] for span in AGES)
    return Row(status_label(status), invoices(total), _invoices(etat=status.value), parts)


def _by_amount(data: dict) -> Chart:
    found = [(status, data[status]) for status in figures.AWAITED if status in data]
    return Chart(
        "Montant TTC",
        [
            row(
                status_label(status),
                counted["cents"],
                amount(counted["cents"]),
                _invoices(etat=status.value, paiement="attendu"),
            )
            for status, counted in found
        ],
        others=[row("En tout", 0, amount(sum(counted["cents"] for _, counted in found)), "")] if found else [],
    )


# Step -> what it is called, and the state of the invoices that are in it now.
STEPS = {
    "review": ("Vérification au Département", Status.TO_REVIEW),
    "sending": ("Du bon à déposer au dépôt", Status.APPROVED),
    "routing": ("Du dépôt à l'arrivée chez l'acheteur", Status.DEPOSITED),
    "buyer": ("De l'arrivée à la demande de paiement", Status.AVAILABLE),
    "accountant": ("De la demande de paiement au virement", Status.ORDERED),
}


def _by_step(data: dict) -> Chart:
    return Chart(
        "Délai médian",
        [
            row(label, known["days"], lasted(known["days"]), _invoices(etat=status.value))
            for step, (label, status) in STEPS.items()
            if (known := data["steps"].get(step))
        ],
    )


def _by_buyer(data: dict) -> Chart:
    return Chart(
        "Délai médian",
        [
            row(
                known["name"],
                known["days"],
                f"{lasted(known['days'])} ({invoices(known['n'])})",
                _invoices(acheteur=known["buyer"]),
            )
            for known in data["buyers"]
        ],
    )


def _by_cause(data: dict) -> Chart:
    found = sorted((cause for cause in CAUSES if data.get(cause)), key=lambda cause: -data[cause])
    return Chart(
        "Retours",
        [
            row(
                CAUSES[cause][0],
                data[cause],
                how_many(data[cause], "retour"),
                listed("invoicing_invoiceevent", cause=cause),
            )
            for cause in found
        ],
    )


def _by_delay(data: dict) -> Chart:
    found = [(span, counted) for span in DELAYS if (counted := data["spans"][span.key])["n"]]
    return Chart(
        "Factures",
        [row(capfirst(span.label), late["n"], _late(late), _invoices(paiement=span.key)) for span, late in found],
    )


def _by_late_buyer(data: dict) -> Chart:
    return Chart(
        "Factures",
        [
            row(late["name"], late["n"], _late(late), _invoices(paiement="retard", acheteur=late["buyer"]))
            for late in data["buyers"]
        ],
    )


def _late(counted: dict) -> str:
    return f"{invoices(counted['n'])}, {amount(counted['cents'])}"


# What validated suppliers answered -> its words, and the filters of their list.
ANSWERS = {
    "without": ("Pas encore sur Chorus Pro", {"uses_chorus__exact": 0}),
    "undecided": ("Sur Chorus Pro, sans dire qui dépose", {"uses_chorus__exact": 1, "depositor__exact": ""}),
    "portal": ("Le portail dépose", {"depositor__exact": "portal"}),
    "himself": ("Déposent eux-mêmes", {"depositor__exact": "self"}),
}


def _by_answer(data: dict) -> Chart:
    return Chart(
        "Fournisseurs",
        [
            row(
                label,
                n,
                how_many(n, "fournisseur"),
                listed("suppliers_supplier", validated_at__isempty=0, **narrowed),
            )
            for answer, (label, narrowed) in ANSWERS.items()
            if (n := data[answer])
        ],
    )


NO_INVOICE = "Aucune facture en cours."

PANELS = [
    Panel("etats", "Factures en cours, par état et par âge", figures.standing, _by_age, NO_INVOICE),
    Panel(
        "montants",
        "Montants en attente de paiement",
        figures.amounts,
        _by_amount,
        NO_INVOICE,
        french("TTC, avoirs déduits ; sans les brouillons, ni ce que le fournisseur dit avoir reçu."),
    ),
    Panel(
        "etapes",
        "Délai médian de chaque étape",
        figures.durations,
        _by_step,
        "Pas encore assez de factures suivies.",
        "Sur 90 jours. Chaque ligne mène aux factures qui sont maintenant à cette étape.",
    ),
    Panel(
        "acheteurs",
        "Acheteurs les plus lents à demander le paiement",
        figures.durations,
        _by_buyer,
        "Aucun acheteur n'a encore demandé le paiement de trois factures.",
        "Délai médian entre l'arrivée et la demande de paiement, attente d'une réponse comprise, sur 90 jours, à "
        "partir de trois factures.",
    ),
    Panel(
        "retards",
        "Paiements en retard",
        figures.late,
        _by_delay,
        "Aucun paiement en retard.",
        "Jours passés depuis la fin du délai de paiement, montants TTC, avoirs déduits.",
    ),
    Panel(
        "retards-acheteurs",
        "Acheteurs en retard de paiement",
        figures.late,
        _by_late_buyer,
        "Aucun acheteur en retard.",
        "Ceux qui ont le plus de factures en retard.",
    ),
    Panel(
        "retours",
        "Causes de retour",
        figures.returns,
        _by_cause,
        "Aucune facture n'est revenue.",
        "Sur 90 jours. Une facture qui revient deux fois compte deux fois.",
        "invoicing.view_invoiceevent",
    ),
    Panel(
        "fournisseurs",
        "Fournisseurs et Chorus Pro",
        figures.suppliers,
        _by_answer,
        "Aucun fournisseur validé.",
        "Fournisseurs validés seulement.",
        "suppliers.view_supplier",
    ),
]
