"""A draft that waits for its engagement number: who has the ball, and the one button once the number came."""

from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse

from invoicing.lifecycle import Ball, Status
from invoicing.models import Invoice
from invoicing.verdict import judge_and_keep
from suppliers.models import Partner
from tests.invoicing.at_desk import read

pytestmark = pytest.mark.django_db

HOME = "invoicing:supplier_home"


@pytest.fixture
def asked(order, people, an_invoice_of):
    """A draft whose buyer was asked for the number, and that lacks nothing else."""

    def make(**values):
        order.change_references(by=None, engagement_number="")
        invoice = an_invoice_of(**{"engagement_number": "", **values})
        order.ask_engagement(by=people.supplier.user)
        judge_and_keep(invoice)
        return Invoice.objects.get(pk=invoice.pk)

    return make


def give_number(order, number="EJ-9"):
    order.refresh_from_db()
    order.change_references(by=None, engagement_number=number)


def take(client, invoice, **typed):
    data = {"revision": invoice.revision, **typed}
    return client.post(reverse("invoicing:take_number", args=[invoice.pk]), data, follow=True)


def test_a_draft_that_lacks_only_the_number_leaves_what_is_to_do(asked):
    invoice = asked()
    assert {problem["code"] for problem in invoice.verdict if problem["level"] == "stop"} == {"engagement-missing"}
    assert invoice.ball == Ball.BUYER
    assert invoice not in Invoice.objects.to_do()
    assert invoice in Invoice.objects.under_way()


@pytest.mark.parametrize(("values", "own"), [({}, False), ({"total_ttc": Decimal("99.00")}, True)])
def test_an_older_draft_tells_its_own_stop_by_the_verdict_it_kept(asked, values, own):
    invoice = asked(**values)
    Invoice.objects.filter(pk=invoice.pk).update(has_own_stop=False)
    migration = import_module("invoicing.migrations.0006_own_stop_of_older_drafts")
    migration.say_what_stops_older_drafts(apps, None)
    invoice.refresh_from_db()
    assert invoice.has_own_stop == own


def test_a_draft_with_a_fault_of_its_own_stays_to_do(asked, people):
    invoice = asked(total_ttc=Decimal("99.00"))
    assert invoice.has_own_stop
    assert invoice.ball == Ball.SUPPLIER
    assert invoice in Invoice.objects.to_do()
    assert invoice not in Invoice.objects.under_way()
    for page in (reverse(HOME), reverse("invoicing:list"), reverse("invoicing:detail", args=[invoice.pk])):
        assert "À vérifier par vous" in read(people.supplier.get(page))
    # That the buyer was asked is still said where the draft is mended.
    confirm = read(people.supplier.get(reverse("invoicing:confirm", args=[invoice.pk])))
    assert "a été demandé à l'acheteur" in confirm


def test_the_number_is_told_on_the_home_page_and_one_button_hands_it_over(asked, order, people):
    invoice = asked()
    give_number(order)
    home = read(people.supplier.get(reverse(HOME)))
    assert f"{order.buyer} a donné le numéro d'engagement" in home
    assert "EJ-9" in home
    assert invoice in Invoice.objects.to_do()
    answer = take(people.supplier, invoice)
    assert "transmise au Département" in read(answer)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.engagement_number) == (Status.TO_REVIEW, "EJ-9")


def test_twice_pressed_or_aged_hands_it_over_once(asked, order, people):
    invoice = asked()
    give_number(order)
    assert "a changé entre-temps" in read(take(people.supplier, invoice, revision=invoice.revision + 5))
    take(people.supplier, invoice)
    assert "n'attend plus de numéro" in read(take(people.supplier, invoice))
    assert invoice.events.filter(to_status=Status.TO_REVIEW).count() == 1


def test_partners_say_who_hands_it_over(asked, order, people):
    invoice = asked()
    Partner.objects.create(supplier=order.supplier, name="Dominique")
    give_number(order)
    assert "dites qui dépose" in read(take(people.supplier, invoice))
    invoice.refresh_from_db()
    assert (invoice.status, invoice.engagement_number) == (Status.DRAFT, "EJ-9")


def test_with_a_fault_of_its_own_the_button_is_not_offered(asked, order, people):
    invoice = asked(total_ttc=Decimal("99.00"))
    give_number(order)
    home = read(people.supplier.get(reverse(HOME)))
    assert "Il reste un point à corriger" in home
    assert reverse("invoicing:take_number", args=[invoice.pk]) not in home


def test_only_its_supplier_takes_the_number(asked, order, people):
    invoice = asked()
    give_number(order)
    for name in ("other_supplier", "buyer", "agent", "stranger"):
        assert take(getattr(people, name), invoice).status_code == 404
    invoice.refresh_from_db()
    assert invoice.status == Status.DRAFT


def test_stopping_one_s_own_sending_is_no_return(people, an_invoice_of):
    invoice = an_invoice_of(status=Status.TO_REVIEW)
    invoice.send_back(by=people.agent.user, reason="Le total ne correspond pas.")
    invoice.confirm(by=people.supplier.user, seen_revision=invoice.revision)
    invoice.approve(by=people.agent.user)
    invoice.cancel_sending(by=people.supplier.user)
    url = reverse("invoicing:detail", args=[invoice.pk])
    own = people.supplier.get(url)
    assert "vous avez arrêté l'envoi" in read(own)
    assert own.context["reason"] == ""
    assert own.context["story"][0].title == "Envoi arrêté par le fournisseur"
    assert "il a arrêté l'envoi pour corriger" in read(people.buyer.get(url))
