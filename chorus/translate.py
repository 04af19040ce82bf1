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

# What else the official description names in `statutCourant`: steps of validators, of public works, of drafts.
ELSEWHERE = (
    *("A_VALIDER_1", "ERREUR_FOURNISSEUR_SUR_VALIDEUR", "REFUSEE_1", "VALIDEE_1", "ABSENCE_VALIDATION_1_HORS_DELAI"),
    *("A_VALIDER_2", "ERREUR_COTRAITANT_SUR_VALIDEUR", "REFUSEE_2", "VALIDEE_2", "ABSENCE_VALIDATION_2_HORS_DELAI"),
    *("ERREUR_FOURNISSEUR_SUR_MOE", "ASSOCIEE", "EN_COURS_TRAITEMENT_PIVOT_S", "A_VALIDER_MOE", "REFUSEE_MOE"),
    *("EN_ATTENTE_RECYCLAGE_FOURNISSEUR", "ERREUR_MOE_SUR_FOURNISSEUR", "ERREUR_MOA_SUR_FOURNISSEUR"),
    *("ERREUR_FOURNISSEUR_SUR_MOA", "ERREUR_MOE_SUR_MOA", "ERREUR_DESTINATAIRE_PD", "ERREUR_DESTINATAIRE_EA"),
    *("NON_CONFORME", "A_ASSOCIER_MOE", "ERREUR_DE_MOE", "MISE_A_DISPOSITION_MOE", "PRISE_EN_COMPTE_MOE"),
    *("A_ASSOCIER_MOA", "ERREUR_DE_MOA", "REFUSEE_MOA", "A_ASSOCIER_FOURNISSEUR", "REFUSEE_FOURNISSEUR"),
    *("A_COMPLETER", "TRANSMISE_MOA", "REMPLACEE_PAR_A22", "DUPLIQUE_APRES_REFUS", "MISE_A_DISPOSITION_MOA"),
    *("PRISE_EN_COMPTE_MOA", "TECHNIQUE_INCONNU", *sorted(NOT_DEPOSITED)),
)
# Every status once, in as many searches as it takes to read a day that one search cannot show.
STATUSES_APART = (*((word,) for word in STATUS_OF), ELSEWHERE)


def to_status(word: str) -> Status | None:
    """Our status for Chorus Pro's word; None for one nobody knows, which changes nothing."""
    return STATUS_OF.get(word)
