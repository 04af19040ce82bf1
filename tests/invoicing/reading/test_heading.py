"""Number, kind, origin and date of issue, where words could mean several."""

from io import BytesIO

import pypdfium2 as pdfium
import pytest
from reportlab.pdfgen.canvas import Canvas

from invoicing.reading.extract import extract
from invoicing.reading.text import read_pages
from tests.invoicing.reading.typed import typed

IBAN = "FR7630006000011234567890189"


def read(text):
    return extract([typed(text)])


def told(text, *names):
    """The values of these fields, a question mark behind those that are not sure; empty where nothing was found."""
    found = read(text)
    return tuple(f"{found[name].value}{'' if found[name].sure else '?'}" if name in found else "" for name in names)


@pytest.mark.parametrize(
    ("text", "number", "origin"),
    [
        ("AVOIR SUR FACTURE AVO-3\nEn rectification de : facture F-21", "AVO-3?", "F-21?"),
        ("AVOIR SUR FACTURE AVO-3\nFacture n° F-21", "AVO-3?", "F-21?"),
        ("AVOIR SUR FACTURE F-21\nNuméro : AVO-3", "AVO-3", "F-21"),
        ("AVOIR\nNuméro       AVO-3\nFacture      F-21", "AVO-3", "F-21"),
        ("AVOIR n° AVO-3\nAnnulation de la facture F-21", "AVO-3", "F-21"),
        ("AVOIR\nFacture F-21 du 03/03/2026", "F-21?", ""),
        ("Facture avoir n° AVO-3\nAvoir sur la facture : F-21", "AVO-3", "F-21"),
        ("AVOIR n° AVO-3\nAnnule et remplace partiellement la facture F-21", "AVO-3", "F-21"),
        ("Avoir n° AVO-3\nFACTURE D'ORIGINE\nF-21 (02/06/2026)", "AVO-3", "F-21"),
        ("Avoir n° AVO-3\nOrigine :      Référence :\nF-21           Extourne", "AVO-3", "F-21"),
    ],
)
def test_it_tells_a_credit_notes_number_from_its_origins_or_doubts_both(text, number, origin):
    assert told(text, "number", "origin_number") == (number, origin)


def test_the_date_of_a_credit_notes_origin_is_not_its_own():
    assert "issue_date" not in read("AVOIR n° 12 (facture 7 du 03/03/2026)")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("FACTURE D'ACOMPTE AC-7", "AC-7"),
        ("FACTURE DE SOLDE FS-7", "FS-7"),
        ("FACTURE RÉCAPITULATIVE FR-7", "FR-7"),
        ("Facture de vente 2026-118", "2026-118"),
        ("FACTURE DE SOLDE FS-7\nAcompte déjà facturé : facture AC-2 du 01/02/2026", "FS-7"),
        ("FACTURE\nDoc. n° D-118      Bordereau n° 12", "D-118"),
        ("FACTURE\nNuméro      F-12", "F-12"),
        ("Facture n° F-12\nDocument D-118", "F-12"),
        ("Facture en € N° : F-12\nREFERENCE  DESIGNATION  PRIX\nPDT10      Pommes       12,00", "F-12"),
        ("FACTURE n° 2026/05/13", "2026/05/13"),
        ("Facture n° F 26 09 0188, établie le 11/09/2026", "F 26 09 0188"),
        ("Facture n° 26 09 0188, établie le 11/09/2026", "26?"),
        ("Fact. : F260219A", "F260219A"),
    ],
)
def test_it_finds_the_number_in_a_title_of_any_sort(text, number):
    assert told(text, "number") == (number,)


def test_two_numbers_of_the_invoice_are_both_doubtful():
    assert told("FACTURE F-12\nFacture n° F-13", "number") == ("F-13?",)


def test_a_number_among_the_goods_is_another_invoices():
    goods = "Désignation      Qté   Montant\nReprise sur document n° F-9     1     12,00"
    assert told(f"FACTURE F-12\n{goods}", "number") == ("F-12",)


def test_a_numbered_credit_note_beneath_a_large_facture_leaves_the_kind_open():
    assert told("FACTURE n° 12\nAvoir n° AV-3", "kind", "number") == ("FACTURE?", "12?")


@pytest.mark.parametrize(
    "text",
    [
        "Bourges, le 18 novembre 2026\nFacture n° 12",
        "FACTURE      18/11/2026",
        "FACTURE 18/11/2026\nN° 12",
        "FACTURE 2026-118 | 18/11/2026",
        "FACTURE 2026-118      18/11/2026\nLivraison du 10/11/2026",
        "FACTURE\n18/11/2026\nN° 12",
        "FACTURE 08/123 - Soulangis, le 18 novembre 2026",
        "Le 18/11/2026\nFACTURE n° 12",
        "Date de la            18 novembre\nfacture               2026",
        "Facture n° 12      Date : 18 novembre\n                   2026",
        "Facture n° 12\nDate    18/11/26\nAcompte facturé n° 7 en date du 29/10/2026",
    ],
)
def test_a_date_that_stands_by_the_title_or_a_town_is_the_date_of_issue(text):
    assert told(text, "issue_date") == ("2026-11-18",)


