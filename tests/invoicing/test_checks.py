from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.checks import (
    CHECKS,
    RULES,
    AccountFacts,
    HistoryFacts,
    InvoiceFacts,
    Level,
    OrderFacts,
    OtherInvoice,
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
    matching,
    number_key,
    numbering,
    orders,
    parties,
    references,
    wording,
)
from invoicing.checks import amounts as amount_rules
from invoicing.checks import printed as printed_rules
from invoicing.checks.reasons import REASONS
from invoicing.reading import Difference, Found

MODULES = (amount_rules, bank, dates, matching, numbering, orders, parties, printed_rules, references, wording)
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


# What the law wants printed besides figures.
WORDS = dict.fromkeys(["late_penalty", "recovery_fee", "discount", "legal_form", "operation_kind"], "oui")
WORDS |= {"letterhead": "gaec du val rue", "buyer_siret": BUYER}


def printed(**fields):
    """What was read, each value surely; None takes away one of the usual wordings."""
    read = {name: value for name, value in {**WORDS, **fields}.items() if value}
    return PrintedFacts(fields={name: Found(value, 1, (0, 0, 1, 1), sure=True) for name, value in read.items()})


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
    supplier=SupplierFacts(name="GAEC du Val", sirets=frozenset({SELLER}), vat_regime="normal"),
    account=AccountFacts(known="FR76 •••• 0189", is_known=True, said="confirmed"),
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


def corrected(ordered, printed_number):
    """The order's number on the invoice, and this one on the paper."""
    return changed(
        invoice={"engagement_number": ordered},
        orders=(an_order(engagement_number=ordered),),
        printed=printed(engagement_number=printed_number),
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
    ("number-used", changed(history=HistoryFacts(same_number=OtherInvoice("facture 2026-0147, déposée")))),
    (
        "number-used-other-year",
        changed(history=HistoryFacts(same_number_other_year=OtherInvoice("facture 12 de 2025"))),
    ),
    ("same-file", changed(history=HistoryFacts(same_file=OtherInvoice("facture 2026-0147")))),
    ("same-file-elsewhere", changed(history=HistoryFacts(same_file_elsewhere=OtherInvoice("facture 12")))),
    ("similar-invoice", changed(history=HistoryFacts(similar=OtherInvoice("facture 2026-0146")))),
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
    ("engagement-unknown", invoice(engagement_known=False)),
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
    ("iban-first", changed(account=AccountFacts())),
    ("iban-changed", changed(invoice={"iban": OTHER_IBAN}, account={"is_known": False, "said": ""})),
    ("iban-former", changed(account={"is_known": False})),
    ("iban-awaits-call", changed(account={"said": ""})),
    ("iban-denied", changed(account={"said": "denied"})),
    ("iban-of-another", changed(printed=printed(factoring="affacturage"))),
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
    ("buyer-outside", changed(invoice={"buyer_siret": ""}, recipient={"outside": True})),
    ("currency-not-euro", changed(printed=printed(currency="autre"))),
    ("vat-rate-unlikely", changed(orders=(an_order(goods=(("Vin rouge", Decimal("20")),)),))),
    (
        "vat-rate-unlikely",
        changed(
            invoice={
                "total_tva": Decimal(20),
                "total_ttc": Decimal(120),
                "net_to_pay": Decimal(120),
                "vat_lines": (a_vat_line("20", "100", "20"),),
            },
            orders=(an_order(goods=(("Pommes", Decimal("5.5")),)),),
        ),
    ),
    ("vat-regime-unknown", changed(supplier={"vat_regime": ""})),
    ("payment-terms-missing", changed(printed=printed(late_penalty=None))),
    ("payment-terms-missing", changed(printed=printed(recovery_fee=None))),
    ("payment-terms-missing", changed(printed=printed(discount=None))),
    ("new-mentions-missing", changed(printed=printed(operation_kind=None))),
    ("new-mentions-missing", changed(printed=printed(buyer_siret=None))),
    ("new-mentions-demanded", changed(invoice={"issue_date": date(2027, 9, 1)}, printed=printed(operation_kind=None))),
    ("sole-trader-missing", changed(printed=printed(legal_form=None))),
    ("supplier-name-differs", changed(printed=printed(letterhead="ferme des ormes"))),
    ("no-text", changed(printed=PrintedFacts(has_text=False))),
    ("guessed-text", changed(printed=PrintedFacts(guessed=True, has_text=False))),
    ("electronic-signed", changed(printed=PrintedFacts(embedded_xml=True, signed=True))),
    ("locked-signed", changed(printed=PrintedFacts(is_locked=True, signed=True))),
    ("hidden-kept", changed(printed=PrintedFacts(embedded_xml=True))),
    ("electronic-differs", changed(printed=PrintedFacts(differences={"number": Difference("F-1", "F-2")}))),
    ("electronic-unseen", changed(printed=PrintedFacts(differences={"number": Difference("F-1", "")}))),
    ("printed-number-differs", changed(printed=printed(number="2026-0148"))),
    ("printed-date-differs", changed(printed=printed(issue_date="2026-11-17"))),
    ("printed-total-differs", changed(printed=printed(total_ttc="105.05"))),
    ("printed-kind-differs", changed(printed=printed(kind="AVOIR"))),
    ("printed-buyer-differs", changed(printed=printed(buyer_siret=OTHER_BUYER))),
    ("printed-engagement-differs", changed(printed=printed(engagement_number="AUTRE-7"))),
    ("engagement-corrected", corrected("EJ-000123", "EJ-000132")),
]


