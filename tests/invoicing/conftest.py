"""The people of an invoice's pages, and the usual acts with real files and real forms."""

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.factories import BuyerMemberFactory, InvoiceFactory, MemberFactory, OrderFactory, UserFactory
from tests.invoicing.pdfs import an_invoice
from tests.people import signed_in


def upload(content: bytes, name="facture.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/pdf")


@pytest.fixture
def order(db):
    """100,00 € HT with an engagement number, for a recipient that demands one."""
    return OrderFactory()


@pytest.fixture
def supplier_client(order):
    return signed_in(MemberFactory(supplier=order.supplier).user)


PEOPLE = ("supplier", "other_supplier", "buyer", "other_buyer", "agent", "stranger", "nobody")


@pytest.fixture
def people(order):
    """A signed-in client for each kind of person, by name."""
    agent = UserFactory(is_staff=True)
    agent.user_permissions.set(Permission.objects.filter(codename__in=["view_invoice", "review_invoice"]))
    return SimpleNamespace(
        supplier=signed_in(MemberFactory(supplier=order.supplier).user),
        other_supplier=signed_in(MemberFactory().user),
        buyer=signed_in(BuyerMemberFactory(buyer=order.buyer).user),
        other_buyer=signed_in(BuyerMemberFactory().user),
        agent=signed_in(agent),
        stranger=signed_in(UserFactory()),
        nobody=Client(),
    )


@pytest.fixture
def an_invoice_of(order):
    """Make an invoice of the order in a given status."""
    return lambda **values: InvoiceFactory(order=order, **values)


def deposit(client, content, *, order=None, **typed):
    """Drop a PDF as the page does; gives the response."""
    address = reverse("invoicing:deposit") + (f"?commande={order.pk}" if order else "")
    data = {"order": order.pk if order else "", "document": upload(content), **typed}
    return client.post(address, data)


def drop(client, order, **printed):
    """A draft made from the PDF of this order."""
    response = deposit(client, an_invoice(order, **printed), order=order)
    assert response.status_code == 302, response.context["form"].errors
    return order.supplier.invoices.latest("pk")


def form_data(client, invoice, **changes) -> dict:
    """What the confirm page would post untouched, but for these changes."""
    form = client.get(reverse("invoicing:confirm", args=[invoice.pk])).context["form"]
    data = {name: form[name].value() for name in form.fields}
    data = {name: "" if value is None else value for name, value in data.items()}
    return data | changes


def confirm(client, invoice, **changes):
    data = form_data(client, invoice, action="confirm", **changes)
    return client.post(reverse("invoicing:confirm", args=[invoice.pk]), data)
