"""One invoice and the lists: who reads what, who may do what, files."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from chorus.models import Submission
from invoicing.ball import FOR_SUPPLIER
from invoicing.lifecycle import ON_CHORUS, Status, may_move
from invoicing.models import Invoice, InvoiceEvent, Kind
from invoicing.typography import french
from tests.factories import BuyerMemberFactory, InvoiceFactory, MemberFactory, OrderFactory, TechnicalAccountFactory
from tests.invoicing.conftest import signed_in

pytestmark = pytest.mark.django_db

PEOPLE = ("supplier", "other_supplier", "buyer", "other_buyer", "agent", "stranger", "nobody")


def address(name, invoice, *more):
    return reverse(f"invoicing:{name}", args=[invoice.pk, *more])


def codes_for(people, method, url, **data):
    codes = []
    for name in PEOPLE:
        response = getattr(getattr(people, name), method)(url, data)
        codes.append(response.status_code)
        b"".join(response)
    return codes


def with_page(invoice):
    invoice.pages.create(number=1, picture=ContentFile(b"\xff\xd8\xff picture", name="page.jpg"))
    return invoice


def submission_of(invoice, status):
    return Submission.objects.create(
        invoice=invoice,
        status=status,
        environment="simulator",
        account=TechnicalAccountFactory(),
        structure_cpp_id=1,
        claimed_at=timezone.now(),
    )


# --- Rights: supplier, other supplier, buyer, other buyer, agent, stranger, nobody ---


@pytest.mark.parametrize("page", ["detail", "status", "document"])
def test_an_invoice_under_review_is_for_its_two_sides_and_the_agents(people, an_invoice_of, page):
    invoice = an_invoice_of(status=Status.TO_REVIEW)
    assert codes_for(people, "get", address(page, invoice)) == [200, 404, 200, 404, 200, 404, 302]


def test_so_are_its_page_pictures(people, an_invoice_of):
    invoice = with_page(an_invoice_of(status=Status.TO_REVIEW))
    assert codes_for(people, "get", address("page", invoice, 1)) == [200, 404, 200, 404, 200, 404, 302]
    assert people.supplier.get(address("page", invoice, 2)).status_code == 404
    other = with_page(InvoiceFactory(status=Status.TO_REVIEW))
    assert people.supplier.get(address("page", other, 1)).status_code == 404


@pytest.mark.parametrize("status", [Status.DRAFT, Status.WITHDRAWN])
@pytest.mark.parametrize("page", ["detail", "status", "document"])
def test_a_draft_is_not_for_its_buyer(people, an_invoice_of, status, page):
    assert codes_for(people, "get", address(page, an_invoice_of(status=status))) == [
        200,
        404,
        404,
        404,
        200,
        404,
        302,
    ]


@pytest.mark.parametrize("page", ["confirm", "replace"])
def test_only_its_supplier_opens_the_forms(people, an_invoice_of, page):
    url = address(page, an_invoice_of())
    assert codes_for(people, "get", url) == [200, 404, 404, 404, 404, 404, 302]
    assert codes_for(people, "post", url)[1:] == [404, 404, 404, 404, 404, 302]


@pytest.mark.parametrize("act", ["answer", "withdraw", "cancel_sending"])
def test_only_its_supplier_acts(people, an_invoice_of, act):
    invoice = an_invoice_of(status=Status.APPROVED if act == "cancel_sending" else Status.TO_REVIEW)
    url = address(act, invoice)
    data = {"revision": invoice.revision, "text": "Bonjour"}
    others = [getattr(people, name).post(url, data).status_code for name in PEOPLE[1:]]
    assert others == [404, 404, 404, 404, 404, 302]
    assert not invoice.events.exists()
    assert people.supplier.get(url).status_code == 405
    assert people.supplier.post(url, data).status_code == 302
    assert invoice.events.count() == 1


@pytest.mark.parametrize("page", ["supplier_home", "list", "received"])
def test_lists_are_one_s_own(people, an_invoice_of, page):
    an_invoice_of(number="MIENNE-1", status=Status.TO_REVIEW)
    an_invoice_of(number="MIENNE-2", status=Status.DRAFT)
    InvoiceFactory(number="AUTRE-1", status=Status.TO_REVIEW)
    seen = {}
    for name in PEOPLE[:-1]:
        text = getattr(people, name).get(reverse(f"invoicing:{page}")).content.decode()
        seen[name] = [number for number in ("MIENNE-1", "MIENNE-2", "AUTRE-1") if number in text]
    mine = ["MIENNE-1"] if page == "received" else ["MIENNE-1", "MIENNE-2"]
    expected = {name: [] for name in PEOPLE[:-1]}
    assert seen == expected | {"buyer" if page == "received" else "supplier": mine}
    assert people.nobody.get(reverse(f"invoicing:{page}")).status_code == 302


def test_an_invoice_that_does_not_exist_is_not_found(people):
    for url in ("/factures/999/", "/factures/99999999999999999999/", "/factures/1/page/99999999999/"):
        assert people.supplier.get(url).status_code == 404


# --- Files ---


def test_the_original_is_always_a_download(people, an_invoice_of):
    invoice = an_invoice_of(document_name="Facture été 2026.pdf", content=b"%PDF-1.4 original")
    response = people.supplier.get(address("document", invoice))
    assert b"".join(response.streaming_content) == b"%PDF-1.4 original"
    assert response["Content-Disposition"].startswith("attachment")
    assert "%C3%A9t%C3%A9" in response["Content-Disposition"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Type"] == "application/pdf"
    assert "no-store" in response["Cache-Control"]


def test_a_picture_is_shown_in_the_page(people, an_invoice_of):
    response = people.supplier.get(address("page", with_page(an_invoice_of()), 1))
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert "private" in response["Cache-Control"]
    assert "attachment" not in response.get("Content-Disposition", "")
    assert b"".join(response.streaming_content).startswith(b"\xff\xd8")


def test_a_lost_file_is_not_found_and_no_crash(people, an_invoice_of):
    invoice = an_invoice_of()
    invoice.document.storage.delete(invoice.document.name)
    assert people.supplier.get(address("document", invoice)).status_code == 404


# --- Who has the ball ---


@pytest.mark.parametrize("status", Status)
def test_every_status_is_one_plain_sentence(people, an_invoice_of, status):
    invoice = an_invoice_of(status=status)
    response = people.supplier.get(address("detail", invoice))
    assert response.context["sentence"] == french(FOR_SUPPLIER[status])
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


# --- Lists ---


def test_home_puts_what_is_to_do_first(people, an_invoice_of):
    for status in Status:
        an_invoice_of(status=status, number=f"N-{status.value}")
    context = people.supplier.get(reverse("invoicing:supplier_home")).context
    parts = {name: {invoice.status for invoice in context[name]} for name in ("to_do", "under_way", "paid")}
    assert parts["to_do"] == {
        Status.DRAFT,
        Status.RETURNED,
        Status.TO_SELF_DEPOSIT,
        Status.OUTSIDE,
        Status.SUSPENDED,
        Status.TO_REROUTE,
        Status.REJECTED,
    }
    assert parts["paid"] == {Status.PAID}
    assert parts["under_way"] == set(Status) - parts["to_do"] - parts["paid"] - {Status.WITHDRAWN}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"A-1", "B-2", "C-3"}),
        ("?q=a-1", {"A-1"}),
        ("?etat=payees", {"B-2"}),
        ("?etat=a-faire", {"A-1"}),
        ("?etat=retirees", {"C-3"}),
        ("?etat=payees&q=A-1", set()),
        ("?etat=inconnu", {"A-1", "B-2", "C-3"}),
        ("?q=%00", {"A-1", "B-2", "C-3"}),
        ("?page=zzz", {"A-1", "B-2", "C-3"}),
    ],
)
def test_a_list_is_searched_and_filtered(people, an_invoice_of, query, found):
    an_invoice_of(number="A-1", status=Status.DRAFT)
    an_invoice_of(number="B-2", status=Status.PAID)
    an_invoice_of(number="C-3", status=Status.WITHDRAWN)
    page = people.supplier.get(reverse("invoicing:list") + query).context["page_obj"]
    assert {invoice.number for invoice in page} == found


def test_search_reads_orders_partners_engagements_and_sirets(people, an_invoice_of, order):
    an_invoice_of(number="A-1", status=Status.TO_REVIEW)
    InvoiceFactory(order=OrderFactory(supplier=order.supplier), number="B-2", status=Status.TO_REVIEW)
    words = (order.reference, order.buyer.name, order.engagement_number, order.buyer.recipient.siret)
    for page, client in (("list", people.supplier), ("received", people.buyer)):
        for word in words:
            context = client.get(reverse(f"invoicing:{page}"), {"q": word}).context
            assert [invoice.number for invoice in context["page_obj"]] == ["A-1"]


def test_a_buyer_reads_the_orders_billed_and_the_status(people, an_invoice_of, order):
    an_invoice_of(status=Status.AVAILABLE)
    page = people.buyer.get(reverse("invoicing:received")).content.decode()
    assert order.reference in page
    assert "Mise à disposition" in page


@pytest.mark.parametrize("page", ["supplier_home", "list", "received"])
def test_a_list_costs_the_same_at_3_and_at_30_rows(order, an_invoice_of, page, django_assert_num_queries):
    user = MemberFactory(supplier=order.supplier).user
    BuyerMemberFactory(buyer=order.buyer, user=user)
    client, url = signed_in(user), reverse(f"invoicing:{page}")

    def add(count):
        for status in [Status.TO_REVIEW, Status.DRAFT, Status.PAID] * (count // 3):
            more = OrderFactory(supplier=order.supplier, buyer=order.buyer, engagement_number="")
            InvoiceFactory(order=more, status=status, billing=False).billed_orders.create(order=more, amount_ht=1)

    add(3)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    add(27)
    # More than a page: the paginator's count is there in both.
    with django_assert_num_queries(len(few)):
        client.get(url)


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


def test_a_draft_that_waits_for_its_number_says_so_in_the_lists(people, an_invoice_of, order):
    order.engagement_number = ""
    order.save(update_fields=["engagement_number"])
    an_invoice_of(engagement_number="")
    order.ask_engagement(by=people.supplier.user)
    for page in ("supplier_home", "list"):
        text = people.supplier.get(reverse(f"invoicing:{page}")).content.decode()
        assert "Numéro d'engagement demandé" in text
        assert "À vérifier par vous" not in text
