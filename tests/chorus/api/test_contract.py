"""What we ask, and what the simulator answers, against the official descriptions of two families.

The other families (transverses, engagementsJuridiques) have no public description: see `test_calls.py`.
"""

import dataclasses
import json
from datetime import date, datetime
from decimal import Decimal

import pytest
import responses

from chorus.api import Account, Attachment, Chorus, operations, submit_payload
from chorus.api.operations import Operation
from chorus.api.transport import Reply, Transport
from chorus.simulator import Simulator, world
from chorus.translate import STATUSES_APART
from tests.chorus.simulator.flux_files import cii, facturx

from .far_side import client
from .swagger import DEVIATIONS, Family

pytestmark = pytest.mark.needs_shared

API = "https://api.example.test"
OURS = {value for value in vars(operations).values() if isinstance(value, Operation)}
# Every answer these calls need to be accepted, whatever they asked.
ANSWER = {
    "codeRetour": 0,
    "libelle": "TRA_MSG_00.000",
    "identifiantFactureCPP": 1,
    "pieceJointeId": 1,
    "fichierResultat": "JVBERg==",
    "numeroFluxDepot": "CPP1",
    "informationGenerales": {"idStructureCPP": 1},
    "facture": {"numeroFacture": "1"},
}
INVOICE = {
    "number": "FA-1",
    "invoice_date": date(2026, 3, 31),
    "supplier_id": 1,
    "recipient_siret": world.DEMO_RECIPIENTS[1].siret,
    "service_code": "CUISINE",
    "total_ht": Decimal("100.00"),
    "total_tva": Decimal("5.50"),
    "total_ttc": Decimal("105.50"),
    "net_to_pay": Decimal("105.50"),
}
FULL = submit_payload(
    **INVOICE,
    engagement_number="BC-1",
    contract_number="M-1",
    kind="AVOIR",
    origin_number="FA-0",
    vat_type="TVA_SUR_DEBIT",
    payment_mode="CHEQUE",
    comment="Merci",
)
CALLS = [
    lambda chorus: chorus.find_structure("20000001600010", private_too=True),
    lambda chorus: chorus.structure(1),
    lambda chorus: chorus.services(1),
    lambda chorus: chorus.service(1, 2),
    lambda chorus: chorus.spaces(1),
    lambda chorus: chorus.read_pdf("a.pdf", b"%PDF"),
    lambda chorus: chorus.submit(FULL, 1, "a.pdf"),
    lambda chorus: chorus.deposit_flux("a.pdf", b"%PDF"),
    lambda chorus: chorus.complete(1, comment="Voici", attachments=[Attachment(name="a.pdf", kind="01", piece_id=2)]),
    lambda chorus: chorus.recycle(
        1, recipient_siret="20000001600010", service_code="S", engagement_number="E", comment="Voici"
    ),
    lambda chorus: chorus.acknowledge_rejections([1, 2]),
    lambda chorus: chorus.search_invoices(
        supplier_id=1,
        number="FA-1",
        changed_from=date(2026, 3, 1),
        changed_to=datetime(2026, 3, 31, 12),
        statuses=("DEPOSEE", "SUSPENDUE"),
        flow_number="CPP1",
        sort="DateDepot",
    ),
    lambda chorus: chorus.invoice(1),
    lambda chorus: chorus.history(1),
    lambda chorus: chorus.download([1], form="PIVOT"),
]


@pytest.fixture(scope="module")
def described() -> dict[str, Family]:
    from tests.conftest import SHARED

    return {name: Family(SHARED / f"reference/swagger/{name}.json") for name in ("factures", "structures")}


def test_the_statuses_of_a_search_are_those_described(described):
    """An overfull day is read status by status: one that is missing here would be read by nobody."""
    words = described["factures"].words("RechercherDemandePaiementParam", "statutCourant")
    assert sorted(word for some in STATUSES_APART for word in some) == sorted(words)


def test_it_asks_only_what_is_described(web, described):
    asked = {}

    def note(request):
        asked[request.url.removeprefix(f"{API}/cpro/").replace("/v1/", "/", 1)] = json.loads(request.body)
        return 200, {}, json.dumps(ANSWER)

    for operation in OURS:
        web.add_callback(responses.POST, API + operation.address, note)
    with client(API) as chorus:
        for call in CALLS:
            call(chorus)
    problems = [
        problem for name, body in asked.items() for problem in family(described, name).problems_of_request(name, body)
    ]
    assert problems == []
    assert set(asked) == {operation.name for operation in OURS if operation.family in described}


def test_it_calls_only_what_exists(described):
    exists = set().union(*(family.operations() for family in described.values()))
    assert {operation.name for operation in OURS if operation.family in described} <= exists


