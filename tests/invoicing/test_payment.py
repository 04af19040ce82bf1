"""When the money should come, as the pages tell it, and what its supplier says of it."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from invoicing.lifecycle import Status, TransitionError
from invoicing.models import Invoice, Kind
from orders.models import Buyer
from tests.factories import InvoiceFactory
from tests.invoicing.at_desk import read
from tests.invoicing.conftest import PEOPLE
from tests.people import address

pytestmark = pytest.mark.django_db

S = Status


def moment(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day, 10))


def tell(invoice, *steps: tuple[Status, date]) -> Invoice:
    """Chorus Pro's history, then its last word."""
    for number, (status, on) in enumerate(steps):
        line = f"simulator:{invoice.pk}-{status}-{number}"
        invoice.add_history(line, status, moment(on), label=status, comment="")
        invoice.apply_news(status, moment(on), word=status)
    return Invoice.objects.get(pk=invoice.pk)


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def deposited(an_invoice_of, today):
    return an_invoice_of(status=S.DEPOSITED, issue_date=today - timedelta(100))


@pytest.fixture
def arrived(deposited, today):
    return tell(deposited, (S.AVAILABLE, today - timedelta(10)))


@pytest.fixture
def late(deposited, today):
    """Ten days past its day."""
    return tell(deposited, (S.AVAILABLE, today - timedelta(40)))


def detail(client, invoice) -> str:
    return read(client.get(address("detail", invoice)))


def say(client, invoice, answer, **typed):
    return client.post(address("say_payment", invoice), {"answer": answer, **typed}, follow=True)


def received(client, invoice, on):
    return say(client, invoice, "received", on=on.isoformat(), revision=invoice.revision)


def in_words(day: date) -> str:
    from django.utils.formats import date_format

    return date_format(day, "j F Y")


# --- When the money should come ---


def test_before_it_arrives_the_page_says_how_long_the_buyer_has(people, deposited):
    assert "a 30 jours pour payer" in detail(people.supplier, deposited)


def test_the_day_is_told_to_each_in_his_words(people, arrived, today):
    day = in_words(today + timedelta(20))
    assert f"Paiement attendu au plus tard le {day}" in detail(people.supplier, arrived)
    assert f"À payer au plus tard le {day}" in detail(people.buyer, arrived)
    assert f"À payer au plus tard le {day}" in detail(people.agent, arrived)
    assert arrived.pay_by == today + timedelta(20)


def test_the_day_stands_beside_who_has_the_ball_and_in_the_lists(people, arrived, today):
    day = today + timedelta(20)
    card = read(people.supplier.get(address("status", arrived))).split("Ce qui s'est passé")[0]
    assert f"Paiement attendu au plus tard le {in_words(day)}" in card
    for client, page, words in (
        (people.supplier, "supplier_home", "paiement attendu"),
        (people.supplier, "list", "paiement attendu"),
        (people.buyer, "received", "à payer"),
    ):
        assert f"{words} au plus tard le {day:%d/%m/%Y}" in read(client.get(reverse(f"invoicing:{page}")))


@pytest.mark.parametrize("change", [{"pay_by": None}, {"status": S.PAID}, {"received_on": date(2026, 1, 5)}])
def test_no_day_is_told_once_the_money_is_on_its_way_or_while_the_delay_stands_still(people, arrived, change):
    Invoice.objects.filter(pk=arrived.pk).update(**change)
    assert "au plus tard le" not in read(people.supplier.get(reverse("invoicing:list")))


def test_a_day_that_is_past_is_no_longer_awaited(late):
    assert (late.is_overdue(), late.awaited_by) == (True, None)


def test_it_is_the_delay_of_this_buyer(people, deposited, order, today):
    Buyer.objects.filter(pk=order.buyer.pk).update(payment_delay=50)
    arrived = tell(Invoice.objects.get(pk=deposited.pk), (S.AVAILABLE, today))
    assert arrived.pay_by == today + timedelta(50)


