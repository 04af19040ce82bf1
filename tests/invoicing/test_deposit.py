from decimal import Decimal
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoicing.lifecycle import Status
from invoicing.models import Invoice, InvoicePage
from invoicing.opening import showable_name
from tests.at_once import at_once
from tests.factories import InvoiceFactory, MemberFactory, OrderFactory, RecipientFactory, SupplierFactory
from tests.invoicing.conftest import deposit, drop, upload
from tests.invoicing.pdfs import a_pdf, an_invoice
from tests.people import signed_in

pytestmark = pytest.mark.django_db
PAGE = "/factures/deposer/"


def errors_of(response) -> str:
    assert response.status_code == 200
    return str(response.context["form"].errors)


def test_a_dropped_pdf_becomes_a_draft_with_everything_read(supplier_client, order):
    invoice = drop(supplier_client, order)
    assert invoice.status == Status.DRAFT
    assert (invoice.number, invoice.number_key, invoice.issue_year) == ("F2026-0147", "F2026-0147", 2026)
    assert (invoice.total_ht, invoice.total_tva, invoice.total_ttc) == (100, Decimal("5.5"), Decimal("105.5"))
    assert invoice.delivery_dates == ["2026-11-02"]
    assert invoice.vat_lines == [{"rate": "5.50", "base": "100.00", "tax": "5.50"}]
    assert (invoice.recipient, invoice.buyer) == (order.buyer.recipient, order.buyer)
    assert invoice.establishment.siret == order.supplier.establishments.get().siret
    assert invoice.engagement_number == order.engagement_number
    assert list(invoice.billed_orders.values_list("order", "amount_ht")) == [(order.pk, Decimal(100))]
    assert invoice.verdict == []
    assert invoice.verdict_at


def test_the_untouched_file_its_hash_and_its_pictures_are_kept(supplier_client, order):
    content = an_invoice(order)
    deposit(supplier_client, content, order=order)
    invoice = Invoice.objects.get()
    with invoice.document.open() as kept, invoice.pages.get().picture.open() as picture:
        assert kept.read() == content
        assert picture.read(3) == b"\xff\xd8\xff"
    assert invoice.document_size == len(content)
    assert "facture" not in invoice.document.name


def test_the_deposit_is_told_in_the_history(supplier_client, order):
    event = drop(supplier_client, order).events.get()
    assert (event.title, event.to_status, event.by) == (
        "PDF déposé sur le portail",
        Status.DRAFT,
        supplier_client.user,
    )


def test_the_iban_is_kept_unreadable(supplier_client, order):
    iban = "FR76 3000 6000 0112 3456 7890 189"
    invoice = drop(supplier_client, order, lines=[f"IBAN : {iban}"])
    assert invoice.iban == iban.replace(" ", "")
    with connection.cursor() as cursor:
        cursor.execute("SELECT iban, reading FROM invoicing_invoice")
        assert "1123456789" not in str(cursor.fetchone()).replace(" ", "")


def test_the_page_is_prefilled_from_the_order(supplier_client, order):
    form = supplier_client.get(f"{PAGE}?commande={order.pk}").context["form"]
    assert form["order"].value() == order.pk
    assert form["buyer_siret"].value().replace("\u00a0", "") == order.buyer.recipient.siret
    assert form["engagement_number"].value() == order.engagement_number


def test_only_orders_with_something_left_are_offered(supplier_client, order):
    billed = OrderFactory(supplier=order.supplier, buyer=order.buyer)
    InvoiceFactory(order=billed, status=Status.PAID, billing=False).billed_orders.create(order=billed, amount_ht=100)
    by_buyer = dict(supplier_client.get(PAGE).context["form"].fields["order"].choices)
    choices = dict(by_buyer[str(order.buyer)])
    assert order.pk in choices
    assert billed.pk not in choices