# Right next to what is wrong: each rule must keep silent on its own near miss.
RIGHT = {
    "guessed-text": FINE,
    "buyer-outside": changed(recipient={"outside": True}),
    "buyer-siret-missing": changed(invoice={"buyer_siret": ""}, recipient={"outside": True}),
    "recipient-not-checked": changed(recipient={"known": True}),
    "kind-unknown": credit_note(),
    "number-missing": invoice(number="-1"),
    "number-too-long": invoice(number="2026-" + "0" * 15),
    "number-characters": invoice(number="FA 2026+01_2/3-4"),
    "number-used": changed(history=HistoryFacts(same_number_other_year=OtherInvoice("facture 12 de 2025"))),
    "number-used-other-year": changed(history=HistoryFacts(same_number=OtherInvoice("facture 12 de 2026"))),
    "origin-missing": credit_note(),
    "origin-is-itself": credit_note(origin_number="AV-33"),
    "origin-unknown": credit_note(origin_known=True),
    "date-future": invoice(issue_date=TODAY),
    "date-old": invoice(issue_date=date(2025, 11, 20)),
    "delivery-missing": credit_note(delivery_dates=()),
    "delivery-after-issue": invoice(delivery_dates=(date(2026, 11, 18),)),
    "delivery-two-months": invoice(delivery_dates=(date(2026, 10, 1), date(2026, 10, 31))),
    "due-before-issue": invoice(due_date=date(2026, 11, 18)),
    "due-not-legal": changed(invoice={"due_date": date(2027, 1, 7)}, recipient={"payment_days": 50}),
    "buyer-closed": changed(recipient={"closures": ((date(2026, 11, 21), date(2026, 11, 22)),)}),
    "buyer-deadline-passed": changed(recipient={"deadline": TODAY}),
    "service-missing": changed(invoice={"service_code": ""}, recipient={"requires": "engagement"}),
    "service-unknown": changed(recipient={"services": (), "known": None}),
    "service-too-long": invoice(service_code="S" * 100),
    "engagement-missing": changed(invoice={"engagement_number": ""}, recipient={"requires": "service"}),
    "engagement-missing-for-service": changed(invoice={"engagement_number": ""}, recipient={"requires": "service"}),
    "engagement-or-service-missing": changed(invoice={"engagement_number": ""}, recipient={"requires": "either"}),
    "engagement-too-long": invoice(engagement_number="1" * 50),
    "engagement-unknown": invoice(engagement_known=True),
    "totals-do-not-add": invoice(total_ttc=Decimal("105.51")),
    "total-not-positive": credit_note(total_ttc=Decimal("-105.50")),
    "net-over-total": invoice(net_to_pay=Decimal("105.51")),
    "net-differs": invoice(net_to_pay=Decimal("95.50"), paid=Decimal(10)),
    "net-unexplained": invoice(net_to_pay=Decimal("95.50"), paid=Decimal(10)),
    "vat-line-wrong": invoice(vat_lines=(a_vat_line(tax="5.53", lines=3),)),
    "vat-bases-differ": invoice(vat_lines=(a_vat_line(base="100.01"),)),
    "vat-taxes-differ": invoice(vat_lines=(a_vat_line(tax="5.51"),)),
    "vat-rate-unusual": invoice(vat_lines=(a_vat_line("2.1", "100", "2.10"),)),
    "vat-rate-unlikely": changed(orders=(an_order(goods=(("Vinaigre de cidre doux, miel", Decimal("5.5")),)),)),
    "vat-regime-unknown": changed(supplier={"vat_regime": "exempt"}),
    "vat-forbidden": untaxed("franchise", "franchise-cibs"),
    "vat-absent": untaxed("", "franchise-cibs"),
    "vat-mention-missing": untaxed("franchise", "franchise-cgi"),
    "vat-mention-old": untaxed("franchise", "franchise-cibs"),
    "vat-mention-other-regime": untaxed("flat_rate", "flat-rate"),
    "iban-invalid": credit_note(iban=IBAN[:-1] + "0"),
    "iban-first": invoice(iban=""),
    "iban-changed": credit_note(iban=OTHER_IBAN),
    "iban-former": changed(account={"is_known": False, "said": ""}),
    "iban-awaits-call": changed(account={"is_known": False, "said": ""}),
    "iban-denied": changed(account={"said": ""}),
    "orders-engagements-differ": changed(orders=(an_order(), an_order(reference="AL-2"))),
    "engagement-printed-former": changed(
        orders=(an_order(former_engagement_numbers=("EJ0",)),), printed=printed(engagement_number="EJ1")
    ),
    "engagement-other-year": changed(orders=(an_order(ordered_on=date(2026, 1, 1)),)),
    "order-overbilled": changed(orders=(an_order(billed=Decimal(100), remaining=Decimal("99.99")),)),
    "orders-sum-differs": changed(orders=(an_order(billed=Decimal("99.99"), remaining=Decimal(200)),)),
    "printed-total-differs": changed(printed=printed(total_ttc="-105.50")),
    "printed-engagement-differs": changed(
        orders=(an_order(former_engagement_numbers=("EJ7",)),), printed=printed(engagement_number="EJ7")
    ),
    "engagement-corrected": corrected("EJ-000123", "EJ 000123"),
    "payment-terms-missing": credit_note(),
    "new-mentions-missing": changed(invoice={"issue_date": date(2027, 9, 1)}, printed=printed(operation_kind=None)),
    "new-mentions-demanded": changed(invoice={"issue_date": date(2027, 8, 31)}, printed=printed(operation_kind=None)),
    "supplier-name-differs": changed(printed=printed(letterhead="earl du val")),
    # The right of these is the usual invoice.
    **dict.fromkeys(
        [
            *("supplier-siret-missing", "supplier-siret-invalid", "supplier-siret-foreign", "buyer-siret-invalid"),
            *("buyer-is-portal", "buyer-is-supplier", "recipient-unknown", "recipient-inactive", "recipient-private"),
            *(
                "same-file",
                "same-file-elsewhere",
                "similar-invoice",
                "date-missing",
                "service-inactive",
                "service-forbidden",
            ),
            *("currency-not-euro", "total-missing", "iban-too-long", "iban-of-another", "order-other-buyer"),
            *(
                "engagement-not-of-order",
                "no-text",
                "printed-number-differs",
                "printed-date-differs",
            ),
            *("electronic-signed", "locked-signed", "hidden-kept", "electronic-differs", "electronic-unseen"),
            *("printed-kind-differs", "printed-buyer-differs", "sole-trader-missing"),
        ],
        FINE,
    ),
}