def test_the_last_delivery_counts(people, deposited, today):
    Invoice.objects.filter(pk=deposited.pk).update(delivery_dates=[str(today - timedelta(3)), str(today)])
    invoice = tell(Invoice.objects.get(pk=deposited.pk), (S.AVAILABLE, today - timedelta(2)))
    assert "jour de la dernière livraison" in detail(people.supplier, invoice)
    assert invoice.pay_by == today + timedelta(30)


def test_a_suspension_interrupts_it_and_the_answer_begins_it_anew(people, arrived, today):
    suspended = tell(arrived, (S.SUSPENDED, today - timedelta(6)))
    assert suspended.pay_by is None
    page = detail(people.supplier, suspended)
    assert f"Délai interrompu depuis le {in_words(today - timedelta(6))}" in page
    assert "Paiement attendu" not in page
    answered = tell(suspended, (S.COMPLETED, today - timedelta(1)))
    assert answered.pay_by == today + timedelta(29)
    assert f"il a repris le {in_words(today - timedelta(1))}" in detail(people.supplier, answered)


def test_an_avoir_has_no_day_of_payment(people, order, today):
    avoir = InvoiceFactory(order=order, kind=Kind.CREDIT_NOTE, status=S.DEPOSITED)
    avoir = tell(avoir, (S.AVAILABLE, today - timedelta(60)))
    assert avoir.pay_by is None
    assert "titre-paiement" not in detail(people.supplier, avoir)
    with pytest.raises(TransitionError):
        avoir.declare_received(on=today, by=people.supplier.user)


def test_a_rejection_takes_the_day_away(people, late, today):
    rejected = tell(late, (S.REJECTED, today))
    assert rejected.pay_by is None
    assert "titre-paiement" not in detail(people.supplier, rejected)
    assert rejected not in Invoice.objects.to_do().filter(pay_by__isnull=False)


def test_declared_steps_count_until_they_are_taken_back(people, an_invoice_of, today):
    invoice = an_invoice_of(status=S.TO_SELF_DEPOSIT, was_self_deposit=True, issue_date=today - timedelta(9))
    who = {"by": people.supplier.user}
    invoice.declare(S.DEPOSITED, on=today - timedelta(8), seen_revision=invoice.revision, **who)
    invoice.declare(S.AVAILABLE, on=today - timedelta(7), seen_revision=invoice.revision, **who)
    assert Invoice.objects.get().pay_by == today + timedelta(23)
    invoice.take_declaration_back(seen_revision=invoice.revision, **who)
    assert Invoice.objects.get().pay_by is None
    invoice.declare(S.DEPOSITED, on=today, seen_revision=invoice.revision, **who)
    assert Invoice.objects.get().pay_by is None


# --- « Avez-vous été payé ? » ---


def test_past_its_day_it_is_the_suppliers_turn_to_say(people, late):
    home = read(people.supplier.get(reverse("invoicing:supplier_home")))
    assert "avez-vous été payé ?" in home
    assert list(Invoice.objects.to_do()) == [late]
    assert not Invoice.objects.under_way()
    page = detail(people.supplier, late)
    assert "Avez-vous été payé ?" in page
    # Nothing is claimed before he says « Non ».
    assert "jours de retard" not in page
    assert "recouvrement" not in page


def test_the_last_day_itself_is_in_time(people, deposited, today):
    invoice = tell(deposited, (S.AVAILABLE, today - timedelta(30)))
    assert invoice.pay_by == today
    assert not invoice.is_overdue()
    assert not Invoice.objects.to_do()


def test_no_shows_what_is_owed_and_a_reminder(people, late, settings, today):
    settings.ECB_RATES = {}
    page = read(say(people.supplier, late, "unpaid"))
    assert "10 jours de retard sur 105,50 €" in page
    assert "40,00 €" in page
    assert f"notre facture {late.number} du" in page
    assert late.number in page.split('href="mailto:')[1].split('"')[0]
    assert late in Invoice.objects.under_way()
    assert late not in Invoice.objects.to_do()
    assert "recouvrement" not in detail(people.buyer, late)


