"""Pages that are pictures: read by Tesseract where it is installed, never believed, never past the limits."""

import io
import shutil
from dataclasses import replace

import pypdfium2
import pytest
from PIL import Image, ImageDraw
from pypdf import PdfReader, PdfWriter

from invoicing.reading import DEFAULT, Source, ocr, read_invoice
from invoicing.reading.text import Page
from tests.invoices.paper import make_invoice
from tests.invoicing import electronic
from tests.invoicing.reading import hostile

TESSERACT = shutil.which("tesseract") or ""
PAPER = make_invoice("ferme", seed=3)
# Time enough for a machine that runs everything at once.
MINUTE = {"wall_seconds": 60.0, "cpu_seconds": 60, "ocr_seconds": 60.0, "ocr_page_seconds": 60.0}
PLENTY = replace(DEFAULT, readers=64, picture_width=200, **MINUTE)


def scanned(pdf: bytes, resolution: int = 180) -> bytes:
    """The same pages as a scanner gives them: pictures."""
    pages = [page.render(scale=resolution / 72).to_pil().convert("RGB") for page in pypdfium2.PdfDocument(pdf)]
    output = io.BytesIO()
    pages[0].save(output, "PDF", save_all=True, append_images=pages[1:], resolution=resolution)
    return output.getvalue()


def joined(*pdfs: bytes) -> bytes:
    writer, output = PdfWriter(), io.BytesIO()
    for pdf in pdfs:
        writer.append(PdfReader(io.BytesIO(pdf)))
    writer.write(output)
    return output.getvalue()


def read(content, tesseract=TESSERACT, **limits):
    own = {PAPER.seller.siret}
    return read_invoice(content, own_sirets=own, limits=replace(PLENTY, **limits), tesseract=tesseract)


@pytest.mark.ocr
def test_it_reads_a_scan_and_is_sure_of_nothing():
    reading = read(scanned(PAPER.pdf))
    assert (reading.has_text, reading.guessed, reading.scans) == (False, True, ())
    right = [
        name for name, value in PAPER.truth.items() if name in reading.fields and reading.fields[name].value == value
    ]
    assert len(right) >= len(PAPER.truth) - 1
    assert {found.sure for found in reading.fields.values()} == {False}
    assert {found.source for found in reading.fields.values()} == {Source.OCR}


@pytest.mark.ocr
def test_its_values_stand_where_the_page_shows_them():
    printed, guessed = read(PAPER.pdf).fields["number"], read(scanned(PAPER.pdf)).fields["number"]
    assert guessed.box == pytest.approx(printed.box, abs=0.02)


@pytest.mark.ocr
def test_a_picture_behind_the_invoice_casts_no_doubt_on_it():
    other = make_invoice("gestion", seed=9)
    reading = read(joined(PAPER.pdf, scanned(other.pdf)))
    assert reading.guessed
    assert {name: reading.fields[name].value for name in PAPER.truth} == PAPER.truth
    assert reading.fields["number"].sure


@pytest.mark.ocr
def test_what_it_guessed_beside_an_electronic_invoice_warns_and_does_not_stop():
    xml = electronic.cii(PAPER.truth, number="F-99999")
    difference = read(electronic.facturx(scanned(PAPER.pdf), xml)).differences["number"]
    assert (difference.electronic, difference.sure) == ("F-99999", False)


def test_without_it_the_page_is_shown_and_says_so():
    reading = read(scanned(PAPER.pdf), tesseract="")
    assert (reading.refusal, reading.has_text, reading.guessed, reading.fields) == (None, False, False, {})
    assert reading.scans == (1,)
    assert len(reading.pictures) == 1


def test_an_empty_page_is_not_given_to_it():
    assert read(hostile.blank_pages(3), tesseract="/does/not/exist").scans == ()


@pytest.mark.parametrize("program", ["/does/not/exist", "/bin/false", "/bin/true"])
def test_a_program_that_fails_leaves_the_page(program):
    reading = read(scanned(PAPER.pdf), tesseract=program)
    assert (reading.refusal, reading.guessed, reading.scans) == (None, False, (1,))


@pytest.fixture
def program(tmp_path):
    """A stand-in for Tesseract that writes this table, or does worse."""

    def write(script: str) -> str:
        path = tmp_path / "tesseract"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o700)
        return str(path)

    return write


@pytest.mark.parametrize(
    "script",
    [
        "sleep 60",
        "while :; do :; done",
        "head -c 50000000 /dev/zero > page.tsv",
        "ln -s /etc/passwd page.tsv",
        "printf 'a\\tb\\n5\\t1\\t1\\t1\\t1\\t1\\tx\\ty\\tz\\t0\\t99\\tmot\\n' > page.tsv",
        "printf 'h\\n1\\t1\\t0\\t0\\t0\\t0\\t0\\t0\\tnan\\tinf\\t-1\\t\\n' > page.tsv",
    ],
)
def test_a_program_gone_wild_leaves_the_page(script, program):
    reading = read(scanned(PAPER.pdf), tesseract=program(script), ocr_seconds=5.0)
    assert reading.refusal is None
    assert reading.fields == {}


def test_it_reads_so_many_pages_and_no_more(program):
    counted = program("printf 'h\\n' > page.tsv")
    reading = read(joined(*[scanned(PAPER.pdf, 60)] * 4), tesseract=counted, ocr_pages=2)
    # The first and the last page say most.
    assert reading.scans == (2, 3)


def test_a_page_without_end_leaves_time_to_the_next(program, tmp_path):
    """The first that comes never ends; the second is read."""
    tried = tmp_path / "tried"
    slow_once = program(f"mkdir {tried} && sleep 60\nprintf 'h\\n' > page.tsv")
    reading = read(joined(*[scanned(PAPER.pdf, 60)] * 2), tesseract=slow_once, ocr_page_seconds=2.0)
    assert reading.scans == (1,)


def test_words_of_a_table_stand_on_their_line():
    rows = [
        "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext",
        "1\t1\t0\t0\t0\t0\t0\t0\t1000\t2000\t-1\t",
        "4\t1\t1\t1\t1\t0\t100\t200\t300\t20\t-1\t",
        "5\t1\t1\t1\t1\t1\t100\t205\t80\t12\t96.0\tTotal",
        "5\t1\t1\t1\t1\t2\t190\t200\t80\t20\t3.0\t~;",
        "5\t1\t1\t1\t1\t3\t300\t200\t100\t20\t91.0\t12,50",
    ]
    page = ocr.page_of("\n".join(rows), Page(1, 500.0, 1000.0, ()))
    assert page.guessed
    assert [(word.text, word.left, word.top, word.right) for word in page.words] == [
        ("Total", 50, 98.5, 90),
        ("12,50", 150, 98.5, 200),
    ]


@pytest.mark.ocr
@pytest.mark.parametrize("size", [(40, 40), (3000, 60), (60, 4000)])
def test_pictures_of_odd_sizes_harm_nothing(size):
    picture = Image.new("L", size, 255)
    ImageDraw.Draw(picture).line((0, 0, *size), fill=0, width=3)
    output = io.BytesIO()
    picture.save(output, "PDF")
    assert read(output.getvalue()).refusal is None
