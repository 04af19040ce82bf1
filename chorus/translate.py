"""Chorus Pro's words and ours. The only module that knows both."""

from invoicing.lifecycle import Status

# Status codes of a simple supplier invoice (A1, A2): official description of « Factures », and AIFE's own pages.
STATUS_OF = {
    "DEPOSEE": Status.DEPOSITED,
    "EN_COURS_ACHEMINEMENT": Status.ROUTING,
    "MISE_A_DISPOSITION": Status.AVAILABLE,
    "PRISE_EN_COMPTE_DESTINATAIRE": Status.ACKNOWLEDGED,
    "SERVICE_FAIT": Status.SERVICE_DONE,
    "SUSPENDUE": Status.SUSPENDED,
    "COMPLETEE": Status.COMPLETED,
    "A_RECYCLER": Status.TO_REROUTE,
    "MANDATEE": Status.ORDERED,
    "MISE_A_DISPOSITION_COMPTABLE": Status.AT_ACCOUNTANT,
    "COMPTABILISEE": Status.BOOKED,
    "MISE_EN_PAIEMENT": Status.PAID,
    "REJETEE": Status.REJECTED,
}

# A row in one of these was never received by anybody: it proves nothing about a deposit of ours.
NOT_DEPOSITED = frozenset({"BROUILLON", "INTERPRETEE_OCR", "SUPPRIMEE", "ABANDONNEE"})


def to_status(word: str) -> Status | None:
    """Our status for Chorus Pro's word; None for one nobody knows, which changes nothing."""
    return STATUS_OF.get(word)
