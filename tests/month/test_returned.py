"""Real situations of a month: what the canteen sends back, from the first deposit to the last word."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.formats import date_format

from chorus.tasks import deposit_sweep, news_sweep
from invoicing.lifecycle import Status
from invoicing.models import Invoice, Reply
from suppliers.models import Partner
from tests.factories import BuyerMemberFactory, MemberFactory, OrderFactory
from tests.invoicing.at_desk import decide, sit_down
from tests.invoicing.conftest import confirm, deposit, drop
from tests.invoicing.pdfs import an_invoice
from tests.letters import written
from tests.month.test_credit_and_account import current, detail, follow, known_to_chorus, send
from tests.people import signed_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(account):
    supplier, buyer = known_to_chorus()
    return OrderFactory(supplier=supplier, buyer=buyer)


def sent(farmer, order, **typed) -> tuple[Invoice, int]:
    invoice = drop(farmer, order, **typed)
    confirm(farmer, invoice)
    return invoice, send(invoice)


def come_back(simulator, cpp_id: int, word: str, motive: str) -> None:
    simulator.advance(120)
    simulator.play(cpp_id, word, motive)
    news_sweep()


def post(client, invoice, page, **typed):
    url = reverse(f"invoicing:{page}", args=[invoice.pk])
    return client.post(url, {"revision": current(invoice).revision, **typed})


def test_a_suspended_invoice_and_its_payment_date(simulator, order):
    """The delay stops while the canteen waits for the delivery note, begins anew with the answer, and the pages of
    both sides say the same day."""
    farmer = signed_in(MemberFactory(supplier=order.supplier).user)
    canteen = signed_in(BuyerMemberFactory(buyer=order.buyer).user)
    invoice, cpp_id = sent(farmer, order)
    assert "Paiement attendu" not in detail(farmer, invoice)
    follow(simulator, cpp_id, "MISE_A_DISPOSITION")
    first = current(invoice).pay_by
    assert f"Paiement attendu au plus tard le {date_format(first, 'j F Y')}" in detail(farmer, invoice)

    come_back(simulator, cpp_id, "SUSPENDUE", "Il manque le bon de livraison")
    page = detail(farmer, invoice)
    assert "Délai interrompu depuis le" in page
    assert "Il manque le bon de livraison" in page
    assert current(invoice).pay_by is None

    note = SimpleUploadedFile("bon.pdf", b"%PDF-1.4 bon")
    post(farmer, invoice, "reply", comment="Le voici", files=[note], file_kind="03")
    deposit_sweep()
    news_sweep()
    assert current(invoice).status == Status.COMPLETED
    renewed = current(invoice).pay_by
    assert renewed >= first
    for client in (farmer, canteen):
        assert date_format(renewed, "j F Y") in detail(client, invoice)
        assert "Interrompu le" in detail(client, invoice)
    follow(simulator, cpp_id, "MANDATEE", "MISE_EN_PAIEMENT")
    assert "Le virement est ordonné" in detail(farmer, invoice)


def test_a_mistaken_approval_after_deposit(simulator, client, order):
    """The agent let go an invoice that bills the wrong canteen; it has left. He asks the canteen to refuse it there, it
    reads why and does, and the farm bills again under another number."""
    farmer = signed_in(MemberFactory(supplier=order.supplier).user)
    canteen = signed_in(BuyerMemberFactory(buyer=order.buyer).user)
    desk = sit_down(client)
    invoice, cpp_id = sent(farmer, order)
    follow(simulator, cpp_id, "MISE_A_DISPOSITION")
    assert decide(desk, current(invoice), "take_back").status_code == 409
    why = {"why": "Ce n'est pas votre livraison", "revision": current(invoice).revision}
    desk.post(reverse("admin:invoicing_invoice_reject", args=[invoice.pk]), why)
    assert [kind for kind, _ in written() if "rejection" in kind] == ["rejection_asked"]
    assert "vous demande de rejeter cette facture" in detail(canteen, invoice)
    assert "Ce n'est pas votre livraison" in detail(farmer, invoice)

    come_back(simulator, cpp_id, "REJETEE", "Déposée par erreur")
    assert current(invoice).status == Status.REJECTED
    assert "vous demande de rejeter" not in detail(canteen, invoice)
    assert "Refaire la facture" in detail(farmer, invoice)
    told = [event.label for event in current(invoice).events.exclude(label="")]
    assert told.index("Rejet demandé à l'acheteur") < told.index("Message à l'acheteur") < told.index("Rejetée")


def test_a_rejected_one_given_up(simulator, order):
    """Delivered to the wrong school: the farm does not redo the invoice. Chorus Pro is told once, the order may be
    billed again, and nobody is asked anything more."""
    farmer = signed_in(MemberFactory(supplier=order.supplier).user)
    invoice, cpp_id = sent(farmer, order)
    follow(simulator, cpp_id, "MISE_A_DISPOSITION")
    come_back(simulator, cpp_id, "REJETEE", "Livraison jamais reçue")
    assert "Ne pas refaire" in detail(farmer, invoice)
    assert current(invoice) in Invoice.objects.for_suppliers_of(farmer.user).to_do()
    revision = current(invoice).revision
    post(farmer, invoice, "give_up", **{"abandon-revision": revision, "abandon-comment": "Erreur de livraison"})
    deposit_sweep()
    assert [row["rejection_handled"] for row in simulator.invoices()] == [1]
    page = detail(farmer, invoice)
    assert "Cette facture ne sera pas refaite" in page
    assert "Erreur de livraison" in page
    assert "Ne pas refaire" not in page
    assert current(invoice) not in Invoice.objects.for_suppliers_of(farmer.user).to_do()
    deposit_sweep()
    assert simulator.calls()["factures/traiterRejet"] == 1
    again = drop(farmer, order, number="F2026-0200")
    confirm(farmer, again)
    assert current(again).status == Status.TO_REVIEW


def test_a_gaec_sharing_one_address(simulator, order):
    """Two partners, one e-mail: what each of them does bears his name; the canteen reads the farm's name only."""
    for name in ("Dominique", "Claude"):
        Partner.objects.create(supplier=order.supplier, name=name)
    farmer = signed_in(MemberFactory(supplier=order.supplier).user)
    canteen = signed_in(BuyerMemberFactory(buyer=order.buyer).user)
    deposit(farmer, an_invoice(order), order=order, acted_as="Claude")
    invoice = Invoice.objects.get()
    confirm(farmer, invoice, acted_as="")
    assert current(invoice).status == Status.DRAFT
    confirm(farmer, invoice, acted_as="Dominique")
    cpp_id = send(invoice)
    follow(simulator, cpp_id, "MISE_A_DISPOSITION")
    come_back(simulator, cpp_id, "SUSPENDUE", "Il manque le bon de livraison")
    post(farmer, invoice, "reply", comment="Il est signé", file_kind="03", acted_as="Claude")
    assert Reply.objects.get().acted_as == "Claude"
    told = [event.acted_as for event in current(invoice).timeline() if event.acted_as]
    assert told == ["Claude", "Dominique", "Claude"]
    assert "par Dominique" in detail(farmer, invoice)
    assert "Dominique" not in detail(canteen, invoice)
    assert str(order.supplier) in detail(canteen, invoice)