@pytest.mark.parametrize("code", RULES)
def test_every_rule_has_a_pair_and_keeps_silent_on_the_right_one(code):
    assert code in {wrong for wrong, _ in WRONG}
    assert code not in codes(RIGHT[code])


def test_every_rule_says_where_it_comes_from():
    assert set(REASONS) == set(RULES)


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
    ids=range(16),
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
    subject = changed(history=HistoryFacts(same_number_other_year=OtherInvoice("facture 12 de 2025")))
    assert not has_stop(judge(subject))
    assert has_stop(judge(replace(subject, other_year_level=Level.STOP)))


def test_it_puts_what_stops_before_what_warns():
    levels = [problem.level for problem in judge(invoice(delivery_dates=(), iban="FR00", number=""))]
    assert levels == sorted(levels)
    assert levels[0] is Level.STOP


def test_it_never_shows_a_whole_iban():
    alone = changed(account=AccountFacts())
    other = changed(invoice={"iban": OTHER_IBAN}, account={"is_known": False, "said": ""})
    for subject in (alone, other, invoice(iban=IBAN[:-1] + "0")):
        assert all(IBAN[4:20] not in problem.message + problem.remedy for problem in judge(subject))
        assert all(OTHER_IBAN[4:20] not in problem.message + problem.remedy for problem in judge(subject))


