from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.checks import (
    CHECKS,
    RULES,
    HistoryFacts,
    InvoiceFacts,
    Level,
    OrderFacts,
    PrintedFacts,
    RecipientFacts,
    Rule,
    ServiceFacts,
    Subject,
    SupplierFacts,
    VatLine,
    bank,
    dates,
    has_stop,
    judge,
    number_key,
    numbering,
    orders,
    parties,
    references,
)
from invoicing.checks import amounts as amount_rules
from invoicing.checks import printed as printed_rules
from invoicing.reading import Found

MODULES = (amount_rules, bank, dates, numbering, orders, parties, printed_rules, references)
SELLER, OTHER_SELLER, BUYER, OTHER_BUYER = "10000000900017", "10000000900025", "20000000800025", "20000000800033"
IBAN, OTHER_IBAN = "FR7630006000011234567890189", "FR1420041010050500013M02606"
TODAY = date(2026, 11, 20)
SERVICES = (
    ServiceFacts(code="CANTINE"),
    ServiceFacts(code="FERME", active=False),
    ServiceFacts(code="STRICT", engagement_required=True),
)


def a_vat_line(rate="5.5", base="100", tax="5.50", lines=1):
    return VatLine(rate=Decimal(rate), base=Decimal(base), tax=Decimal(tax), lines=lines)


def an_order(**values):
    return OrderFacts(**{"reference": "AL-1", "buyer_siret": BUYER, "engagement_number": "EJ1", **values})


def printed(**fields):
    """What was read, each value surely."""
    return PrintedFacts(fields={name: Found(value, 1, (0, 0, 1, 1), sure=True) for name, value in fields.items()})


FINE = Subject(
    today=TODAY,
    invoice=InvoiceFacts(
        number="2026-0147",
        issue_date=date(2026, 11, 18),
        delivery_dates=(date(2026, 11, 10), date(2026, 11, 17)),
        due_date=date(2026, 12, 18),
        total_ht=Decimal("100.00"),
        total_tva=Decimal("5.50"),
        total_ttc=Decimal("105.50"),
        net_to_pay=Decimal("105.50"),
        vat_lines=(a_vat_line(),),
        engagement_number="EJ1",
        service_code="CANTINE",
        supplier_siret=SELLER,
        buyer_siret=BUYER,
        iban=IBAN,
    ),
    supplier=SupplierFacts(sirets=frozenset({SELLER}), vat_regime="normal", iban=IBAN),
    recipient=RecipientFacts(siret=BUYER, known=True, requires="both", services=SERVICES),
    orders=(an_order(billed=Decimal(100), remaining=Decimal(100), ordered_on=date(2026, 11, 2)),),
    printed=printed(number="2026-0147", issue_date="2026-11-18", total_ttc="105.50", buyer_siret=BUYER, kind="FACTURE"),
)


def changed(**parts):
    """The fine subject with some facts changed: changed(invoice={"number": ""})."""
    values = {
        name: replace(getattr(FINE, name), **change) if isinstance(change, dict) else change
        for name, change in parts.items()
    }
    return replace(FINE, **values)


def invoice(**values):
    return changed(invoice=values)


def untaxed(regime, mention="", **values):
    """An invoice without VAT, from a supplier of this regime, with this mention printed."""
    return changed(
        invoice={
            "total_tva": Decimal(0),
            "total_ttc": Decimal(100),
            "net_to_pay": Decimal(100),
            "vat_lines": (a_vat_line("0", tax="0"),),
            **values,
        },
        supplier={"vat_regime": regime},
        printed=printed(vat_mention=mention) if mention else printed(number="2026-0147"),
    )


def credit_note(**values):
    return changed(
        invoice={"kind": "AVOIR", "number": "AV-3", "origin_number": "2026-0147", **values}, printed=PrintedFacts()
    )


