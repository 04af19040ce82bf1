"""HT, TVA, TTC and what is to pay, wherever the page puts them; sure only where something on the page proves them."""

import pypdfium2 as pdfium
import pytest

from invoicing.reading.extract import extract
from invoicing.reading.text import read_pages
from tests.invoicing.pdfs import a_pdf
from tests.invoicing.reading.typed import typed

FIELDS = ("total_ht", "total_tva", "total_ttc", "net_to_pay", "vat_lines")


def read(text):
    return extract([typed(text)])


def values(text):
    return {name: found.value for name, found in read(text).items() if name in FIELDS}


def sure(text):
    return {name: found.value for name, found in read(text).items() if name in FIELDS and found.sure}


TWO_RATES = {
    "total_ht": "50.00",
    "total_tva": "7.10",
    "total_ttc": "57.10",
    "vat_lines": "5.5:20.00:1.10;20:30.00:6.00",
}


@pytest.mark.parametrize("writing", ["{}- €", "{}-€", "({})", "- {}", "({} €)", "{} € -"])
def test_a_credit_note_below_zero_is_read_below_zero(writing):
    ht, tva, ttc = (writing.format(amount) for amount in ("1 553,10", "85,42", "1 638,52"))
    text = f"AVOIR n° A-1\nTotal HT    {ht}\nTVA 5,5 %    {tva}\nTotal TTC    {ttc}"
    assert sure(text) == {
        "total_ht": "-1553.10",
        "total_tva": "-85.42",
        "total_ttc": "-1638.52",
        "vat_lines": "5.5:-1553.10:-85.42",
    }


DASHED = ["Total HT {} 100,00 €", "TVA {} 5,50 €", "Total TTC {} 105,50 €", "Net à payer {} 105,50 €"]
UNTAXED = ["Total HT {} 100,00 €", "TVA non applicable, art. 293 B du CGI"]


def signs(*lines):
    """The total HT of a real PDF with these lines, and whether it and the total TTC are sure."""
    document = pdfium.PdfDocument(a_pdf(*lines))
    found = extract(read_pages(document))
    document.close()
    return found["total_ht"].value, found["total_ht"].sure, found["total_ttc"].sure


@pytest.mark.parametrize("dash", ["-", "–", "€ -", "(EUR) –"])
@pytest.mark.parametrize("lines", [DASHED, UNTAXED, [DASHED[0], "TVA 5,5 % : 5,50 €", "Total TTC : 105,50 €"]])
def test_a_dash_between_a_label_and_its_amount_may_be_no_sign(dash, lines):
    lines = [line.format(dash) for line in lines]
    assert signs("FACTURE n° F-1", *lines) == ("100.00", False, False)


@pytest.mark.parametrize(("title", "dash"), [("AVOIR", "-"), ("FACTURE", ": -"), ("FACTURE", "= –")])
@pytest.mark.parametrize("lines", [DASHED, UNTAXED])
def test_a_dash_signs_where_it_can_do_nothing_else(title, dash, lines):
    assert signs(f"{title} n° F-1", *(line.format(dash) for line in lines)) == ("-100.00", True, True)


def test_a_dash_before_the_tax_of_a_rate_makes_no_sure_sign():
    lines = ("Total HT - 100,00 €", "TVA 5,5 % - 5,50 €", "Total TTC - 105,50 €")
    assert signs("FACTURE n° F-1", *lines)[1:] == (False, False)
    assert signs("AVOIR n° F-1", *lines) == ("-100.00", True, True)


@pytest.mark.parametrize(
    "text",
    [
        "Taux TVA   5,50 %   20,00 %   Total\nBase HT    20,00    30,00     50,00\n"
        "TVA        1,10     6,00      7,10\nTTC        21,10    36,00     57,10",
        "HT       TVA (5,5 %)   TVA (20 %)   TTC\n50,00    1,10          6,00         57,10\n\n\n\n"
        "Base 5,5 %   Base 20 %\n20,00        30,00",
        "Taux       Base HT    Montant TVA   TTC\n5,5 %      20,00      1,10          21,10\n"
        "20 %       30,00      6,00          36,00\nTOTAUX     50,00      7,10          57,10",
        "Taux       Base HT    Montant TVA   TTC\n5,5 %      20,00      1,10          21,10\n"
        "20 %       30,00      6,00          36,00\n           50,00      7,10          57,10",
    ],
    ids=["on its side", "rates as heads", "called totals", "no name"],
)
def test_a_table_with_a_column_or_a_row_for_each_rate_gives_the_totals(text):
    found = values(text)
    assert {name: found[name] for name in TWO_RATES if name != "vat_lines"} == {
        name: value for name, value in TWO_RATES.items() if name != "vat_lines"
    }