def test_two_dates_that_could_be_it_are_doubtful():
    assert told("FACTURE      18/11/2026\nBourges, le 19/11/2026", "issue_date") == ("2026-11-18?",)


def test_a_date_that_stands_anywhere_is_doubtful():
    assert told("Ma ferme\n18/11/2026\nFacture n° 12", "issue_date") == ("2026-11-18?",)


def test_a_column_of_dates_among_the_goods_holds_no_date_of_issue():
    text = "Date : 28/02/2026\nDate         Désignation   Qté   Montant\n03/02/2026   Pommes        10    20,00"
    assert told(text, "issue_date", "delivery_dates") == ("2026-02-28", "2026-02-03?")


@pytest.mark.parametrize("begun", ["V26-", "F/26/09/"])
def test_a_number_broken_over_two_lines_is_sure_only_where_it_stands_whole_elsewhere(begun):
    text = f"FACTURE\nClient      N° facture     Date\nC-12        {begun:15}18/11/2026\n            4471"
    whole = f"{text}\n\n\n\n\n\nRappelez la facture {begun}4471, merci."
    assert (extract([typed(text)])["number"].value, extract([typed(text)])["number"].sure) == (f"{begun}4471", False)
    assert (extract([typed(whole)])["number"].value, extract([typed(whole)])["number"].sure) == (f"{begun}4471", True)


def test_the_year_of_a_broken_date_is_not_surely_a_number():
    assert told("N° de facture : 2026", "number") == ("2026?",)


@pytest.mark.parametrize(
    "text",
    [
        "IBAN : FR76 3000 6000 0112 3456\n7890 189\nBIC : EXAMPLEXXX",
        "IBAN FR76 3000 6000 0112\n     3456 7890 189",
        "IBAN\nFR76 3000 6000\n0112 3456\n7890 189",
        "IBAN : FR76 3000 6000 0112 3456     Total HT   10,00\n7890 189                            Total TTC  10,55",
    ],
)
def test_an_iban_goes_on_on_the_next_line(text):
    assert told(text, "iban") == (IBAN,)


@pytest.mark.parametrize(
    ("text", "engagement"),
    [
        ("EJ : STF26 0419", "STF26 0419"),
        ("V/Réf. : engagement n° BC 2026-0331", "BC 2026-0331"),
        ("Référence client C02403 - commande EJ979449 du 17/02/2026", "EJ979449?"),
        ("Facture n° F-330\nVos références   Nos références   Date\nengagement       F-330            20/10/2026", ""),
        ("Pains livrés en août, selon votre bon n° EJ699539 :", "EJ699539?"),
    ],
)
def test_the_engagement_number_is_whole_and_no_other_number(text, engagement):
    assert told(text, "engagement_number", "delivery_notes") == (engagement, "")


@pytest.mark.parametrize(
    "text",
    [
        "À payer sous 30 jours, soit le 18/12/2026 au plus tard.",
        "A PAYER LE :    18/12/2026",
        "Exigible le   18/12/2026",
        "Éch. : 18/12/2026",
        "Éch. le 18/12/2026",
        "ÉCH.\n18/12/2026",
        "Échéance au 18/12/2026",
    ],
)
def test_the_day_to_pay_is_found_in_other_words(text):
    assert told(text, "due_date") == ("2026-12-18",)


@pytest.mark.parametrize(
    "text",
    [
        "Escompte de 1 % pour tout règlement avant le 26/11/2026.",
        "Escompte de 1.5 % pour tout\nrèglement avant le 26/11/2026.",
        "Pour paiement avant le 26/11/2026, remise de 1 %.",
    ],
)
def test_the_day_until_which_an_early_payment_is_rewarded_is_not_the_day_to_pay(text):
    assert told(text, "due_date") == ("",)
    assert told(f"Exigible le   18/12/2026\n\n{text}", "due_date") == ("2026-12-18",)


def test_a_day_to_pay_beside_a_discount_is_found():
    assert told("Escompte 1 % sous 8 jours, à régler avant le 18/12/2026", "due_date") == ("2026-12-18",)


def test_a_day_to_pay_before_the_date_of_issue_makes_both_unsure():
    text = "Date : 18/11/2026\nÉchéance : 01/11/2026"
    assert told(text, "issue_date", "due_date") == ("2026-11-18?", "2026-11-01?")


