"""Real situations of a month: a farm becomes an EARL, under another SIREN."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from agrilocal18.apps import AGENTS
from chorus.simulator import world
from chorus.tasks import deposit_sweep, news_sweep
from invoicing.lifecycle import Status
from invoicing.models import Invoice
from orders.models import Order
from suppliers.models import Depositor, MembershipRequest
from tests.factories import BuyerMemberFactory, MemberFactory, OrderFactory, UserFactory
from tests.invoicing.conftest import confirm, drop
from tests.month.test_credit_and_account import current, detail, follow, known_to_chorus, send
from tests.people import signed_in

pytestmark = pytest.mark.django_db(transaction=True)


def desk_agent():
    agent = UserFactory(is_staff=True)
    agent.groups.add(Group.objects.get(name=AGENTS))
    return agent


def registered(siret: str, agent):
    """Somebody asks for the new company, and the agent who telephoned accepts."""
    asked = MembershipRequest.objects.create(
        user=UserFactory(), siret=siret, company_name="EARL des Rives", person_name="Jo Exemple", phone="02 00"
    )
    return asked.accept(by=agent, contact_made="Jo Exemple, appelée le 2"), asked.user


def taken_over(desk, farm, earl) -> str:
    page, asked = reverse("admin:orders_takeover_of", args=[farm.pk]), {"siren": earl.siren, "on": timezone.localdate()}
    share = desk.get(page, asked).context["share"]
    return desk.post(page, {**asked, "act": "state", "seen": share.seen}, follow=True).content.decode()


@pytest.mark.usefixtures("account")
def test_a_farm_becomes_an_earl(simulator):
    """What was deposited is followed and paid to the farm; the order it had not billed is billed by the EARL and leaves
    once that has a mandate of its own; the farm's draft for it goes nowhere."""
    farm, buyer = known_to_chorus()
    farmer, desk = signed_in(MemberFactory(supplier=farm).user), signed_in(desk_agent())
    canteen = signed_in(BuyerMemberFactory(buyer=buyer).user)
    delivered, coming = (OrderFactory(supplier=farm, buyer=buyer) for _ in range(2))
    sent = drop(farmer, delivered)
    confirm(farmer, sent)
    cpp_id = send(sent)
    draft = drop(farmer, coming, number="F2026-0148")

    earl, person = registered(world.SUPPLIERS[1].siret, desk.user)
    assert "est repris par EARL des Rives" in taken_over(desk, farm, earl)
    confirm(farmer, draft)
    assert current(draft).status == Status.DRAFT
    assert "repris par EARL des Rives" in farmer.get(reverse("suppliers:supplier", args=[farm.pk])).content.decode()

    partner = signed_in(person)
    assert coming.reference in partner.get(reverse("orders:to_bill")).content.decode()
    assert coming.reference not in farmer.get(reverse("orders:to_bill")).content.decode()
    today = f"{timezone.localdate():%d/%m/%Y}"
    invoice = drop(partner, Order.objects.get(pk=coming.pk), number="EARL-1", issued=today)
    confirm(partner, invoice)
    assert current(invoice).supplier == earl
    current(invoice).approve(by=desk.user)
    assert current(invoice).status == Status.TO_SELF_DEPOSIT
    earl.refresh_from_db()
    earl.answer_box(uses_chorus=True, depositor=Depositor.PORTAL, by=person)
    current(invoice).hand_over(by=person, seen_revision=current(invoice).revision)
    current(invoice).approve(by=desk.user)
    deposit_sweep()
    assert current(invoice).status == Status.DEPOSITED

    follow(simulator, cpp_id, "MISE_A_DISPOSITION", "MANDATEE", "MISE_EN_PAIEMENT")
    news_sweep()
    assert (current(sent).status, current(sent).supplier) == (Status.PAID, farm)
    assert "Virement ordonné" in detail(farmer, sent)
    assert partner.get(reverse("invoicing:detail", args=[sent.pk])).status_code == 404
    again = canteen.get(reverse("orders:again", args=[delivered.pk]))
    assert again.context["supplier"] == earl
    assert {invoice.supplier for invoice in Invoice.objects.for_buyers_of(canteen.user)} == {farm, earl}