class Recording(Transport):
    """The real transport, which keeps what passed."""

    def __init__(self, **options):
        super().__init__(**options)
        self.kept: list[tuple[str, dict, dict]] = []

    def exchange(self, request, **options):
        outcome = super().exchange(request, **options)
        if isinstance(outcome, Reply) and "/cpro/" in request.url and request.body:
            name = request.url.partition("/cpro/")[2].replace("/v1/", "/", 1)
            self.kept.append((name, json.loads(request.body), json.loads(outcome.body)))
        return outcome


def test_it_is_answered_by_the_simulator_as_described(described):
    with Simulator() as simulator:
        chorus, transport = recorded(simulator)
        play(chorus, simulator)
        chorus.close()
    found = [exchange for exchange in transport.kept if exchange[0].partition("/")[0] in described]
    assert {name for name, _, _ in found} == {operation.name for operation in OURS if operation.family in described}
    assert [
        problem
        for name, asked, answered in found
        for problem in (
            *family(described, name).problems_of_request(name, asked),
            *family(described, name).problems_of_answer(name, answered),
        )
    ] == []


def recorded(simulator) -> tuple[Chorus, Recording]:
    account = world.PLATFORM_ACCOUNT
    chorus = Chorus(
        api_url=simulator.url,
        token_url=simulator.token_url,
        client_id=world.CLIENT_ID,
        client_secret=world.CLIENT_SECRET,
        account=Account(account.login, account.password),
    )
    transport = Recording()
    chorus._caller._transport = transport
    return chorus, transport


def play(chorus, simulator):
    """Every described operation of ours, each one accepted."""
    found = chorus.find_structure(INVOICE["recipient_siret"])
    chorus.structure(found.id)
    for service in chorus.services(found.id):
        chorus.service(found.id, service.id)
    supplier = chorus.attached_structures()[0]
    chorus.spaces(supplier.id)
    piece = chorus.read_pdf("FA-1.pdf", b"%PDF-1.7 une facture").piece_id
    deposited = chorus.submit(submit_payload(**INVOICE | {"supplier_id": supplier.id}), piece, "FA-1.pdf")
    simulator.play(deposited.cpp_id, "MISE_A_DISPOSITION", force=True)
    play_returns(chorus, simulator, deposited.cpp_id, piece)
    flow = chorus.deposit_flux("FA-2.pdf", facturx(cii("FA-2"))).flow_number
    simulator.advance(60)
    assert chorus.flux_report(flow).state == "IN_INTEGRE"
    chorus.search_invoices(flow_number=flow)
    chorus.search_invoices()
    chorus.search_invoices(number="introuvable")
    chorus.invoice(deposited.cpp_id)
    chorus.history(deposited.cpp_id)
    chorus.download([deposited.cpp_id], form="PIVOT")


def play_returns(chorus, simulator, cpp_id, piece):
    simulator.play(cpp_id, "SUSPENDUE", "Il manque le bon de livraison")
    chorus.complete(cpp_id, comment="Voici", attachments=[Attachment(name="bon.pdf", kind="03", piece_id=piece)])
    simulator.play(cpp_id, "A_RECYCLER", "Mauvais service")
    chorus.recycle(cpp_id, recipient_siret=INVOICE["recipient_siret"], service_code=INVOICE["service_code"])
    simulator.play(cpp_id, "REJETEE", "Montant faux", force=True)
    chorus.acknowledge_rejections([cpp_id])


def family(described, name) -> Family:
    return described[name.partition("/")[0]]


@pytest.mark.parametrize(
    ("operation", "body", "problem"),
    [
        ("factures/soumettre", {"inconnu": 1}, "factures/soumettre inconnu: undeclared"),
        ("factures/soumettre", {"modeDepot": "AUTRE"}, "factures/soumettre modeDepot: AUTRE is not one of its values"),
        ("factures/soumettre", {"numeroFactureSaisi": 12}, "numeroFactureSaisi: int instead of string"),
        ("factures/soumettre", {"dateFacture": "31/03/2026"}, "dateFacture: 31/03/2026 is no date"),
        ("factures/soumettre", {"montantTotal": {"montantTVA": "1.00"}}, "montantTVA: str instead of number"),
        ("factures/soumettre", {"fournisseur": {"idFournisseur": True}}, "bool instead of integer"),
        ("factures/soumettre", {"destinataire": []}, "factures/soumettre destinataire: array"),
        ("factures/soumettre", {"pieceJointePrincipale": [{"id": 1}]}, "pieceJointePrincipale.id: undeclared"),
        ("factures/soumettre", {"commentaire": None}, "factures/soumettre commentaire: null"),
        (
            "factures/rechercher/fournisseur",
            {"statutCourant": ["DEPOSEE", 3]},
            "statutCourant[]: int instead of string",
        ),
    ],
)
def test_it_sees_a_difference(described, operation, body, problem):
    problems = family(described, operation).problems_of_request(operation, body)
    assert [problem in found for found in problems] == [True]


def test_it_says_where_each_known_difference_comes_from():
    assert all(value for deviation in DEVIATIONS for value in dataclasses.astuple(deviation))
