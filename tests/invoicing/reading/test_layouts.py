"""The invented invoices come out as they were made, whatever program they imitate."""

from dataclasses import replace
from io import BytesIO

import pypdfium2 as pdfium
import pytest
from reportlab.pdfgen.canvas import Canvas

from invoicing.reading.extract import extract
from invoicing.reading.text import read_pages
from tests.bench_reading.judge import MISSING, RIGHT, WRONG, outcomes
from tests.invoices.engines import ENGINES
from tests.invoices.layouts.families import LAYOUTS
from tests.invoices.paper import EVERY_LAYOUT, WEB, make_invoice
from tests.invoices.traps import TRAPS
from tests.invoices.values import NEW_MENTION
from tests.invoicing.reading.hostile import changed

SEEDS = range(6)
PRINTERS = [
    pytest.param(engine, marks=pytest.mark.cairo) if engine == "cairo" else engine
    for engine in ENGINES
    if engine != "chromium"
]


def read(content, own):
    document = pdfium.PdfDocument(content)
    try:
        return extract(read_pages(document), own)
    finally:
        document.close()


def read_paper(paper):
    return read(paper.pdf, {paper.seller.siret})


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("seed", SEEDS)
def test_it_reads_every_printed_value(layout, seed):
    paper = make_invoice(layout, seed)
    found = read_paper(paper)
    assert {name: found[name].value for name in paper.truth} == paper.truth


@pytest.mark.parametrize("engine", PRINTERS)
@pytest.mark.parametrize("layout", [layout for layout in EVERY_LAYOUT if layout not in WEB])
def test_it_reads_whatever_program_made_the_file(layout, engine):
    """Nearly all is read, and nothing wrong is given as sure: `make bench-reading` measures it."""
    assert_read_well(make_invoice(layout, seed=11, engine=engine))


@pytest.mark.browser
@pytest.mark.parametrize("layout", [*sorted(WEB), "crabe", "hasard"])
def test_it_reads_what_a_browser_prints(layout):
    assert_read_well(make_invoice(layout, seed=5, engine="chromium"))


@pytest.mark.parametrize("layout", ["ligne100", "hasard"])
@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize("engine", ["reportlab", "by_hand"])
def test_a_page_may_be_stamped_hidden_doubled_or_out_of_order(layout, trap, engine):
    assert_read_well(make_invoice(layout, seed=3, engine=engine, trap=trap))


def assert_read_well(paper):
    found = outcomes(paper, read_paper(paper))
    assert [one for one in found if one.verdict == WRONG] == []
    failed = [one for one in found if one.verdict != RIGHT]
    assert len(failed) <= 2, failed
    assert {one.field for one in failed if one.verdict != MISSING} <= {"vat_lines"}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_it_sees_that_the_invoice_is_another_suppliers(layout):
    paper = make_invoice(layout, 2)
    found = read(paper.pdf, {"55203253400646"})
    siret = paper.seller.siret
    issuers = {found[name].value for name in ("supplier_siret", "supplier_number") if name in found}
    assert issuers
    assert issuers <= {siret, siret[:9]}
    assert found["buyer_siret"].value == paper.truth["buyer_siret"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_it_says_where_on_the_page(layout):
    for found in read_paper(make_invoice(layout, 1)).values():
        left, top, right, bottom = found.box
        assert 0 <= left < right <= 1
        assert 0 <= top < bottom <= 1


def test_it_reads_the_new_wording_of_the_franchise():
    found = read_paper(make_invoice("courrier", 2, mention=NEW_MENTION))
    assert found["vat_mention"].value == "franchise-cibs"
    assert found["total_tva"].value == "0.00"


def test_it_reads_a_deposit_already_paid():
    values = make_invoice("deux_pages", 4).truth
    paper = make_invoice("deux_pages", 4, paid=10)
    found = read_paper(paper)
    assert found["total_ttc"].value == values["total_ttc"]
    assert found["net_to_pay"].value == paper.truth["net_to_pay"] != values["net_to_pay"]
    assert found["net_to_pay"].sure


def test_what_lies_under_a_scan_is_never_sure():
    """A scanner's program writes what it guessed in invisible ink."""
    output = BytesIO()
    canvas = Canvas(output)
    text = canvas.beginText(60, 700)
    text.setTextRenderMode(3)
    text.textLine("Facture n° F-12 du 18/11/2026")
    canvas.drawText(text)
    canvas.save()
    number = read(output.getvalue(), set())["number"]
    assert (number.value, number.sure) == ("F-12", False)


def test_figures_written_in_two_bytes_with_a_font_of_one_are_read():
    """What jsPDF makes of « 1 553,10 € » with a narrow space: a zero before each sign, and 20 2F for the space."""
    output = BytesIO()
    canvas = Canvas(output)
    lines = {"Total HT": "1\u202f553,10 \x80", "TVA 5,5 %": "85,42 \x80", "Total TTC": "1\u202f638,52 \x80"}
    for row, (label, figures) in enumerate(lines.items()):
        canvas.drawString(60, 700 - 14 * row, label)
        written = "".join(f"\\{byte:03o}" for byte in figures.encode("utf-16-be"))
        canvas._code.append(f"BT /F1 12 Tf 1 0 0 1 300 {700 - 14 * row} Tm ({written}) Tj ET")
    canvas.save()
    found = read(output.getvalue(), set())
    sums = [found[name] for name in ("total_ht", "total_tva", "total_ttc")]
    assert [(one.value, one.sure) for one in sums] == [("1553.10", True), ("85.42", True), ("1638.52", True)]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_it_reads_a_page_that_is_shown_turned(turn):
    """A scanner's or printer's trick: the page is drawn lying and shown upright; words and boxes are as shown."""
    paper = make_invoice("ferme", 2)

    def lie_down(writer):
        page = writer.pages[0]
        page.rotate(turn)
        page.transfer_rotation_to_content()
        page.rotate(-turn)

    turned = read(changed(paper.pdf, lie_down), {paper.seller.siret})
    straight = read_paper(paper)
    assert {name: one.value for name, one in turned.items()} == {name: one.value for name, one in straight.items()}
    for name, one in straight.items():
        assert turned[name].box == pytest.approx(one.box, abs=0.01)


def test_it_reads_a_page_cut_by_a_crop_box():
    paper = make_invoice("ferme", 2)

    def crop(writer):
        page = writer.pages[0]
        page.cropbox.lower_left = (20, 20)
        page.cropbox.upper_right = (580, 830)

    straight, cropped = read_paper(paper), read(changed(paper.pdf, crop), {paper.seller.siret})
    assert {name: one.value for name, one in cropped.items()} == {name: one.value for name, one in straight.items()}
    left, top, _, _ = straight["number"].box
    assert cropped["number"].box[:2] == pytest.approx(
        ((left * 595.3 - 20) / 560, (top * 841.9 - 11.9) / 810), abs=0.005
    )


def test_a_seed_always_makes_the_same_file():
    assert make_invoice("gestion", 9) == make_invoice("gestion", 9)
    assert make_invoice("gestion", 9).pdf != make_invoice("gestion", 10).pdf


def test_it_may_be_asked_for_one_value():
    paper = make_invoice("ferme", 1, number="X-1", engagement_number="")
    assert paper.truth["number"] == "X-1"
    assert "engagement_number" not in paper.truth
    assert "engagement_number" not in read_paper(replace(paper))
