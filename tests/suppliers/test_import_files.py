"""Files of imports as programs write them, and as somebody might who means harm."""

import datetime
import io
import zipfile

import pytest

from suppliers.confined.slots import reader_slot
from suppliers.importing import reading
from suppliers.importing.reading import Row, Unreadable, read_table
from tests.importing import as_xlsx

CSV = "Référence;Quantité;Produit\r\nAGL-1;1 234,50;« Crème » d’Été\r\n"
TYPED = ("AGL-1", "1 234,50", "« Crème » d’Été")


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig", "utf-16"])
def test_a_csv_is_read_in_whatever_encoding_excel_gave_it(encoding):
    table = read_table(CSV.encode(encoding))
    assert table.titles == ("Référence", "Quantité", "Produit")
    assert table.rows == (Row(2, TYPED),)


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_the_separator_is_found(separator):
    assert read_table(f"A{separator}B\n1{separator}2\n".encode()).rows == (Row(2, ("1", "2")),)


def test_rows_keep_the_number_a_spreadsheet_shows():
    table = read_table(b"A;B\n1;2\n;\n3;4\n")
    assert [row.number for row in table.rows] == [2, 4]


def test_a_cell_may_hold_quotes_separators_and_line_ends():
    table = read_table(b'A;B\n"x;y";"un\n""deux"""\n')
    assert table.rows == (Row(2, ("x;y", 'un\n"deux"')),)


def test_an_xlsx_reads_as_a_french_spreadsheet_shows_it():
    shown = {"Jour": datetime.date(2026, 11, 3), "SIRET": 20000000800013, "Prix": 0.1 + 0.2, "Rien": None, "Oui": True}
    table = read_table(as_xlsx([shown]))
    assert table.titles == ("Jour", "SIRET", "Prix", "Rien", "Oui")
    assert table.rows == (Row(2, ("03/11/2026", "20000000800013", "0,3", "", "oui")),)


# --- What is refused ---


def refusal(content: bytes) -> str:
    with pytest.raises(Unreadable) as refused:
        read_table(content)
    return str(refused.value)


def with_member(content: bytes, name: str, text: bytes) -> bytes:
    """The same archive with another text in one of its members."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            new.writestr(member, text if member == name else old.read(member))
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
    b'<c t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>'
)
SECRET = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
    b'<c t="inlineStr"><is><t>&a;</t></is></c></row><row r="2"><c t="inlineStr"><is><t>x</t></is></c></row>'
    b"</sheetData></worksheet>"
)


@pytest.mark.parametrize("member", [SHEET, "xl/workbook.xml", "[Content_Types].xml"])
@pytest.mark.parametrize("bomb", [LAUGHS, SECRET])
def test_entities_are_never_expanded(member, bomb):
    assert "ne s'ouvre pas" in refusal(with_member(as_xlsx([{"A": 1}]), member, bomb))


def test_an_archive_that_swells_is_not_opened():
    heavy = with_member(as_xlsx([{"A": 1}]), SHEET, b" " * (reading.BOUNDS["unzipped"] + 1))
    assert len(heavy) < 1_000_000
    assert "trop lourd" in refusal(heavy)


def test_what_swells_in_memory_is_stopped(monkeypatch):
    """A sheet within its size that becomes far more once read."""
    monkeypatch.setattr(reading, "MEMORY", 120 * 1024 * 1024)
    rows = b"".join(b'<row r="%d"><c t="inlineStr"><is><t>%d</t></is></c></row>' % (n, n) for n in range(400_000))
    sheet = LAUGHS[LAUGHS.index(b"<worksheet") :].replace(b"&b;", b"A").replace(b"</row>", b"</row>" + rows)
    assert refusal(with_member(as_xlsx([{"A": 1}]), SHEET, sheet))


@pytest.mark.parametrize(
    ("limit", "most", "told"),
    [("rows", 3, "lignes"), ("columns", 2, "colonnes"), ("cell", 5, "caractères"), ("members", 2, "trop lourd")],
)
def test_a_table_past_a_bound_is_refused(limit, most, told, monkeypatch):
    rows = [{"A": "a", "B": "b", "C": "abcdef" * 3}] * 5
    monkeypatch.setitem(reading.BOUNDS, limit, most)
    assert told in refusal(as_xlsx(rows))
    if limit != "members":
        assert told in refusal(b"A;B;C\n" + b"a;b;abcdefabcdef\n" * 5)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "aucune ligne"),
        (b" ;;\n\n", "aucune ligne"),
        (b"A;B\n", "aucune ligne"),
        (b"\xd0\xcf\x11\xe0 old", "ancien Excel"),
        (b"PK\x03\x04 cut short", "ne s'ouvre pas"),
        (b"%PDF-1.4 \x00\x01 no table", "ni un CSV ni un XLSX"),
    ],
)
def test_what_is_no_table_says_so(content, told):
    assert told in refusal(content)


def test_the_file_leaves_nothing_behind(settings, tmp_path):
    settings.READERS_ROOT = tmp_path / "readers"
    read_table(CSV.encode())
    assert [path for path in settings.READERS_ROOT.rglob("*") if path.is_file() and path.suffix != ".lock"] == []


def test_while_every_reader_works_the_file_waits(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "PATIENCE", 0.05)
    settings.READERS, settings.READERS_ROOT = 1, tmp_path / "readers"
    with reader_slot(reading._limits()):
        assert "Recommencez dans une minute" in refusal(CSV.encode())
