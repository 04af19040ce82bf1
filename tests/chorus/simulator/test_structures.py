"""Structures, services and what an account may act for."""

from datetime import UTC, datetime

import pytest

from chorus.simulator import world

SEARCH, CONSULT = "structures/v1/rechercher", "structures/v1/consulter"
SERVICES, SERVICE = "structures/v1/rechercher/services", "structures/v1/consulter/service"


def found(caller, siret, **body):
    return caller.call(SEARCH, {"structure": {"identifiantStructure": siret}, **body})["listeStructures"]


@pytest.mark.parametrize("recipient", world.RECIPIENTS, ids=lambda recipient: recipient.name)
def test_it_knows_every_recipient_and_its_requirements(caller, recipient):
    (row,) = found(caller, recipient.siret)
    assert row["statut"] == ("ACTIVE" if recipient.active else "INACTIVE")
    answer = caller.call(CONSULT, {"idStructureCPP": row["idStructureCPP"], "codeLangue": "fr"})
    given = answer["parametres"]
    assert answer["informationGenerales"]["raisonSocialeStructure"] == recipient.name
    assert given["codeServiceDoitEtreRenseigne"] == recipient.service
    assert given["numeroEJDoitEtreRenseigne"] == recipient.engagement
    assert given["gestionNumeroEJOuCodeService"] == recipient.either
    assert given["statutMiseEnPaiementNestPasRemonte"] != recipient.reports_payment


def test_it_finds_nobody_by_an_empty_list(caller):
    answer = caller.call(SEARCH, {"structure": {"identifiantStructure": "99999999999999"}})
    assert (answer["codeRetour"], answer["listeStructures"]) == (0, [])
    assert answer["parametresRetour"]["total"] == 0


def test_private_structures_are_seen_when_attached_or_asked_for(caller):
    dairy = "10000004100010"
    assert found(caller, dairy) == []
    assert len(found(caller, dairy, restreindreStructuresPrivees=False)) == 1
    assert len(found(caller, "10000001700010")) == 1
    assert len(found(caller, world.PLATFORM.siret)) == 1


def test_it_filters_and_pages_structures(caller):
    public = {"structure": {"typeStructure": "PUBLIQUE", "statutStructure": "ACTIF"}}
    answer = caller.call(SEARCH, public | {"parametres": {"nbResultatsParPage": 4, "pageResultatDemandee": 3}})
    assert answer["parametresRetour"] == {"pageCourante": 3, "pages": 3, "nbResultatsParPage": 4, "total": 10}
    assert len(answer["listeStructures"]) == 2
    named = caller.call(SEARCH, {"structure": {"libelleStructure": "collège"}})
    assert [row["identifiantStructure"] for row in named["listeStructures"]] == ["20000001600010"]


def test_it_shows_no_stranger(caller):
    answer = caller.call(CONSULT, {"idStructureCPP": world.SUPPLIER_ID_BASE + 3})
    assert answer["libelle"].startswith("SIM_MSG_06.001")
    assert caller.call(CONSULT, {})["codeRetour"] == 29050


def test_it_tells_when_the_own_password_dies(caller):
    (own,) = found(caller, world.PLATFORM.siret)
    answer = caller.call(CONSULT, {"idStructureCPP": own["idStructureCPP"]})
    expires = datetime.fromisoformat(answer["informationGenerales"]["dateExpirationMotPasseCompteTech"])
    assert 423 <= (expires - datetime.now(UTC)).days <= 424
    (other,) = found(caller, "20000001600010")
    identity = caller.call(CONSULT, {"idStructureCPP": other["idStructureCPP"]})["informationGenerales"]
    assert "dateExpirationMotPasseCompteTech" not in identity


def test_it_lists_services_with_the_inactive_and_the_reserved_one(caller):
    (row,) = found(caller, "20000002400014")
    services = caller.call(SERVICES, {"idStructure": row["idStructureCPP"]})["listeServices"]
    assert {service["codeService"]: service["estActif"] for service in services} == {
        "CUISINE": True,
        "ANIMATION": False,
        "FACTURES_PUBLIQUES": True,
    }


def test_it_details_a_service(caller):
    (row,) = found(caller, "20000004000010")
    structure = {"idStructure": row["idStructureCPP"]}
    (service,) = caller.call(SERVICES, structure)["listeServices"]
    answer = caller.call(SERVICE, structure | {"idService": service["idService"]})
    assert answer["informationsGenerales"]["codeService"] == "INTENDANCE"
    assert answer["parametres"]["numeroEngagement"] is True
    assert caller.call(SERVICE, structure | {"idService": 1})["codeRetour"] == 29051


def test_it_lists_the_structures_an_account_invoices_for(caller, simulator, connect):
    path = "transverses/v1/recuperer/structures/actives/fournisseur"
    rows = caller.call(path)["listeStructures"]
    assert {row["identifiant"] for row in rows} == set(world.PLATFORM_ACCOUNT.suppliers)
    own = connect(simulator, world.SUPPLIER_ACCOUNT).call(path)["listeStructures"]
    assert [row["designationStructure"] for row in own] == ["Fromagerie du Clocher (démonstration)"]


def test_the_world_can_be_changed(caller, simulator):
    simulator.add_recipient("29999999900001", "Crèche", service=True, services=[{"code": "S1", "label": "Un"}])
    (row,) = found(caller, "29999999900001")
    simulator.set_recipient("29999999900001", active=False, engagement=True)
    simulator.set_service("29999999900001", "S1", active=False)
    assert found(caller, "29999999900001")[0]["statut"] == "INACTIVE"
    services = caller.call(SERVICES, {"idStructure": row["idStructureCPP"]})["listeServices"]
    assert services[0]["estActif"] is False
    supplier = simulator.add_supplier("19999999900001", "Ruches")
    assert caller.submit(supplier=supplier)["codeRetour"] == 0


def test_only_known_settings_can_be_changed(simulator):
    with pytest.raises(ValueError, match="Réglage inconnu"):
        simulator.set_recipient("20000001600010", name="autre")
    with pytest.raises(LookupError):
        simulator.set_service("99999999999999", "S1")
