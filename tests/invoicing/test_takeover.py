"""What becomes of the invoices of a supplier whose orders another company takes over."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import date
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection, transaction
from django.urls import reverse

from invoicing import billing, drafting
from invoicing.lifecycle import Status, TransitionError
from invoicing.models import BilledOrder, Invoice
from orders.models import Order, Share, Takeover, TakeoverRefused
from suppliers.models import Supplier
from tests.at_once import at_once
from tests.factories import InvoiceFactory, MemberFactory, OrderFactory, SupplierFactory, UserFactory
from tests.invoicing.conftest import confirm, deposit, drop, form_data
from tests.invoicing.pdfs import an_invoice
from tests.people import address, signed_in

pytestmark = pytest.mark.django_db
CHECKED = (
    *("kind", "number", "origin_number", "origin_date", "issue_date", "due_date", "delivery_dates"),
    *("total_ht", "total_tva", "total_ttc", "net_to_pay", "engagement_number", "service_code"),
)
DAY = date(2026, 11, 21)


@pytest.fixture
def earl(db):
    return SupplierFactory(name="EARL des Rives")


@pytest.fixture
def agent(db):
    return UserFactory(is_staff=True)


def take_over(order, earl, agent) -> Takeover:
    supplier = Supplier.objects.get(pk=order.supplier_id)
    return Takeover.state(supplier, earl, on=DAY, by=agent, seen=Share.of(supplier, DAY).seen)


def stops(invoice) -> set[str]:
    return {problem["code"] for problem in invoice.verdict if problem["level"] == "stop"}


@pytest.mark.django_db(transaction=True)
def test_a_draft_bills_a_moved_order_no_more_and_cannot_go(order, earl, agent):
    farmer = signed_in(MemberFactory(supplier=order.supplier).user)
    draft = drop(farmer, order)
    take_over(order, earl, agent)
    draft.refresh_from_db()
    assert not draft.billed_orders.exists()
    assert "order-taken-over" in stops(draft)
    assert "order-missing" not in stops(draft)
    page = farmer.get(address("confirm", draft)).content.decode()
    assert f"La commande {order.reference} est passée à EARL des Rives" in page
    confirm(farmer, draft, no_order="phone")
    draft.refresh_from_db()
    assert draft.status == Status.DRAFT
    assert f"ne la compte plus\u00a0: {order.reference}" in farmer.get(address("detail", draft)).content.decode()


def test_a_draft_keeps_what_stays(order, earl, agent):
    part = OrderFactory(supplier=order.supplier, buyer=order.buyer)
    draft, sent = (InvoiceFactory(order=order, billing=False, status=one) for one in (Status.DRAFT, Status.DEPOSITED))
    for invoice, billed in ((draft, order), (draft, part), (sent, part)):
        invoice.billed_orders.create(order=billed, amount_ht=50)
    take_over(order, earl, agent)
    assert [billed.order for billed in draft.billed_orders.all()] == [part]


def test_what_is_handed_over_or_deposited_stays_as_it_was(order, earl, agent):
    whole = [OrderFactory(supplier=order.supplier) for _ in range(4)]
    statuses = [Status.TO_REVIEW, Status.APPROVED, Status.DEPOSITED, Status.PAID]
    invoices = [InvoiceFactory(order=one, status=status) for one, status in zip(whole, statuses, strict=True)]
    before = [(one.status, one.revision, one.supplier) for one in invoices]
    take_over(order, earl, agent)
    after = [Invoice.objects.get(pk=one.pk) for one in invoices]
    assert [(one.status, one.revision, one.supplier) for one in after] == before
    assert not any(one.events.exists() for one in after)
    farmer = signed_in(MemberFactory(supplier=order.supplier).user)
    assert all(farmer.get(address("detail", one)).status_code == 200 for one in after)


def test_the_former_company_bills_a_moved_order_no_more(order, earl, agent):
    """Nor does it see the order; a new PDF for it is stopped with the reason."""
    farmer = signed_in(MemberFactory(supplier=order.supplier).user)
    pdf = an_invoice(order)
    take_over(order, earl, agent)
    assert farmer.get(reverse("orders:detail", args=[order.pk])).status_code == 404
    assert farmer.get(f"{reverse('invoicing:deposit')}?commande={order.pk}").status_code == 404
    deposit(farmer, pdf)
    assert "order-taken-over" in stops(Invoice.objects.latest("pk"))


def test_the_successor_bills_it(order, earl, agent):
    take_over(order, earl, agent)
    order = Order.objects.get(pk=order.pk)
    draft = drop(signed_in(MemberFactory(supplier=earl).user), order)
    assert [billed.order for billed in draft.billed_orders.all()] == [order]
    assert draft.establishment.supplier == earl


@pytest.mark.django_db(transaction=True)
def test_undoing_puts_the_former_companys_draft_back(order, earl, agent):
    farmer = signed_in(MemberFactory(supplier=order.supplier).user)
    draft = drop(farmer, order)
    other = InvoiceFactory(order=order, billing=False, no_order="phone", verdict=[{"code": "order-taken-over"}])
    before = list(draft.billed_orders.values_list("order", "amount_ht"))
    take_over(order, earl, agent).undo(by=agent)
    draft.refresh_from_db()
    assert list(draft.billed_orders.values_list("order", "amount_ht")) == before
    assert stops(draft) == set()
    assert f"compte de nouveau\u00a0: {order.reference}" in farmer.get(address("detail", draft)).content.decode()
    other.refresh_from_db()
    assert not other.billed_orders.exists()
    assert "order-taken-over" not in {problem["code"] for problem in other.verdict}


def test_undoing_frees_the_successors_draft(order, earl, agent):
    takeover = take_over(order, earl, agent)
    draft = InvoiceFactory(order=Order.objects.get(pk=order.pk))
    takeover.undo(by=agent)
    assert not draft.billed_orders.exists()
    assert Order.objects.get(pk=order.pk).supplier == order.supplier


def test_a_page_that_shows_a_moved_order_bills_it_no_more(order, earl, agent):
    farmer = signed_in(MemberFactory(supplier=order.supplier).user)
    draft = drop(farmer, order)
    data = form_data(farmer, draft, action="confirm")
    take_over(order, earl, agent)
    farmer.post(address("confirm", draft), data)
    draft.refresh_from_db()
    assert draft.status == Status.DRAFT
    assert not BilledOrder.objects.exists()


def test_a_buyer_attaches_no_moved_order(order, earl, agent, people):
    off = InvoiceFactory(order=order, billing=False, no_order="phone", status=Status.TO_REVIEW)
    take_over(order, earl, agent)
    people.buyer.post(address("attach", off), {"order": order.pk, "revision": off.revision})
    assert not off.billed_orders.exists()


# --- At the same time ---


def outcome(act) -> bool:
    try:
        act()
    except TakeoverRefused:
        return False
    return True


def held_by_one_side(order) -> bool:
    """Whoever bills it, by an invoice that counts, owns it."""
    order = Order.objects.get(pk=order.pk)
    return all(billing.invoice.supplier == order.supplier for billing in order.billings.all())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_an_invoice_handed_over_in_that_instant_ends_on_one_side(order, earl, agent, attempt):
    farmer = signed_in(MemberFactory(supplier=order.supplier).user)
    draft = drop(farmer, order)
    data = form_data(farmer, draft, action="confirm")
    seen = Share.of(order.supplier, DAY).seen
    state = partial(Takeover.state, order.supplier, earl, on=DAY, by=agent, seen=seen)
    answer, moved = at_once(partial(farmer.post, address("confirm", draft), data), partial(outcome, state))
    draft.refresh_from_db()
    assert answer.status_code in (200, 302)
    assert held_by_one_side(order)
    assert moved == (draft.status == Status.DRAFT)
    assert draft.billed_orders.exists() != moved


@pytest.mark.django_db(transaction=True)
def test_who_bills_an_order_holds_it(order, earl, agent):
    """The takeover begins between the look at the order and the row that bills it."""
    invoice = InvoiceFactory(order=order, billing=False, status=Status.TO_REVIEW)
    supplier, seen = order.supplier, Share.of(order.supplier, DAY).seen

    def state() -> bool:
        try:
            return outcome(partial(Takeover.state, supplier, earl, on=DAY, by=agent, seen=seen))
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        amounts = billing.held({order: Decimal(100)}, supplier)
        moved = pool.submit(state)
        # Time for the takeover to come as far as it can.
        wait([moved], timeout=1)
        billing.bill(invoice, amounts)
        transaction.on_commit(lambda: moved.result(timeout=20))
    assert not moved.result()
    assert held_by_one_side(order)


def test_what_was_checked_before_is_not_saved_on_a_moved_order(order, earl, agent):
    draft, by = InvoiceFactory(order=order, billing=False), UserFactory()
    take_over(order, earl, agent)
    values = {name: getattr(draft, name) for name in CHECKED}
    checked = drafting.Checked(values=values, buyer_siret="", amounts={order: Decimal(100)})
    with pytest.raises(TransitionError):
        drafting.save(draft, checked, by=by, seen_revision=draft.revision)
    with pytest.raises(TransitionError):
        InvoiceFactory(
            order=order, supplier=order.supplier, billing=False, no_order="phone", status=Status.TO_REVIEW
        ).attach(order, by=by, seen_revision=1)
    assert not BilledOrder.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_a_file_dropped_in_that_instant_ends_on_one_side(order, earl, agent, attempt):
    farmer = signed_in(MemberFactory(supplier=order.supplier).user)
    pdf, seen = an_invoice(order), Share.of(order.supplier, DAY).seen
    state = partial(Takeover.state, order.supplier, earl, on=DAY, by=agent, seen=seen)
    answer, _ = at_once(partial(deposit, farmer, pdf, order=order), partial(outcome, state))
    assert answer.status_code in (200, 302, 404)
    assert held_by_one_side(order)
