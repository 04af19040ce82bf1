"""Suppliers who deposit themselves, seen by an account of ours: nothing is sent, everything is followed."""

import pytest
from django.urls import reverse
from django.utils import timezone

from chorus.models import Submission
from chorus.simulator import world
from chorus.tasks import deposit_sweep, news_sweep
from invoicing.lifecycle import Status
from invoicing.models import Invoice
from orders.models import Requires
from tests.chorus.by_hand import deposit_by_hand
from tests.factories import BuyerFactory, MemberFactory, OrderFactory, RecipientFactory, SupplierFactory, UserFactory
from tests.invoicing.conftest import confirm, drop
from tests.people import signed_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_adopted_after_his_own_deposit(simulator, account):
    """He types it on Chorus Pro, says so here, and from then on reads every step without declaring any."""
    recipient = RecipientFactory(siret=world.DEMO_RECIPIENTS[0].siret, requires=Requires.ENGAGEMENT)
    order = OrderFactory(
        supplier=SupplierFactory(siren=world.SUPPLIERS[0].siret[:9], self_deposit=True),
        buyer=BuyerFactory(recipient=recipient),
    )
    farmer = signed_in(MemberFactory(supplier=order.supplier).user)
    invoice = drop(farmer, order)
    confirm(farmer, invoice)
    invoice.refresh_from_db()
    invoice.approve(by=UserFactory(is_staff=True))
    invoice = Invoice.objects.get()
    cpp_id = deposit_by_hand(invoice)
    data = {"on": timezone.localdate().isoformat(), "revision": invoice.revision}
    farmer.post(reverse("invoicing:declare_deposited", args=[invoice.pk]), data)
    assert Invoice.objects.get().is_declared
    news_sweep()
    for word, status in [("MISE_A_DISPOSITION", Status.AVAILABLE), ("MISE_EN_PAIEMENT", Status.PAID)]:
        simulator.advance(120)
        simulator.play(cpp_id, word)
        news_sweep()
        assert Invoice.objects.get().status == status
    page = farmer.get(reverse("invoicing:detail", args=[invoice.pk])).content.decode()
    assert "(Mise en paiement)" in page
    assert "(déclaré)" not in page
    deposit_sweep()
    assert Submission.objects.get().cpp_id == cpp_id
    assert simulator.calls()["factures/soumettre"] == 1
