"""The copy that is deposited: the same pages to the pixel, and nothing else."""

import random
from dataclasses import replace
from io import BytesIO

import pytest
from pypdf import PdfReader

from invoicing.reading import DEFAULT, read_invoice, structure
from tests.conftest import SHARED
from tests.invoices.paper import LAYOUTS, make_invoice
from tests.invoicing import electronic
from tests.invoicing.reading import hostile

PLENTY = replace(DEFAULT, readers=64, pictures=1, picture_width=200)
PAPER = make_invoice("deux_pages", seed=8)


def read(content):
    return read_invoice(content, own_sirets={PAPER.seller.siret}, limits=PLENTY)


def hidden_in(pdf: bytes) -> set[str]:
    names = {"/AF", "/EF", "/EmbeddedFiles", "/Metadata", "/EmbeddedFile"}
    items = list(structure.dictionaries(PdfReader(BytesIO(pdf)).trailer, skipped=()))
    return {name for item in items for name in names if name in item or item.get("/Type") == name}


def assert_flat(original: bytes, copy: bytes):
    assert hidden_in(copy) == set()
    assert not PdfReader(BytesIO(copy)).is_encrypted
    assert electronic.pages_of(copy) == electronic.pages_of(original)
    again = read(copy)
    assert (again.embedded_xml, again.is_marked, again.is_locked, again.plain) == (False, False, False, b"")


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_the_pages_stay_the_same_and_nothing_else_does(layout):
    paper = make_invoice(layout, seed=8)
    pdf = electronic.facturx(paper.pdf, electronic.cii(paper.truth))
    assert hidden_in(pdf) >= {"/AF", "/EF", "/Metadata"}
    assert_flat(pdf, read(pdf).plain)


@pytest.mark.parametrize(
    "make",
    [
        lambda pdf: electronic.hidden_deep(pdf, electronic.cii(PAPER.truth)),
        electronic.marked,
        lambda pdf: hostile.encrypted(pdf, "", "owner", "AES-256"),
        lambda pdf: hostile.encrypted(pdf, "", "owner", "RC4-128"),
        lambda pdf: hostile.with_attachment(pdf, "donnees.xml", b"<x/>"),
    ],
)
def test_whatever_hides_or_locks_is_left_out(make):
    pdf = make(PAPER.pdf)
    assert_flat(pdf, read(pdf).plain)


def test_a_plain_pdf_needs_no_copy():
    for pdf in (PAPER.pdf, hostile.with_attachment(PAPER.pdf, "bon-de-livraison.pdf")):
        assert read(pdf).plain == b""


@pytest.mark.parametrize("make", [electronic.marked, lambda pdf: hostile.with_attachment(pdf, "factur-x.xml", b"<x/>")])
def test_what_is_signed_is_never_written_anew(make):
    reading = read(hostile.with_signature(make(PAPER.pdf)))
    assert reading.signed
    assert reading.plain == b""


@pytest.mark.needs_shared
@pytest.mark.parametrize("name", ["Facture_FR_MINIMUM.pdf", "Facture_FR_BASICWL.pdf", "Avoir_FR_type381_BASIC.pdf"])
def test_the_published_examples_become_plain_pdfs(name):
    pdf = (SHARED / "samples" / name).read_bytes()
    assert_flat(pdf, read(pdf).plain)


@pytest.mark.parametrize("seed", range(8))
def test_spoilt_bytes_give_a_flat_copy_or_none(seed):
    chance = random.Random(seed)
    content = bytearray(electronic.facturx(PAPER.pdf, electronic.cii(PAPER.truth)))
    for _ in range(chance.choice((3, 30, 300))):
        content[chance.randrange(20, len(content))] = chance.randrange(256)
    reading = read(bytes(content))
    if reading.plain:
        assert hidden_in(reading.plain) == set()
