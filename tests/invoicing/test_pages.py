"""The page of one invoice: who has the ball, what to do next, what happened."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from chorus.models import Submission
from invoicing import ball
from invoicing.lifecycle import ON_CHORUS, Status, may_move
from invoicing.models import Invoice, InvoiceEvent, Kind
from tests.factories import TechnicalAccountFactory
from tests.invoicing.at_desk import read
from tests.people import address

pytestmark = pytest.mark.django_db


def submission_of(invoice, status):
    return Submission.objects.create(
        invoice=invoice,
        status=status,
        environment="simulator",
        account=TechnicalAccountFactory(),
        structure_cpp_id=1,
        claimed_at=timezone.now(),
    )


# --- Who has the ball ---


@pytest.mark.parametrize("status", Status)
def test_every_status_is_one_plain_sentence(people, an_invoice_of, status):
    invoice = an_invoice_of(status=status)
    response = people.supplier.get(address("detail", invoice))
    assert response.context["sentence"] == invoice.tell(ball.FOR_SUPPLIER[status])
    assert invoice.get_status_display() in response.content.decode().replace("&#x27;", "'")
    if invoice.official_label not in ("", invoice.get_status_display()):
        assert f"({invoice.official_label})".replace("'", "&#x27;") in response.content.decode()


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.DRAFT, Status.WITHDRAWN}))
def test_the_buyer_is_never_told_to_do_the_suppliers_work(people, an_invoice_of, status):
    told = people.buyer.get(address("detail", an_invoice_of(status=status))).context["sentence"]
    assert told.startswith("À vous") == (status in {"available", "acknowledged", "service_done", "completed"})


def test_the_agent_is_told_what_waits_for_him(people, an_invoice_of):
    told = people.agent.get(address("detail", an_invoice_of(status=Status.TO_REVIEW))).context["sentence"]
    assert told.startswith("À vous")


@pytest.mark.parametrize(
    ("status", "transport", "told"),
    [
        (Status.SENDING, "in_doubt", "En cours de vérification"),
        (Status.SENDING, "blocked", "rien à faire de votre côté"),
        (Status.APPROVED, "blocked", "rien à faire de votre côté"),
        (Status.SENDING, "held", "rien à faire de votre côté"),
        (Status.SENDING, "sending", "part vers Chorus Pro"),
    ],
)
def test_doubt_and_delay_are_told_as_they_are(people, an_invoice_of, status, transport, told):
    invoice = an_invoice_of(status=status)
    submission_of(invoice, transport)
    assert told in people.supplier.get(address("detail", invoice)).context["sentence"]


def test_an_avoir_is_deducted_not_paid(people, an_invoice_of):
    invoice = an_invoice_of(status=Status.PAID, kind=Kind.CREDIT_NOTE)
    assert "avoir à déduire" in people.supplier.get(address("detail", invoice)).context["sentence"]


def test_a_buyer_that_reports_no_payment_says_so(people, an_invoice_of):
    invoice = an_invoice_of(status=Status.ORDERED)
    invoice.recipient.reports_payment = False
    invoice.recipient.save()
    told = people.supplier.get(address("detail", invoice)).context["sentence"]
    assert "Dernière étape communiquée" in told


# --- The one next action ---


def test_the_next_thing_to_do_is_offered(people, an_invoice_of):
    offers = {
        Status.DRAFT: "Vérifier et transmettre",
        Status.RETURNED: "Corriger la facture",
        Status.APPROVED: "Annuler l'envoi",
        Status.TO_SELF_DEPOSIT: "saisissez exactement ceci",
        Status.OUTSIDE: "À envoyer vous-même",
    }
    for status in Status:
        page = people.supplier.get(address("detail", an_invoice_of(status=status))).content.decode()
        assert [text for text in offers.values() if text in page] == [
            text for key, text in offers.items() if key == status
        ]
        assert ("Retirer la facture" in page) == may_move(status, Status.WITHDRAWN)


def test_a_buyer_is_offered_no_action(people, an_invoice_of):
    for status in (Status.RETURNED, Status.APPROVED, Status.TO_SELF_DEPOSIT, Status.OUTSIDE):
        main = people.buyer.get(address("detail", an_invoice_of(status=status))).content.decode().split("<main")[1]
        assert "<form" not in main


def test_the_reason_of_a_return_is_shown_and_may_be_answered(people, an_invoice_of):
    invoice = an_invoice_of(status=Status.TO_REVIEW)
    invoice.send_back(by=people.agent.user, reason="Le total ne correspond pas.")
    url = address("detail", invoice)
    page = people.supplier.get(url).content.decode()
    assert "Le total ne correspond pas." in page
    for _ in range(2):
        people.supplier.post(
            address("answer", invoice), {"text": "Il y avait une remise. RIB FR7630006000011234567890189"}
        )
    note = invoice.events.get(kind=InvoiceEvent.Kind.NOTE)
    assert "remise" in note.reason
    assert "1234567890189" not in note.reason
    assert "Il y avait une remise." in people.buyer.get(url).content.decode()


def test_an_empty_answer_is_not_recorded(people, an_invoice_of):
    invoice = an_invoice_of(status=Status.RETURNED)
    response = people.supplier.post(address("answer", invoice), {"text": "  "}, follow=True)
    assert "Écrivez votre message" in response.content.decode()
    assert not invoice.events.exists()


def test_a_button_pressed_twice_acts_once(people, an_invoice_of):
    invoice = an_invoice_of(status=Status.TO_REVIEW)
    for _ in range(2):
        response = people.supplier.post(address("withdraw", invoice), {"revision": 1}, follow=True)
        assert response.status_code == 200
    assert "ne peut pas devenir" in response.content.decode()
    assert invoice.events.count() == 1


@pytest.mark.parametrize("revision", ["7", "", "x", "-1", "9" * 30])
def test_an_aged_page_acts_on_nothing(people, an_invoice_of, revision):
    invoice = an_invoice_of(status=Status.TO_REVIEW)
    response = people.supplier.post(address("withdraw", invoice), {"revision": revision}, follow=True)
    assert "a changé entre-temps" in response.content.decode()
    invoice.refresh_from_db()
    assert invoice.status == Status.TO_REVIEW


def test_sending_is_cancelled_while_it_can_be(people, an_invoice_of):
    invoice = an_invoice_of(status=Status.APPROVED)
    Invoice.objects.update(send_after=timezone.now() + timedelta(minutes=9, seconds=30))
    page = people.supplier.get(address("detail", invoice)).content.decode()
    assert "Elle peut partir dans 10&nbsp;minutes" in page
    people.supplier.post(address("cancel_sending", invoice), {"revision": 1})
    invoice.refresh_from_db()
    assert invoice.status == Status.RETURNED
    invoice = an_invoice_of(status=Status.SENDING)
    response = people.supplier.post(address("cancel_sending", invoice), {"revision": 1}, follow=True)
    assert "a changé entre-temps" in response.content.decode()
    invoice.refresh_from_db()
    assert invoice.status == Status.SENDING


def test_a_self_depositor_reads_what_to_type(people, an_invoice_of, order):
    page = people.supplier.get(address("detail", an_invoice_of(status=Status.TO_SELF_DEPOSIT))).content.decode()
    for value in (order.engagement_number, "<dd>105,50</dd>", "02/11/2026", "F2026-"):
        assert value in page


# --- What happened ---


def test_the_timeline_is_dated_newest_first_and_hides_flags(people, an_invoice_of):
    invoice = an_invoice_of(status=Status.TO_REVIEW)
    invoice.approve(by=people.agent.user)
    invoice.flag("Pour le bureau seulement")
    invoice.mark_sending(seen_revision=invoice.revision)
    invoice.mark_deposited()
    invoice.add_history("simulator:1", Status.DEPOSITED, timezone.now(), label="Déposée", comment="")
    response = people.supplier.get(address("detail", invoice))
    assert "Pour le bureau seulement" not in response.content.decode()
    lines = [(line.title, line.official) for line in response.context["story"]]
    assert lines == [
        ("Déposée sur Chorus Pro", "Déposée"),
        ("Envoi en cours", ""),
        ("Envoi vers Chorus Pro en cours", ""),
    ]


def test_names_stay_in_the_house(people, an_invoice_of):
    people.agent.user.first_name = people.agent.user.last_name = ""
    people.agent.user.save()
    invoice = an_invoice_of()
    invoice.confirm(by=people.supplier.user, acted_as="Dominique", seen_revision=1)
    invoice.send_back(by=people.agent.user, reason="À revoir")
    url = address("detail", invoice)
    who = {
        name: [line.who for line in getattr(people, name).get(url).context["story"]]
        for name in ("supplier", "buyer", "agent")
    }
    assert who == {
        "supplier": ["le Département", "Dominique"],
        "buyer": ["le Département", str(invoice.supplier)],
        "agent": [people.agent.user.email, "Dominique"],
    }


def test_each_step_says_what_the_person_did_not_that_the_next_is_his(people, an_invoice_of):
    invoice = an_invoice_of()
    invoice.confirm(by=people.supplier.user, acted_as="", seen_revision=1)
    invoice.send_back(by=people.agent.user, reason="À revoir")
    page = read(people.supplier.get(address("detail", invoice)))
    assert "renvoyée par le Département" in page
    assert f"transmise par {people.supplier.user}" in page


# --- Live status ---


def test_an_open_page_asks_again_only_while_something_moves(people, an_invoice_of):
    for status in Status:
        page = people.supplier.get(address("detail", an_invoice_of(status=status))).content.decode()
        moves = status in {Status.TO_REVIEW, Status.APPROVED, Status.SENDING} | ON_CHORUS - {
            Status.PAID,
            Status.REJECTED,
        }
        assert ("hx-get" in page) == moves
        assert ("Actualiser cette page" in page) == moves


def test_the_moving_part_comes_back_only_when_something_changed(people, an_invoice_of):
    invoice = an_invoice_of(status=Status.APPROVED)
    seen = people.supplier.get(address("detail", invoice)).context["seen"]
    url = f"{address('status', invoice)}?vu={seen}"
    assert people.supplier.get(url).status_code == 204
    invoice.mark_sending(seen_revision=1)
    response = people.supplier.get(url)
    assert response.status_code == 200
    assert "Envoi en cours" in response.content.decode()
    assert "<html" not in response.content.decode()
    seen = response.context["seen"]
    submission_of(invoice, "in_doubt")
    assert people.supplier.get(f"{address('status', invoice)}?vu={seen}").status_code == 200


def test_a_page_of_an_invoice_costs_the_same_with_a_long_history(people, an_invoice_of, django_assert_num_queries):
    invoice = an_invoice_of(status=Status.AVAILABLE)
    invoice.note("un", by=people.supplier.user)
    url = address("detail", invoice)
    with CaptureQueriesContext(connection) as few:
        people.supplier.get(url)
    for number in range(30):
        invoice.note(f"message {number}", by=people.supplier.user)
    with django_assert_num_queries(len(few)):
        people.supplier.get(url)


def test_a_buyer_reads_labels_meant_for_him(people, an_invoice_of):
    invoice = an_invoice_of(status=Status.TO_REVIEW)
    invoice.send_back(by=people.agent.user, reason="À revoir")
    for url in (address("detail", invoice), reverse("invoicing:received")):
        page = people.buyer.get(url).content.decode()
        assert "En correction chez le fournisseur" in page
        assert "À corriger" not in page
