"""Whatever they are asked, the checks answer."""

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
    OriginFacts,
    OtherInvoice,
    PrintedFacts,
    RecipientFacts,
    ServiceFacts,
    Subject,
    SupplierFacts,
    TakenOverFacts,
    VatLine,
    judge,
)
from invoicing.reading import Found
from tests.invoicing.checks.subjects import BUYER, IBAN, WORDS

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
        "supplier_siret",
        "supplier_number",
        "iban",
        "lines_ht",
        "lines",
        "paid",
        "other_kind",
        "engagement_number",
        "self_billed",
        "letterhead",
    ]
)
values = words | st.sampled_from(["2026-11-18", "105.50", "3", "NaN", "franchise-cgi", "exempt", "AVOIR", "oui"])
vat_lines_ = st.builds(VatLine, rate=st.decimals(0, 100, places=2), base=cents, tax=cents)


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
        vat_lines=some(vat_lines_),
        engagement_number=words,
        engagement_known=st.none() | st.booleans(),
        service_code=words,
        supplier_siret=words,
        buyer_siret=words | st.just(BUYER),
        origin_number=words,
        origin_date=st.none() | days,
        iban=words | st.just(IBAN),
    ),
    supplier=st.builds(
        SupplierFacts,
        name=words,
        sirets=st.frozensets(words, max_size=2),
        vat_regime=st.sampled_from(["", "normal", "franchise", "flat_rate", "exempt"]),
    ),
    account=st.builds(
        AccountFacts,
        known=words,
        is_known=st.booleans(),
        said=st.sampled_from(["", "confirmed", "denied"]),
        is_printed=st.booleans(),
    ),
    recipient=st.builds(
        RecipientFacts,
        siret=words,
        outside=st.booleans(),
        known=st.none() | st.booleans(),
        active=st.booleans(),
        is_own=st.booleans(),
        requires=st.sampled_from(["nothing", "service", "engagement", "either", "both"]),
        services=some(st.builds(ServiceFacts, code=words)),
        payment_days=st.sampled_from([30, 50, 60]),
        closures=some(st.tuples(days, days)),
        deadline=st.none() | days,
    ),
    origin=st.none()
    | st.builds(
        OriginFacts,
        number=words,
        issue_date=st.none() | days,
        buyer_siret=words,
        stage=st.sampled_from(["unsent", "sent", "ordered", "rejected", "elsewhere"]),
        left=st.none() | cents,
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
    taken_over=st.none() | st.builds(TakenOverFacts, reference=words, successor=words),
    printed=st.builds(
        PrintedFacts,
        fields=st.dictionaries(texts, st.builds(Found, values, st.just(1), st.just((0, 0, 1, 1)), st.booleans())),
        has_text=st.booleans(),
        embedded_xml=st.booleans(),
        unread=some(st.integers(1, 100)),
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
