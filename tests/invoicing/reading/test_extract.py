"""What the reader makes of the words of an invoice: number, dates, references, and any words at all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoicing.reading.extract import extract
from invoicing.reading.text import Page, Word
from tests.invoicing.reading.typed import BUYER, SELLER, read, typed, values


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Facture n° 2026-045", "2026-045"),
        ("FACTURE N°F2026-045", "F2026-045"),
        ("Facture n°: FA 2026-045", "FA 2026-045"),
        ("Facture numéro 12", "12"),
        ("N° de facture : F/26/0012", "F/26/0012"),
        ("Numéro de la facture      F-12", "F-12"),
        ("Facture AV_2026", "AV_2026"),
        ("FACTURE F2026-11 du 18/11/2026", "F2026-11"),
        ("Facture n° 2026 / 045 du 18 novembre 2026", "2026 / 045"),
        ("Facture n° 2026 0147", "2026 0147"),
        ("Facture No. 000123", "000123"),
        ("Réf. facture : 4471", "4471"),
        ("N° pièce   Date         Client\nFA000123   18/11/2026   C0042", "FA000123"),
        ("N° facture   Date\nF-12         18/11/2026", "F-12"),
        ("FACTURE\nN° 2026-12\nDate : 18/11/2026", "2026-12"),
        ("FACTURE      N° 2026-12", "2026-12"),
        ("FACTURE\nRéf. : FA2611-0001", "FA2611-0001"),
        ("FACTURE\nTél. : 02 48 00 00 01\nFacture n° 7", "7"),
        ("Facture n° 33 / Client n° 412 / BL n° 9981", "33"),
        ("Facture n° A-1, commande n° 99", "A-1"),
        ("Facture n° F2026:0147", "F2026:0147"),
        ("Facture n° FÉV26*12 du 18/11/2026", "FÉV26*12"),
    ],
)
def test_it_finds_the_number_of_the_invoice(text, number):
    assert values(text)["number"] == number


@pytest.mark.parametrize("number", ["F2026,0147", "F2026;0147", "F2026(0147)"])
def test_it_is_not_sure_of_a_number_that_may_go_on(number):
    assert not read(f"Facture n° {number}")["number"].sure


@pytest.mark.parametrize(
    "text",
    [
        "FACTURE\nDate : 18/11/2026",
        "FACTURE      18000 Bourges",
        "Facture du 18/11/2026",
        "FACTURE DU 18/11/2026",
        "Facture à l'attention de 2 personnes",
        "Bon de livraison n° 4471",
        "Tél. 02 48 00 00 01",
        "Total facture 123,45 €",
        "N° client : 412",
        "N° TVA : FR88100000009",
    ],
)
def test_it_takes_nothing_else_for_the_number(text):
    assert "number" not in values(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Date de facture : 18/11/2026", "2026-11-18"),
        ("Date : 18.11.26", "2026-11-18"),
        ("Facture n° 12 du 18 novembre 2026", "2026-11-18"),
        ("Facture émise le 18/11/2026", "2026-11-18"),
        ("Bourges, le 18 novembre 2026", "2026-11-18"),
        ("DATE D'ÉMISSION        18-11-2026", "2026-11-18"),
        ("Date de facturation\n18/11/2026", "2026-11-18"),
        ("Date de livraison : 16/11/2026   Date : 18/11/2026", "2026-11-18"),
        ("Échéance : 18/12/2026\nDate facture : 18/11/2026", "2026-11-18"),
        ("Date de commande : 02/11/2026\nDate d'échéance : 18/12/2026\nFacturé le 18/11/2026", "2026-11-18"),
        ("N°      Date         Échéance\nF-12    18/11/2026   18/12/2026", "2026-11-18"),
        ("Ma ferme\n18/11/2026\nLivraison du 16/11/2026", "2026-11-18"),
    ],
)
def test_it_finds_the_date_of_issue(text, day):
    assert values(text)["issue_date"] == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Date d'échéance : 18/12/2026", "2026-12-18"),
        ("Échéance le 18/12/2026", "2026-12-18"),
        ("À régler avant le 18 décembre 2026", "2026-12-18"),
        ("Date limite de règlement    18/12/2026", "2026-12-18"),
        ("Payable au plus tard le 18/12/26", "2026-12-18"),
        ("Date de paiement : 18/12/2026", "2026-12-18"),
        ("Règlement par virement avant le 18/12/2026", "2026-12-18"),
    ],
)
def test_it_finds_the_due_date(text, day):
    found = values(f"Date : 18/11/2026\n{text}")
    assert (found["due_date"], found["issue_date"]) == (day, "2026-11-18")


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Date de livraison : 16/11/2026", "2026-11-16"),
        ("Livré le 16/11/2026", "2026-11-16"),
        ("Livraisons des 4, 11 et 18 mai 2026", "2026-05-04,2026-05-11,2026-05-18"),
        ("Dates de livraison : 04/05, 11/05 et 18/05/2026", "2026-05-04,2026-05-11,2026-05-18"),
        ("BL n° 112 du 04/05/2026\nPommes\nBL n° 118 du 11/05/2026", "2026-05-04,2026-05-11"),
        ("Bon de livraison 4471 du 16 novembre 2026", "2026-11-16"),
        ("Période du 01/05/2026 au 31/05/2026", "2026-05-01,2026-05-31"),
    ],
)
def test_it_finds_every_delivery_date(text, days):
    assert values(text)["delivery_dates"] == days


@pytest.mark.parametrize(
    ("text", "engagement"),
    [
        ("N° d'engagement : EJ2026-00381", "EJ2026-00381"),
        ("Numéro d'engagement juridique : 1300012345", "1300012345"),
        ("Numéro d'engagement (EJ) : 1300012345", "1300012345"),
        ("Engagement n° 26-118", "26-118"),
        ("Engagement : 26-118", "26-118"),
        ("N° EJ : 1300012345", "1300012345"),
        ("EJ 1300012345", "1300012345"),
        ("E.J. n° 1300012345", "1300012345"),
        ("Bon de commande n° BC2026/041 du 3 mai 2026", "BC2026/041"),
        ("N° de bon de commande : 881", "881"),
        ("BC n° 2026-118", "2026-118"),
        ("Votre commande n° 2026-118", "2026-118"),
        ("Référence commande : CDE-77", "CDE-77"),
        ("N° engagement    Code service\n26-118           CANTINE", "26-118"),
        ("N° d'engagement à rappeler\n", None),
        ("N° d'engagement\njuridique :\n1300012345", "1300012345"),
        ("BC n° 12-77\nN° d'engagement : 26-118", "26-118"),
        ("Commande Agrilocal n° AL18-42", None),
        ("Engagement Tél. 02 48 00 00 01", None),
        ("Sans engagement de durée", None),
        ("Bon de livraison n° 4471", None),
        ("N° client 412 / N° lot 2409", None),
        ("N° de marché : 2026M0012", None),
        ("RCS Bourges 100 000 009 APE 0150Z", None),
    ],
)
def test_it_finds_the_engagement_number_and_nothing_else(text, engagement):
    assert values(text).get("engagement_number") == engagement


def test_it_is_sure_of_an_engagement_number_only_when_it_is_called_so():
    assert read("N° d'engagement : 26-118")["engagement_number"].sure
    assert not read("N° de commande 26-118")["engagement_number"].sure
    assert not read("EJ 26-118\nN° d'engagement : 26-119")["engagement_number"].sure


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Code service : CANTINE", "CANTINE"),
        ("Code service exécutant SERV-REST", "SERV-REST"),
        ("Service exécutant : RESTO_18 - Bourges", "RESTO_18"),
        ("Code service    0012", "0012"),
        ("Code service : SERVICE GENERAL", "SERVICE GENERAL"),
        ("Service : restauration scolaire", None),
        ("Code service :", None),
    ],
)
def test_it_finds_the_service_code(text, code):
    assert values(text).get("service_code") == code


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("FACTURE n° 12", "FACTURE"),
        ("AVOIR n° 12 sur facture n° 11", "AVOIR"),
        ("Facture d'avoir n° 12", "AVOIR"),
        ("Note de crédit 12", "AVOIR"),
        ("F A C T U R E\nN° 12", "FACTURE"),
        ("FACTURE n° 12\nL'acheteur doit avoir payé sous 30 jours", "FACTURE"),
        ("DEVIS n° 12", None),
    ],
)
def test_it_tells_an_invoice_from_a_credit_note(text, kind):
    assert values(text).get("kind") == kind


@pytest.mark.parametrize(
    "text",
    [
        "AVOIR n° AV-3\nSur facture n° F-12 du 01/11/2026",
        "AVOIR n° AV-3 sur la facture F-12",
        "Avoir AV-3\nFacture d'origine : F-12",
        "Avoir AV-3      Facture liée F-12",
        "Avoir n° AV-3\nRelatif à la facture n° F-12",
        "AVOIR n° AV-3\nAnnule et remplace la facture n° F-12",
    ],
)
def test_it_tells_a_credit_note_from_its_origin(text):
    found = values(text)
    assert (found["kind"], found["number"], found["origin_number"]) == ("AVOIR", "AV-3", "F-12")


def test_it_tells_where_each_value_stands():
    left, top, right, bottom = read("\n\nFacture n° F-12")["number"].box
    assert (left, right) == pytest.approx((11 * 6 / 800, 15 * 6 / 800))
    assert (top, bottom) == pytest.approx((48 / 1000, 60 / 1000))


def test_it_reads_the_second_page_too():
    pages = [typed("Facture n° F-12"), typed("Total HT 100,00\nTVA 5,50\nTotal TTC 105,50", number=2)]
    found = extract(pages)
    assert (found["number"].page, found["total_ttc"].page) == (1, 2)


def test_it_finds_nothing_on_an_empty_page():
    assert extract([]) == {}
    assert extract([Page(1, 595, 842, ())]) == {}


words = st.builds(
    lambda text, left, top: Word(text, left, top, left + 6 * len(text), top + 12),
    st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=8)
    | st.sampled_from(
        ["Facture", "n°", "Total", "HT", "TVA", "TTC", "5,5", "%", "100,00", "SIRET", "EJ", "18/11/2026"]
    ),
    st.floats(0, 600),
    st.integers(0, 60).map(lambda row: row * 14.0),
)


@settings(max_examples=150)
@given(st.lists(words, max_size=80))
def test_it_makes_something_of_any_words(scattered):
    found = extract([Page(1, 600.0, 860.0, tuple(scattered))], {SELLER})
    for one in found.values():
        assert one.value
        assert all(-1 <= edge <= 2 for edge in one.box)


COLUMN = 20
labels = st.sampled_from(
    ["Total HT", "TVA 5,5 %", "Total TTC", "Net à payer", "Taux", "Base HT", "Total", "Facture n°", "Date", "Acompte"]
)
halves = st.sampled_from(["3", "-12", "1 234", "049,70", "150.0", "150.123", "(150,", "5,5 %", "12/03", "-", "€"])
writings = halves | st.from_regex(r"-?[0-9]{1,4}([.,/ ][0-9a-z%€]{0,4}){0,2}", fullmatch=True)
rows = st.lists(st.just("") | labels | writings, min_size=1, max_size=4)


@settings(max_examples=400)
@given(st.lists(rows, min_size=1, max_size=7))
def test_it_makes_something_of_any_table(table):
    page = typed("\n".join("".join(cell.ljust(COLUMN) for cell in row) for row in table))
    assert all(found.value for found in extract([page], {SELLER}).values())


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("Numéro de la\nfacture           F-12", "number", "F-12"),
        ("Total HT après remise      100,00 €", "total_ht", "100.00"),
        ("Montant HT : (12,50 €)", "total_ht", "-12.50"),
        ("<b>Total TTC:</b>      <b>540,00 €</b>", "total_ht", None),
        ("AVOIR n° 3\nRéf. facture : F-12 du 01/04/2026", "origin_date", "2026-04-01"),
        ("AVOIR n° 3\nFacture n° F-12 du 01/04/2026\nDate : 14/05/2026", "issue_date", "2026-05-14"),
        ("BL n° 4471, 4472 et 4480", "delivery_notes", "4471,4472,4480"),
        ("Référence      000905\nBL             BL-4097", "delivery_notes", "BL-4097"),
        ("Conditions : net 30", "net_to_pay", None),
        ("Réf. projet : PROJ-18", "number", None),
        ("Moment du règlement : 12/05/2026", "due_date", "2026-05-12"),
        ("SIREN 200 000 008\nNIC 00025", "buyer_siret", BUYER),
        ("SIRET 200 000 008\n00025", "buyer_siret", BUYER),
        ("EJ Chorus : 26-118", "engagement_number", "26-118"),
    ],
)
def test_it_understands_labels_nobody_listed(text, name, value):
    assert values(text).get(name) == value


def test_a_guessed_label_makes_nothing_sure():
    assert not read("Moment du règlement : 12/05/2026")["due_date"].sure