def test_heads_in_two_languages_keep_their_values():
    text = "Date / Date              18/11/2026\nÉchéance / Due date      18/12/2026"
    assert told(text, "issue_date", "due_date") == ("2026-11-18", "2026-12-18")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Bon de commande : 26BC352 (service FACT-COLL)", "FACT-COLL?"),
        ("Engagement EJ895799 Service SRV-REST", "SRV-REST?"),
        ("Engagement   Serv.\nEJ720095     CUISINE", "CUISINE?"),
        ("Service : SRV-REST", "SRV-REST"),
        ("Code serv. : SRV-REST", "SRV-REST"),
        ("Code service      0180035X-\n                  RESTAU", "0180035X-RESTAU?"),
        ("Code service      0180035X-\n                     RESTAU", "0180035X-RESTAU?"),
        ("Code service      0180035X-\n\n\nRESTAU", "0180035X?"),
        ("Mairie\nService restauration\n18230 Saint-Doulchard", ""),
    ],
)
def test_it_finds_the_service_within_a_line_or_under_its_head(text, code):
    assert told(text, "service_code") == (code,)


def test_the_date_of_another_document_in_the_line_is_not_the_date_of_issue():
    text = "AVOIR n° 9\nDate : 18/09/2026\nRéf. facture d'origine : V26-104 – émise le 01/09/2026"
    assert told(text, "issue_date") == ("2026-09-18",)


def test_a_number_in_the_next_column_is_doubtful():
    heads = "N°           N°        N°\nengagement   marché    facture"
    assert "number" not in read(f"{heads}\n2600418      2024-17")


def test_the_date_of_the_origin_may_stand_on_the_next_line():
    text = "AVOIR AV-9\nAnnule et remplace la facture F-21 en date du\n28/04/2026"
    assert told(text, "origin_number", "origin_date") == ("F-21", "2026-04-28")
    assert told(text.replace("en date", "datée"), "origin_number", "origin_date") == ("F-21", "2026-04-28")


def test_a_full_line_of_text_goes_on_at_the_left_margin():
    line = "SIRET client : 26183009500020" + " " * 20 + "Code client : C48" + " " * 30 + "Code service :"
    assert told(f"{line}\nINTENDANCE", "service_code") == ("INTENDANCE?",)
    assert told(f"Merci de rappeler {line}\nINTENDANCE", "service_code") == ("INTENDANCE?",)
    assert told("Code service :\n\n\n\nINTENDANCE", "service_code") == ("",)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("Code serviceINTENDANCE", "service_code", "INTENDANCE"),
        ("Livré le 06/09/2026BL9707", "delivery_dates", "2026-09-06"),
    ],
)
def test_cells_of_a_sheet_that_touch_are_two(text, name, value):
    output = BytesIO()
    canvas = Canvas(output)
    canvas.drawString(60, 700, text)
    canvas.save()
    document = pdfium.PdfDocument(output.getvalue())
    found = extract(read_pages(document))
    document.close()
    assert found[name].value == value


def test_a_hyphen_at_the_end_of_a_line_is_read():
    output = BytesIO()
    canvas = Canvas(output)
    for x, y, text in ((60, 700, "Code service"), (260, 700, "0180035X-"), (260, 686, "RESTAU")):
        canvas.drawString(x, y, text)
    canvas.save()
    document = pdfium.PdfDocument(output.getvalue())
    found = extract(read_pages(document))
    document.close()
    assert found["service_code"].value == "0180035X-RESTAU"


def test_a_short_word_for_invoice_tells_the_kind():
    assert told("Fact. : F260219A", "kind") == ("FACTURE",)


def test_whoever_made_the_invoice_for_the_supplier_is_not_the_buyer():
    head = "Facture établie par Les Paniers (SIRET 430 652 388 00041), au nom et pour le compte de :"
    text = f"{head}\nMa ferme, SIRET 445 818 545 00029\n\n\n\nClient :\nMairie\nSIRET 261 851 364 00057"
    found = extract([typed(text)], {"44581854500029"})
    assert found["buyer_siret"].value == "26185136400057"


@pytest.mark.parametrize("siret", ["445 818 545\n00029", "445 818\n545 00029"])
def test_a_siret_in_a_narrow_column_goes_on_on_the_next_line(siret):
    found = extract([typed(f"Client\nMairie\nSIRET {siret}")])
    assert found["supplier_siret"].value == "44581854500029"


def test_the_least_that_may_be_ordered_is_no_order():
    text = "Minimum de commande : 150,00 € HT\nAB12"
    assert told(text, "engagement_number") == ("",)


def test_a_rate_is_no_service():
    assert told("Service :\n5,5 %", "service_code") == ("",)


def test_a_siret_in_a_footer_may_go_on_on_the_next_line():
    text = "\n" * 50 + "Ma ferme - 18000 Bourges - SIRET 445 818 545\n00029 - TVA FR53445818545"
    assert extract([typed(text)], {"44581854500029"})["supplier_siret"].value == "44581854500029"
