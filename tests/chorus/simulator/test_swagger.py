"""The simulator's answers against the official descriptions: every key is declared, of the declared type."""

import json

import pytest

from chorus.simulator import world
from chorus.simulator.operations import OPERATIONS
from tests.chorus.simulator.conftest import FARM_ID

pytestmark = pytest.mark.needs_shared

# Keys that real answers carry although the description forgets them (sources: public clients run against the sandbox).
BEYOND = {
    "deposer/pdf": {"codeRetour", "libelle"},
    "rechercher/services": {"dateDbtService", "dateFinService"},
}
TYPES = {"integer": int, "number": int | float, "string": str, "boolean": bool, "array": list, "object": dict}


@pytest.fixture
def swagger(shared):
    def _swagger(family):
        return json.loads((shared / "reference" / "swagger" / f"{family}.json").read_text(encoding="utf-8"))

    return _swagger


def strays(document, schema, value, path, allowed):
    """Paths in `value` that the schema does not know, or whose type differs."""
    if "$ref" in schema:
        schema = document["definitions"][schema["$ref"].rpartition("/")[2]]
    if value is None:
        return []
    if isinstance(value, dict):
        known = schema.get("properties", {})
        found = [f"{path}.{key}" for key in value if key not in known and key not in allowed]
        return found + [
            stray
            for key, part in value.items()
            if key in known
            for stray in strays(document, known[key], part, f"{path}.{key}", allowed)
        ]
    if isinstance(value, list):
        return [stray for row in value for stray in strays(document, schema["items"], row, f"{path}[]", allowed)]
    right = isinstance(value, TYPES[schema["type"]]) and (schema["type"] == "boolean" or not isinstance(value, bool))
    if "enum" in schema and value not in schema["enum"]:
        right = False
    return [] if right else [f"{path} = {value!r}"]


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
    tell("structures/rechercher", {"structure": {"identifiantStructure": "20000004000010"}})
    structure_id = answers["structures/rechercher"]["listeStructures"][0]["idStructureCPP"]
    tell("structures/consulter", {"idStructureCPP": structure_id})
    tell("structures/rechercher/services", {"idStructure": structure_id})
    service_id = answers["structures/rechercher/services"]["listeServices"][0]["idService"]
    tell("structures/consulter/service", {"idStructure": structure_id, "idService": service_id})
    tell("structures/rechercher/espaces", {"structure": {"idStructure": FARM_ID}})
    return answers


def test_every_answer_is_as_described(told, swagger):
    for operation, answer in told.items():
        family, _, path = operation.partition("/")
        document = swagger(family)
        described = document["paths"][f"/v1/{path}"]["post"]["responses"]["200"]["schema"]
        assert strays(document, described, answer, operation, BEYOND.get(path, set())) == []


def test_every_described_operation_we_answer_is_told(told, simulator, connect, swagger):
    ours = {name for name in OPERATIONS if name.startswith(("factures/", "structures/"))}
    described = {f"{family}{path[3:]}" for family in ("factures", "structures") for path in swagger(family)["paths"]}
    assert ours <= described
    assert ours - set(told) == {"factures/traiter/recue"}  # the buyer's: below
    cpp_id = simulator.invoices()[0]["cpp_id"]
    simulator.play(cpp_id, "MISE_A_DISPOSITION", force=True)
    buyer = connect(simulator, world.BUYER_ACCOUNT)
    answer = buyer.call("factures/v1/traiter/recue", {"idFacture": cpp_id, "nouveauStatut": "MANDATEE"})
    document = swagger("factures")
    schema = document["paths"]["/v1/traiter/recue"]["post"]["responses"]["200"]["schema"]
    assert strays(document, schema, answer, "traiter/recue", set()) == []
