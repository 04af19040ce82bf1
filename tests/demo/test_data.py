"""The demonstration's data can be loaded again and again."""

from decimal import Decimal

import pytest
from django.urls import reverse

from agrilocal18.apps import AGENTS
from agrilocal18.demo import data, exported, samples
from agrilocal18.demo.accounts import AGENT, BUYER, PASSWORD, PEOPLE, PRODUCER
from agrilocal18.demo.prepare import EXPORT
from chorus.models import TechnicalAccount
from invoicing.lifecycle import Status
from invoicing.reading import read_invoice
from orders.differences import Received
from orders.models import Order, Reception
from suppliers.importing.kinds import KINDS
from suppliers.importing.reading import read_table
from suppliers.importing.runs import run
from suppliers.models import Supplier, User
from tests.factories import InvoiceFactory

pytestmark = pytest.mark.django_db


def counts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in (User, Supplier, Order, Reception, TechnicalAccount)}


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


def test_what_arrived_differs_from_what_was_ordered_and_billed(client):
    data.load()

    assert set(Reception.objects.values_list("outcome", flat=True)) == {"conform", "part", "refused"}
    order = Order.objects.with_differences().get(reference="AGL18-0001")
    invoice = InvoiceFactory(order=order, billing=False, status=Status.DEPOSITED)
    invoice.billed_orders.create(order=order, amount_ht=order.total_ht)
    told = Received.of(Order.objects.with_differences().get(pk=order.pk))
    assert told.in_words.replace("\u00a0", " ") == "Facturé 8,80 € HT de plus que reçu."
    shown = order.receptions.get(outcome="part")
    client.force_login(data.user(BUYER))
    answer = client.get(reverse("orders:reception_photo", args=[order.pk, shown.pk]))
    assert answer.getvalue().startswith(b"\xff\xd8\xff")


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


def test_it_writes_an_export_of_every_sort_of_row_that_the_agent_can_import(tmp_path):
    data.load()

    exported.write(tmp_path)

    counts, report = run(KINDS["orders"], read_table((tmp_path / EXPORT).read_bytes()))
    assert (counts["created"], counts["updated"], counts["refused"]) == (2, 1, 1)
    assert "EJ-2026-0130" in str(report["changes"])
    assert "Excel a abîmé" in str(report["refused"])
