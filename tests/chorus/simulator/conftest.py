"""One simulator per test on a free port, and a plain caller such as anyone could write for the real service."""

import base64
import functools

import pytest
import requests

from chorus.simulator import Simulator, world
from chorus.simulator.faults import KINDS
from tests.chorus.api.swagger import Family
from tests.conftest import SHARED

PDF = b"%PDF-1.4\n% a fictitious invoice\n%%EOF\n"
FARM_ID, GAEC_ID, MARKET_ID, DAIRY_ID = range(world.SUPPLIER_ID_BASE, world.SUPPLIER_ID_BASE + 4)
FREE_RECIPIENT = "12345678200051"


@functools.cache
def described():
    """The official descriptions by family; none where the references are not beside the checkout."""
    paths = (SHARED / "reference" / "swagger").glob("*.json")
    return {path.stem: Family(path) for path in paths}


class Caller:
    """Token by form, both headers, JSON bodies; `post` returns the raw response."""

    def __init__(self, simulator, account=world.PLATFORM_ACCOUNT):
        self.simulator = simulator
        self.account = account
        self.session = requests.Session()
        self.session.trust_env = False
        self._token = None
        self.checks = True  # off where a test forces a word that the description does not have

    def fetch_token(self):
        form = {"grant_type": "client_credentials", "client_id": world.CLIENT_ID, "scope": "openid"}
        form["client_secret"] = world.CLIENT_SECRET
        return self.session.post(self.simulator.token_url, data=form, timeout=5)

    @property
    def token(self):
        self._token = self._token or self.fetch_token().json()["access_token"]
        return self._token

    def headers(self):
        account = base64.b64encode(f"{self.account.login}:{self.account.password}".encode()).decode()
        return {"Authorization": f"Bearer {self.token}", "cpro-account": account}

    def post(self, path, body=None, *, timeout=5, **headers):
        url = f"{self.simulator.url}/cpro/{path}"
        given = self.headers() | headers
        return self.session.post(url, json=body or {}, headers=given, timeout=timeout, allow_redirects=False)

    def call(self, path, body=None, **options):
        response = self.post(path, body, **options)
        if response.status_code == 401:  # as clients do: the token may have died, once
            self._token = None
            response = self.post(path, body, **options)
        assert response.status_code == 200, response.text
        answer = response.json()
        self._check_described(path, answer)
        return answer

    def _check_described(self, path, answer):
        """Every answer of this package is held against the official description, but those that a fault bent."""
        family, _, operation = path.partition("/v1/")
        bent = any(KINDS[kind].stage == "shape" for kind in self.simulator.taken())
        if self.checks and family in described() and not bent:
            assert described()[family].problems_of_answer(f"{family}/{operation}", answer) == []

    def add_file(self, content=PDF, name="facture.pdf"):
        body = {"pieceJointeFichier": base64.b64encode(content).decode(), "pieceJointeNom": name}
        body |= {"pieceJointeTypeMime": "application/pdf", "pieceJointeExtension": "pdf"}
        return self.call("transverses/v1/ajouter/fichier", body)["pieceJointeId"]

    def submit(self, number="F-1", **changes):
        return self.call("factures/v1/soumettre", self.invoice(number, **changes))

    def invoice(self, number="F-1", **changes):
        piece = changes.pop("piece", None) or self.add_file()
        return invoice_body(number, piece, **changes)

    def search(self, **criteria):
        return self.call("factures/v1/rechercher/fournisseur", criteria)

    def close(self):
        self.session.close()


def invoice_body(
    number,
    piece,
    *,
    supplier=FARM_ID,
    recipient=FREE_RECIPIENT,
    service=None,
    engagement=None,
    day="2025-03-31",
    kind="FACTURE",
    ht=100.0,
    tva=5.5,
    ttc=105.5,
):
    """The smallest body of clients in production."""
    destination = {"codeDestinataire": recipient} | ({"codeServiceExecutant": service} if service else {})
    references = {"deviseFacture": "EUR", "typeFacture": kind, "modePaiement": "VIREMENT"}
    references |= {"numeroBonCommande": engagement} if engagement else {}
    return {
        "modeDepot": "DEPOT_PDF_API",
        "numeroFactureSaisi": number,
        "dateFacture": day,
        "fournisseur": {"idFournisseur": supplier},
        "destinataire": destination,
        "cadreDeFacturation": {"codeCadreFacturation": "A1_FACTURE_FOURNISSEUR"},
        "references": references,
        "montantTotal": {"montantHtTotal": ht, "montantTVA": tva, "montantTtcTotal": ttc, "montantAPayer": ttc},
        "pieceJointePrincipale": [{"pieceJointePrincipaleDesignation": "Facture", "pieceJointePrincipaleId": piece}],
    }


@pytest.fixture
def start():
    """Start simulators with options; all are stopped at the end."""
    running = []

    def _start(**options):
        simulator = Simulator(**options).start()
        running.append(simulator)
        return simulator

    yield _start
    for simulator in running:
        simulator.stop()


@pytest.fixture
def simulator(start):
    return start()


@pytest.fixture
def connect():
    """A caller per simulator (and account); all are closed at the end."""
    callers = []

    def _connect(simulator, account=world.PLATFORM_ACCOUNT):
        callers.append(Caller(simulator, account))
        return callers[-1]

    yield _connect
    for caller in callers:
        caller.close()


@pytest.fixture
def caller(simulator, connect):
    return connect(simulator)
