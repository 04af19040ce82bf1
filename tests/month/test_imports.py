"""Real situations of a month in which the Département imports what Agrilocal exports."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from invoicing.lifecycle import Status
from orders.models import Order, OrderLine, Reception
from tests.factories import BuyerMemberFactory, InvoiceFactory
from tests.importing import imported, reasons, row_of
from tests.people import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(agent):
    agent.groups.add(Group.objects.get(name="Agents"))
    return signed_in(agent)


def test_two_imports_of_the_same_orders(desk, order, farmer):
    """Monday's export brings three orders. The canteen gives one its number and says what arrived, the farmer bills
    another. Friday's export holds all three again, with a fourth: nothing doubles, nobody's work is undone."""
    buyer, canteen = order.buyer, signed_in(BuyerMemberFactory(buyer=order.buyer).user)
    monday = [row_of(buyer, order.supplier, reference=f"AGL18-{n}", engagement_number="") for n in (1, 2, 3)]
    first = imported(desk, "orders", monday)
    assert (first.created, first.refused) == (3, 0)
    numbered, billed, untouched = Order.objects.filter(reference__startswith="AGL18-").order_by("reference")

    address = f"{reverse('orders:references', args=[numbered.pk])}?champ=engagement_number"
    canteen.post(address, {"engagement_number": "EJ-SAISI", "revision": numbered.revision})
    numbered.refresh_from_db()
    said = Reception.of(numbered.lines.get(), Reception.Outcome.PART, quantity=Decimal(17))
    Reception.objects.record(numbered, [said], by=canteen.user, seen_revision=numbered.revision)
    invoice = InvoiceFactory(order=billed, billing=False, status=Status.TO_REVIEW)
    invoice.billed_orders.create(order=billed, amount_ht=invoice.total_ht)

    friday = [row | {"Numéro d'engagement": f"EJ-AGRILOCAL-{n}"} for n, row in enumerate(monday)]
    friday[1]["Quantité"] = "25"
    second = imported(desk, "orders", [*friday, row_of(buyer, order.supplier, reference="AGL18-4")])

    assert (second.created, second.updated, second.unchanged, second.refused) == (1, 1, 1, 1)
    assert "Une facture porte déjà sur cette commande" in reasons(second)[3]
    assert OrderLine.objects.filter(order__reference__startswith="AGL18-").count() == 4
    for one in (numbered, billed, untouched):
        one.refresh_from_db()
    assert numbered.engagement_number == "EJ-SAISI"
    assert numbered.receptions.get().quantity == 17
    assert (billed.lines.get().quantity, billed.engagement_number) == (20, "")
    assert untouched.engagement_number == "EJ-AGRILOCAL-2"
    assert "EJ-SAISI" in farmer.get(reverse("orders:to_bill")).content.decode()
