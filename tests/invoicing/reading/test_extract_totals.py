"""Totals and taxes: taken when they add up, never sure when they do not."""

import pytest

from tests.invoicing.reading.typed import read, values

TOTALS = [
    "Total HT   100,00 €\nTVA 5,5 %   5,50 €\nTotal TTC   105,50 €",
    "Total H.T.   100,00\nTotal T.V.A.   5,50\nTotal T.T.C.   105,50\nNet à payer   105,50",
    "Total HT   Total TVA   Total TTC   Net à payer\n100,00     5,50        105,50      105,50 €",
    "Montant hors taxes 100,00 €\nMontant TVA 5,50 €\nMontant TTC 105,50 €",
    "Désignation  Qté  PU HT   Montant HT\nPommes       40   1,50    60,00\nPoires       20   2,00    40,00\n\n"
    "             Total HT     100,00\n             TVA 5,50%    5,50\n             Net à payer  105,50 €",
    "Base HT   Taux    TVA\n100,00    5,50 %  5,50\n\nTotal HT  100,00\nTotal TTC  105,50",
    "Produit   Montant HT   Montant TVA   Montant TTC\nPommes    60,00        3,30          63,30\n"
    "Poires    40,00        2,20          42,20\nTOTAL     100,00       5,50          105,50",
    "À reporter  60,00\nReport  60,00\nTotal HT  100,00\nTVA  5,50\nTotal TTC  105,50",
    "Sous-total HT 60,00\nTotal HT 100,00\nTotal taxes 5,50\nTotal TTC 105,50",
    "Montant HT   100,00 EUR   TVA 5,5%   5,50 EUR   Montant TTC   105,50 EUR",
]


@pytest.mark.parametrize("text", TOTALS, ids=range(len(TOTALS)))
def test_it_finds_the_totals_that_add_up(text):
    found = read(text)
    assert {name: found[name].value for name in ("total_ht", "total_tva", "total_ttc")} == {
        "total_ht": "100.00",
        "total_tva": "5.50",
        "total_ttc": "105.50",
    }
    assert all(found[name].sure for name in ("total_ht", "total_tva", "total_ttc"))


def test_it_adds_the_taxes_of_several_rates():
    found = values(
        "Total HT  624,90\nTVA 20,0 %   81,90   16,38\nTVA 5,5 %   543,00   29,87\n"
        "Total TTC  671,15\nNet à payer  671,15"
    )
    assert (found["total_tva"], found["vat_lines"]) == ("46.25", "20:81.90:16.38;5.5:543.00:29.87")


def test_it_reads_vat_rows_without_percent_signs():
    found = values(
        "Code  Base HT  Taux   Montant TVA\n1     81,90    20,00  16,38\n2     543,00   5,50   29,87\n"
        "Total HT 624,90\nTotal TVA 46,25\nTotal TTC 671,15"
    )
    assert found["vat_lines"] == "20:81.90:16.38;5.5:543.00:29.87"


def test_it_finds_the_vat_table_among_lines_of_goods_that_look_like_it():
    found = values(
        "Son        10,00  4,00   40,00\nFarine     4,00   15,00  60,00\n"
        "Code  Base HT  Taux   Montant TVA\n1     60,00    5,50   3,30\n2     40,00    20,00  8,00\n"
        "Total HT 100,00\nTotal TVA 11,30\nTotal TTC 111,30"
    )
    assert found["vat_lines"] == "5.5:60.00:3.30;20:40.00:8.00"


def test_it_tells_the_net_to_pay_from_the_total_when_a_deposit_was_paid():
    found = read("Total HT 100,00\nTVA 5,50\nTotal TTC 105,50\nAcompte versé 50,00\nNet à payer 55,50")
    assert (found["total_ttc"].value, found["net_to_pay"].value, found["net_to_pay"].sure) == ("105.50", "55.50", True)


def test_it_is_not_sure_of_totals_that_do_not_add_up():
    found = read("Total HT 100,00\nTotal TVA 5,50\nTotal TTC 106,00")
    assert not any(found[name].sure for name in ("total_ht", "total_tva", "total_ttc"))


@pytest.mark.parametrize(
    ("wording", "mention"),
    [
        ("TVA non applicable, art. 293 B du CGI", "franchise-cgi"),
        ("T.V.A. non applicable - article 293B du C.G.I.", "franchise-cgi"),
        ("TVA non applicable, article L. 223-3 du CIBS", "franchise-cibs"),
        ("TVA non applicable, art. L223-3 du Code des impositions", "franchise-cibs"),
        ("TVA non applicable – art. 298 quater CGI", "flat-rate"),
        ("Remboursement forfaitaire agricole", "flat-rate"),
        ("Exonéré de TVA", "exempt"),
    ],
)
def test_it_finds_why_no_vat_is_charged(wording, mention):
    found = values(f"Pommes   60,00\nPoires   40,00\nTotal   100,00 €\n{wording}")
    assert found["vat_mention"] == mention
    assert (found["total_ht"], found["total_tva"], found["total_ttc"]) == ("100.00", "0.00", "100.00")


def test_a_part_of_the_total_is_never_sure():
    found = read("Total HT   100,00\nTVA 5,5 %   5,50\nTotal TTC   105,50\nTOTAL GÉNÉRAL TTC   165,50")
    assert not found["total_ht"].sure