def test_a_table_with_a_column_for_each_rate_is_sure():
    text = (
        "Taux TVA   5,50 %   20,00 %   Total\nBase HT    20,00    30,00     50,00\n"
        "TVA        1,10     6,00      7,10\nTTC        21,10    36,00     57,10"
    )
    assert sure(text) == TWO_RATES


def test_the_rate_of_a_discount_is_no_rate_of_vat():
    text = "Total brut HT 100,00, Remise 10 % -10,00, Total HT 90,00, TVA (5,5 %) 4,95, Total TTC 94,95"
    found = values(text)
    assert (found["total_ht"], found["total_tva"], found["vat_lines"]) == ("90.00", "4.95", "5.5:90.00:4.95")


TOTALS = "Total HT    800,00\nTVA 5,5 %    44,00\nTotal TTC    844,00\n"


@pytest.mark.parametrize(
    "line",
    ["Solde à payer avant le 25/02/2026 :    844,00 €", "À verser au plus tard le 12/03 : 844,00 €"],
)
def test_what_is_to_pay_may_stand_behind_its_day(line):
    assert sure(f"Date : 03/02/2026\n{TOTALS}{line}")["net_to_pay"] == "844.00"


def test_a_deposit_is_found_behind_other_words():
    found = read(f"{TOTALS}Acompte reçu le 26/02/2026 (chèque 12)    165,00\nReste à payer    679,00")
    assert (found["net_to_pay"].value, found["net_to_pay"].sure, found["paid"].value) == ("679.00", True, "165.00")


@pytest.mark.parametrize(
    "line",
    [
        "Acompte de 30 % sur la commande n° 77 d'un montant de 2 400,00 € TTC",
        "Total commande TTC :    2 400,00 €",
        "Montant de la commande : 2 400,00 € TTC",
        "Solde antérieur :    2 400,00 €",
    ],
)
def test_what_was_ordered_or_owed_before_is_not_the_total(line):
    for text in (f"{line}\n\n{TOTALS}", f"{TOTALS}\n{line}"):
        found = sure(text)
        assert (found["total_ht"], found["total_ttc"]) == ("800.00", "844.00")
        assert found.get("net_to_pay", "844.00") == "844.00"


def test_totals_in_one_sentence_are_read():
    text = "Total HT 800,00 €, TVA à 5,5 % 44,00 €, TTC 844,00 €, Acompte 30 % 253,20 €, Net à payer 590,80 €"
    assert sure(text) == {
        "total_ht": "800.00",
        "total_tva": "44.00",
        "total_ttc": "844.00",
        "net_to_pay": "590.80",
        "vat_lines": "5.5:800.00:44.00",
    }


def test_a_deposit_may_stand_beneath_its_head():
    heads = "Total HT   Total TVA   Total TTC   Acompte 30 %   Reste dû"
    assert sure(f"{heads}\n800,00     44,00       844,00      253,20         590,80")["net_to_pay"] == "590.80"


def test_a_quantity_that_looks_like_a_rate_casts_no_doubt():
    text = f"Farine   10   12,95   129,50\nMiel   50   13,41   670,50\n{TOTALS}"
    assert "total_ht" in sure(text)


@pytest.mark.parametrize(
    ("lines", "net", "paid"),
    [
        ("Acompte facturé n° 202602-99 du 29/01/2026    -240,00 €", "604.00", "240.00"),
        ("A déduire : avoir AV 26-091 du 03/01/2026    -240,00", "604.00", "240.00"),
        ("Acompte du 03/01/2026    100,00\nAcompte du 15/01/2026    140,00", "604.00", "240.00"),
    ],
)
def test_what_was_paid_explains_the_net(lines, net, paid):
    found = read(f"{TOTALS}{lines}\nNet à payer    604,00")
    assert (found["net_to_pay"].value, found["net_to_pay"].sure, found["paid"].value) == (net, True, paid)


