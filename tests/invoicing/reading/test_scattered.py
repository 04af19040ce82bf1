"""What no row and no label tells by itself, and the page tells all the same: by its sums, or by what stands near."""

from io import BytesIO

import pypdfium2 as pdfium
from pypdf.generic import NameObject, NumberObject
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from invoicing.reading.extract import extract
from invoicing.reading.text import read_pages
from tests.invoicing.reading.hostile import changed
from tests.invoicing.reading.typed import typed

ON_ITS_SIDE = """
Code          1         2
Base HT       20,00     30,00       Total HT     Total TVA   Total TTC
Taux          5,50 %    20,00 %     50,00        {tva}        {ttc}
Montant TVA   1,10      6,00
"""
RATES_BY_CODE = """
Désignation    Qté    Montant
Pommes         10     21,10 A
Cidre          10     36,00 B
TOTAL TTC             57,10 €
     Taux     HT       TVA     TTC
A    5,50     20,00    1,10    21,10
B    20,00    30,00    6,00    36,00
"""
TOTALS_ARE_READ = {"total_ht": "50.00", "total_tva": "7.10", "total_ttc": "57.10"}
BOTH_RATES = "5.5:20.00:1.10;20:30.00:6.00"


def read(text):
    return extract([typed(text)])


def values(text):
    return {name: found.value for name, found in read(text).items()}


def test_a_vat_table_on_its_side_is_read_and_left_to_be_confirmed():
    found = read(ON_ITS_SIDE.format(tva="7,10", ttc="57,10"))
    assert found["vat_lines"].value == BOTH_RATES
    assert not found["vat_lines"].sure


def test_a_vat_table_on_its_side_that_does_not_add_up_is_no_table():
    assert "vat_lines" not in read(ON_ITS_SIDE.format(tva="7,60", ttc="57,60"))


def test_two_ways_of_adding_up_are_none():
    text = "Total HT 40,00\nTotal TVA 5,10\nTotal TTC 45,10\n5,50 %\n20,00 %\n20,00\n1,10\n4,00"
    assert values(text)["vat_lines"] == "5.5:20.00:1.10;20:20.00:4.00"
    assert "vat_lines" not in read(f"{text}\n20,01")


def test_the_rows_of_the_rates_make_the_totals_that_nothing_names():
    found = values(RATES_BY_CODE)
    assert {name: found[name] for name in TOTALS_ARE_READ} == TOTALS_ARE_READ
    assert found["vat_lines"] == BOTH_RATES


def test_the_columns_of_a_row_called_total_are_named_by_ht_and_ttc_alone():
    found = values("Taux   HT       TVA     TTC\n5,5    20,00    1,10    21,10\nTotal  20,00    1,10    21,10")
    assert (found["total_ht"], found["total_tva"], found["total_ttc"]) == ("20.00", "1.10", "21.10")


def test_the_tax_within_a_total_is_not_the_total():
    assert values("Total TTC   3 288,69 € (dont 171,45 € TVA 5,5 %)")["total_ttc"] == "3288.69"


def test_euros_behind_a_lost_comma_are_not_all_the_euros():
    assert "total_ttc" not in read("TOTAL A PAYER   2 457 09 €")


def test_prices_under_a_subtotal_are_no_delivery_notes():
    text = "Bon de livraison 97232 du 23/08/2026\nSous-total BL     20 844,19\nYaourt  50,00  14,300  5,5  715,00"
    beneath = "Bon de livraison 97240      Sous-total BL\nYaourt                      14,300"
    assert values(text)["delivery_notes"] == "97232"
    assert values(beneath)["delivery_notes"] == "97240"


def test_a_note_called_bon_is_offered_to_be_confirmed():
    note = read("Livré le 08/08/2026 - bon n° 76788")["delivery_notes"]
    assert (note.value, note.sure) == ("76788", False)


def test_the_last_day_to_pay_is_found_behind_other_words():
    text = "Paiement par virement à réception de facture, au plus tard le 11 septembre 2026."
    assert values(text)["due_date"] == "2026-09-11"


def test_a_service_named_within_a_line_is_read_where_it_is_a_code():
    assert values("Bon de commande n° 49316 - service RESTAURATION")["service_code"] == "RESTAURATION"
    assert "service_code" not in read("Bon de commande n° 49316 - service des achats")


def test_a_comma_whose_box_hangs_below_its_figures_stays_between_them():
    """Some fonts do not tell the height of a line: the box is that of the ink."""
    output = BytesIO()
    canvas = Canvas(output)
    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
    canvas.setFont("Vera", 10)
    text = canvas.beginText(60, 700)
    for part, rise in (("457", 0), (",", -0.3), ("09", 0)):
        text.setRise(rise)
        text.textOut(part)
    canvas.drawText(text)
    canvas.save()
    document = pdfium.PdfDocument(changed(output.getvalue(), _hide_the_height_of_a_line))
    words = read_pages(document)[0].words
    document.close()
    assert [word.text for word in words] == ["457,09"]


def _hide_the_height_of_a_line(writer):
    for page in writer.pages:
        for font in page["/Resources"]["/Font"].values():
            if "/FontDescriptor" in font.get_object():
                nothing = {NameObject("/Ascent"): NumberObject(1), NameObject("/Descent"): NumberObject(1)}
                font.get_object()["/FontDescriptor"].get_object().update(nothing)


def test_a_slash_for_the_space_between_thousands_is_read_and_waits_for_the_sum():
    proved = read("Total HT   1 /049,09 EUR\nTotal TVA   83,59 EUR\nTotal TTC   1 /132,68 EUR")
    assert (proved["total_ht"].value, proved["total_ttc"].value) == ("1049.09", "1132.68")
    assert proved["total_ht"].sure
    for text in ("Total TTC   1 /132,68 EUR", "TVA non applicable, art. 293 B du CGI\nTotal   1 /132,68 EUR"):
        alone = read(text)["total_ttc"]
        assert (alone.value, alone.sure) == ("1132.68", False)


def test_a_subtotal_that_holds_the_tax_is_not_without_tax():
    found = read("Sous-total   462,01 €\nTotal TVA   24,09 €\nTotal TTC   462,01 €")["total_ht"]
    assert (found.value, found.sure) == ("437.92", False)


def test_a_total_whose_tax_word_stands_in_brackets_is_read():
    assert values("TOTAL (HT)   437.93 e\nTVA (5.5%)   24.09 e\nTOTAL TTC   462.02 e")["total_ht"] == "437.93"


def test_the_number_of_a_house_is_no_service():
    for street in ("8 rue Albert Hervet", "8 bis, AVENUE ALBERT HERVET"):
        assert "service_code" not in read(f"Collège Vaillant - Service intendance\n{street}")
