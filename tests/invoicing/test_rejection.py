"""What was deposited by mistake: its buyer is asked to refuse it on Chorus Pro, once, and what was written is kept."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from invoicing.lifecycle import ON_CHORUS, REJECTABLE, Status
from invoicing.models import Invoice, Kind
from tests.factories import BuyerMemberFactory, InvoiceFactory, MemberFactory
from tests.invoicing.at_desk import page, read, sit_down, staff, stored
from tests.letters import delivered, forget_welcome, written
from tests.people import signed_in

pytestmark = pytest.mark.django_db
WHY = "Facture destinée à un autre collège"
HEADING = "Déposée par erreur"


@pytest.fixture
def desk(client):
    return sit_down(client)


@pytest.fixture
def invoice():
    return InvoiceFactory(status=Status.AVAILABLE)


@pytest.fixture
def canteen(invoice):
    """Somebody of its buyer; another buyer looks on."""
    person = BuyerMemberFactory(buyer=invoice.buyer).user
    BuyerMemberFactory()
    forget_welcome()
    return person


def ask(client, invoice, why=WHY, *, revision=None):
    data = {"why": why, "revision": revision or stored(invoice).revision}
    return client.post(reverse("admin:invoicing_invoice_reject", args=[invoice.pk]), data, follow=True)


def detail(user, invoice) -> str:
    return read(signed_in(user).get(reverse("invoicing:detail", args=[invoice.pk])))


def test_its_buyer_is_written_to_and_both_sides_read_why(desk, invoice, canteen):
    farmer = MemberFactory(supplier=invoice.supplier).user
    forget_welcome()
    shown = read(ask(desk, invoice))
    assert written() == [("rejection_asked", canteen.email)]
    [letter] = delivered()
    assert letter.subject == f"Facture {invoice.number}\u00a0: à rejeter sur Chorus Pro"
    assert WHY not in letter.body
    assert reverse("invoicing:detail", args=[invoice.pk]) in letter.body
    assert "Le rejet est demandé à l'acheteur depuis le" in shown
    assert "Message à l'acheteur" in shown
    assert str(canteen) in shown
    assert f"Le Département vous demande de rejeter cette facture sur Chorus Pro : elle a été déposée par erreur. " \
        f"Motif : {WHY}" in detail(canteen, invoice)  # fmt: skip
    for_farmer = detail(farmer, invoice)
    assert "Rejet demandé à l'acheteur" in for_farmer
    assert WHY in for_farmer
    assert "vous demande de rejeter" not in for_farmer
    assert "Message à l'acheteur" not in for_farmer


def test_a_buyer_without_anybody_gets_a_letter_to_copy(desk, invoice):
    assert "vous aurez un message à copier" in read(desk.get(page(invoice)))
    shown = read(ask(desk, invoice, "Voyez FR7630006000011234567890189"))
    assert written() == []
    assert f"La facture {invoice.number} de {invoice.supplier} a été déposée par erreur sur Chorus Pro." in shown
    assert "FR7630006000011234567890189" not in shown
    assert "FR76 •••• 0189" in shown
    assert "mailto:gestion@example.org" in shown
    assert invoice.events.get(kind="flag").reason.startswith("Madame, Monsieur,")


def test_an_avoir_is_spoken_of_as_one(desk):
    avoir = InvoiceFactory(status=Status.DEPOSITED, kind=Kind.CREDIT_NOTE)
    assert "Déposé par erreur ?" in read(desk.get(page(avoir)))
    ask(desk, avoir)
    assert "L'avoir" in avoir.events.get(kind="flag").reason


def test_it_is_asked_once_until_the_status_changes(desk, invoice, canteen):
    ask(desk, invoice)
    assert "est déjà demandé" in read(ask(desk, invoice))
    assert len(written()) == 1
    assert invoice.events.count() == 2
    stored(invoice).apply_news(Status.ACKNOWLEDGED, timezone.now() + timedelta(minutes=5), word="PRISE_EN_COMPTE")
    shown = read(desk.get(page(invoice)))
    assert "Demander à l'acheteur de la rejeter" in shown


def test_a_mail_that_waits_is_dropped_once_it_is_refused(desk, invoice, canteen):
    ask(desk, invoice)
    stored(invoice).apply_news(Status.REJECTED, timezone.now(), word="REJETEE")
    assert delivered() == []


def test_a_mail_that_waits_outlives_the_next_step(desk, invoice, canteen):
    ask(desk, invoice)
    stored(invoice).apply_news(Status.ACKNOWLEDGED, timezone.now(), word="PRISE_EN_COMPTE")
    assert len(delivered()) == 1


@pytest.mark.parametrize("status", sorted(set(Status) - REJECTABLE))
def test_where_it_is_too_early_or_too_late_nothing_is_asked(desk, status):
    invoice = InvoiceFactory(status=status)
    assert HEADING not in read(desk.get(page(invoice)))
    told = read(ask(desk, invoice))
    assert "ne peut plus la rejeter" in told
    assert WHY in told
    assert not invoice.events.exists()


def test_an_order_to_pay_ends_it():
    assert Status.ORDERED not in REJECTABLE
    assert REJECTABLE < ON_CHORUS


@pytest.mark.parametrize("why", ["", "   ", "x" * 501])
def test_it_wants_a_reason(desk, invoice, why):
    response = ask(desk, invoice, why)
    assert response.status_code == 422
    assert not invoice.events.exists()


def test_a_page_that_has_aged_asks_nothing(desk, invoice, canteen):
    assert "a changé entre-temps" in read(ask(desk, invoice, revision=7))
    assert written() == []
    assert not invoice.events.exists()


def test_only_who_may_decide_asks(client, invoice):
    for person in (staff("view_invoice"), staff("review_invoice"), MemberFactory(supplier=invoice.supplier).user):
        client.force_login(person)
        assert ask(client, invoice).status_code == 403
    client.force_login(staff("view_invoice"))
    assert HEADING not in read(client.get(page(invoice)))
    assert not Invoice.objects.get().events.exists()
