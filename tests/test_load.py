"""`make load` would not call a bad load good: what people met, what the database holds, what the processes wrote."""

import logging

import pytest

from agrilocal18.logs import JsonLine
from invoicing.lifecycle import Status
from invoicing.models import Invoice
from tests.factories import InvoiceFactory
from tests.load import verdict
from tests.load.books import differences
from tests.load.stage import COMPLAINT

TAKEN = {"deposits": [{"step": "confirmed", "supplier": 1}], "wanted": {"readers": 1, "depositors": 1}}


def seen(**other) -> dict:
    kinds = [
        {"name": "supplier: home", "failures": 0, "times": {"40": 94, "900": 6}},
        {"name": "depositor: confirms", "failures": 0, "times": {"100": 1}},
    ]
    return {"kinds": kinds, "errors": [], "wrong": [], **TAKEN, **other}


def test_half_and_95_of_a_hundred():
    home, *_, everybody = sorted(verdict.kinds(seen()), key=lambda kind: -kind.name.startswith("supplier"))
    assert (home.requests, home.within(50), home.within(94), home.within(95)) == (100, 40, 40, 900)
    assert everybody.requests == 101


@pytest.mark.parametrize(
    ("met", "different", "complaints"),
    [
        ({"errors": ["supplier: home: answered 500 (1 times)"]}, [], []),
        ({"wrong": ["not the page of depot00"]}, [], []),
        ({"deposits": [{"step": "dropped", "supplier": 1}]}, [], []),
        ({"wanted": {"readers": 1, "depositors": 2}}, [], []),
        ({"kinds": [{"name": "depositor: confirms", "failures": 0, "times": {"100": 1}}]}, [], []),
        ({}, ["facture.pdf is there 2 times"], []),
        ({}, [], ["web: ERROR"]),
    ],
)
def test_each_thing_that_must_not_be_is_an_error(met, different, complaints):
    assert verdict.problems(seen(), [], []) == []
    assert len(verdict.problems(seen(**met), different, complaints)) == 1


def test_complaints_of_the_processes_are_found():
    form = JsonLine()
    lines = [form.format(logging.LogRecord("x", level, "", 1, "said", (), None)) for level in (20, 30, 40, 50)]
    assert COMPLAINT.findall("\n".join([*lines, "Traceback (most recent call last):"])) == [
        *lines[2:],
        "Traceback (most recent call last):",
    ]


@pytest.fixture
def dropped(db, tmp_path):
    """A file that was dropped and confirmed, and what its page said of it."""
    file = tmp_path / "facture.pdf"
    file.write_bytes(b"%PDF-1.4 one")
    invoice = InvoiceFactory(content=file.read_bytes(), number="F2026-D00-001", status=Status.TO_REVIEW)
    own = {"supplier": invoice.supplier_id, "number": "D00-001", "invoice": invoice.pk, "step": "confirmed"}
    return {**own, "file": str(file)}


def test_each_deposit_is_there_once_and_nothing_else(dropped, tmp_path):
    suppliers = [dropped["supplier"]]
    assert differences([dropped], suppliers) == []

    assert differences([], suppliers) == [
        f"invoice {dropped['invoice']} of supplier {suppliers[0]} was dropped by nobody"
    ]
    assert "became number" in differences([dropped | {"number": "D00-002"}], suppliers)[0]
    assert "was not confirmed" in differences([dropped | {"step": "dropped"}], suppliers)[0]
    Invoice.objects.update(status=Status.DRAFT)
    assert "was confirmed as" in differences([dropped], suppliers)[0]
    lost = tmp_path / "lost.pdf"
    lost.write_bytes(b"%PDF-1.4 lost")
    assert f"{lost} is there 0 times" in differences([dropped | {"file": str(lost)}], suppliers)
