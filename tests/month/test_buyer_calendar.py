"""What a canteen alone knows of its calendar, said by it and read by its suppliers before they deposit."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from invoicing.verdict import judge_and_keep
from tests.factories import BuyerMemberFactory, InvoiceFactory
from tests.people import address, signed_in

pytestmark = pytest.mark.django_db
CLOSED, PASSED = "L'acheteur est fermé du", "L'acheteur ne prend plus de facture de l'année"


@pytest.fixture
def canteen(order):
    return signed_in(BuyerMemberFactory(buyer=order.buyer).user)


def read_before_deposit(farmer, order) -> str:
    draft = InvoiceFactory(order=order, issue_date=timezone.localdate())
    judge_and_keep(draft)
    page = farmer.get(address("confirm", draft)).content.decode()
    draft.delete()
    return page.replace("&#x27;", "'")


def test_a_college_closed_for_holidays(canteen, farmer, order):
    """Its secretary writes the holidays; the farmer reads that nobody is there, until she comes back earlier."""
    house, today = f"/commandes/etablissement/{order.buyer_id}/", timezone.localdate()
    canteen.post(f"{house}fermetures/", {"first_day": today, "last_day": today + timedelta(days=14)})
    assert CLOSED in read_before_deposit(farmer, order)
    canteen.post(f"{house}fermetures/{order.buyer.closures.get().pk}/")
    assert CLOSED not in read_before_deposit(farmer, order)


def test_december(canteen, farmer, order):
    """The collège closes its year's books: past the day it wrote, the farmer is told before he deposits."""
    house, today = f"/commandes/etablissement/{order.buyer_id}/", timezone.localdate()
    first, last = date(today.year, 1, 1), date(today.year, 12, 31)
    canteen.post(house, {"invoice_deadline": last.isoformat()})
    assert PASSED not in read_before_deposit(farmer, order)
    if today > first:
        canteen.post(house, {"invoice_deadline": first.isoformat()})
        assert PASSED in read_before_deposit(farmer, order)
