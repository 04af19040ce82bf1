"""What is told because a day came: payment is late, the year's invoices are wanted soon."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from invoicing import dated_mails
from invoicing.lifecycle import Status
from invoicing.models import Invoice
from orders.models import Order, Reception
from tests.factories import BuyerFactory, BuyerMemberFactory, InvoiceFactory, MemberFactory, OrderFactory
from tests.letters import delivered, forget_welcome, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def today(monkeypatch):
    """Sets the day, at noon unless said."""

    def set_to(day: date, hour=12):
        now = timezone.make_aware(datetime(day.year, day.month, day.day, hour))
        monkeypatch.setattr(timezone, "now", lambda: now)

    return set_to


@pytest.fixture
def farmer(order):
    person = MemberFactory(supplier=order.supplier).user
    MemberFactory()
    forget_welcome()
    return person


# --- Late ---

LAST = date(2026, 12, 10)


def late(an_invoice_of, status=Status.AVAILABLE, **values) -> Invoice:
    return an_invoice_of(status=status, pay_by=LAST, **values)


def test_the_day_after_the_last_one_its_supplier_is_asked_once(an_invoice_of, farmer, today):
    invoice = late(an_invoice_of)
    today(LAST)
    dated_mails.tell()
    assert written() == []
    for days in (1, 2, 30):
        today(LAST + timedelta(days))
        dated_mails.tell()
    assert written() == [("overdue", farmer.email)]
    [letter] = delivered()
    assert letter.subject == f"Facture {invoice.number}\u00a0: avez-vous été payé\u00a0?"
    assert "10 décembre 2026" in letter.body


def test_nobody_is_woken_by_a_day(an_invoice_of, farmer, today):
    late(an_invoice_of)
    today(LAST + timedelta(1), hour=6)
    dated_mails.tell()
    assert written() == []


def test_a_later_last_day_is_another_one(an_invoice_of, farmer, today):
    invoice = late(an_invoice_of)
    today(LAST + timedelta(1))
    dated_mails.tell()
    Invoice.objects.filter(pk=invoice.pk).update(pay_by=LAST + timedelta(30))
    dated_mails.tell()
    assert len(written()) == 1
    today(LAST + timedelta(31))
    dated_mails.tell()
    assert len(written()) == 2


@pytest.mark.parametrize("status", [Status.PAID, Status.REJECTED, Status.SUSPENDED, Status.TO_REROUTE])
def test_where_payment_is_not_late_nobody_is_asked(an_invoice_of, farmer, today, status):
    late(an_invoice_of, status=status)
    today(LAST + timedelta(1))
    dated_mails.tell()
    assert written() == []


@pytest.mark.parametrize("answer", ["received", "unpaid"])
def test_who_answered_before_the_mail_left_is_not_asked(an_invoice_of, farmer, today, answer):
    invoice = late(an_invoice_of)
    today(LAST + timedelta(1))
    dated_mails.tell()
    if answer == "received":
        invoice.declare_received(on=LAST, by=farmer)
    else:
        invoice.declare_unpaid(by=farmer)
    assert delivered() == []


# --- What arrived ---

DELIVERED = date(2026, 11, 10)


@pytest.fixture
def canteen(order):
    """Its order came on that day; another canteen looks on."""
    Order.objects.filter(pk=order.pk).update(delivery_on=DELIVERED)
    person = BuyerMemberFactory(buyer=order.buyer).user
    BuyerMemberFactory()
    forget_welcome()
    return person


def test_the_day_after_a_delivery_its_buyer_is_asked_once_what_arrived(canteen, order, today):
    today(DELIVERED)
    dated_mails.tell()
    assert written() == []
    for days in (1, 2, 20):
        today(DELIVERED + timedelta(days))
        dated_mails.tell()
    assert written() == [("reception", canteen.email)]
    today(DELIVERED + timedelta(2))
    [letter] = delivered()
    assert f"/commandes/{order.pk}/" in letter.body
    assert "10 novembre 2026" in letter.body


def test_of_what_came_long_ago_nobody_is_asked(canteen, today):
    today(DELIVERED + timedelta(15))
    dated_mails.tell()
    assert written() == []


def test_who_said_it_before_the_mail_left_is_not_asked(canteen, order, today):
    today(DELIVERED + timedelta(1))
    dated_mails.tell()
    Reception.of(order.lines.get(), Reception.Outcome.CONFORM, by=canteen).save()
    assert delivered() == []


# --- The year's end ---

DEADLINE = date(2026, 12, 4)


@pytest.fixture
def bought(order):
    """Another order of the same supplier, for a buyer with this last day."""

    def make(deadline=DEADLINE, **values):
        values = {"ordered_on": date(2026, 11, 2), **values}
        return OrderFactory(supplier=order.supplier, buyer=BuyerFactory(invoice_deadline=deadline), **values)

    return make


def test_from_mid_november_on_he_is_told_what_to_bill_before_when(bought, farmer, today):
    first, second, later = bought(), bought(), bought(date(2026, 12, 11))
    today(date(2026, 11, 14))
    dated_mails.tell()
    assert written() == []
    for day in (15, 16, 20):
        today(date(2026, 11, day))
        dated_mails.tell()
    assert written() == [("year_end", farmer.email)] * 2
    [letter] = delivered()
    assert "Après le 4 décembre 2026" in letter.body
    assert "Après le 11 décembre 2026" in letter.body
    assert all(str(order.buyer) in letter.body for order in (first, second, later))


def test_alone_it_has_the_day_in_its_subject(bought, farmer, today):
    bought()
    today(date(2026, 11, 15))
    dated_mails.tell()
    assert delivered()[0].subject == "Facturez vos livraisons avant le 4 décembre 2026"


@pytest.mark.parametrize(
    "values",
    [
        {"deadline": None},
        {"deadline": date(2026, 11, 19)},
        {"deadline": date(2027, 1, 15)},
        {"ordered_on": date(2025, 11, 2)},
        {"delivery_on": date(2026, 12, 15)},
    ],
    ids=["no last day", "past", "next year", "of another year", "delivered later"],
)
def test_what_need_not_be_billed_by_then_is_not_told(bought, farmer, today, values):
    bought(**values)
    today(date(2026, 11, 20))
    dated_mails.tell()
    assert written() == []


def test_what_was_billed_meanwhile_is_not_told(bought, farmer, today):
    order = bought()
    today(date(2026, 11, 20))
    dated_mails.tell()
    assert len(written()) == 1
    InvoiceFactory(order=order, status=Status.TO_REVIEW)
    assert delivered() == []


def test_the_day_is_a_setting(bought, farmer, today, settings):
    bought()
    settings.YEAR_END_FROM = (11, 20)
    today(date(2026, 11, 19))
    dated_mails.tell()
    assert written() == []


def test_a_sweep_asks_as_much_for_many_as_for_few(bought, an_invoice_of, farmer, today):
    def reads() -> int:
        dated_mails.tell()
        with CaptureQueriesContext(connection) as queries:
            delivered()
        return sum(query["sql"].startswith("SELECT") for query in queries)

    today(date(2026, 12, 4))
    bought()
    few = reads()
    for _ in range(5):
        bought()
        late(an_invoice_of)
    assert reads() <= few + 4
