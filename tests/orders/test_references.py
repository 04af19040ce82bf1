"""Engagement number, service and contract: changed at any time, with history, told to whoever listens."""

import pytest

from invoicing.lifecycle import Status
from orders.models import Order, OrderChanged, Requires
from orders.signals import references_changed
from tests.factories import InvoiceFactory, RecipientServiceFactory


@pytest.fixture
def url(order):
    return f"/commandes/{order.pk}/references/"


@pytest.fixture
def told():
    heard = []

    def listen(order, changes, by, **kwargs):
        heard.append((order.pk, changes, by))

    references_changed.connect(listen)
    yield heard
    references_changed.disconnect(listen)


def typed(order, **values) -> dict:
    names = ("engagement_number", "service_code", "contract_number", "revision")
    return {**{name: getattr(order, name) for name in names}, **values}


def text_of(response) -> str:
    return response.content.decode().replace("&#x27;", "'")


def test_a_change_is_kept_with_its_history_and_told_once(order, as_buyer, people, url, told):
    old = order.engagement_number
    as_buyer.post(url, typed(order, engagement_number=" EJ  7 ", contract_number="M-1"))
    stored = Order.objects.get(pk=order.pk)
    assert (stored.engagement_number, stored.contract_number, stored.revision) == ("EJ 7", "M-1", 2)
    assert {(c.field, c.old, c.new, c.by) for c in stored.changes.all()} == {
        ("engagement_number", old, "EJ 7", people["buyer"]),
        ("contract_number", "", "M-1", people["buyer"]),
    }
    assert told == [(order.pk, {"engagement_number": (old, "EJ 7"), "contract_number": ("", "M-1")}, people["buyer"])]


def test_saving_the_same_tells_nobody(order, as_buyer, url, told):
    assert "Rien n'a changé" in text_of(as_buyer.post(url, typed(order), follow=True))
    assert told == []
    assert Order.objects.get(pk=order.pk).revision == order.revision
    assert not order.changes.exists()


def test_both_sides_read_the_history(order, as_buyer, as_supplier, url):
    as_buyer.post(url, typed(order, engagement_number="EJ-NEUF"))
    for client in (as_buyer, as_supplier):
        page = text_of(client.get(f"/commandes/{order.pk}/"))
        assert "Numéro d'engagement\u00a0:".replace("\u00a0", "&nbsp;") in page
        assert f"{order.engagement_number} → EJ-NEUF" in page


def test_the_reminder_leads_to_that_one_field(order, as_buyer, url):
    order.change_references(by=None, engagement_number="")
    assert f'href="{url}?champ=engagement_number"' in text_of(as_buyer.get(f"/commandes/{order.pk}/"))
    page = text_of(as_buyer.get(f"{url}?champ=engagement_number"))
    assert 'name="engagement_number"' in page
    assert 'name="service_code"' not in page


def test_that_one_field_leaves_the_others_alone(order, as_buyer, url):
    order.change_references(by=None, service_code="CUISINE", engagement_number="")
    as_buyer.post(f"{url}?champ=engagement_number", {"engagement_number": "EJ-8", "revision": order.revision})
    stored = Order.objects.get(pk=order.pk)
    assert (stored.engagement_number, stored.service_code) == ("EJ-8", "CUISINE")


def test_an_unknown_field_in_the_address_shows_them_all(order, as_buyer, url):
    page = text_of(as_buyer.get(f"{url}?champ=supplier"))
    assert 'name="service_code"' in page
    assert 'name="supplier"' not in page


def test_a_page_that_has_aged_tells_what_is_there_now_and_keeps_what_was_typed(order, as_buyer, url):
    aged = typed(order, engagement_number="EJ-MIEN")
    Order.objects.get(pk=order.pk).change_references(by=None, engagement_number="EJ-AUTRE")
    page = text_of(as_buyer.post(url, aged))
    assert "a changé entre-temps" in page
    assert "«\u00a0EJ-AUTRE\u00a0»" in page
    assert 'value="EJ-MIEN"' in page
    assert Order.objects.get(pk=order.pk).engagement_number == "EJ-AUTRE"
    assert 'name="revision" value="2"' in page
    as_buyer.post(url, {**aged, "revision": 2})
    assert Order.objects.get(pk=order.pk).engagement_number == "EJ-MIEN"