WRONG = [
    ("supplier-siret-missing", invoice(supplier_siret="")),
    ("supplier-siret-invalid", invoice(supplier_siret="10000000900018")),
    ("supplier-siret-foreign", invoice(supplier_siret=OTHER_SELLER)),
    ("buyer-siret-missing", invoice(buyer_siret="")),
    ("buyer-siret-invalid", invoice(buyer_siret="123")),
    ("buyer-is-portal", changed(recipient={"is_own": True})),
    ("buyer-is-supplier", invoice(buyer_siret=SELLER)),
    ("recipient-not-checked", changed(recipient={"known": None})),
    ("recipient-unknown", changed(recipient={"known": False})),
    ("recipient-inactive", changed(recipient={"active": False})),
    ("recipient-private", changed(recipient={"is_public": False})),
    ("kind-unknown", invoice(kind="DEVIS")),
    ("kind-unknown", changed(printed=printed(self_billed="autofacturation"))),
    ("number-missing", invoice(number="  ")),
    ("number-missing", invoice(number="-/")),
    ("number-too-long", invoice(number="2026-" + "0" * 16)),
    ("number-characters", invoice(number="F°2026.1")),
    ("number-used", changed(history=HistoryFacts(same_number="facture 2026-0147, déposée"))),
    ("number-used-other-year", changed(history=HistoryFacts(same_number_other_year="facture 12 de 2025"))),
    ("same-file", changed(history=HistoryFacts(same_file="facture 2026-0147"))),
    ("similar-invoice", changed(history=HistoryFacts(similar="facture 2026-0146"))),
    ("origin-missing", credit_note(origin_number=" ")),
    ("origin-is-itself", credit_note(origin_number="av 3")),
    ("origin-unknown", credit_note(origin_known=False)),
    ("date-missing", invoice(issue_date=None)),
    ("date-future", invoice(issue_date=date(2026, 11, 21))),
    ("date-old", invoice(issue_date=date(2016, 11, 18))),
    ("delivery-missing", invoice(delivery_dates=())),
    ("delivery-after-issue", invoice(delivery_dates=(date(2026, 11, 19),))),
    ("delivery-two-months", invoice(delivery_dates=(date(2026, 10, 30), date(2026, 11, 3)))),
    ("due-before-issue", invoice(due_date=date(2026, 11, 17))),
    ("due-not-legal", invoice(due_date=date(2026, 11, 18))),
    ("due-not-legal", changed(recipient={"payment_days": 50})),
    ("buyer-closed", changed(recipient={"closures": ((date(2026, 11, 20), date(2026, 11, 22)),)})),
    ("buyer-deadline-passed", changed(recipient={"deadline": date(2026, 11, 19)})),
    ("service-missing", invoice(service_code="")),
    ("service-unknown", invoice(service_code="INTENDANCE")),
    ("service-unknown", changed(recipient={"services": ()})),
    ("service-inactive", invoice(service_code="FERME")),
    ("service-too-long", invoice(service_code="S" * 101)),
    ("service-forbidden", invoice(service_code="factures_publiques")),
    ("engagement-missing", invoice(engagement_number="")),
    (
        "engagement-missing-for-service",
        changed(invoice={"engagement_number": "", "service_code": "STRICT"}, recipient={"requires": "service"}),
    ),
    (
        "engagement-or-service-missing",
        changed(invoice={"engagement_number": "", "service_code": ""}, recipient={"requires": "either"}),
    ),
    ("engagement-too-long", invoice(engagement_number="1" * 51)),
    ("currency-not-euro", invoice(currency="CHF")),
    ("total-missing", invoice(total_ht=None)),
    ("total-missing", invoice(total_ttc=None)),
    ("totals-do-not-add", invoice(total_ttc=Decimal("105.52"))),
    ("total-not-positive", invoice(total_ht=Decimal(0), total_tva=Decimal(0), total_ttc=Decimal(0))),
    ("total-not-positive", invoice(total_ttc=Decimal("-105.50"))),
    ("net-over-total", invoice(net_to_pay=Decimal("105.52"))),
    ("net-over-total", invoice(net_to_pay=Decimal(-1))),
    ("net-differs", invoice(net_to_pay=Decimal(90), paid=Decimal(10))),
    ("net-unexplained", invoice(net_to_pay=Decimal(90))),
    ("vat-line-wrong", invoice(vat_lines=(a_vat_line(tax="5.52"),))),
    ("vat-bases-differ", invoice(vat_lines=(a_vat_line(), a_vat_line("20", "1", "0.20")))),
    ("vat-taxes-differ", invoice(vat_lines=(a_vat_line("5.5", "99", "5.45"), a_vat_line("20", "1", "0.20")))),
    ("vat-rate-unusual", invoice(vat_lines=(a_vat_line("7", "100", "7"),))),
    ("vat-forbidden", changed(supplier={"vat_regime": "franchise"})),
    ("vat-forbidden", changed(supplier={"vat_regime": "flat_rate"})),
    ("vat-absent", untaxed("")),
    ("vat-absent", untaxed("normal")),
    ("vat-mention-missing", untaxed("franchise")),
    ("vat-mention-old", untaxed("franchise", "franchise-cgi")),
    ("vat-mention-other-regime", untaxed("flat_rate", "franchise-cibs")),
    ("iban-invalid", invoice(iban=IBAN[:-1] + "0")),
    ("iban-too-long", invoice(iban="MT84MALT011000012345MTLCAST001S")),
    ("iban-first", changed(supplier={"iban": ""})),
    ("iban-changed", invoice(iban=OTHER_IBAN)),
    ("order-other-buyer", changed(orders=(an_order(buyer_siret=OTHER_BUYER),))),
    (
        "orders-engagements-differ",
        changed(orders=(an_order(), an_order(reference="AL-2", engagement_number="EJ2"))),
    ),
    ("engagement-not-of-order", invoice(engagement_number="EJ9")),
    (
        "engagement-printed-former",
        changed(orders=(an_order(former_engagement_numbers=("EJ0",)),), printed=printed(engagement_number="EJ0")),
    ),
    ("engagement-other-year", changed(orders=(an_order(ordered_on=date(2025, 12, 18)),))),
    ("order-overbilled", changed(orders=(an_order(billed=Decimal(100), remaining=Decimal(99)),))),
    ("orders-sum-differs", changed(orders=(an_order(billed=Decimal(90), remaining=Decimal(99)),))),
    ("no-text", changed(printed=PrintedFacts(has_text=False))),
    ("embedded-xml", changed(printed=PrintedFacts(embedded_xml=True))),
    ("printed-number-differs", changed(printed=printed(number="2026-0148"))),
    ("printed-date-differs", changed(printed=printed(issue_date="2026-11-17"))),
    ("printed-total-differs", changed(printed=printed(total_ttc="105.05"))),
    ("printed-kind-differs", changed(printed=printed(kind="AVOIR"))),
    ("printed-buyer-differs", changed(printed=printed(buyer_siret=OTHER_BUYER))),
    ("printed-engagement-differs", changed(printed=printed(engagement_number="EJ7"))),
]


