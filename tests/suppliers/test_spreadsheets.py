"""Files for people's spreadsheets: what is typed stays text, amounts and days stay what they are."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from suppliers.spreadsheets import as_file

FORMULAS = ["=1+1", "+33 1", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1+1"]
HEADER = ["Texte", "Jour", "Montant"]
ROW = ["Fromage; « frais »", date(2026, 11, 3), Decimal("-1234.50")]


def table(wanted, rows):
    """The cells as a spreadsheet reads them."""
    content = as_file("liste", wanted, HEADER, rows).content
    if wanted == "csv":
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    sheet = load_workbook(io.BytesIO(content)).active
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_a_french_spreadsheet_opens_the_csv():
    assert table("csv", [ROW]) == [HEADER, ["Fromage; « frais »", "03/11/2026", "-1234,50"]]


def test_it_is_marked_as_utf_8_and_its_columns_hold():
    typed = 'Ferme "du Bois";=1+1\n=2+2'
    content = as_file("liste", "csv", HEADER, [[typed, None, None]]).content
    assert content.startswith(b"\xef\xbb\xbf")
    assert table("csv", [[typed, None, None]]) == [HEADER, [typed, "", ""]]


def test_amounts_and_days_can_be_counted_with_in_the_xlsx():
    title, row = table("xlsx", [ROW])
    assert title == HEADER
    assert (row[0], row[1].date(), row[2]) == (ROW[0], ROW[1], -1234.5)


@pytest.mark.parametrize("typed", FORMULAS)
def test_nothing_typed_becomes_a_formula(typed):
    assert table("csv", [[typed, None, None]])[1][0] == f"'{typed}"
    book = load_workbook(io.BytesIO(as_file("liste", "xlsx", HEADER, [[typed, None, None]]).content))
    assert book.active["A2"].data_type == "s"


def test_a_sign_that_cannot_be_shown_hides_no_formula():
    assert table("csv", [["\x00=1+1", None, None]])[1][0] == "'=1+1"


def test_what_a_spreadsheet_cannot_hold_does_not_break_it():
    assert table("xlsx", [["a\x00b\x0bc" + "x" * 40_000, None, None]])[1][0].startswith("abcx")


def test_it_is_a_file_to_keep():
    answer = as_file("factures-2026-11-21", "xlsx", HEADER, [])
    assert answer["Content-Disposition"] == 'attachment; filename="factures-2026-11-21.xlsx"'
