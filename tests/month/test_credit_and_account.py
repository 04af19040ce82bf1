"""Real situations of a month: goods arrive damaged, and a bank is left for another."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from chorus.models import Submission
from chorus.simulator import world
from chorus.tasks import deposit_sweep, news_sweep
from invoicing.lifecycle import Status
from invoicing.models import Invoice, Kind
from orders.models import Requires
from suppliers.models import Supplier
from suppliers.tasks import send_mails
from tests.factories import BuyerFactory, MemberFactory, OrderFactory, RecipientFactory, SupplierFactory, UserFactory
from tests.invoicing.at_desk import page, read
from tests.invoicing.conftest import confirm, deposit, drop
from tests.invoicing.pdfs import an_invoice
from tests.people import signed_in

pytestmark = pytest.mark.django_db(transaction=True)

OLD, NEW = "FR7630006000011234567890189", "FR1420041010050500013M02606"


def current(invoice) -> Invoice:
    return Invoice.objects.get(pk=invoice.pk)


def detail(client, invoice) -> str:
    return read(client.get(reverse("invoicing:detail", args=[invoice.pk])))


def agent():
    person = UserFactory(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=["view_invoice", "review_invoice"]))
    return person


def known_to_chorus() -> tuple[Supplier, BuyerFactory]:
    recipient = RecipientFactory(siret=world.DEMO_RECIPIENTS[0].siret, requires=Requires.ENGAGEMENT)
    return SupplierFactory(siren=world.SUPPLIERS[0].siret[:9]), BuyerFactory(recipient=recipient)


def send(invoice) -> int:
    """Let go and deposited; gives Chorus Pro's id."""
    current(invoice).approve(by=agent())
    deposit_sweep()
    return Submission.objects.get(invoice=invoice, status=Submission.Status.DEPOSITED).cpp_id


def follow(simulator, cpp_id: int, *words: str) -> None:
    for word in words:
        simulator.advance(120)
        simulator.play(cpp_id, word)
    news_sweep()


def test_avoir_for_damaged_goods(simulator, account):
    """A crate of apples came in rotten. The invoice is already ordered for payment: its page says to send an avoir, the
    avoir finds its invoice and its order, leaves for Chorus Pro, and both pages tell what is left."""
    supplier, buyer = known_to_chorus()
    order = OrderFactory(supplier=supplier, buyer=buyer)
    farmer = signed_in(MemberFactory(supplier=supplier).user)
    invoice = drop(farmer, order)
    confirm(farmer, invoice)
    assert "Arrêtez" not in detail(farmer, invoice)
    assert "il ne faut pas d'avoir" in detail(farmer, invoice)
    cpp_id = send(invoice)
    assert "soit il refuse la facture sur Chorus Pro et vous la refaites" in detail(farmer, invoice)
    follow(simulator, cpp_id, "MISE_A_DISPOSITION", "MANDATEE")
    assert "envoyez un avoir" in detail(farmer, invoice)

    lines = ["Avoir sur la facture n° F2026-0147 du 02/11/2026"]
    sums = {"ht": "22,18", "tva": "1,22", "ttc": "23,40", "issued": "10/11/2026"}
    deposit(farmer, an_invoice(order, title="Avoir", number="AV-2026-1", lines=lines, **sums), order=order)
    note = Invoice.objects.get(kind=Kind.CREDIT_NOTE)
    assert (note.origin, note.verdict, note.orders.get()) == (invoice, [], order)
    confirm(farmer, note)
    note_id = send(note)
    assert "numeroFactureOrigine" in Submission.objects.get(cpp_id=note_id).payload["references"]
    for client in (farmer, signed_in(agent())):
        assert "Avoir de 23,40 €" in detail(client, invoice)
        assert "82,10 €" in detail(client, invoice).split("Net après avoir")[1]
    follow(simulator, note_id, "MISE_A_DISPOSITION", "MANDATEE", "MISE_EN_PAIEMENT")
    assert "Avoir à déduire par l'acheteur" in detail(farmer, note)
    assert "Virement ordonné" not in detail(farmer, note)


def test_new_iban(mailoutbox):
    """The farm changed its bank. The invoice with the new account is handed over, waits for the call to the number
    known before, and leaves only then; every member hears of it, and nobody reads the account whole."""
    order = OrderFactory()
    supplier = order.supplier
    call = {"phone": supplier.phone, "person": "Camille", "rib": "rib/old.pdf", "by": agent()}
    supplier.record_call(OLD, outcome="confirmed", called_at=timezone.now() - timedelta(days=90), **call)
    farmer = signed_in(MemberFactory(supplier=supplier).user)
    MemberFactory(supplier=supplier)
    mail.outbox.clear()
    invoice = drop(farmer, order, lines=[f"IBAN : {NEW}"])
    assert {problem["code"] for problem in invoice.verdict} == {"iban-changed"}
    confirm(farmer, invoice)
    assert current(invoice).status == Status.TO_REVIEW
    send_mails()
    desk = signed_in(agent())
    answer = desk.post(
        reverse("admin:invoicing_invoice_decide", args=[invoice.pk]),
        {"decision": "approve", "revision": current(invoice).revision},
    )
    assert answer.status_code == 409
    shown = desk.get(page(invoice))
    said = {
        "seen": shown.context["call"]["seen"].value(),
        "outcome": "confirmed",
        "person": "Camille Exemple",
        "called_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
        "rib": SimpleUploadedFile("rib.pdf", b"%PDF-1.4 RIB"),
    }
    desk.post(reverse("admin:invoicing_invoice_call", args=[invoice.pk]), said)
    assert Supplier.objects.get(pk=supplier.pk).iban == NEW
    assert current(invoice).approve(by=agent()) == Status.APPROVED
    assert len(mailoutbox) >= 2
    seen = "".join(message.body for message in mailoutbox) + detail(farmer, invoice) + read(desk.get(page(invoice)))
    assert NEW[4:20] not in seen.replace(" ", "")