def test_what_is_typed_wins_over_what_is_printed(supplier_client, order):
    typed = RecipientFactory()
    deposit(supplier_client, an_invoice(order), buyer_siret=typed.siret, engagement_number="EJ-TAPE")
    invoice = Invoice.objects.get()
    assert (invoice.recipient, invoice.engagement_number) == (typed, "EJ-TAPE")


def test_the_order_wins_over_what_is_printed(supplier_client, order):
    deposit(supplier_client, an_invoice(order, engagement="EJ-IMPRIME"), order=order)
    assert Invoice.objects.get().engagement_number == order.engagement_number


def test_without_an_order_the_engagement_number_finds_it(supplier_client, order):
    OrderFactory(supplier=order.supplier, buyer=order.buyer)
    deposit(supplier_client, an_invoice(order))
    assert Invoice.objects.get().billed_orders.get().order == order


def test_an_unknown_siret_is_kept_to_be_looked_up(supplier_client, order):
    unknown = RecipientFactory.build().siret
    deposit(supplier_client, an_invoice(order), buyer_siret=unknown)
    invoice = Invoice.objects.get()
    assert (invoice.recipient.siret, invoice.recipient.is_known) == (unknown, None)
    assert [problem["code"] for problem in invoice.verdict if problem["field"] == "buyer_siret"] == [
        "printed-buyer-differs",
        "recipient-not-checked",
    ]


# --- Files nobody should take ---


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "vide"),
        (b"Bonjour, voici ma facture", "pas un PDF"),
        (b"%PDF-1.4\n" + b"0" * (10 * 1024 * 1024), "10 Mo"),
        (b"%PDF-1.4\n%%EOF", "abîmé"),
        (a_pdf("Facture", password="secret"), "mot de passe"),
    ],
    ids=["empty", "not a PDF", "too large", "broken", "encrypted"],
)
def test_a_bad_file_gives_a_sentence_and_stores_nothing(supplier_client, order, settings, content, said):
    response = deposit(supplier_client, content, order=order, engagement_number="EJ-TAPE")
    assert said in errors_of(response)
    assert response.context["form"]["engagement_number"].value() == "EJ-TAPE"
    assert not Invoice.objects.exists()
    assert not list(settings.MEDIA_ROOT.rglob("*.*"))


def test_no_file_at_all_says_what_to_do(supplier_client, order):
    response = supplier_client.post(PAGE, {"order": order.pk, "buyer_siret": "", "engagement_number": "EJ-TAPE"})
    assert "Choisissez la facture, en PDF ou en photo" in errors_of(response)
    assert response.context["form"]["engagement_number"].value() == "EJ-TAPE"


def test_a_wrong_siret_keeps_what_was_typed(supplier_client, order):
    response = deposit(supplier_client, an_invoice(order), buyer_siret="123 456", engagement_number="EJ-TAPE")
    assert "SIRET" in errors_of(response)
    assert "EJ-TAPE" in response.content.decode()
    assert "123 456" in response.content.decode()
    assert not Invoice.objects.exists()


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Facture été.pdf", "Facture été.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Bureau\\f 12.PDF", "f 12.pdf"),
        ('a";\r\nX-Injected: 1.pdf', "aX-Injected 1.pdf"),
        ("", "facture.pdf"),
        (".pdf", "facture.pdf"),
        ("x" * 300, "x" * 120 + ".pdf"),
    ],
)
def test_a_file_name_is_made_harmless(given, shown):
    assert showable_name(given) == shown


# --- Twice, and somebody else's ---


def test_the_same_file_again_leads_to_the_first(supplier_client, order):
    invoice = drop(supplier_client, order)
    response = deposit(supplier_client, an_invoice(order), order=order)
    assert reverse("invoicing:confirm", args=[invoice.pk]) in errors_of(response)
    assert Invoice.objects.count() == 1


def test_a_withdrawn_file_may_come_again(supplier_client, order):
    drop(supplier_client, order).withdraw(by=supplier_client.user)
    drop(supplier_client, order)
    assert Invoice.objects.count() == 2


