"""Judge an invoice before it leaves: pure functions, plain data in, problems out.

problems = judge(Subject(invoice=…, supplier=…, recipient=…, today=…))
if has_stop(problems): …
"""

from invoicing.checks import (
    amounts,
    bank,
    credit,
    dates,
    matching,
    numbering,
    orders,
    parties,
    printed,
    references,
    wording,
)
from invoicing.checks.numbering import NUMBER_LENGTH, number_key
from invoicing.checks.rule import RULES, Level, Problem, Rule, has_stop
from invoicing.checks.subject import (
    AccountFacts,
    HistoryFacts,
    InvoiceFacts,
    OrderFacts,
    OriginFacts,
    OtherInvoice,
    PrintedFacts,
    RecipientFacts,
    ServiceFacts,
    Subject,
    SupplierFacts,
    TakenOverFacts,
    VatLine,
)

CHECKS = (
    *printed.CHECKS,
    *parties.CHECKS,
    *numbering.CHECKS,
    *credit.CHECKS,
    *dates.CHECKS,
    *references.CHECKS,
    *amounts.CHECKS,
    *bank.CHECKS,
    *orders.CHECKS,
    *matching.CHECKS,
    *wording.CHECKS,
)

# What only repeats that the electronic invoice and the pages contradict each other on this value.
FOLLOWING = {
    "issue_date": (dates.check_issue_date, dates.check_deliveries, dates.check_due_date, orders.check_year_of_orders),
    "total_ttc": (*amounts.SUMS, orders.check_billed_amounts),
    "iban": (bank.check_iban, bank.check_printed),
}


def judge(subject: Subject) -> tuple[Problem, ...]:
    """Every problem of this invoice, each once, the stops first; empty when nothing is wrong."""
    told = {check for name in subject.printed.contradicted for check in FOLLOWING.get(name, ())}
    problems = dict.fromkeys(problem for check in CHECKS if check not in told for problem in check(subject))
    return tuple(sorted(problems, key=lambda problem: problem.level is not Level.STOP))


__all__ = [
    "CHECKS",
    "NUMBER_LENGTH",
    "RULES",
    "AccountFacts",
    "HistoryFacts",
    "InvoiceFacts",
    "Level",
    "OrderFacts",
    "OriginFacts",
    "OtherInvoice",
    "PrintedFacts",
    "Problem",
    "RecipientFacts",
    "Rule",
    "ServiceFacts",
    "Subject",
    "SupplierFacts",
    "TakenOverFacts",
    "VatLine",
    "has_stop",
    "judge",
    "number_key",
]
