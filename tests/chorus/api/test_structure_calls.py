"""Structures, services and lists: what is asked, and what is read in the answer."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from chorus.api import Requirements, Unknown

from .far_side import API, NO_RESULT


def test_it_finds_a_structure_by_its_exact_siret_and_prefers_the_active_one(chorus, answer):
    row = {"typeIdentifiantStructure": "SIRET", "identifiantStructure": "20000001600010", "designationStructure": "A"}
    rows = [
        {**row, "idStructureCPP": 1, "identifiantStructure": "200000016000109", "statut": "ACTIVE"},
        {**row, "idStructureCPP": 2, "statut": "INACTIVE"},
        {**row, "idStructureCPP": 3, "statut": "ACTIVE"},
    ]
    asked = answer("structures/rechercher", {"listeStructures": rows}, NO_RESULT, {"listeStructures": rows[1]})
    found = chorus.find_structure("20000001600010")
    assert (found.id, found.identifier_type, found.name, found.active) == (3, "SIRET", "A", True)
    assert chorus.find_structure("20000001600010", private_too=True) is None
    assert chorus.find_structure("20000001600010").active is False
    assert asked[0] == {
        "structure": {"identifiantStructure": "20000001600010", "typeIdentifiantStructure": "SIRET"},
        "parametres": {"pageResultatDemandee": 1, "nbResultatsParPage": 100},
    }
    assert asked[1]["restreindreStructuresPrivees"] is False


@pytest.mark.parametrize(
    ("either", "service", "engagement", "expected"),
    [
        (False, False, False, Requirements()),
        (False, True, False, Requirements(service=True)),
        (False, False, True, Requirements(engagement=True)),
        (False, True, True, Requirements(service=True, engagement=True)),
        (True, False, False, Requirements(either=True)),
        (True, True, True, Requirements(either=True)),
    ],
)
def test_it_reads_what_a_recipient_requires(chorus, answer, either, service, engagement, expected):
    parameters = {
        "gestionNumeroEJOuCodeService": either,
        "codeServiceDoitEtreRenseigne": service,
        "numeroEJDoitEtreRenseigne": engagement,
    }
    answer("structures/consulter", {"informationGenerales": {"idStructureCPP": 7}, "parametres": parameters})
    assert chorus.structure(7).requirements == expected


def test_it_reads_a_structure(chorus, answer):
    general = {
        "identifiantStructure": "20000005700014",
        "libelleStructure": "CCAS",
        "structurePriveePublique": "PUBLIQUE",
        "dateExpirationMotPasseCompteTech": "2026-10-24 17:42",
    }
    parameters = {"statutMiseEnPaiementNestPasRemonte": True, "inconnu": [1]}
    asked = answer("structures/consulter", {"informationGenerales": general, "parametres": parameters})
    structure = chorus.structure(7)
    assert asked == [{"idStructureCPP": 7}]
    assert (structure.id, structure.identifier, structure.name) == (7, "20000005700014", "CCAS")
    assert (structure.is_public, structure.reports_payment) == (True, False)
    assert structure.technical_password_expires == datetime(2026, 10, 24, 15, 42, tzinfo=UTC)
    assert structure.raw["parametres"]["inconnu"] == [1]


@pytest.mark.parametrize("payload", [{}, {"informationGenerales": None}, NO_RESULT])
def test_it_takes_no_answer_for_a_recipient_that_requires_nothing(chorus, answer, payload):
    answer("structures/consulter", payload)
    with pytest.raises(Unknown):
        chorus.structure(7)


def test_it_reads_all_the_services_each_once(chorus, answer):
    def row(id):
        return {"idService": id, "codeService": f"S{id}", "libelleService": "L", "estActif": id != 2}

    asked = answer(
        "structures/rechercher/services",
        {"listeServices": [row(1), row(2)], "parametresRetour": {"pages": 2, "total": 103}},
        {"listeServices": [row(2), row(3)], "parametresRetour": {"pages": 2, "total": 103}},
    )
    assert [(service.id, service.code, service.active) for service in chorus.services(9)] == [
        (1, "S1", True),
        (2, "S2", False),
        (3, "S3", True),
    ]
    assert [body["parametresRechercherServicesStructure"]["pageResultatDemandee"] for body in asked] == [1, 2]
    assert asked[0]["idStructure"] == 9


def test_it_marks_the_service_nobody_may_use(chorus, answer):
    answer("structures/rechercher/services", {"listeServices": {"idService": 1, "codeService": "FACTURES_PUBLIQUES"}})
    assert chorus.services(9)[0].reserved


def test_it_reads_no_service(chorus, answer):
    answer("structures/rechercher/services", NO_RESULT, {})
    assert chorus.services(9) == ()
    assert chorus.services(9) == ()


def test_it_reads_one_service(chorus, answer):
    payload = {"informationsGenerales": {"codeService": "S1", "nomService": "Cuisine"}, "parametres": {}}
    asked = answer("structures/consulter/service", payload, payload | {"parametres": {"numeroEngagement": True}})
    assert not chorus.service(9, 1).engagement_required
    assert chorus.service(9, 1).engagement_required
    assert asked[0] == {"idStructure": 9, "idService": 1}


def test_it_lists_the_structures_it_may_act_for(chorus, answer):
    asked = answer(
        "transverses/recuperer/structures/actives/fournisseur",
        {"listeStructures": {"idStructureCPP": 1, "identifiant": "10000001700010", "designationStructure": "F"}},
        {"listeStructures": [{"idStructureCPP": "2", "identifiantStructure": "10000002500013"}, {"sans": "id"}]},
        NO_RESULT,
    )
    assert [(found.id, found.identifier) for found in chorus.attached_structures()] == [(1, "10000001700010")]
    assert [(found.id, found.identifier) for found in chorus.attached_structures()] == [(2, "10000002500013")]
    assert chorus.attached_structures() == ()
    assert asked[0] == {}


def test_it_reads_spaces_bank_details_rates_types_and_engagements(chorus, answer):
    space = {
        "idEspaceFo": 8,
        "codeEspace": 8,
        "libelleEspace": "Factures émises",
        "etatCourant": "ACTIVE",
        "typeHabilitation": "MODIFICATION",
    }
    answer("structures/rechercher/espaces", {"listeEspace": space})
    answer(
        "transverses/recuperer/coordbanc/valides",
        {"listeCoordonneeBancaire": [{"idCoordonneeBancaire": 5, "nomCoordonneeBancaire": "Compte courant"}]},
    )
    rate = {"codeTauxTva": "TVA5", "libelleTauxTva": "20 %", "valeurTauxTva": 5.5}
    answer("transverses/recuperer/tauxtva", {"listeTauxTva": [rate]})
    answer("transverses/recuperer/typespj", {"listeTypePieceJointe": [{"codeTypePieceJointe": "01"}]})
    asked = answer("engagementsJuridiques/rechercher", {"listeEngagementJuridique": {"numeroEngagementJuridique": 1}})
    found = chorus.spaces(4)[0]
    assert (found.code, found.label, found.active, found.writable) == ("8", "Factures émises", True, True)
    assert [(details.id, details.name) for details in chorus.bank_details(4)] == [(5, "Compte courant")]
    assert chorus.vat_rates()[0].value == Decimal("5.5")
    assert chorus.attachment_types()[0].code == "01"
    assert chorus.engagements(4, "1")[0].number == "1"
    assert asked[0]["structureReceptriceEngagementJuridique"] == "4"


def test_it_tells_the_health_of_the_service(chorus, web):
    web.get(f"{API}/cpro/transverses/v1/health-check", json={"body": "Maintenance", "statusCode": "KO"})
    health = chorus.health()
    assert (health.available, health.message) == (False, "Maintenance")


TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("told", "is_open"),
    [
        ({"estActif": True}, True),
        ({"estActif": False}, False),
        ({"estActif": True, "dateDbtService": "2016-10-25 17:42", "dateFinService": "2026-11-21 00:00"}, True),
        ({"estActif": True, "dateFinService": "2026-11-20 23:59"}, False),
        ({"estActif": True, "dateDbtService": "2026-11-22 00:00"}, False),
        ({"estActif": True, "dateFinService": None}, True),
        ({"statutService": "ACTIF"}, True),
        ({"statutService": "INACTIF"}, False),
        ({}, False),
    ],
)
def test_a_service_is_open_when_active_and_within_its_dates(chorus, answer, told, is_open):
    answer("structures/rechercher/services", {"listeServices": [{"idService": 1, "codeService": "CUISINE", **told}]})
    (service,) = chorus.services(7)
    assert service.is_open(TODAY) is is_open
