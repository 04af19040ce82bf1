"""Real situations of a month in which nobody says which order an invoice bills: the paper must tell, or a person."""

import pytest
from django.urls import reverse
from django.utils import timezone

from invoicing import desk
from invoicing.lifecycle import Status, TransitionError
from invoicing.models import Invoice
from orders.models import Order, Reception
from tests.factories import (
    BuyerMemberFactory,
    OrderFactory,
    RecipientFactory,
    luhn_complete,
)
from tests.invoicing.at_desk import read
from tests.invoicing.conftest import confirm, deposit, signed_in, upload
from tests.invoicing.pdfs import an_invoice

pytestmark = pytest.mark.django_db


@pytest.fixture
def canteen(order):
    return signed_in(BuyerMemberFactory(buyer=order.buyer).user)


def current(invoice) -> Invoice:
    return Invoice.objects.get(pk=invoice.pk)


def codes(invoice) -> set[str]:
    return {problem["code"] for problem in current(invoice).verdict}


def answer(client, act, invoice, **typed):
    client.post(reverse(f"invoicing:{act}", args=[invoice.pk]), {"revision": current(invoice).revision, **typed})


@pytest.mark.parametrize("number_is_printed", [True, False])
def test_equal_amounts_to_six_colleges(farmer, order, number_is_printed):
    """One cheese, six collèges, six papers that differ by their buyer alone, dropped at once: none goes to a neighbour
    and none is taken for another's double."""
    six = [order, *(OrderFactory(supplier=order.supplier) for _ in range(5))]
    blank = {} if number_is_printed else {"engagement": ""}
    papers = [an_invoice(one, number=f"F2026-030{n}", **blank) for n, one in enumerate(six)]
    farmer.post(reverse("invoicing:deposit"), {"order": "", "document": [upload(paper) for paper in papers]})
    drafts = Invoice.objects.order_by("number")
    assert [draft.orders.get() for draft in drafts] == six
    assert [draft.recipient for draft in drafts] == [one.buyer.recipient for one in six]
    assert [draft.engagement_number for draft in drafts] == [one.engagement_number for one in six]
    for draft in drafts:
        confirm(farmer, draft)
    assert {(current(draft).status, *current(draft).verdict) for draft in drafts} == {(Status.TO_REVIEW,)}
    assert all(one.remaining_ht == 0 for one in Order.objects.with_billings())


def test_delivery_not_ordered(farmer, order, canteen, agent):
    """The cook telephoned for two more crates, without a number. The canteen enters its order and names it: the number
    comes with it, nobody types it, and only then an agent can let the invoice go."""
    deposit(farmer, an_invoice(order, engagement="", ht="12,00", tva="0,66", ttc="12,66"))
    invoice = Invoice.objects.get()
    assert not invoice.billed_orders.exists()
    assert codes(invoice) >= {"order-missing", "engagement-missing"}
    confirm(farmer, invoice, no_order="phone")
    assert current(invoice).status == Status.TO_REVIEW
    assert "Hors commande" in read(canteen.get(reverse("invoicing:received")))
    seen = current(invoice).revision
    with pytest.raises(TransitionError, match="Hors commande"):
        desk.let_go_unopened(current(invoice), by=agent, seen_revision=seen)
    with pytest.raises(TransitionError, match="bloque"):
        desk.let_go(current(invoice), by=agent, seen_revision=seen)
    for client, told in ((farmer, "À l'acheteur : il doit rattacher"), (canteen, "À vous : rattachez une commande")):
        assert told in read(client.get(reverse("invoicing:detail", args=[invoice.pk])))
    extra = OrderFactory(supplier=order.supplier, buyer=order.buyer, line__quantity="2.4")
    answer(canteen, "attach", invoice, order=extra.pk)
    assert (invoice.orders.get(), current(invoice).engagement_number) == (extra, extra.engagement_number)
    assert current(invoice).verdict == []
    seen = current(invoice).revision
    assert desk.let_go_unopened(current(invoice), by=agent, seen_revision=seen) == Status.APPROVED


def test_a_delivery_its_canteen_does_not_know(farmer, order, canteen, agent):
    """Billed to the wrong collège: its gestionnaire says so before anything has left."""
    deposit(farmer, an_invoice(order, engagement="AUTRE-COLLEGE-7"))
    invoice = Invoice.objects.get()
    confirm(farmer, invoice, no_order="not_entered")
    current(invoice).approve(by=agent)
    answer(canteen, "disown", invoice, reason="Rien reçu cette semaine.")
    assert current(invoice).status == Status.TO_REVIEW
    assert not Invoice.objects.ready_to_send(timezone.now()).exists()
    page = read(farmer.get(reverse("invoicing:detail", args=[invoice.pk])))
    assert "ne pas connaître cette livraison" in page
    assert "Rien reçu cette semaine." in page
    assert order.buyer.phone in page


@pytest.mark.parametrize("number_is_printed", [True, False])
def test_ecole_instead_of_commune(farmer, order, agent, number_is_printed):
    """The paper bears the SIRET of the école; the commune ordered and pays: the invoice goes there, and says so."""
    commune = order.buyer.recipient
    ecole = RecipientFactory(siret=luhn_complete(commune.siret[:9] + "0002"), is_known=False)
    blank = {} if number_is_printed else {"engagement": ""}
    deposit(farmer, an_invoice(order, buyer_siret=ecole.siret, **blank))
    invoice = Invoice.objects.get()
    assert (invoice.orders.get(), invoice.recipient, invoice.buyer) == (order, commune, order.buyer)
    assert invoice.engagement_number == order.engagement_number
    assert codes(invoice) == {"printed-buyer-differs"}
    confirm(farmer, invoice)
    assert current(invoice).passed_over == ["printed-buyer-differs"]
    assert current(invoice).approve(by=agent) == Status.APPROVED


def test_a_delivery_refused_and_billed_all_the_same(farmer, order):
    """The canteen sent it all back, and it is billed all the same: the farmer reads it before he hands over,
    and bills once the canteen says that it had noted the wrong delivery."""
    by = BuyerMemberFactory(buyer=order.buyer).user
    lines = list(order.lines.all())

    def note(outcome):
        seen = Order.objects.get(pk=order.pk).revision
        Reception.objects.record(order, [Reception.of(line, outcome) for line in lines], by=by, seen_revision=seen)

    note(Reception.Outcome.REFUSED)
    deposit(farmer, an_invoice(order), order=order)
    invoice = Invoice.objects.get()
    assert "order-not-arrived" in codes(invoice)
    assert "que 0,00 € de reçu à facturer" in read(farmer.get(reverse("invoicing:confirm", args=[invoice.pk])))
    note(Reception.Outcome.CONFORM)
    confirm(farmer, invoice)
    assert codes(invoice) == set()