def test_the_model_compares_the_revision_by_itself(order):
    with pytest.raises(OrderChanged):
        order.change_references(by=None, seen_revision=0, engagement_number="X")
    assert not order.changes.exists()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("engagement_number", "E" * 51, "50"),
        ("service_code", "FACTURES_PUBLIQUES", "réservé"),
        ("service_code", "S" * 101, "100"),
        ("contract_number", "M" * 51, "50"),
    ],
)
def test_wrong_input_is_told_and_kept(order, as_buyer, url, name, value, said):
    page = text_of(as_buyer.post(url, typed(order, **{name: value})))
    assert said in page
    assert f'value="{value}"' in page
    assert not order.changes.exists()


def test_nothing_is_demanded_at_the_order(order, as_buyer, url):
    order.buyer.recipient.requires = Requires.BOTH
    order.buyer.recipient.save()
    as_buyer.post(url, typed(order, engagement_number="à venir"))
    assert Order.objects.get(pk=order.pk).engagement_number == ""


def test_a_service_that_closed_stays_with_its_order(order, as_buyer, url):
    RecipientServiceFactory(recipient=order.buyer.recipient, code="OUVERT")
    order.change_references(by=None, service_code="FERMÉ")
    page = text_of(as_buyer.get(url))
    assert '<option value="FERMÉ" selected>' in page
    as_buyer.post(url, typed(order, contract_number="M"))
    assert Order.objects.get(pk=order.pk).service_code == "FERMÉ"


def test_references_change_even_once_billed(order, as_buyer, url):
    InvoiceFactory(order=order, status=Status.PAID)
    as_buyer.post(url, typed(order, engagement_number="EJ-TARD"))
    assert Order.objects.get(pk=order.pk).engagement_number == "EJ-TARD"


# --- What the invoices above do about it ---


@pytest.mark.parametrize("status", [Status.DRAFT, Status.TO_REVIEW, Status.RETURNED, Status.TO_SELF_DEPOSIT])
def test_an_invoice_not_yet_approved_is_told_and_stays(order, as_buyer, people, url, status):
    invoice = InvoiceFactory(order=order, status=status)
    as_buyer.post(url, typed(order, engagement_number="EJ-9"))
    invoice.refresh_from_db()
    event = invoice.events.get()
    assert invoice.status == status
    assert (event.kind, event.by) == ("note", people["buyer"])
    assert f"{order.engagement_number} → EJ-9" in event.reason


def test_an_approved_invoice_goes_back_to_review(order, as_buyer, url):
    invoice = InvoiceFactory(order=order, status=Status.APPROVED)
    as_buyer.post(url, typed(order, engagement_number="EJ-9"))
    invoice.refresh_from_db()
    assert invoice.status == Status.TO_REVIEW
    assert "L'acheteur a modifié la commande" in invoice.events.get().reason


@pytest.mark.parametrize("status", [Status.SENDING, Status.DEPOSITED, Status.AVAILABLE, Status.PAID])
def test_an_invoice_that_left_is_only_flagged(order, as_buyer, url, status):
    invoice = InvoiceFactory(order=order, status=status)
    as_buyer.post(url, typed(order, engagement_number="EJ-9"))
    invoice.refresh_from_db()
    assert invoice.status == status
    assert invoice.events.get().kind == "flag"


def test_a_withdrawn_invoice_hears_nothing(order, as_buyer, url):
    invoice = InvoiceFactory(order=order, status=Status.WITHDRAWN)
    as_buyer.post(url, typed(order, engagement_number="EJ-9"))
    assert not invoice.events.exists()
