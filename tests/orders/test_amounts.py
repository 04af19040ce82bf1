"""Totals: lines rounded one by one, VAT once per rate; what remains to bill is always computed."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.lifecycle import Status
from orders.amounts import Totals
from orders.models import Order, OrderLine
from tests.factories import InvoiceFactory, OrderFactory

CENT = Decimal("0.01")
lines = st.lists(
    st.builds(
        OrderLine,
        quantity=st.decimals("0.001", "999", places=3),
        unit_price=st.decimals(0, "9999", places=4),
        vat_rate=st.sampled_from([Decimal(rate) for rate in ("0", "2.1", "5.5", "10", "20")]),
    ),
    max_size=12,
)


@given(lines)
def test_totals_add_up_to_the_cent_whatever_the_lines(lines):
    totals = Totals.of(lines)
    assert totals.ttc == totals.ht + totals.tva
    assert totals.ht == sum((line.total_ht for line in lines), Decimal(0)) == sum(vat.base for vat in totals.vat)
    for vat in totals.vat:
        assert abs(vat.amount - vat.base * vat.rate / 100) <= CENT / 2
    assert [amount.as_tuple().exponent for amount in (totals.ht, totals.ttc)] in ([0, 0], [-2, -2])


@given(lines)
def test_each_rate_has_one_line_lowest_first(lines):
    rates = [vat.rate for vat in Totals.of(lines).vat]
    assert rates == sorted({line.vat_rate for line in lines})


@given(lines, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_changes_nothing(lines, random):
    shuffled = random.sample(lines, len(lines))
    assert Totals.of(shuffled) == Totals.of(lines)


@given(st.decimals("0.001", "99999", places=3), st.decimals(0, "9999", places=4))
def test_a_line_is_rounded_half_up(quantity, price):
    line = OrderLine(quantity=quantity, unit_price=price)
    assert line.total_ht == (quantity * price).quantize(CENT, ROUND_HALF_UP)


def test_vat_is_rounded_once_per_rate():
    lines = [OrderLine(quantity=Decimal(1), unit_price=Decimal("0.10"), vat_rate=Decimal("5.5"))] * 10
    assert Totals.of(lines).tva == Decimal("0.06")  # ten times 0.0055 rounded would be 0.10


@pytest.fixture
def order(db):
    return OrderFactory()


def remaining(order) -> Decimal:
    return Order.objects.with_billings().get(pk=order.pk).remaining_ht


@pytest.mark.parametrize("status", Status)
def test_what_an_invoice_takes_depends_on_its_status(status, order):
    InvoiceFactory(order=order, status=status, total_ht="30.00")
    nothing_taken = status in (Status.WITHDRAWN, Status.REJECTED)
    assert remaining(order) == (Decimal(100) if nothing_taken else Decimal(70))


@pytest.mark.parametrize("sign", ["30.00", "-30.00"])
def test_a_credit_note_gives_back_whatever_sign_it_is_written_with(order, sign):
    InvoiceFactory(order=order, status=Status.PAID, total_ht="100.00")
    InvoiceFactory(order=order, status=Status.AVAILABLE, total_ht=sign, kind="AVOIR")
    assert remaining(order) == Decimal(30)


def test_many_orders_at_once_are_counted_as_one_by_one(order):
    """The quick sum behind the lists says what each order says of itself."""
    orders = [order, *OrderFactory.create_batch(4)]
    for n, each in enumerate(orders):
        for status, kind in [(Status.DRAFT, "FACTURE"), (Status.REJECTED, "FACTURE"), (Status.PAID, "AVOIR")][: n % 4]:
            InvoiceFactory(order=each, status=status, kind=kind, total_ht="33.33")
        each.lines.create(description="Miel", quantity=Decimal("0.333"), unit_price=Decimal("12.5"))
        # Half a cent, where floating point sees a little less.
        each.lines.create(description="Persil", quantity=Decimal("1.5"), unit_price=Decimal("0.67"))
    one_by_one = {each.pk: each.remaining_ht * 100 for each in Order.objects.with_billings()}
    assert Order.objects.remaining_cents() == one_by_one


def test_a_rejected_credit_note_gives_nothing_back(order):
    InvoiceFactory(order=order, status=Status.PAID, total_ht="100.00")
    InvoiceFactory(order=order, status=Status.REJECTED, total_ht="30.00", kind="AVOIR")
    assert remaining(order) == 0


def test_billing_too_much_is_seen(order, as_supplier):
    InvoiceFactory(order=order, status=Status.DEPOSITED, total_ht="130.00")
    assert remaining(order) == Decimal(-30)
    assert "facturée en trop" in as_supplier.get(f"/commandes/{order.pk}/").content.decode()


def test_lines_are_locked_by_an_invoice_past_its_producers_desk(order):
    for status, locked in [(Status.DRAFT, False), (Status.WITHDRAWN, False), (Status.REJECTED, False)]:
        InvoiceFactory(order=order, status=status)
        assert order.is_billed is locked
    InvoiceFactory(order=order, status=Status.RETURNED)
    assert order.is_billed


@pytest.mark.django_db
def test_drafts_never_read_as_billed_in_excess():
    order = OrderFactory()
    for _ in range(2):
        InvoiceFactory(order=order)
    order = Order.objects.with_people().with_billings().get()
    assert order.remaining_ht < 0
    assert not order.is_overbilled
    order.invoices.update(status=Status.TO_REVIEW)
    assert Order.objects.with_people().with_billings().get().is_overbilled