def codes(subject):
    return {problem.code for problem in judge(subject)}


def test_it_finds_nothing_wrong_in_a_fine_invoice():
    assert judge(FINE) == ()


@pytest.mark.parametrize(("code", "subject"), WRONG, ids=[f"{i}-{code}" for i, (code, _) in enumerate(WRONG)])
def test_it_finds_what_is_wrong_and_says_what_to_do(code, subject):
    problem = next(problem for problem in judge(subject) if problem.code == code)
    assert problem.level == RULES[code].level
    for sentence in (problem.message, problem.remedy):
        assert sentence[0].isupper() or sentence[0] in "0123456789«"
        assert sentence.rstrip(" »\u00a0")[-1] in ".?" or code == "number-characters"
        assert "{" not in sentence
        assert not any(f" {sign}" in sentence for sign in ":;?!€%»")


def test_it_has_an_example_of_every_rule():
    declared = {value.code for module in MODULES for value in vars(module).values() if isinstance(value, Rule)}
    assert {code for code, _ in WRONG} == declared
    assert declared <= set(RULES)


@pytest.mark.parametrize(
    "subject",
    [
        credit_note(),
        credit_note(
            total_ht=Decimal(-100),
            total_tva=Decimal("-5.50"),
            total_ttc=Decimal("-105.50"),
            net_to_pay=Decimal("-105.50"),
            vat_lines=(a_vat_line(base="-100", tax="-5.50"),),
        ),
        untaxed("franchise", "franchise-cibs"),
        untaxed("flat_rate", "flat-rate"),
        untaxed("exempt", "exempt"),
        untaxed("exempt"),
        untaxed("", "franchise-cibs"),
        changed(invoice={"engagement_number": ""}, recipient={"requires": "either"}),
        changed(invoice={"service_code": ""}, recipient={"requires": "either"}),
        changed(invoice={"service_code": "", "engagement_number": ""}, recipient={"requires": "nothing"}),
        invoice(total_ttc=Decimal("105.51"), net_to_pay=None),
        invoice(vat_lines=(a_vat_line(tax="5.51"),)),
        invoice(net_to_pay=Decimal("95.50"), paid=Decimal(10)),
        invoice(due_date=date(2026, 12, 20)),
        invoice(iban="FR76 3000 6000 0112 3456 7890 189"),
        invoice(iban=""),
        invoice(number="FA 2026+01_2/3-4", issue_date=TODAY),
    ],
    ids=range(17),
)
def test_it_lets_right_invoices_pass(subject):
    assert not codes(subject) - {"printed-number-differs", "printed-date-differs", "printed-total-differs"}


