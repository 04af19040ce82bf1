"""What people say of an invoice its supplier carries himself: kept, marked as theirs, mended, and replaced by news."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from invoicing import replies
from invoicing.declare_form import NO_MOTIVE_OF_YOURS
from invoicing.lifecycle import ON_CHORUS, Ball, Status, TransitionError
from invoicing.models import Invoice, InvoiceEvent
from suppliers.models import Partner
from tests.invoicing.at_desk import page as desk_page
from tests.invoicing.at_desk import read
from tests.invoicing.conftest import PEOPLE
from tests.people import address

pytestmark = pytest.mark.django_db

ISSUED = date(2026, 11, 2)
DAY = date(2026, 11, 4)


@pytest.fixture
def invoice(an_invoice_of):
    return an_invoice_of(status=Status.TO_SELF_DEPOSIT, was_self_deposit=True)


@pytest.fixture
def declared(invoice, people):
    invoice.declare(Status.DEPOSITED, on=DAY, by=people.supplier.user, seen_revision=invoice.revision)
    return invoice


def say(client, invoice, on=DAY, page="declare_deposited", follow=True, **typed):
    data = {"on": on.isoformat(), "revision": invoice.revision, **typed}
    return client.post(address(page, invoice), data, follow=follow)


def step(client, invoice, status, **typed):
    return say(client, invoice, page="declare", status=status, **{"comment": "", **typed})


def now(invoice) -> Invoice:
    return Invoice.objects.get(pk=invoice.pk)


# --- « Je l'ai déposée le … » ---


def test_the_supplier_says_he_deposited_it(people, invoice):
    assert "Nous la cherchons" not in read(say(people.supplier, invoice))
    stored = now(invoice)
    assert (stored.status, stored.is_declared, stored.ball) == (Status.DEPOSITED, True, Ball.CHORUS)
    event = stored.events.get()
    assert (event.kind, event.by, timezone.localdate(event.occurred_at)) == ("declared", people.supplier.user, DAY)
    assert stored not in Invoice.objects.to_do()


def test_a_declared_status_is_marked_everywhere(people, order, declared):
    mark = "(déclaré)"
    for client, page in [
        (people.supplier, reverse("invoicing:list")),
        (people.supplier, reverse("invoicing:supplier_home")),
        (people.supplier, reverse("orders:detail", args=[order.pk])),
        (people.buyer, reverse("invoicing:received")),
        (people.agent, desk_page(declared)),
        (people.agent, "/admin/invoicing/invoice/?etat=deposited"),
        *((client, address("detail", declared)) for client in (people.supplier, people.buyer, people.agent)),
    ]:
        text = read(client.get(page))
        assert mark in text, page
        assert "(Déposée)" not in text, page
    for client in (people.supplier, people.buyer, people.agent):
        text = read(client.get(address("detail", declared)))
        assert "ce n'est pas une nouvelle de Chorus Pro" in text
        assert "4 novembre 2026" in text
        assert "23\u00a0h\u00a059" not in text


def test_who_declared_is_said_as_each_may_read_it(people, declared):
    texts = {name: read(getattr(people, name).get(address("detail", declared))) for name in ("buyer", "agent")}
    assert f"Déclaré par {declared.supplier} le" in texts["buyer"]
    assert f"Déclaré par {people.supplier.user} le" in texts["agent"]


def test_an_agent_declares_in_the_suppliers_name(people, invoice):
    desk = read(people.agent.get(desk_page(invoice)))
    assert "Agir au nom du fournisseur" in desk
    say(people.agent, invoice)
    event = now(invoice).events.get()
    assert (event.by, event.acted_as) == (people.agent.user, str(invoice.supplier))
    assert f"le Département, au nom de {invoice.supplier}" in read(people.supplier.get(address("detail", invoice)))
    assert f"déclaré le {timezone.localdate():%-d}" in read(people.agent.get(desk_page(invoice)))


def test_a_partner_says_his_name(people, invoice):
    Partner.objects.create(supplier=invoice.supplier, name="Dominique")
    assert "Dominique" in read(people.supplier.get(address("detail", invoice)))
    assert say(people.supplier, invoice).status_code == 422
    say(people.supplier, invoice, acted_as="Dominique")
    assert now(invoice).events.get().acted_as == "Dominique"


@pytest.mark.parametrize(
    ("on", "said"),
    [
        (ISSUED - timedelta(days=1), "trop tôt"),
        (date(2099, 1, 1), "dans le futur"),
    ],
)
def test_the_day_must_be_plausible(people, invoice, on, said):
    response = say(people.supplier, invoice, on=on)
    assert response.status_code == 422
    assert said in read(response)
    assert now(invoice).status == Status.TO_SELF_DEPOSIT


@pytest.mark.parametrize("on", [ISSUED, timezone.localdate()])
def test_the_first_and_the_last_plausible_day_are_taken(people, invoice, on):
    say(people.supplier, invoice, on=on)
    assert timezone.localdate(now(invoice).status_at) == on


def test_twice_posted_is_once_declared(people, invoice):
    say(people.supplier, invoice)
    assert "déjà noté" in read(say(people.supplier, invoice))
    assert invoice.events.count() == 1


def test_an_aged_page_declares_nothing(people, invoice):
    assert "a changé entre-temps" in read(say(people.supplier, invoice, revision=invoice.revision + 1))
    assert now(invoice).status == Status.TO_SELF_DEPOSIT


def test_only_the_supplier_and_deciding_agents_say_it_was_deposited(people, invoice):
    for name in ("other_supplier", "buyer", "other_buyer", "stranger"):
        assert say(getattr(people, name), invoice).status_code == 404
    assert now(invoice).status == Status.TO_SELF_DEPOSIT


# --- The steps that follow ---


@pytest.mark.parametrize("status", sorted(ON_CHORUS - {Status.ROUTING, Status.DEPOSITED}))
def test_each_step_is_declared(people, declared, status):
    step(people.supplier, declared, status, comment="Motif de l'acheteur")
    stored = now(declared)
    assert (stored.status, stored.is_declared) == (status, True)
    text = read(people.supplier.get(address("detail", declared)))
    assert "(déclaré)" in text
    assert "Motif de l'acheteur" in text


@pytest.mark.parametrize("status", sorted(ON_CHORUS))
def test_the_page_of_steps_opens_on_one_that_can_follow(people, declared, status):
    Invoice.objects.filter(pk=declared.pk).update(status=status)
    for client in (people.supplier, people.buyer):
        form = client.get(address("declare", declared)).context["form"]
        assert form["status"].value() in dict(form.fields["status"].choices)
        assert form["status"].value() != Status.DEPOSITED


def test_what_usually_follows_is_proposed(people, declared):
    def proposed(client):
        return client.get(address("declare", declared)).context["form"]["status"].value()

    assert proposed(people.supplier) == Status.AVAILABLE
    step(people.supplier, now(declared), Status.SUSPENDED, comment="Il manque le bon")
    assert proposed(people.supplier) == Status.COMPLETED
    assert proposed(people.buyer) == Status.ORDERED


def test_the_buyer_declares_his_own_steps_and_not_the_deposit(people, declared):
    form = people.buyer.get(address("declare", declared)).context["form"]
    assert {Status.DEPOSITED, Status.COMPLETED}.isdisjoint(dict(form.fields["status"].choices))
    step(people.buyer, declared, Status.ORDERED)
    event = now(declared).events.last()
    assert (event.to_status, event.by, event.acted_as) == (Status.ORDERED, people.buyer.user, "")
    step(people.buyer, now(declared), Status.DEPOSITED)
    assert now(declared).status == Status.ORDERED


def test_a_buyer_reads_his_own_side(people, declared):
    response = step(people.buyer, declared, Status.SUSPENDED)
    assert response.context["form"].errors["comment"] == [NO_MOTIVE_OF_YOURS]
    page = read(response)
    assert "Votre motif" in page
    assert "Motif de l'acheteur" not in page
    told = read(step(people.buyer, declared, Status.SUSPENDED, comment="Bon manquant"))
    assert "déclarée « Réponse du fournisseur attendue »" in told


def test_no_step_before_the_deposit_and_none_in_the_future(people, declared):
    for on in (DAY - timedelta(days=1), date(2099, 1, 1)):
        response = step(people.supplier, declared, Status.AVAILABLE, on=on)
        assert response.context["form"].errors["on"]
    assert now(declared).status == Status.DEPOSITED


def test_a_mistaken_day_of_deposit_is_corrected_by_another_declaration(people, declared):
    earlier = DAY - timedelta(days=1)
    step(people.supplier, declared, Status.DEPOSITED, on=earlier)
    assert timezone.localdate(now(declared).status_at) == earlier
    step(people.supplier, now(declared), Status.AVAILABLE, on=earlier)
    assert now(declared).status == Status.AVAILABLE


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.TO_REROUTE, Status.REJECTED])
def test_what_comes_back_says_why(people, declared, status):
    assert step(people.supplier, declared, status).context["form"].errors["comment"]
    step(people.supplier, declared, status, comment="Numéro d'engagement erroné")
    page = people.supplier.get(address("detail", declared))
    assert page.context["reason"] == "Numéro d'engagement erroné"
    assert now(declared) in Invoice.objects.to_do()


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.TO_REROUTE])
def test_a_declared_return_is_answered_on_chorus_pro_not_here(people, declared, status):
    step(people.supplier, declared, status, comment="Pièce manquante")
    page = read(people.supplier.get(address("detail", declared)))
    assert "sur Chorus Pro, puis déclarez" in page
    assert address("reply", declared) not in page
    assert people.supplier.get(address("reply", declared)).status_code == 302


def test_a_declared_refusal_that_was_redone_stays_so_when_chorus_pro_tells_it_too(declared, people):
    on, by = timezone.localdate(), people.supplier.user
    declared.declare(Status.REJECTED, on=on, by=by, seen_revision=declared.revision)
    reply = replies.write(declared, kind="acknowledge", by=by, seen_revision=declared.revision)
    declared.apply_news(Status.REJECTED, timezone.now(), word="REJETEE")
    reply.mark_sent()
    declared.refresh_from_db()
    assert not declared.is_declared
    assert not replies.may_reply(declared)


def test_a_declared_refusal_is_redone_here(people, declared):
    step(people.supplier, declared, Status.REJECTED, comment="Prix erroné")
    assert people.supplier.get(address("redo", declared)).status_code == 200


def test_an_account_number_in_a_motive_is_shown_in_part(people, declared):
    step(people.supplier, declared, Status.SUSPENDED, comment="RIB FR7630006000011234567890189 refusé")
    assert "1234567890189" not in now(declared).events.last().reason


def test_the_page_of_steps_is_for_those_who_know_the_invoice(people, declared, an_invoice_of):
    codes = [getattr(people, name).get(address("declare", declared)).status_code for name in PEOPLE]
    assert codes == [200, 404, 200, 404, 200, 404, 302]
    told = an_invoice_of(status=Status.AVAILABLE)
    assert "rien à déclarer" in read(people.supplier.get(address("declare", told), follow=True))
    assert "rien à déclarer" in read(step(people.supplier, told, Status.PAID))
    assert now(told).status == Status.AVAILABLE


# --- Mended ---


def test_a_declaration_by_mistake_is_taken_back(people, declared):
    data = {"revision": declared.revision}
    people.supplier.post(address("take_declaration_back", declared), data)
    stored = now(declared)
    assert (stored.status, stored.is_declared) == (Status.TO_SELF_DEPOSIT, False)
    assert stored in Invoice.objects.to_do()
    story = people.supplier.get(address("detail", declared)).context["story"]
    assert [line.title for line in story][:2] == [
        "Déclaration retirée\u00a0: la facture n'est pas déposée",
        "Déposée sur Chorus Pro",
    ]
    say(people.supplier, stored)
    assert now(declared).status == Status.DEPOSITED


def test_taking_back_is_for_the_supplier_and_deciding_agents(people, declared):
    url = address("take_declaration_back", declared)
    for name in ("other_supplier", "buyer", "other_buyer", "stranger"):
        assert getattr(people, name).post(url, {"revision": declared.revision}).status_code == 404
    people.agent.post(url, {"revision": declared.revision})
    assert now(declared).events.last().acted_as == str(declared.supplier)


def test_what_chorus_pro_told_is_not_declared_nor_taken_back(people, an_invoice_of):
    for status in ON_CHORUS:
        told = an_invoice_of(status=status)
        with pytest.raises(TransitionError):
            told.declare(Status.PAID, on=DAY, by=people.supplier.user, seen_revision=told.revision)
        with pytest.raises(TransitionError):
            told.take_declaration_back(by=people.supplier.user, seen_revision=told.revision)


@pytest.mark.parametrize("status", [status for status in Status if status not in ON_CHORUS])
def test_nothing_but_what_is_to_be_deposited_is_declared(people, an_invoice_of, status):
    before = an_invoice_of(status=status)
    for step_ in (Status.PAID, Status.DEPOSITED):
        if (status, step_) == (Status.TO_SELF_DEPOSIT, Status.DEPOSITED):
            continue
        with pytest.raises(TransitionError):
            before.declare(step_, on=DAY, by=people.supplier.user, seen_revision=before.revision)


def test_the_database_keeps_declarations_and_news_apart(declared):
    for values in ({"status": Status.TO_REVIEW}, {"chorus_status_at": timezone.now()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Invoice.objects.filter(pk=declared.pk).update(**values)


# --- Replaced by what Chorus Pro tells ---


def test_chorus_pro_wins_whatever_was_declared(people, declared):
    declared.declare(Status.PAID, on=DAY, by=people.buyer.user, seen_revision=declared.revision)
    aged = now(declared)
    declared.mark_deposited()
    assert (declared.status, declared.is_declared) == (Status.DEPOSITED, False)
    assert "était déclaré" in declared.events.get(kind=InvoiceEvent.Kind.FLAG).reason
    declared.apply_news(Status.AVAILABLE, timezone.now() - timedelta(days=30), word="MISE_A_DISPOSITION")
    assert now(declared).status == Status.AVAILABLE
    with pytest.raises(TransitionError):
        aged.declare(Status.PAID, on=DAY, by=people.buyer.user, seen_revision=aged.revision)
    page = people.supplier.get(address("detail", declared))
    assert "déclaré" not in read(page)
    assert not any(line.is_declared for line in page.context["story"])
    # Agents keep the whole history.
    assert "déclaré le" in read(people.agent.get(desk_page(declared)))


# --- « Déposez-la pour moi » ---


def test_with_a_mandate_it_is_given_to_the_departement(people, invoice):
    assert "Déposez-la pour moi" in read(people.supplier.get(address("detail", invoice)))
    people.supplier.post(address("hand_over", invoice), {"revision": invoice.revision})
    stored = now(invoice)
    assert (stored.status, stored.was_self_deposit) == (Status.TO_REVIEW, True)
    assert stored.events.get().title == "Dépôt confié au Département"


def test_without_a_mandate_the_page_says_how_to_give_one(people, invoice):
    invoice.supplier.answer_box(uses_chorus=True, depositor="self", by=people.supplier.user)
    page = read(people.supplier.get(address("detail", invoice)))
    assert "Donnez-nous mandat" in page
    assert reverse("suppliers:chorus_box", args=[invoice.supplier_id]) in page
    people.supplier.post(address("hand_over", invoice), {"revision": invoice.revision})
    assert now(invoice).status == Status.TO_SELF_DEPOSIT


# --- « Je l'ai envoyée le … » ---


def test_an_invoice_sent_outside_chorus_pro_is_noted_and_done(people, an_invoice_of):
    outside = an_invoice_of(status=Status.OUTSIDE)
    assert outside in Invoice.objects.to_do()
    say(people.supplier, outside, page="declare_sent")
    stored = now(outside)
    assert (stored.status, stored.sent_outside_on) == (Status.OUTSIDE, DAY)
    assert stored not in Invoice.objects.to_do()
    assert stored in Invoice.objects.under_way()
    for name in ("supplier", "buyer", "agent"):
        text = read(getattr(people, name).get(address("detail", outside)))
        assert "envoyée le 4 novembre 2026, hors Chorus Pro" in text
    assert "Je l'ai envoyée" not in read(people.supplier.get(address("detail", outside)))
    assert "déjà noté" in read(say(people.supplier, outside, page="declare_sent"))
    assert outside.events.count() == 1


def test_sent_before_it_was_reviewed_again_does_not_count(people, an_invoice_of):
    outside = an_invoice_of(status=Status.OUTSIDE, recipient=None)
    outside.declare_sent(on=DAY, by=people.supplier.user)
    outside.take_back(by=people.agent.user)
    outside.approve(by=people.agent.user)
    assert now(outside).sent_outside_on is None
    assert now(outside) in Invoice.objects.to_do()


def test_only_its_supplier_and_agents_say_it_was_sent(people, an_invoice_of):
    outside = an_invoice_of(status=Status.OUTSIDE)
    for name in ("other_supplier", "buyer", "other_buyer", "stranger"):
        assert say(getattr(people, name), outside, page="declare_sent").status_code == 404
    assert say(people.agent, outside, page="declare_sent", on=date(2099, 1, 1)).status_code == 422
    assert not outside.events.exists()


# --- Cost ---


def test_a_declared_page_costs_the_same_with_many_declarations(people, declared, django_assert_num_queries):
    url = address("detail", declared)
    with CaptureQueriesContext(connection) as few:
        people.supplier.get(url)
    for _ in range(10):
        declared.declare(Status.AVAILABLE, on=DAY, by=people.supplier.user, seen_revision=declared.revision)
    with django_assert_num_queries(len(few)):
        people.supplier.get(url)