def test_interest_needs_the_rate_of_the_half_year(people, late, settings, today):
    first = late.pay_by + timedelta(1)
    half_year = date(first.year, 1 if first.month < 7 else 7, 1)
    settings.ECB_RATES = {half_year: Decimal("2.4")}
    page = read(say(people.supplier, late, "unpaid"))
    # 105,50 × 10,4 % × 10 / 365
    assert "0,30 €</span> d'intérêts à ce jour (10,4 % par an)" in page
    assert "n'est pas encore enregistré" not in page


def test_an_avoir_lowers_what_is_owed(people, late, order):
    InvoiceFactory(
        order=order, kind=Kind.CREDIT_NOTE, origin=late, status=S.DEPOSITED, total_ttc=Decimal("-5.50"),
        net_to_pay=None, billing=False,
    )  # fmt: skip
    assert "jours de retard sur 100,00 €" in read(say(people.supplier, late, "unpaid"))


def test_yes_with_its_day(people, late, today):
    page = read(received(people.supplier, late, today - timedelta(1)))
    assert f"Argent reçu le {in_words(today - timedelta(1))}" in page
    stored = Invoice.objects.get()
    assert stored.received_on == today - timedelta(1)
    assert (stored.status, stored.is_declared) == (S.AVAILABLE, False)
    assert list(Invoice.objects.paid()) == [stored]
    assert not Invoice.objects.to_do()
    assert not Invoice.objects.under_way()


def test_the_answer_can_be_taken_back(people, late, today):
    received(people.supplier, late, today)
    say(people.supplier, late, "none")
    stored = Invoice.objects.get()
    assert (stored.received_on, stored.unpaid_on) == (None, None)
    assert list(Invoice.objects.to_do()) == [stored]
    labels = list(stored.events.filter(kind="note").values_list("label", flat=True))
    assert labels == ["Paiement reçu", "Réponse sur le paiement retirée"]


def test_money_can_be_received_once(people, late, today):
    late.declare_received(on=today, by=people.supplier.user)
    with pytest.raises(TransitionError):
        Invoice.objects.get().declare_received(on=today, by=people.supplier.user)
    with pytest.raises(TransitionError):
        Invoice.objects.get().declare_unpaid(by=people.supplier.user)


@pytest.mark.parametrize("days", [1, -200])
def test_a_day_that_cannot_be_keeps_the_form(people, late, today, days):
    response = received(people.supplier, late, today + timedelta(days))
    assert response.status_code == 422
    assert Invoice.objects.get().received_on is None


@pytest.mark.parametrize("answer", ["", "maybe", "received"])
def test_a_forged_answer_changes_nothing(people, late, answer):
    response = say(people.supplier, late, answer)
    assert response.status_code in {200, 422}
    stored = Invoice.objects.get()
    assert (stored.received_on, stored.unpaid_on) == (None, None)


@pytest.mark.parametrize("who", [person for person in PEOPLE if person not in {"supplier", "agent"}])
def test_only_its_supplier_and_the_desk_speak_of_the_money(people, late, who):
    response = getattr(people, who).post(address("say_payment", late), {"answer": "unpaid"})
    assert response.status_code == 302 if who == "nobody" else response.status_code == 404
    assert Invoice.objects.get().unpaid_on is None


def test_an_agent_speaks_in_the_suppliers_name(people, late):
    say(people.agent, late, "unpaid")
    event = Invoice.objects.get().events.filter(label="Pas encore payée").get()
    assert (event.by, event.acted_as) == (people.agent.user, str(late.supplier))


def test_news_of_the_payment_go_on(people, late, today):
    """« Non », and then Chorus Pro tells of the transfer: nothing is claimed any more."""
    say(people.supplier, late, "unpaid")
    paid = tell(late, (S.PAID, today))
    page = detail(people.supplier, paid)
    assert "Le virement est ordonné" in page
    assert "jours de retard" not in page
    assert paid in Invoice.objects.paid()
