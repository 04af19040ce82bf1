"""What stands beside the pages: attached files, and documents so damaged that not every object can be read."""

import time
from dataclasses import asdict, replace

import pytest

from invoicing.reading import DEFAULT, pages, read_invoice
from invoicing.reading.text import read_pages
from tests.invoices.paper import make_invoice
from tests.invoicing.reading import hostile

GOOD = make_invoice("ferme", seed=3).pdf
# The page leads to an object that is none.
DAMAGED = {"page": "/Tabs 5 0 R", "fifth": b"]]"}


def read(content):
    # Tests run beside one another: they do not compete for readers.
    return read_invoice(content, limits=replace(DEFAULT, readers=64))


def refusal(content):
    reading = read(content)
    return reading.refusal.code if reading.refusal else None


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("photo.png", b"\x89PNG\0"),
        ("bon de livraison.DOCX", b"PK\3\4"),
        ("logo", b"\xff\xd8\xff\xe0\0\x10JFIF"),
        ("bon", b"%PDF-1.4\n\0"),
        ("conditions", "Payé à réception.\r\n".encode()),
        ("conditions", "\ufeffPayé".encode()),
    ],
)
def test_it_takes_an_attached_file_that_runs_nothing(name, data):
    reading = read(hostile.with_attachment(GOOD, name, data))
    assert (reading.refusal, reading.embedded_xml) == (None, False)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("facture.exe", b"x"),
        ("facture.pdf.js", b"x"),
        (".bat", b"del"),
        ("facture.bat.", b"del"),
        ("facture.docm", b"PK\3\4"),
        ("sans-extension", b"MZ\x90\0\3"),
        ("sans-extension", b"#!/bin/sh\n"),
        ("sans-extension", b""),
    ],
)
def test_it_refuses_an_attached_file_that_could_be_a_program(name, data):
    assert refusal(hostile.with_attachment(GOOD, name, data)) == "embedded-program"


def test_no_name_of_an_attached_file_may_be_a_programs():
    names = "/Type/Filespec/UF(a.txt)/F(a.exe)/EF<</F 4 0 R>>"
    assert refusal(hostile.pdf(page=f"/AF[<<{names}>>]")) == "embedded-program"


def test_an_invoice_attached_without_an_ending_is_one_all_the_same():
    assert read(hostile.with_attachment(GOOD, "facture", b"\xef\xbb\xbf <?xml version='1.0'?><x/>")).embedded_xml


def test_the_rights_of_a_form_are_no_attached_file():
    assert refusal(hostile.pdf(catalog="/Perms<</UR3<</EF[/Create/Import]>>>>")) is None


def test_it_reads_the_pages_of_a_damaged_file():
    reading = read(hostile.pdf(**DAMAGED))
    assert (reading.refusal, reading.pages, len(reading.pictures), reading.is_marked) == (None, 1, 1, False)


@pytest.mark.parametrize(
    ("hidden", "code"),
    [
        ("/OpenAction<</S/JavaScript/JS(x)>>", "active-content"),
        ("/Odd<</S/Java#53cript>>", "active-content"),
        ("/Odd<</S/#4caunch>>", "active-content"),
        ("/Odd<</EF<</F 4 0 R>>>>", "broken"),
        ("/Odd/Embedded#46ile", "broken"),
        ("/Type/ObjStm/N 0/First 0", "broken"),
        ("/Odd/#45ncrypt", "broken"),
    ],
)
def test_nothing_hides_in_a_damaged_file(hidden, code):
    # In an object to which nothing leads that can be read.
    fifth = DAMAGED["fifth"] + b"\nendobj\n6 0 obj\n<<" + hidden.encode() + b">>"
    assert refusal(hostile.pdf(page=DAMAGED["page"], fifth=fifth)) == code


@pytest.mark.parametrize(
    "action",
    [
        b"<</Odd ] /S/JavaScript/JS(x)>>",
        b"<</Odd ] /S/#4caunch/F(x)>>",
        b"<</S/GoTo/S/Launch/F(x)>>",
        b"<</S/GoTo /D ) /Next<</S/JavaScript/JS(x)>>>>",
    ],
)
@pytest.mark.parametrize("is_packed", [False, True])
def test_nothing_hides_in_an_object_that_one_program_understands_and_another_does_not(action, is_packed):
    opening = {"catalog": "/OpenAction 5 0 R"}
    content = hostile.with_packed_object(action, **opening) if is_packed else hostile.pdf(fifth=action, **opening)
    assert refusal(content) == "active-content"


@pytest.mark.parametrize("name", [b"/JS", b"/3D", b"/Screen"])
def test_what_packed_bytes_spell_by_chance_is_no_program(name):
    assert refusal(hostile.pdf(content=hostile.stream(b"%\x93" + name + b" \xfe"))) is None


def test_metadata_of_a_damaged_file_are_not_believed_to_be_plain():
    assert read(hostile.pdf(catalog="/Metadata 4 0 R", **DAMAGED)).is_marked


def test_a_page_that_does_not_open_leaves_the_others():
    reading = read(hostile.with_pages_that_are_none(GOOD, 2))
    assert (reading.refusal, reading.pages, len(reading.pictures), reading.unread) == (None, 3, 3, (2, 3))
    assert reading.fields["number"].value == make_invoice("ferme", seed=3).truth["number"]


def test_without_a_page_that_opens_there_is_nothing_to_take():
    assert refusal(hostile.pdf().replace(b"/Type/Page/", b"/Type/Oops/")) == "broken"


def test_late_pages_are_left_out_but_for_the_first(tmp_path):
    path = tmp_path / "invoice.pdf"
    path.write_bytes(hostile.blank_pages(4))
    with pages.open_document(path) as document:
        late, early = time.monotonic() - 1, time.monotonic() + 60
        assert [page.missed for page in read_pages(document, until=late)] == [False, True, True, True]
        assert not any(page.missed for page in read_pages(document, until=early))


def test_late_pictures_are_left_out_but_for_the_first(tmp_path):
    path = tmp_path / "invoice.pdf"
    path.write_bytes(hostile.blank_pages(3))
    with pages.open_document(path) as document:
        assert pages.draw(document, tmp_path, asdict(DEFAULT), until=time.monotonic() - 1) == 1
        assert pages.draw(document, tmp_path, asdict(DEFAULT), until=time.monotonic() + 60) == 3


def test_a_file_hidden_in_a_damaged_dictionary_does_not_leave_with_the_copy():
    hidden = b"<</Odd ] /Type/Filespec/F(a.exe)/EF<</F 6 0 R>>>>"
    reading = read(hostile.pdf(catalog="/Names<</EmbeddedFiles<</Names[(a)5 0 R]>>>>", fifth=hidden))
    assert reading.is_marked
    assert reading.plain
    assert b"/EF" not in reading.plain
