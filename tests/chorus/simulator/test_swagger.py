"""Every described operation that the simulator answers takes part in one story where each one succeeds.

Each answer is held against the official description by the caller itself, here and in every other test of this
package; the known deviations stand, with their sources, in `tests/chorus/api/swagger.py`.
"""

import pytest

from chorus.simulator import world
from chorus.simulator.operations import OPERATIONS
from tests.chorus.simulator.conftest import FARM_ID, described
from tests.chorus.simulator.flux_files import cii, encoded

pytestmark = pytest.mark.needs_shared

BUYER = ("factures/traiter/recue", "factures/rechercher/recipiendaire", "factures/consulter/recipiendaire")
NEVER = ("factures/rechercher/demandePaiement",)  # published as not working in qualification


@pytest.fixture
def told(caller, simulator):
    """One answer of each described operation, in a story where each one succeeds."""
    answers = {}

    def tell(operation, body):
        answers[operation] = caller.call(operation.replace("/", "/v1/", 1), body)
        assert answers[operation].get("codeRetour") == 0
        return answers[operation]

    piece = {"fichierFacture": "JVBERi0=", "nomFichier": "f.pdf", "formatDepot": "PDF_NON_SIGNE"}
    tell("factures/deposer/pdf", piece)
    flux = {"fichierFlux": encoded(cii()), "nomFichier": "f.xml", "syntaxeFlux": "IN_DP_E1_CII_16B"}
    tell("factures/deposer/flux", flux | {"avecSignature": False})
    body = caller.invoice(recipient="20000004000010", service="INTENDANCE", engagement="E1")
    extra = {"pieceJointeComplementaireDesignation": "Bon", "pieceJointeComplementaireId": caller.add_file()}
    body["pieceJointeComplementaire"] = [extra | {"pieceJointeComplementaireType": "03"}]
    cpp_id = tell("factures/soumettre", body)["identifiantFactureCPP"]
    one = {"identifiantFactureCPP": cpp_id}
    simulator.play(cpp_id, "SUSPENDUE", "motif", force=True)
    tell("factures/completer", one)
    simulator.play(cpp_id, "A_RECYCLER", "motif")
    tell("factures/recycler", one)
    simulator.play(cpp_id, "REJETEE", "motif", force=True)
    tell("factures/traiterRejet", {"listeDemandePaiement": [{"idDemandePaiement": cpp_id}]})
    tell("factures/telecharger/groupe", {"format": "PDF", "listeFacture": [{"idFacture": cpp_id}]})
    tell("factures/rechercher/fournisseur", {"idFournisseur": FARM_ID, "recupererTaille": True})
    tell("factures/consulter/fournisseur", one)
    tell("factures/consulter/historique", {"idFacture": cpp_id})
    simulator.play(cpp_id, "SUSPENDUE", "motif", force=True)
    simulator.office.store.run("update invoice set rejection_handled = 0")
    tell("factures/rechercher/atraiter/fournisseur", {"idStructure": FARM_ID, "recupererTaille": True})
    tell("structures/lister/rattachementsutilisateur", {"idStructure": FARM_ID})
    tell("structures/rechercher", {"structure": {"identifiantStructure": "20000004000010"}})
    structure_id = answers["structures/rechercher"]["listeStructures"][0]["idStructureCPP"]
    tell("structures/consulter", {"idStructureCPP": structure_id})
    tell("structures/rechercher/services", {"idStructure": structure_id})
    service_id = answers["structures/rechercher/services"]["listeServices"][0]["idService"]
    tell("structures/consulter/service", {"idStructure": structure_id, "idService": service_id})
    tell("structures/rechercher/espaces", {"structure": {"idStructure": FARM_ID}})
    return answers


def test_every_described_operation_we_answer_is_told(told, simulator, connect):
    ours = {name for name in OPERATIONS if name.partition("/")[0] in described()}
    assert ours <= set().union(*(family.operations() for family in described().values()))
    assert ours == set(told) | set(BUYER) | set(NEVER)


def test_the_buyer_is_told_as_described(told, simulator, connect):
    cpp_id = simulator.invoices()[0]["cpp_id"]
    simulator.play(cpp_id, "MISE_A_DISPOSITION", force=True)
    buyer = connect(simulator, world.BUYER_ACCOUNT)
    bodies = (
        {"idFacture": cpp_id, "nouveauStatut": "MANDATEE"},
        {"recupererTaille": True},
        {"identifiantFactureCPP": cpp_id},
    )
    for operation, body in zip(BUYER, bodies, strict=True):
        assert buyer.call(operation.replace("/", "/v1/", 1), body)["codeRetour"] == 0


def test_a_stray_would_be_seen(simulator, connect):
    """The check above can fail: an answer with a key too many, or of another type."""
    caller = connect(simulator)
    for wrong in ({"codeRetour": "0"}, {"codeRetour": 0, "inconnu": 1}, {"codeRetour": 0, "libelle": None}):
        with pytest.raises(AssertionError):
            caller._check_described("structures/v1/rechercher", wrong)