def test_two_suppliers_may_hold_the_same_file(supplier_client, order):
    content = a_pdf("Facture")
    other = MemberFactory()
    deposit(supplier_client, content)
    deposit(signed_in(other.user), content)
    assert set(Invoice.objects.values_list("supplier", flat=True)) == {order.supplier_id, other.supplier_id}


@pytest.mark.django_db(transaction=True)
def test_two_posts_at_once_make_one_draft(order, settings):
    content, user = an_invoice(order), MemberFactory(supplier=order.supplier).user
    answers = at_once(
        *(partial(deposit, client, content, order=order) for client in (signed_in(user), signed_in(user)))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 302]
    assert Invoice.objects.count() == 1
    assert InvoicePage.objects.count() == 1
    assert len(list(settings.MEDIA_ROOT.rglob("*.*"))) == 2


def test_another_suppliers_order_is_not_found(supplier_client):
    foreign = OrderFactory()
    assert supplier_client.get(f"{PAGE}?commande={foreign.pk}").status_code == 404
    response = supplier_client.post(PAGE, {"order": foreign.pk, "document": upload(a_pdf("Facture"))})
    assert "order" in response.context["form"].errors
    assert not Invoice.objects.exists()


@pytest.mark.parametrize("key", ["abc", "0", "99999999999999999999", "%00"])
def test_a_made_up_order_is_not_found(supplier_client, key):
    assert supplier_client.get(f"{PAGE}?commande={key}").status_code == 404


def test_somebody_who_acts_for_two_suppliers_says_for_which(order):
    user = MemberFactory(supplier=order.supplier).user
    second = MemberFactory(user=user).supplier
    client = signed_in(user)
    assert "supplier" in deposit(client, a_pdf("Facture")).context["form"].errors
    response = deposit(client, a_pdf("Facture"), supplier=second.pk, order="")
    assert response.status_code == 302
    assert Invoice.objects.get().supplier == second


def test_an_order_of_the_other_supplier_is_refused(order):
    user = MemberFactory(supplier=order.supplier).user
    second = MemberFactory(user=user).supplier
    data = {"document": upload(a_pdf("Facture")), "supplier": second.pk, "order": order.pk}
    assert "order" in signed_in(user).post(PAGE, data).context["form"].errors


def test_only_a_supplier_deposits(people):
    assert [
        getattr(people, name).get(PAGE).status_code
        for name in ("supplier", "other_supplier", "buyer", "agent", "stranger", "nobody")
    ] == [200, 200, 404, 404, 404, 302]


def test_the_page_costs_the_same_whatever_the_number_of_orders(order, django_assert_num_queries):
    client = signed_in(MemberFactory(supplier=order.supplier).user)
    with CaptureQueriesContext(connection) as few:
        client.get(PAGE)
    for _ in range(12):
        OrderFactory(supplier=order.supplier, buyer=order.buyer)
    with django_assert_num_queries(len(few)):
        client.get(PAGE)


def test_a_supplier_without_the_box_is_told_who_deposits(db):
    order = OrderFactory(supplier=SupplierFactory(no_account=True))
    client = signed_in(MemberFactory(supplier=order.supplier).user)
    assert "vous qui la déposez" in client.get(PAGE).content.decode()


def test_the_camera_alone_is_enough_without_javascript():
    page = signed_in(MemberFactory().user).get(reverse("invoicing:deposit")).content.decode()
    boxes = [tag for tag in page.split("<input")[1:] if 'type="file"' in tag.partition(">")[0]]
    assert len(boxes) == 2
    assert not any("required" in box.partition(">")[0] for box in boxes)


def test_what_the_pdf_usually_says_is_folded_until_it_is_typed(supplier_client, order):
    address, folded = reverse("invoicing:deposit"), '<details class="more">'
    assert folded in supplier_client.get(f"{address}?commande={order.pk}").content.decode()
    answer = supplier_client.post(address, {"buyer_siret": "123", "document": ""})
    assert folded not in answer.content.decode()
    assert '<details class="more" open>' in answer.content.decode()
