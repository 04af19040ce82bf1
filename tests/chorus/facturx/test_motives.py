"""Whose fault a rejection is, from the words of the report."""

import pytest

from chorus.facturx.motives import Fault, fault_of, motive_of, reason_for

PLACE = "FichierXml.SupplyChainTradeTransaction.ApplicableHeaderTrade"

SUPPLIERS = {
    "Le champ identifiant de la facture (FichierXml.ExchangedDocument.ID.value) ne doit pas depasser 20 caracteres": (
        "20 caractères"
    ),
    f"Le service executant ({PLACE}Agreement.BuyerReference.value) est obligatoire": "code service",
    f"({PLACE}Agreement.BuyerReference.value) est obligatoire": "code service",
    f"L'engagement juridique ({PLACE}Agreement.BuyerOrderReferencedDocument.IssuerAssignedID.value) est obligatoire": (
        "numéro d'engagement"
    ),
    f"({PLACE}Agreement.BuyerOrderReferencedDocument.IssuerAssignedID.value) est obligatoire": "numéro d'engagement",
    "Le service FACTURES_PUBLIQUES ne peut pas être utilisé": "réservé aux administrations",
    f"L'identifiant destinataire ({PLACE}Agreement.BuyerTradeParty) n'est pas reference dans notre systeme.": "SIRET",
    "L'identifiant fournisseur de la demande de paiement (balise : AccountingSupplierParty.Party.PartyIdentification."
    "ID.value) n'est pas reference dans notre systeme.": "votre établissement",
    f"La date de la facture ({PLACE}) est posterieure a la date de depot.": "futur",
    f"Le montant de TVA d'un taux ({PLACE}) est incoherent avec sa base.": "montants",
}
OURS = [
    f"L'element {PLACE}Settlement.SpecifiedTradeSettlementPaymentMeans.TypeCode.value est obligatoire.",
    f"L'element {PLACE}Settlement.ApplicableTradeTax.CategoryCode.value est obligatoire.",
    "Le cadre de facturation (FichierXml.ExchangedDocumentContext.ID.value) n'est pas compris entre A1 et A25.",
    "L'utilisateur n'a pas les habilitations necessaires pour deposer au nom de ce fournisseur.",
    "Le fichier F-1.pdf n'est pas un XML bien forme.",
    "Une phrase que personne n'a jamais lue",
    "",
]


@pytest.mark.parametrize(("words", "sentence"), SUPPLIERS.items())
def test_what_the_supplier_can_correct_is_said_in_his_words(words, sentence):
    assert motive_of(words).fault == Fault.SUPPLIER
    assert sentence in reason_for([words])
    assert words in reason_for([words])


@pytest.mark.parametrize("words", OURS)
def test_what_is_not_listed_is_never_the_suppliers(words):
    assert motive_of(words).fault == Fault.PORTAL


def test_one_reason_of_ours_keeps_it_from_the_supplier():
    assert fault_of([next(iter(SUPPLIERS)), OURS[0]]) == Fault.PORTAL


def test_a_rejection_without_a_reason_is_not_the_suppliers():
    assert fault_of([]) == Fault.PORTAL


def test_accents_and_capitals_do_not_count():
    assert motive_of("LA FACTURE EXISTE DÉJÀ POUR CE FOURNISSEUR").fault == Fault.TAKEN


def test_each_sentence_is_said_once():
    told = reason_for([f"({PLACE}.BuyerReference) est obligatoire", f"({PLACE}.BuyerReference2) est obligatoire"])
    assert told.count("exige un code service") == 1