@pytest.mark.parametrize(
    "line",
    [
        "À payer sous 30 jours, soit le 10/03/2026 au plus tard.\nRetard : intérêts légaux et indemnité de 40 €.",
        "Conditions de règlement au 10/03/2026    Total HT    800,00",
        "Lentilles vertes du Berry sac à 21,90 €/sac",
    ],
)
def test_no_other_amount_is_to_pay(line):
    assert values(f"{line}\n{TOTALS}{line}").get("net_to_pay", "844.00") == "844.00"


def test_the_lines_of_goods_that_name_their_tax_are_not_the_totals():
    text = (
        "Produit            Quantité   Prix    Taxes       Montant\n"
        "Steak 15% MG 100 g   50,00    12,40   TVA 5,5%    620,00\n"
        "Rôti                 10,00    18,00   TVA 5,5%    180,00\n"
        "Montant hors taxes    800,00\nTVA 5,5%    44,00\nTotal    844,00"
    )
    found = sure(text)
    assert (found["total_tva"], found["vat_lines"]) == ("44.00", "5.5:800.00:44.00")


def test_a_base_beside_the_rate_is_no_tax():
    text = "Montant HT    800,00\nMontant TVA    44,00\ndont TVA 5,5 % (base 800,00 €)\nMontant TTC    844,00"
    assert sure(text)["vat_lines"] == "5.5:800.00:44.00"


def test_other_words_for_the_totals_are_known():
    text = "Prix net    800,00 €\nTVA collectée 5,5 %    44,00 €\nPrix total    844,00 €\nMontant brut dû    844,00 €"
    assert sure(text) == {
        "total_ht": "800.00",
        "total_tva": "44.00",
        "total_ttc": "844.00",
        "net_to_pay": "844.00",
        "vat_lines": "5.5:800.00:44.00",
    }
    assert values("Total HT 800,00\nTVA 5,5 % 44,00\nTotal TTC 844,00\nA nous devoir 844,00")["net_to_pay"] == "844.00"


def test_a_quantity_and_its_price_are_no_base_and_tax():
    goods = (
        "Produit   Quantité   Prix     Total\nPain      10         1,65     16,50\nMiel      8          5,00     40,00"
    )
    assert "total_ht" not in read(f"{goods}\nTotal : 56,50 €")


def test_the_rates_are_no_surer_than_the_totals():
    found = read(f"{TOTALS}TOTAL GÉNÉRAL TTC    1 844,00")
    assert not found["total_ht"].sure
    assert not found["vat_lines"].sure


@pytest.mark.parametrize(
    "text",
    [
        "Total HT         1\n          553,10 €\nTVA 5,5 %   85,42 €\nTotal TTC         1\n           638,52 €",
        "Total HT    1   553,10 €\nTVA 5,5 %     85,42 €\nTotal TTC   1   638,52 €",
        "Total HT   TVA 5,5 %   Total TTC\n1          85,42       1\n553,10                 638,52",
    ],
    ids=["two lines", "a wide space", "beneath heads"],
)
def test_thousands_that_stand_apart_belong_to_the_amount(text):
    found = sure(text)
    assert (found["total_ht"], found["total_tva"], found["total_ttc"]) == ("1553.10", "85.42", "1638.52")


def test_the_count_in_the_row_above_is_no_thousands():
    text = "TVA non applicable, article 293 B du CGI\nNbre articles       36\nTOTAL A PAYER   366.20"
    assert values(text)["total_ttc"] == "366.20"


@pytest.mark.parametrize("beneath", ["150.0", "150.123", "150.kg"])
def test_what_only_begins_like_hundreds_is_no_second_half(beneath):
    text = f"Total HT   3\n           {beneath}\nTVA 5,5 %   5,50\nTotal TTC   105,50"
    assert values(text)["total_ttc"] == "105.50"


@pytest.mark.parametrize("minus", ["-", " -"])
def test_amounts_below_zero_in_a_column_are_not_one_broken_number(minus):
    text = f"AVOIR\nTotal HT    84,84{minus}\nTVA 5,5 %    4,67{minus}\nTotal TTC   89,51{minus}"
    assert values(text)["total_ht"] == "-84.84"


