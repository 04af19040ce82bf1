"""Where each rule begins and ends: beside the one pair of examples.py, every edge and every part of a condition."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from invoicing.checks import Level, PrintedFacts, judge
from invoicing.reading import Difference
from tests.invoicing.checks.subjects import (
    FINE,
    IBAN,
    ORIGIN,
    TAKEN,
    an_order,
    changed,
    corrected,
    correcting,
    credit_note,
    invoice,
    printed,
    unsure,
)

SLIP, OTHER_SLIP = "EJ-000123", "EJ-000132"
NOT_PRINTED = {"is_printed": False}
MASKED = "FR76 •••• 0189"


def hidden(**facts):
    return changed(printed=PrintedFacts(**facts))


def billed(amount, remaining, arrived=None):
    return changed(orders=(an_order(billed=amount, remaining=remaining, arrived=arrived),))


FIRES = [
    ("hidden-kept", hidden(is_marked=True)),
    ("hidden-kept", hidden(is_locked=True)),
    (
        "printed-engagement-differs",
        changed(
            invoice={"engagement_number": OTHER_SLIP},
            orders=(an_order(engagement_number="EJ-000999"),),
            printed=printed(engagement_number=SLIP),
        ),
    ),
    ("order-overbilled", billed(Decimal(100), Decimal("99.98"))),
    ("order-overbilled", billed(Decimal(100), Decimal("99.98"), Decimal("99.98"))),
    ("order-not-arrived", billed(Decimal(100), Decimal(100), Decimal("99.98"))),
    ("order-not-arrived", billed(Decimal(100), Decimal(99), Decimal(-5))),
    ("origin-later", credit_note(origin=None, origin_date=date(2026, 11, 19))),
    ("credit-over-origin", correcting(left=Decimal(-3))),
    ("due-not-legal", invoice(due_date=date(2026, 12, 22))),
    ("due-not-legal", invoice(due_date=date(2026, 12, 14))),
    ("buyer-closed", changed(recipient={"closures": ((date(2026, 11, 10), date(2026, 11, 20)),)})),
    (
        "buyer-deadline-passed",
        changed(invoice={"issue_date": date(2025, 12, 30)}, recipient={"deadline": date(2025, 12, 15)}),
    ),
    ("iban-too-long", invoice(iban="PL61109010140000071219812874")),
]
SILENT = [
    ("locked-signed", hidden(signed=True)),
    ("locked-signed", hidden(is_locked=True, has_copy=True)),
    ("hidden-kept", hidden(embedded_xml=True, has_copy=True)),
    ("hidden-kept", hidden(signed=True, is_marked=True)),
    ("printed-number-differs", changed(invoice={"number": ""}, printed=printed(number="2026-0148"))),
    ("printed-buyer-differs", invoice(buyer_siret="")),
    (
        "printed-engagement-differs",
        changed(invoice={"engagement_number": ""}, printed=printed(engagement_number="AUTRE-7")),
    ),
    ("printed-engagement-differs", changed(orders=(), printed=printed(engagement_number="ej-1"))),
    ("printed-engagement-differs", changed(printed=printed(engagement_number="AL 1"))),
    ("printed-engagement-differs", corrected(SLIP, OTHER_SLIP)),
    ("order-other-buyer", changed(orders=(an_order(buyer_siret=""),))),
    ("order-other-buyer", invoice(buyer_siret="")),
    ("orders-engagements-differ", changed(orders=(an_order(), an_order(reference="AL-2", engagement_number="")))),
    (
        "engagement-printed-former",
        changed(orders=(an_order(former_engagement_numbers=("EJ0",)),), printed=printed(engagement_number="AUTRE-7")),
    ),
    ("order-overbilled", billed(Decimal(100), Decimal("99.99"))),
    ("order-overbilled", billed(Decimal(100), Decimal(99), Decimal(50))),
    ("order-not-arrived", billed(Decimal(100), Decimal(100), Decimal("99.99"))),
    ("order-not-arrived", billed(Decimal(100), Decimal(100), None)),
    ("order-not-arrived", billed(Decimal(100), Decimal(100), Decimal(120))),
    ("order-overbilled", billed(None, Decimal(1))),
    ("order-overbilled", billed(Decimal(1), None)),
    ("order-taken-over", replace(credit_note(), orders=(), taken_over=TAKEN)),
    ("order-missing", replace(FINE, orders=(), taken_over=TAKEN)),
    ("orders-sum-differs", changed(orders=())),
    ("origin-date-differs", credit_note(origin=replace(ORIGIN, issue_date=None), origin_date=date(2026, 11, 3))),
    ("origin-other-buyer", correcting(buyer_siret="")),
    ("origin-other-buyer", credit_note(buyer_siret="")),
    ("credit-over-origin", correcting(left=None)),
    ("credit-over-origin", credit_note(total_ttc=None)),
    ("origin-later", credit_note(issue_date=None)),
    ("credit-empty", invoice(total_ttc=Decimal(0))),
    ("due-before-issue", credit_note(due_date=date(2026, 11, 17))),
    ("due-before-issue", invoice(due_date=None)),
    ("due-not-legal", invoice(due_date=date(2026, 12, 21))),
    ("due-not-legal", invoice(due_date=date(2026, 12, 15))),
    ("buyer-deadline-passed", changed(recipient={"deadline": date(2025, 12, 15)})),
    ("buyer-deadline-passed", changed(invoice={"issue_date": None}, recipient={"deadline": date(2025, 12, 15)})),
    ("iban-not-printed", changed(account=NOT_PRINTED)),
    (
        "iban-not-printed",
        replace(credit_note(), account=changed(account=NOT_PRINTED).account, printed=unsure(iban="X")),
    ),
    ("engagement-unknown", invoice(engagement_number="", engagement_known=False)),
    ("engagement-corrected", changed(printed=printed(engagement_number=""))),
    ("engagement-corrected", replace(corrected(SLIP, OTHER_SLIP), orders=(an_order(engagement_number="EJ-9"),))),
    (
        "engagement-corrected",
        replace(
            corrected(SLIP, OTHER_SLIP),
            orders=(an_order(engagement_number=SLIP, former_engagement_numbers=(OTHER_SLIP,)),),
        ),
    ),
    ("total-not-positive", invoice(total_ttc=Decimal("0.01"))),
]


def found(subject, code):
    return [problem for problem in judge(subject) if problem.code == code]


@pytest.mark.parametrize(("code", "subject"), FIRES)
def test_it_begins_here(code, subject):
    assert found(subject, code)


@pytest.mark.parametrize(("code", "subject"), SILENT)
def test_it_ends_here(code, subject):
    assert not found(subject, code)


@pytest.mark.parametrize(
    ("code", "subject", "level"),
    [
        ("electronic-differs", hidden(differences={"kind": Difference("AVOIR", "FACTURE")}), Level.WARN),
        ("electronic-differs", hidden(differences={"number": Difference("F-1", "F-2", sure=False)}), Level.WARN),
        ("electronic-differs", hidden(differences={"number": Difference("F-1", "F-2")}), Level.STOP),
        ("iban-not-printed", changed(account=NOT_PRINTED, printed=printed(iban=MASKED)), Level.STOP),
        ("iban-not-printed", changed(account=NOT_PRINTED, printed=unsure(iban=MASKED)), Level.WARN),
    ],
)
def test_it_stops_only_where_it_can_be_sure(code, subject, level):
    [problem] = found(subject, code)
    assert problem.level is level


def former(number):
    orders = (an_order(engagement_number=number, former_engagement_numbers=("EJ0",)),)
    return changed(orders=orders, printed=printed(engagement_number="EJ0"))


@pytest.mark.parametrize(
    ("code", "subject", "told"),
    [
        ("engagement-printed-former", former("EJ1"), "EJ1"),
        ("engagement-printed-former", former(""), "un autre"),
        ("credit-over-origin", correcting(left=Decimal(-3)), "0,00"),
        ("credit-over-origin", correcting(left=Decimal("0.50")), "0,50"),
        ("iban-former", changed(account={"is_known": False, "known": ""}), "aucun"),
        ("iban-former", changed(account={"is_known": False}), MASKED),
        ("iban-not-printed", changed(account=NOT_PRINTED, printed=printed(iban="X")), IBAN[-4:]),
        ("iban-not-printed", changed(account=NOT_PRINTED, invoice={"iban": ""}, printed=printed(iban="X")), "aucun"),
    ],
)
def test_it_names_the_other_value(code, subject, told):
    [problem] = found(subject, code)
    assert told in problem.message + problem.remedy
