"""The demonstration's data can be loaded again and again."""

from decimal import Decimal

import pytest

from agrilocal18.apps import AGENTS
from agrilocal18.demo import data, samples
from agrilocal18.demo.accounts import AGENT, BUYER, PASSWORD, PEOPLE, PRODUCER
from chorus.models import TechnicalAccount
from invoicing.reading import read_invoice
from orders.models import Order
from suppliers.models import Supplier, User

pytestmark = pytest.mark.django_db


def counts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in (User, Supplier, Order, TechnicalAccount)}


def test_it_adds_nothing_the_second_time():
    data.load()
    first = counts()

    data.load()

    assert counts() == first
    assert first["User"] == len(PEOPLE)


def test_it_leaves_what_the_player_changed():
    data.load()
    Supplier.objects.update(phone="02 11 11 11 11")
    Order.objects.update(engagement_number="CHANGÉ")

    data.load()

    assert set(Supplier.objects.values_list("phone", flat=True)) == {"02 11 11 11 11"}
    assert set(Order.objects.values_list("engagement_number", flat=True)) == {"CHANGÉ"}


def test_it_gives_each_person_what_his_part_needs():
    data.load()

    assert all(data.user(person).check_password(PASSWORD) for person in PEOPLE)
    assert data.user(PRODUCER).supplier_memberships.get().supplier.is_mandated
    assert data.user(BUYER).buyer_memberships.exists()
    agent = data.user(AGENT)
    assert (agent.is_staff, agent.is_superuser) == (True, False)
    assert agent.groups.filter(name=AGENTS).exists()


def test_it_writes_an_invoice_for_each_order_that_the_portal_can_read(tmp_path):
    data.load()

    papers = tmp_path / "papers"
    papers.mkdir()
    samples.write(papers)

    assert len(list(papers.iterdir())) == Order.objects.count()
    order = Order.objects.get(reference="AGL18-0001")
    read = read_invoice((papers / f"facture-{order.reference}.pdf").read_bytes()).fields
    assert read["engagement_number"].value == order.engagement_number
    assert read["order_reference"].value == order.reference
    assert read["buyer_siret"].value == order.buyer.recipient.siret
    assert Decimal(read["total_ttc"].value) == order.total_ttc
