"""One invoice on the agents' desk: what the page shows, and what the buttons do."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from invoicing.lifecycle import Status
from invoicing.models import BilledOrder, InvoicePage
from tests.factories import (
    BuyerFactory,
    InvoiceFactory,
    OrderFactory,
    RecipientFactory,
    SupplierFactory,
)
from tests.invoicing.at_desk import decide, page, problem, read, send_back, sit_down, staff, stored, waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    return sit_down(client)


IBAN = "FR7630006000011234567890189"


# --- The page ---


def test_it_shows_what_there_is_to_know(desk):
    invoice = waiting(verdict=[problem()], iban=IBAN, vat_lines=[{"rate": "5.5", "base": "100.00", "tax": "5.50"}])
    InvoicePage.objects.create(invoice=invoice, number=1, picture=ContentFile(b"jpeg", name="1.jpg"))
    older = InvoiceFactory(order__supplier=invoice.supplier, number="ANCIENNE-1", status=Status.PAID)
    InvoiceFactory(order__supplier=invoice.supplier, number="BROUILLON-1")
    invoice.flag("Chorus Pro annonce deux dépôts.")
    invoice.note("Livré en deux fois.", acted_as="Dominique")

    invoice.orders.get().lines.update(unit_price="1.6")

    shown = read(desk.get(page(invoice)))

    assert "à 1,60 € HT" in shown
    assert reverse("invoicing:page", args=[invoice.pk, 1]) in shown
    assert reverse("invoicing:document", args=[invoice.pk]) in shown
    assert "Verdict : 1 avertissement" in shown
    assert "La date de livraison manque." in shown
    assert 'href="tel:0200000001"' in shown
    assert 'href="tel:0200000002"' in shown
    assert invoice.billed_orders.get().order.reference in shown
    assert "Chorus Pro annonce deux dépôts." in shown
    assert "Livré en deux fois." in shown
    assert "105,50 €" in shown
    assert "5,50 € sur 100,00 €" in shown
    assert page(older) in shown
    assert "BROUILLON-1" not in shown
    assert IBAN not in shown
    assert "FR76 •••• 0189, différent de celui du profil" in shown


def test_it_runs_under_a_strict_policy(desk):
    response = desk.get(page(waiting(verdict=[problem("stop"), problem()])))
    shown = read(response)
    assert "'unsafe" not in response.headers["Content-Security-Policy"]
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*src=)", shown)


def test_it_compares_what_was_ordered_and_what_is_billed(desk):
    invoice = waiting(billing=False)
    order = OrderFactory(supplier=invoice.supplier, buyer=invoice.buyer)
    BilledOrder.objects.create(invoice=invoice, order=order, amount_ht=Decimal("80.00"))
    for number, status in (("A", Status.PAID), ("B", Status.WITHDRAWN)):
        other = InvoiceFactory(order__supplier=invoice.supplier, number=number, status=status, billing=False)
        BilledOrder.objects.create(invoice=other, order=order, amount_ht=Decimal("50.00"))

    shown = read(desk.get(page(invoice)))

    row = re.search(rf"<th[^>]*>\s*{order.reference}(.*?)</tr>", shown, re.S)[1]
    assert re.findall(r"\d+,\d\d €[^<]*", row) == [
        "100,00 €",
        "80,00 €",
        "50,00 €",
        "30,00 € de trop",
    ]


def test_it_says_what_the_buyer_changed_since(desk):
    invoice = waiting(engagement_number="EJ000001")
    order = invoice.billed_orders.get().order
    order.change_references(by=desk.agent, engagement_number="EJ999999")
    assert "Commande modifiée" in (shown := read(desk.get(page(invoice))))
    assert f"« EJ999999 » sur la commande {order.reference}, « EJ000001 » sur la facture." in shown


def test_it_reads_well_when_nearly_everything_is_missing(desk):
    supplier = SupplierFactory(no_account=True, phone="", contact_name="")
    bare = InvoiceFactory(
        order__supplier=supplier,
        number="",
        issue_date=None,
        issue_year=None,
        total_ttc=None,
        net_to_pay=None,
        buyer=None,
        recipient=None,
        establishment=None,
        billing=False,
    )
    shown = read(desk.get(page(bare)))
    assert "pas de téléphone connu" in shown
    assert "Aucune commande" in shown
    assert "Aucune image des pages" in shown
    assert "None" not in shown
    assert 'name="decision"' not in shown


@pytest.mark.parametrize("status", Status)
def test_it_opens_in_every_state(desk, status):
    response = desk.get(page(waiting(status=status, verdict=[problem()])))
    assert response.status_code == 200
    offered = re.findall(r'name="decision" value="(\w+)"', read(response))
    assert offered == {
        Status.TO_REVIEW: ["approve", "return"],
        Status.APPROVED: ["take_back"],
        Status.TO_SELF_DEPOSIT: ["take_back"],
        Status.OUTSIDE: ["take_back"],
    }.get(status, [])


@pytest.mark.parametrize("pk", ["0", "999999", "99999999999999999999999", "abc"])
def test_it_says_when_there_is_no_such_invoice(desk, pk):
    assert desk.get(f"/admin/invoicing/invoice/{pk}/change/").status_code == 404
    assert desk.post(f"/admin/invoicing/invoice/{pk}/decision/", {"decision": "approve"}).status_code == 404


# --- Bon à déposer ---


@pytest.mark.parametrize(
    ("supplier", "recipient", "target"),
    [
        ({}, {}, Status.APPROVED),
        ({"self_deposit": True}, {}, Status.TO_SELF_DEPOSIT),
        ({"no_account": True}, {}, Status.TO_SELF_DEPOSIT),
        ({}, {"is_known": False}, Status.OUTSIDE),
    ],
)
def test_letting_go_leads_where_supplier_and_recipient_say(desk, supplier, recipient, target):
    buyer = BuyerFactory(recipient=RecipientFactory(**recipient))
    invoice = waiting(order__supplier=SupplierFactory(**supplier), order__buyer=buyer)
    assert decide(desk, invoice, "approve").status_code == 302
    assert stored(invoice).status == target
    event = invoice.events.get()
    assert (event.from_status, event.to_status, event.by) == (Status.TO_REVIEW, target, desk.agent)


def test_it_goes_to_the_next_invoice_of_the_queue_then_round_then_to_the_list(desk):
    now = timezone.now()
    third, first, second = (waiting(status_at=now - timedelta(hours=hours)) for hours in (1, 3, 2))
    assert decide(desk, second, "approve").url == page(third)
    assert decide(desk, third, "approve").url == page(first)
    assert decide(desk, first, "approve").url == "/admin/invoicing/invoice/"


def test_it_tells_what_was_decided_and_links_to_it(desk):
    invoice, following = waiting(number="F-1"), waiting(number="F-2")
    response = decide(desk, invoice, "approve", follow=True)
    assert response.request["PATH_INFO"] == page(following)
    told = f'<a href="{page(invoice)}">Facture F-1</a> : « Envoi vers Chorus Pro en cours ».'
    assert told in read(response)


def test_it_never_lets_go_what_a_check_stops(desk):
    invoice = waiting(verdict=[problem("stop")])
    assert 'value="approve"' not in read(desk.get(page(invoice)))
    response = decide(desk, invoice, "approve")
    assert response.status_code == 409
    assert "Un contrôle bloque cette facture" in read(response)
    assert stored(invoice).status == Status.TO_REVIEW


def test_a_second_press_on_the_same_button_changes_nothing_and_says_the_same(desk):
    invoice = waiting()
    for _ in range(2):
        assert decide(desk, invoice, "approve").status_code == 302
    assert invoice.events.count() == 1
    assert stored(invoice).revision == invoice.revision + 1


# --- Renvoyer ---


def test_sending_back_tells_the_supplier_why(desk):
    invoice = waiting()
    assert send_back(desk, invoice, "engagement", "Il est sur la commande.").status_code == 302
    assert stored(invoice).status == Status.RETURNED
    assert invoice.events.get().reason == (
        "Le numéro d'engagement est absent ou n'est pas le bon. Il est sur la commande."
    )


def test_sending_back_for_another_reason_is_in_the_agents_own_words(desk):
    invoice = waiting()
    send_back(desk, invoice, "other", "La page 2 manque.")
    assert invoice.events.get().reason == "La page 2 manque."


def test_an_iban_in_the_reason_is_masked(desk):
    invoice = waiting()
    send_back(desk, invoice, "account", "Le FR76 3000 6000 0112 3456 7890 189 est-il à vous ?")
    assert invoice.events.get().reason == (
        "Le compte bancaire est à confirmer. Le FR76\u00a0••••\u00a00189 est-il à vous ?"
    )


@pytest.mark.parametrize(
    ("reason", "detail", "sentence"),
    [
        ("", "La page 2 manque.", "Choisissez un motif"),
        ("other", "", "Précisez le motif en une phrase."),
        ("other", "   ", "Précisez le motif en une phrase."),
        ("made-up", "La page 2 manque.", "Sélectionnez un choix valide"),
        ("amounts", "x" * 1001, "1000 caractères"),
    ],
)
def test_it_wants_a_reason_and_keeps_what_was_typed(desk, reason, detail, sentence):
    invoice = waiting()
    response = send_back(desk, invoice, reason, detail)
    shown = read(response)
    assert response.status_code == 422
    assert sentence in shown
    assert detail.strip() in shown
    assert stored(invoice).status == Status.TO_REVIEW
    assert not invoice.events.exists()


# --- Reprendre ---


@pytest.mark.parametrize("status", [Status.APPROVED, Status.TO_SELF_DEPOSIT, Status.OUTSIDE])
def test_a_decision_can_be_taken_back(desk, status):
    invoice = waiting(status=status)
    assert decide(desk, invoice, "take_back").url == page(invoice)
    assert stored(invoice).status == Status.TO_REVIEW
    assert invoice.events.get().by == desk.agent


def test_it_says_how_long_the_decision_can_be_taken_back(desk, settings):
    settings.SEND_DELAY = 600
    invoice = waiting()
    assert "Elle partira vers Chorus Pro dans 10 minutes" in read(desk.get(page(invoice)))
    decide(desk, invoice, "approve")
    assert "Elle peut partir vers Chorus Pro dans 9 minutes." in read(desk.get(page(invoice)))
    type(invoice).objects.update(send_after=timezone.now())
    assert "d'un instant à l'autre" in read(desk.get(page(invoice)))


def test_it_is_too_late_once_the_portal_is_sending(desk):
    invoice = waiting(status=Status.APPROVED)
    desk.get(page(invoice))
    invoice.mark_sending(seen_revision=1)
    response = decide(desk, invoice, "take_back", revision=1)
    assert response.status_code == 409
    assert "Cette facture est maintenant « Envoi en cours »." in read(response)
    assert stored(invoice).status == Status.SENDING


# --- What changed before the button was pressed ---


def test_two_agents_at_once_the_second_is_told_and_loses_nothing(desk):
    invoice, colleague = waiting(), staff("view_invoice", "review_invoice")
    stored(invoice).approve(by=colleague, seen_revision=1)
    response = send_back(desk, invoice, "other", "La page 2 manque.")
    shown = read(response)
    assert response.status_code == 409
    assert "Cette facture est maintenant « Envoi vers Chorus Pro en cours »." in shown
    assert f"par {colleague}" in shown
    assert "Rien n'a été décidé." in shown
    assert "La page 2 manque." in shown
    assert stored(invoice).status == Status.APPROVED


def test_it_says_all_that_happened_since_the_page_was_opened(desk):
    invoice, colleague = waiting(), staff("view_invoice", "review_invoice")
    invoice.note("Vu avant", by=colleague)
    seen = desk.get(page(invoice)).context["last_event"]
    stored(invoice).send_back(by=colleague, reason="Le total est faux")
    stored(invoice).note("Corrigé : 205,50 € <au lieu> de 105,50 €", by=colleague)
    told = read(decide(desk, invoice, "approve", seen_event=seen))
    message = re.search(r'class="error">(.*?)</li>', told, re.S)[1]
    assert "— Renvoyée au fournisseur, par" in message
    assert "Le total est faux" in message
    assert "205,50 € <au lieu> de 105,50 €" in message
    assert "Vu avant" not in message
    assert "<au lieu>" not in decide(desk, invoice, "approve", seen_event=seen).content.decode()


@pytest.mark.parametrize("decision", ["approve", "return"])
def test_a_page_that_has_aged_decides_nothing(desk, decision):
    """Returned and confirmed again: under review as before, but with other data than the agent read."""
    invoice = waiting()
    again = stored(invoice)
    again.send_back(by=desk.agent, reason="À revoir")
    again.edit(by=desk.agent, seen_revision=again.revision, total_ttc=Decimal("205.50"))
    again.confirm(by=desk.agent, seen_revision=again.revision)
    response = decide(desk, invoice, decision, reason="amounts", detail="Le total est faux.")
    shown = read(response)
    assert response.status_code == 409
    assert "a changé entre-temps" in shown
    assert f'name="revision" value="{again.revision}"' in shown
    assert "Le total est faux." in shown
    assert stored(invoice).status == Status.TO_REVIEW


@pytest.mark.parametrize(
    "broken",
    [
        {"revision": ""},
        {"revision": "x"},
        {"revision": "-1"},
        {"revision": "99999999999999999999"},
        {"decision": ""},
        {"decision": "pay"},
        {"decision": "return\x00"},
    ],
)
def test_a_broken_request_decides_nothing(desk, broken):
    invoice = waiting()
    data = {"decision": "approve", "revision": 1, **broken}
    response = desk.post(reverse("admin:invoicing_invoice_decide", args=[invoice.pk]), data)
    assert response.status_code == 422
    assert "Cette page était incomplète" in read(response)
    assert stored(invoice).status == Status.TO_REVIEW


def test_large_revisions_travel_unharmed(desk):
    """French writes 1 234 with a space: a hidden field must not."""
    invoice = waiting(revision=1234)
    assert 'name="revision" value="1234"' in read(desk.get(page(invoice)))
