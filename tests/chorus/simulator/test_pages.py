"""The page for a person: every stored invoice, one form per act, nothing injected."""

import re
from html.parser import HTMLParser

import pytest
import requests

from tests.chorus.simulator.conftest import FREE_RECIPIENT
from tests.chorus.simulator.flux_files import cii, encoded, facturx

HOSTILE = "<script>alert(1)</script>\"'&"


class Outline(HTMLParser):
    """What a screen reader would care for: labels, fields, buttons, headings, ids."""

    def __init__(self, page):
        super().__init__()
        self.ids, self.labelled, self.fields, self.tags = [], set(), [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.append(tag)
        self.ids += [given["id"]] if "id" in given else []
        if tag == "label":
            self.labelled.add(given["for"])
        if tag in ("input", "select") and given.get("type") != "hidden":
            self.fields.append(given["id"])


@pytest.fixture
def page(simulator):
    def _page(path="/"):
        answer = requests.get(simulator.url + path, timeout=5)
        assert answer.status_code == 200
        return answer.text

    return _page


def act(simulator, path, **fields):
    return requests.post(simulator.url + path, data=fields, timeout=5, allow_redirects=False)


def test_it_shows_an_empty_office(page):
    assert "Aucune facture déposée" in page()


def test_it_shows_each_invoice(caller, simulator, page):
    cpp_id = caller.submit("FA-1", recipient="20000001600010", engagement="BC-118", ht=1234.0, tva=0.5, ttc=1234.5)[
        "identifiantFactureCPP"
    ]
    simulator.play(cpp_id, "MISE_A_DISPOSITION")
    shown = page()
    for words in (
        "FA-1",
        "Ferme des Trois Chênes",
        "Collège des Marais",
        "BC-118",
        "1\u202f234,50\u00a0€",
        str(cpp_id),
    ):
        assert words in shown
    buttons = re.findall(r"<button>([^<]+)</button></form>", shown)
    for label in (
        "Prise en compte",
        "Suspendue",
        "À recycler",
        "Rejetée",
        "Service fait",
        "Mandatée",
        "Mise à disposition du comptable",
        "Comptabilisée",
        "Mise en paiement",
    ):
        assert label in buttons


def test_an_act_plays_and_comes_back(caller, simulator, page):
    cpp_id = caller.submit()["identifiantFactureCPP"]
    answer = act(simulator, "/jouer", facture=cpp_id, statut="MISE_A_DISPOSITION", q="F", page="1")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/?q=F&page=1#facture-{cpp_id}"
    act(simulator, "/jouer", facture=cpp_id, statut="SUSPENDUE", motif="Bon de livraison absent")
    assert simulator.invoices()[0]["status"] == "SUSPENDUE"
    assert "«\u00a0Bon de livraison absent\u00a0»" in page()


def test_an_impossible_act_is_explained(caller, simulator):
    cpp_id = caller.submit()["identifiantFactureCPP"]
    answer = act(simulator, "/jouer", facture=cpp_id, statut="MISE_EN_PAIEMENT")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    for fields in ({"facture": "x"}, {"facture": 1}, {"facture": 10**30}, {}):
        assert act(simulator, "/jouer", **fields).status_code == 422
    answer = act(simulator, "/jouer", facture=cpp_id, statut="MISE_EN_PAIEMENT", hors_ordre="oui")
    assert answer.status_code == 303


def test_faults_clock_and_duplicates_have_their_forms(simulator, page):
    act(simulator, "/pannes", panne="lost_answer", operation="factures/soumettre", fois="3", pourcentage="")
    act(simulator, "/pannes", panne="drop", operation="", fois="1", pourcentage="20")
    shown = page()
    assert "encore 3 fois" in shown
    assert "20\u00a0% des appels" in shown
    assert act(simulator, "/pannes", panne="inconnue").status_code == 422
    act(simulator, "/calme")
    assert simulator.troubles() == []
    before = simulator.now()
    act(simulator, "/horloge", heures="48")
    assert simulator.now()[:10] > before[:10]
    act(simulator, "/doublons", controle="non")
    assert simulator.office.duplicate_check is False


def deposit_flux(caller, xml, name="f.pdf"):
    body = {"fichierFlux": encoded(facturx(xml)), "nomFichier": name, "syntaxeFlux": "IN_DP_E2_CII_FACTURX"}
    return caller.call("factures/v1/deposer/flux", body)["numeroFluxDepot"]


def test_a_person_sees_and_ends_fluxes(caller, simulator, page):
    assert "Aucun flux déposé" in page()
    first, second = deposit_flux(caller, cii("P-1", payment="")), deposit_flux(caller, cii("P-2"), HOSTILE)
    assert "en attente de traitement" in page()
    answer = act(simulator, "/flux", flux=first)
    assert answer.headers["Location"].endswith(f"#flux-{first}")
    assert "TypeCode.value est obligatoire" in page()
    act(simulator, "/flux", flux=second, etat="IN_INCIDENTE")
    shown = page()
    assert "Incidenté" in shown
    assert "<script" not in shown
    assert act(simulator, "/flux", flux=first).status_code == 422
    assert act(simulator, "/flux", flux="inconnu").status_code == 422
    outline = Outline(shown)
    assert set(outline.fields) <= outline.labelled
    assert len(outline.ids) == len(set(outline.ids))


def test_the_clock_may_run_faster_or_stand_still(simulator, page):
    act(simulator, "/vitesse", vitesse="60")
    assert 'value="60"' in page()
    act(simulator, "/vitesse", vitesse="0")
    assert simulator.now() == simulator.now()
    for wrong in ("-1", "nan", "1e9", "vite"):
        assert act(simulator, "/vitesse", vitesse=wrong).status_code == 422


def test_it_says_who_exists(page):
    shown = page()
    for words in ("TECH_2_10000004100010@cpro.fr", "Commune de Valdoré", "service ou engagement, ECOLES"):
        assert words in shown


def test_everything_is_escaped(caller, simulator):
    cpp_id = caller.submit(engagement=HOSTILE)["identifiantFactureCPP"]
    simulator.play(cpp_id, HOSTILE, HOSTILE, force=True)
    simulator.trouble("drop", operation=HOSTILE)
    answer = requests.get(simulator.url, params={"q": HOSTILE}, timeout=5)
    assert "<script" not in answer.text
    assert answer.text.count("&lt;script&gt;") >= 4
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_each_field_has_its_label_and_each_id_is_alone(caller, simulator, page):
    for rank in range(3):
        simulator.play(caller.submit(f"F-{rank}")["identifiantFactureCPP"], "MISE_A_DISPOSITION")
    outline = Outline(page())
    assert set(outline.fields) <= outline.labelled
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.tags.count("h1") == outline.tags.count("main") == 1
    assert "style" not in outline.tags
    assert "script" not in outline.tags


def test_it_pages_and_searches(caller, page):
    piece = caller.add_file()
    for rank in range(25):
        caller.submit(f"P-{rank:02}", piece=piece, recipient=FREE_RECIPIENT)
    first, second = page(), page("/?page=2")
    assert "P-24" in first
    assert "P-04" not in first
    assert "Page suivante" in first
    assert "P-04" in second
    assert "Factures déposées (1)" in page("/?q=P-07")
    assert "Aucune facture" in page("/?page=999999&q=%25")


def test_a_form_of_another_site_is_refused(simulator):
    answer = requests.post(f"{simulator.url}/calme", headers={"Origin": "http://evil.example"}, timeout=5)
    assert answer.status_code == 403
    answer = requests.post(
        f"{simulator.url}/calme", headers={"Origin": simulator.url}, timeout=5, allow_redirects=False
    )
    assert answer.status_code == 303


def test_its_policy_lets_a_browser_name_the_origin(simulator):
    """With « no-referrer » a browser posts forms from an origin « null », which would be refused."""
    assert requests.get(simulator.url, timeout=5).headers["Referrer-Policy"] == "same-origin"


def test_other_addresses(simulator):
    assert requests.get(f"{simulator.url}/style.css", timeout=5).headers["Content-Type"].startswith("text/css")
    assert requests.get(f"{simulator.url}/nowhere", timeout=5).status_code == 404
    assert requests.put(simulator.url, timeout=5).status_code == 405