def test_it_only_compares_with_what_it_read_surely():
    unsure = {**printed().fields, "number": Found("2026-0148", 1, (0, 0, 1, 1), sure=False)}
    assert judge(changed(printed=PrintedFacts(fields=unsure))) == ()


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


# --- Whatever it is asked ---

cents = st.decimals(min_value=-(10**11), max_value=10**11, places=2)
words = st.text(max_size=60)
days = st.dates()
others = st.builds(OtherInvoice, words, st.none() | st.integers(1))
texts = st.sampled_from(
    [
        *WORDS,
        "number",
        "kind",
        "issue_date",
        "total_ttc",
        "currency",
        "factoring",
        "vat_mention",
        "buyer_siret",
        "engagement_number",
        "self_billed",
        "letterhead",
    ]
)
values = words | st.sampled_from(["2026-11-18", "105.50", "NaN", "franchise-cgi", "exempt", "AVOIR", "oui"])
vat_lines_ = st.builds(VatLine, rate=st.decimals(0, 100, places=2), base=cents, tax=cents, lines=st.integers(0, 99))


def some(strategy):
    return st.lists(strategy, max_size=3).map(tuple)


any_subject = st.builds(
    Subject,
    today=days,
    invoice=st.builds(
        InvoiceFacts,
        kind=st.sampled_from(["FACTURE", "AVOIR", ""]),
        number=words,
        issue_date=st.none() | days,
        delivery_dates=some(days),
        due_date=st.none() | days,
        currency=st.sampled_from(["EUR", "", "CHF"]),
        total_ht=st.none() | cents,
        total_tva=st.none() | cents,
        total_ttc=st.none() | cents,
        net_to_pay=st.none() | cents,
        paid=st.none() | cents,
        vat_lines=some(vat_lines_),
        engagement_number=words,
        engagement_known=st.none() | st.booleans(),
        service_code=words,
        supplier_siret=words,
        buyer_siret=words | st.just(BUYER),
        origin_number=words,
        origin_known=st.none() | st.booleans(),
        iban=words | st.just(IBAN),
    ),
    supplier=st.builds(
        SupplierFacts,
        name=words,
        sirets=st.frozensets(words, max_size=2),
        vat_regime=st.sampled_from(["", "normal", "franchise", "flat_rate", "exempt"]),
    ),
    account=st.builds(
        AccountFacts, known=words, is_known=st.booleans(), said=st.sampled_from(["", "confirmed", "denied"])
    ),
    recipient=st.builds(
        RecipientFacts,
        siret=words,
        outside=st.booleans(),
        known=st.none() | st.booleans(),
        active=st.booleans(),
        is_public=st.booleans(),
        is_own=st.booleans(),
        requires=st.sampled_from(["nothing", "service", "engagement", "either", "both"]),
        services=some(st.builds(ServiceFacts, code=words)),
        payment_days=st.sampled_from([30, 50, 60]),
        closures=some(st.tuples(days, days)),
        deadline=st.none() | days,
    ),
    history=st.builds(HistoryFacts, same_number=st.none() | others, same_file=st.none() | others),
    orders=some(
        st.builds(
            OrderFacts,
            reference=words,
            buyer_siret=words,
            engagement_number=words,
            former_engagement_numbers=some(words),
            ordered_on=st.none() | days,
            billed=st.none() | cents,
            remaining=st.none() | cents,
            goods=some(st.tuples(words | st.just("Vin de noix"), st.decimals(0, 100, places=1))),
        )
    ),
    printed=st.builds(
        PrintedFacts,
        fields=st.dictionaries(texts, st.builds(Found, values, st.just(1), st.just((0, 0, 1, 1)), st.booleans())),
        has_text=st.booleans(),
        embedded_xml=st.booleans(),
    ),
    strict_luhn=st.booleans(),
    other_year_level=st.sampled_from(list(Level)),
)


@given(any_subject)
def test_it_judges_whatever_it_is_given(subject):
    problems = judge(subject)
    levels = [problem.level is Level.WARN for problem in problems]
    assert levels == sorted(levels)
    assert all(problem.code in RULES for problem in problems)
    assert len(CHECKS) > 20