def test_it_takes_sirets_without_check_digit_in_qualification():
    subject = replace(
        changed(
            invoice={"supplier_siret": "12345678901234", "buyer_siret": "43210987654321"},
            supplier={"sirets": frozenset({"12345678901234"})},
            orders=(),
            printed=PrintedFacts(),
        ),
        strict_luhn=False,
    )
    assert codes(subject) == set()
    assert codes(replace(subject, strict_luhn=True)) >= {"supplier-siret-invalid", "buyer-siret-invalid"}


def test_it_only_warns_of_a_recipient_nobody_could_look_up_yet():
    problems = judge(changed(recipient={"known": None, "services": ()}))
    assert [problem.code for problem in problems] == ["recipient-not-checked"]
    assert not has_stop(problems)


def test_it_stops_the_old_vat_mention_once_it_is_no_longer_tolerated():
    last_day = replace(untaxed("franchise", "franchise-cgi", issue_date=date(2027, 12, 31)), today=date(2028, 1, 5))
    too_late = replace(last_day, invoice=replace(last_day.invoice, issue_date=date(2028, 1, 1)))
    levels = [
        {problem.code: problem.level for problem in judge(subject)}["vat-mention-old"]
        for subject in (last_day, too_late)
    ]
    assert levels == [Level.WARN, Level.STOP]


def test_it_can_be_told_to_stop_a_number_of_another_year():
    subject = changed(history=HistoryFacts(same_number_other_year="facture 12 de 2025"))
    assert not has_stop(judge(subject))
    assert has_stop(judge(replace(subject, other_year_level=Level.STOP)))


def test_it_puts_what_stops_before_what_warns():
    levels = [problem.level for problem in judge(invoice(delivery_dates=(), iban="FR00", number=""))]
    assert levels == sorted(levels)
    assert levels[0] is Level.STOP


def test_it_never_shows_a_whole_iban():
    for subject in (invoice(iban=OTHER_IBAN), changed(supplier={"iban": ""}), invoice(iban=IBAN[:-1] + "0")):
        assert all(IBAN[4:20] not in problem.message + problem.remedy for problem in judge(subject))
        assert all(OTHER_IBAN[4:20] not in problem.message + problem.remedy for problem in judge(subject))


def test_it_only_compares_with_what_it_read_surely():
    unsure = PrintedFacts(fields={"number": Found("2026-0148", 1, (0, 0, 1, 1), sure=False)})
    assert judge(changed(printed=unsure)) == ()


def test_it_judges_an_empty_draft_without_failing():
    assert has_stop(judge(Subject(invoice=InvoiceFacts(), today=TODAY)))


@pytest.mark.parametrize(
    ("one", "other"),
    [("fa 2026/014", "FA2026-014"), ("F-12", "F 12"), ("2026_001", "2026-001"), (" 12 ", "12"), ("A+B", "a/b")],
)
def test_it_sees_that_two_writings_are_one_number(one, other):
    assert number_key(one) == number_key(other)


@pytest.mark.parametrize(("one", "other"), [("2026-1-11", "2026-11-1"), ("F-012", "F-12"), ("12", "112")])
def test_it_keeps_different_numbers_apart(one, other):
    assert number_key(one) != number_key(other)


@given(st.text(max_size=40))
def test_its_number_key_is_stable_and_never_longer_than_the_number(number):
    key = number_key(number)
    assert len(key) <= len(number.upper())
    assert number_key(key) == key
    assert number_key(number.lower()) == number_key(number.upper().lower())


amounts = st.none() | st.decimals(min_value=-(10**7), max_value=10**7, places=2)
words = st.text(max_size=60)


@given(
    st.builds(
        InvoiceFacts,
        kind=st.sampled_from(["FACTURE", "AVOIR", ""]),
        number=words,
        issue_date=st.none() | st.dates(),
        delivery_dates=st.lists(st.dates(), max_size=3).map(tuple),
        due_date=st.none() | st.dates(),
        total_ht=amounts,
        total_tva=amounts,
        total_ttc=amounts,
        net_to_pay=amounts,
        engagement_number=words,
        service_code=words,
        supplier_siret=words,
        buyer_siret=words,
        origin_number=words,
        iban=words,
    )
)
def test_it_judges_whatever_was_typed(facts):
    subject = replace(FINE, invoice=facts)
    assert all(problem.code in RULES for problem in judge(subject))
    assert len(CHECKS) > 20