def test_totals_that_lost_their_thousands_add_up_and_are_not_sure():
    assert "total_ht" not in sure("Total HT    553,10 €\nTVA 5,5 %    85,42 €\nTotal TTC    638,52 €")


def test_a_sign_at_the_other_edge_of_its_column_is_asked_about():
    found = sure("Total HT   -   800,00\nTVA 5,5 %   -   44,00\nTotal TTC   -   844,00")
    assert "total_ttc" not in found


@pytest.mark.parametrize(
    "text",
    [
        "             Commandé    Livré\nTotal HT     200,00      100,00\nTVA 5,5 %    11,00       5,50\n"
        "Total TTC    211,00      105,50",
        f"{TOTALS}Acompte demandé 30 %    253,20",
        f"FACTURE D'ACOMPTE\n{TOTALS}Acompte de 30 %    253,20",
        "TVA non applicable, art. 293 B du CGI\nSous-total    100,00\nRemise    -10,00\nTotal    90,00",
    ],
    ids=["ordered and delivered", "a deposit is asked", "a deposit is billed", "a discount without tax"],
)
def test_totals_that_others_rival_are_not_sure(text):
    assert not {"total_ht", "total_ttc"} & set(sure(text))


def test_a_deposit_that_is_the_total_leaves_no_doubt():
    assert sure(f"FACTURE D'ACOMPTE\n{TOTALS}Acompte à verser    844,00")["total_ttc"] == "844.00"


def test_what_remains_to_pay_is_not_the_total_without_tax():
    text = "TVA non applicable, art. 293 B du CGI\nTotal    100,00\nAcompte versé    30,00\nReste à payer    70,00"
    found = sure(text)
    assert (found["total_ttc"], found["net_to_pay"]) == ("100.00", "70.00")


def test_of_two_nets_the_one_that_the_total_explains_is_read():
    text = f"{TOTALS}Escompte 2 % si paiement sous 8 jours : net à payer 827,12\nNet à payer    844,00"
    assert sure(text)["net_to_pay"] == "844.00"


def test_the_base_of_a_rate_may_have_a_row_of_its_own():
    text = (
        "Total H.T. 5,5 %    20,00\nTotal H.T. 20 %    30,00\n"
        "T.V.A. 5,5 %    1,10\nT.V.A. 20 %    6,00\nTotal T.T.C.    57,10"
    )
    assert sure(text) == TWO_RATES


def test_a_deposit_that_is_settled_leaves_no_doubt():
    text = f"{TOTALS}Facture d'acompte ACP-01    253,20\nReste dû    590,80"
    assert sure(text)["total_ttc"] == "844.00"


def test_lines_of_goods_that_tell_their_tax_make_one_line_for_each_rate():
    text = (
        "Pain       2,00   10,00   20,00   5,5 %   1,10   21,10\n"
        "Brioche    3,00   10,00   30,00   5,5 %   1,65   31,65\n"
        "Total HT    50,00\nTotal TVA    2,75\nTotal TTC    52,75"
    )
    assert sure(text)["vat_lines"] == "5.5:50.00:2.75"


def test_the_last_column_of_a_table_on_its_side_is_the_total():
    text = (
        "              TVA 5,50 %   TVA 20,00 %   Total\nBase HT       20,00        30,00         50,00\n"
        "Montant TVA   1,10         6,00          7,10\nTTC           21,10        36,00         57,10"
    )
    assert sure(text) == TWO_RATES


def test_heads_left_and_values_right_of_wide_columns_go_together():
    text = (
        "Montant HT                TVA                Montant TTC\n"
        "                20,00             1,10                     21,10\n"
        "                30,00             1,65                     31,65\n"
        "TOTAL           50,00             2,75                     52,75"
    )
    found = values(text)
    assert (found["total_ht"], found["total_tva"], found["total_ttc"]) == ("50.00", "2.75", "52.75")


def test_a_total_with_its_tax_is_the_whole():
    assert sure("Total hors TVA    800,00\nTVA à 5,5 %    44,00\nTotal avec TVA    844,00")["total_ttc"] == "844.00"
