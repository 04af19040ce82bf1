"""What each rule finds, and on what it keeps silent."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from invoicing.checks import (
    RULES,
    AccountFacts,
    HistoryFacts,
    InvoiceFacts,
    Level,
    OtherInvoice,
    PrintedFacts,
    Rule,
    Subject,
    bank,
    credit,
    dates,
    has_stop,
    judge,
    matching,
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
from tests.invoicing.checks.examples import RIGHT, WRONG
from tests.invoicing.checks.subjects import (
    FINE,
    IBAN,
    OTHER_IBAN,
    TODAY,
    a_vat_line,
    an_order,
    changed,
    credit_note,
    invoice,
    printed,
    untaxed,
    without_order,
)

MODULES = (amount_rules, bank, credit, dates, matching, numbering, orders, parties, printed_rules, references, wording)


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
        changed(invoice={"net_to_pay": Decimal("95.50")}, printed=printed(paid="10.00")),
        invoice(due_date=date(2026, 12, 20)),
        invoice(iban="FR76 3000 6000 0112 3456 7890 189"),
        invoice(iban=""),
        invoice(number="FA 2026+01_2/3-4", issue_date=TODAY),
        changed(orders=(an_order(engagement_number="", ordered_on=date(2025, 12, 18)),)),
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
            orders=(an_order(buyer_siret="43210987654321"),),
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


def test_it_can_be_told_to_let_what_is_unrelated_go_on():
    unrelated = without_order(no_order="Sans rapport avec Agrilocal", is_unrelated=True)
    assert has_stop(judge(unrelated))
    assert not has_stop(judge(replace(unrelated, unrelated_level=Level.WARN)))


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


@pytest.mark.parametrize("difference", [Difference("1.00", "105.50", sure=False), Difference("1.00", "")])
def test_what_is_not_surely_contradicted_is_judged_all_the_same(difference):
    subject = changed(invoice={"total_ttc": Decimal(1)}, printed=PrintedFacts(differences={"total_ttc": difference}))
    assert "totals-do-not-add" in codes(subject)


def test_it_judges_an_empty_draft_without_failing():
    assert has_stop(judge(Subject(invoice=InvoiceFacts(), today=TODAY)))


def test_a_franchise_that_is_only_guessed_never_stops():
    guessed = untaxed("franchise", "franchise-cgi", issue_date=date(2028, 1, 1))
    fields = {**guessed.printed.fields, "vat_mention": replace(guessed.printed.fields["vat_mention"], sure=False)}
    problems = judge(replace(guessed, today=date(2028, 1, 5), printed=PrintedFacts(fields=fields)))
    assert {problem.code: problem.level for problem in problems}["vat-mention-old"] == Level.WARN
