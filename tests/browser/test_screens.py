"""The pages where most stands at once: nobody is shut out of them, nothing sticks out of a phone."""

import io

import pytest
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.urls import reverse
from pypdf import PdfReader

from invoicing.lifecycle import Status
from invoicing.models import Invoice, Kind, NoOrder
from invoicing.verdict import judge_and_keep
from tests.browser.conftest import DESK
from tests.factories import BuyerMemberFactory, InvoiceFactory, MemberFactory, OrderFactory, UserFactory
from tests.invoicing import electronic
from tests.invoicing.conftest import deposit
from tests.invoicing.pdfs import an_invoice
from tests.people import address, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def order():
    return OrderFactory(buyer__name="Collège intercommunal Marguerite-Audoux de la Septaine")


@pytest.fixture
def producer(order):
    return MemberFactory(supplier=order.supplier).user


@pytest.fixture
def troubled(order, producer):
    """A Factur-X whose pages say another number, without any order, while another draft took it."""
    InvoiceFactory(order=order)
    for _ in range(7):
        OrderFactory(supplier=order.supplier)
    said = {
        "number": "F2026-0199",
        "issue_date": "2026-11-02",
        "total_ht": "90.00",
        "total_tva": "4.95",
        "total_ttc": "94.95",
        "kind": "FACTURE",
    }
    deposit(signed_in(producer), electronic.facturx(an_invoice(order), electronic.cii(said)))
    return Invoice.objects.latest("pk")


@pytest.fixture
def off_order(order):
    """What its buyer has to say something about."""
    invoice = InvoiceFactory(order=order, billing=False, no_order=NoOrder.PHONE, status=Status.TO_REVIEW)
    judge_and_keep(invoice)
    return invoice


def test_the_pages_of_a_producer(enter, order, producer, troubled):
    person, other = enter(producer), OrderFactory(supplier=order.supplier)
    avoir = InvoiceFactory(order=other, kind=Kind.CREDIT_NOTE, status=Status.TO_REVIEW)
    suspended = InvoiceFactory(order=other, status=Status.SUSPENDED)
    to_deposit = InvoiceFactory(order=other, status=Status.TO_SELF_DEPOSIT)
    home, listed, dropping = (reverse(f"invoicing:{name}") for name in ("supplier_home", "list", "deposit"))
    own = [address("confirm", troubled), address("replace", troubled), address("reply", suspended)]
    shown = [address("detail", invoice) for invoice in (avoir, suspended, to_deposit)]
    profile = reverse("suppliers:identity", args=[order.supplier_id])
    for page in (home, listed, dropping, *own, *shown, reverse("orders:detail", args=[order.pk]), profile):
        person.visit(page)
        assert person.page.url.endswith(page)


def test_of_two_drafts_for_one_order_each_leads_to_the_other_without_javascript(enter, order, producer, troubled):
    person = enter(producer, javascript=False)
    person.visit(address("confirm", troubled))
    person.press("comparez-les", role="link")
    assert person.page.url.endswith(address("confirm", Invoice.objects.earliest("pk")))


def test_the_pages_of_a_buyer(enter, order, off_order):
    person = enter(BuyerMemberFactory(buyer=order.buyer).user)
    OrderFactory(buyer=order.buyer, engagement_number="")
    names = ("orders:buyer_home", "invoicing:received", "orders:create", "orders:numbers", "mail_rhythm")
    of_order = ("detail", "record_reception", "again", "delivery")
    pages = [reverse(name) for name in names] + [reverse(f"orders:{name}", args=[order.pk]) for name in of_order]
    for page in (*pages, address("detail", off_order), reverse("orders:buyer", args=[order.buyer_id])):
        person.visit(page)
        assert person.page.url.endswith(page)


def test_the_pages_of_an_agent(enter, off_order):
    agent = UserFactory(is_staff=True)
    agent.groups.add(Group.objects.get(name="Agents"))
    person = enter(agent, DESK)
    lists = ("invoicing_invoice", "orders_order", "suppliers_supplier", "suppliers_mail")
    for page in ("index", *(f"{name}_changelist" for name in lists)):
        person.visit(reverse(f"admin:{page}"))
    person.visit(reverse("admin:invoicing_invoice_change", args=[off_order.pk]))


def test_an_invoice_is_printed_as_facts_and_history(enter, order, producer):
    invoice = InvoiceFactory(order=order, status=Status.SUSPENDED)
    invoice.pages.create(number=1, picture=ContentFile(b"\xff\xd8\xff picture", name="page.jpg"))
    for number in range(8):
        invoice.note(f"Message {number}")
    person = enter(producer)
    person.page.goto(address("detail", invoice))
    sheets = PdfReader(io.BytesIO(person.page.pdf(format="A4"))).pages
    text = " ".join(sheet.extract_text() for sheet in sheets)
    assert len(sheets) <= 2
    for said in [invoice.number, "105,50", order.engagement_number, "Ce qui s'est passé", "Message 0", "Message 7"]:
        assert said in text, said
    for said in ["Déposer", "Télécharger", "Répondre à l'acheteur", "Se déconnecter", "Guide Chorus Pro"]:
        assert said not in text, said
