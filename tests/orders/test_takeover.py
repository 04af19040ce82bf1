"""« Reprise par une nouvelle entreprise »: which orders follow, who is told, and the way back."""

from datetime import timedelta
from functools import partial

import pytest
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from invoicing.lifecycle import Status
from orders.models import Order, Share, Takeover, TakeoverChanged, TakeoverRefused
from suppliers.models import Mail, MembershipRequest, Supplier
from tests.at_once import at_once
from tests.factories import (
    BuyerMemberFactory,
    InvoiceFactory,
    MemberFactory,
    OrderFactory,
    SupplierFactory,
    UserFactory,
    siren,
)
from tests.people import signed_in

TODAY = timezone.localdate()
YESTERDAY, TOMORROW = TODAY - timedelta(1), TODAY + timedelta(1)


@pytest.fixture
def farm(db):
    return SupplierFactory(name="Ferme des Rives")


@pytest.fixture
def earl(db):
    return SupplierFactory(name="EARL des Rives", no_account=True)


def page_of(supplier) -> str:
    return reverse("admin:orders_takeover_of", args=[supplier.pk])


def take_over(farm, earl, agent, on=TODAY) -> Takeover:
    return Takeover.state(farm, earl, on=on, by=agent, seen=Share.of(farm, on).seen)


def asked(successor, on=TODAY) -> dict:
    return {"siren": successor.siren, "on": on.isoformat()}


def confirm(desk, farm, earl, **changes):
    """Read the page that says what moves, and press its button."""
    page = desk.get(page_of(farm), asked(earl))
    data = {**asked(earl), "seen": page.context["share"].seen, "act": "state", **changes}
    return desk.post(f"{page_of(farm)}?siren={earl.siren}&on={TODAY}", data, follow=True)


def suppliers_of(*orders) -> list[Supplier]:
    return [Order.objects.get(pk=order.pk).supplier for order in orders]


# --- What moves ---


def test_the_page_says_what_moves_and_what_stays_before_anything_changes(desk, farm, earl):
    free, drafted, early, part, whole = OrderFactory.create_batch(5, supplier=farm)
    Order.objects.filter(pk=early.pk).update(delivery_on=YESTERDAY)
    InvoiceFactory(order=drafted)
    InvoiceFactory(order=part, total_ht=40, status=Status.TO_REVIEW)
    InvoiceFactory(order=whole, status=Status.TO_REVIEW)
    # The factory bills the first order of a buyer: each of these has a buyer of its own.
    answer = desk.get(page_of(farm), asked(earl))
    share, page = answer.context["share"], answer.content.decode()
    assert (share.moving, share.delivered, share.part_billed) == ([free, drafted], [early], [part])
    assert "un brouillon est en cours" in page
    assert "Il lui manque encore&nbsp;: Chorus Pro, IBAN, mandat de dépôt" in page
    assert suppliers_of(free) == [farm]
    assert not Takeover.objects.exists()


def test_what_was_to_be_delivered_that_very_day_moves(farm, earl, agent):
    order = OrderFactory(supplier=farm, delivery_on=TODAY)
    take_over(farm, earl, agent)
    assert suppliers_of(order) == [earl]


def test_a_withdrawn_or_rejected_invoice_holds_nothing_back(farm, earl, agent):
    orders = OrderFactory.create_batch(2, supplier=farm)
    InvoiceFactory(order=orders[0], status=Status.WITHDRAWN)
    InvoiceFactory(order=orders[1], status=Status.REJECTED)
    take_over(farm, earl, agent)
    assert suppliers_of(*orders) == [earl, earl]


def test_the_agent_confirms(desk, farm, earl, agent):
    free, part = OrderFactory.create_batch(2, supplier=farm)
    InvoiceFactory(order=part, total_ht=40, status=Status.TO_REVIEW)
    before = free.revision
    page = confirm(desk, farm, earl).content.decode()
    assert "Ferme des Rives est repris par EARL des Rives" in page
    assert suppliers_of(free, part) == [earl, farm]
    farm.refresh_from_db()
    takeover = farm.takeovers.get()
    assert (farm.successor, takeover.stated_by, list(takeover.orders.all())) == (earl, agent, [free])
    change = free.changes.get()
    assert (change.by, change.get_field_label()) == (agent, "fournisseur")
    assert (change.old, change.new) == (f"Ferme des Rives ({farm.siren})", f"EARL des Rives ({earl.siren})")
    assert Order.objects.get(pk=free.pk).revision == before + 1
    assert not part.changes.exists()
    assert LogEntry.objects.get().user == agent


def test_nothing_is_copied_to_the_new_company(farm, earl, agent):
    farm.change_iban("FR7630006000011234567890189")
    take_over(farm, earl, agent)
    earl.refresh_from_db()
    assert (earl.iban, earl.uses_chorus, earl.mandate, earl.members.count()) == ("", False, None, 0)
    farm.refresh_from_db()
    assert farm.is_mandated


def test_what_changed_since_the_page_was_read_is_shown_again(desk, farm, earl):
    OrderFactory(supplier=farm)
    page = confirm(desk, farm, earl, seen=Share.of(earl, TODAY).seen).content.decode()
    assert "a changé entre-temps" in page
    assert not Takeover.objects.exists()


def test_what_is_freed_later_follows_later(desk, farm, earl, agent):
    order = OrderFactory(supplier=farm)
    invoice = InvoiceFactory(order=order, status=Status.RETURNED)
    takeover = take_over(farm, earl, agent)
    assert "Faire passer ces commandes" not in desk.get(page_of(farm)).content.decode()
    invoice.withdraw(by=agent)
    seen = desk.get(page_of(farm)).context["share"].seen
    desk.post(page_of(farm), {"act": "move", "seen": seen})
    assert suppliers_of(order) == [earl]
    assert list(takeover.orders.all()) == [order]


# --- Who may succeed ---


def problem_with(desk, farm, number) -> str:
    form = desk.get(page_of(farm), {"siren": number, "on": TODAY.isoformat()}).context["form"]
    return form.errors["siren"][0]


def test_who_cannot_succeed_is_said_with_what_to_do(desk, farm, earl, agent):
    waiting, new = SupplierFactory(validated_at=None), siren(77)
    assert "fermez l'ancien établissement" in problem_with(desk, farm, farm.siren)
    assert "n'est pas encore validé" in problem_with(desk, farm, waiting.siren)
    assert "9 chiffres" in problem_with(desk, farm, "12345")
    assert "doit d'abord s'inscrire" in problem_with(desk, farm, new)
    MembershipRequest.objects.create(user=UserFactory(), siret=f"{new}00011", company_name="X", person_name="Y")
    assert "acceptez d'abord sa demande" in problem_with(desk, farm, new)
    take_over(earl, SupplierFactory(name="GAEC"), agent)
    assert "donnez le SIREN de ce dernier" in problem_with(desk, farm, earl.siren)


def test_the_siret_names_the_successor_too(desk, farm, earl):
    number = " ".join(earl.establishments.get().siret)
    assert desk.get(page_of(farm), {"siren": number, "on": TODAY.isoformat()}).context["successor"] == earl


def test_nobody_succeeds_twice_nor_in_a_circle(farm, earl, agent):
    take_over(farm, earl, agent)
    for supplier, successor in [(farm, SupplierFactory()), (earl, farm), (earl, earl)]:
        with pytest.raises(TakeoverRefused):
            take_over(supplier, successor, agent)
    assert Takeover.objects.count() == 1


def test_the_database_has_the_last_word(farm, earl, agent):
    take_over(farm, earl, agent)
    values = {"supplier": farm, "successor": earl, "on": TODAY, "stated_by": agent}
    for more in ({}, {"successor": farm, "undone_at": timezone.now()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Takeover.objects.create(**values | more)
    with pytest.raises(IntegrityError), transaction.atomic():
        Supplier.objects.filter(pk=earl.pk).update(successor=earl)


# --- The way back ---


def test_an_agent_undoes_it(desk, farm, earl, agent):
    order, stays = OrderFactory.create_batch(2, supplier=farm)
    own = OrderFactory(supplier=earl)
    InvoiceFactory(order=stays, status=Status.TO_REVIEW)
    take_over(farm, earl, agent)
    desk.post(page_of(farm), {"act": "undo"})
    farm.refresh_from_db()
    takeover = farm.takeovers.get()
    assert (farm.successor, takeover.undone_by) == (None, agent)
    assert suppliers_of(order, stays, own) == [farm, farm, earl]
    assert [change.new for change in order.changes.all()] == [
        f"Ferme des Rives ({farm.siren})",
        f"EARL des Rives ({earl.siren})",
    ]
    assert "Reprises annulées" in desk.get(page_of(farm)).content.decode()
    take_over(farm, earl, agent)
    assert suppliers_of(order) == [earl]


@pytest.mark.parametrize("status", [Status.TO_REVIEW, Status.DEPOSITED, Status.PAID])
def test_not_once_the_successor_billed_an_order(status, desk, farm, earl, agent):
    order, other = OrderFactory.create_batch(2, supplier=farm)
    take_over(farm, earl, agent)
    order.refresh_from_db()
    InvoiceFactory(order=order, total_ht=10, status=status)
    page = desk.get(page_of(farm)).content.decode()
    assert f"a déjà facturé des commandes reprises&nbsp;: {order.reference}".replace("&nbsp;", "\u00a0") in page
    assert 'value="undo"' not in page
    assert "a déjà facturé" in desk.post(page_of(farm), {"act": "undo"}, follow=True).content.decode()
    assert suppliers_of(order, other) == [earl, earl]


def test_not_while_the_orders_went_further(desk, farm, earl, agent):
    order, gaec = OrderFactory(supplier=farm), SupplierFactory(name="GAEC")
    first = take_over(farm, earl, agent)
    second = take_over(earl, gaec, agent)
    with pytest.raises(TakeoverRefused, match="la reprise suivante"):
        first.undo(by=agent)
    second.undo(by=agent)
    first.undo(by=agent)
    assert suppliers_of(order) == [farm]


def test_undone_twice_it_is_undone_once(desk, farm, earl, agent):
    take_over(farm, earl, agent)
    desk.post(page_of(farm), {"act": "undo"})
    assert "déjà annulée" in desk.post(page_of(farm), {"act": "undo"}, follow=True).content.decode()
    assert LogEntry.objects.count() == 1


# --- Who is told ---


def told(person) -> list[Mail]:
    return list(Mail.objects.filter(user=person, kind__endswith="takeover").order_by("pk"))


def test_both_companies_and_the_buyers_are_told(farm, earl, agent):
    order, part, elsewhere = *OrderFactory.create_batch(2, supplier=farm), OrderFactory()
    InvoiceFactory(order=part, total_ht=40, status=Status.TO_REVIEW)
    people = [MemberFactory(supplier=one).user for one in (farm, earl)]
    people += [BuyerMemberFactory(buyer=one.buyer).user for one in (order, part)]
    stranger = BuyerMemberFactory(buyer=elsewhere.buyer).user
    takeover = take_over(farm, earl, agent)
    old, new, moved, stayed = ([mail.happened + " " + mail.to_do for mail in told(person)] for person in people)
    assert "1 commande pas encore facturée passe à EARL des Rives." in old[0]
    assert "restent à elle" in old[0]
    assert "ne sont jamais repris" in new[0]
    assert "Vérifiez les numéros d'engagement" in moved[0]
    assert "déjà facturée en partie reste à Ferme des Rives" in stayed[0]
    assert [len(words) for words in (old, new, moved, stayed)] == [1, 1, 1, 1]
    assert not told(stranger)
    takeover.undo(by=agent)
    assert [mail.subject for mail in told(people[2])][1:] == [
        "La reprise de Ferme des Rives par EARL des Rives est annulée"
    ]
    assert len(told(people[3])) == 1


# --- New orders ---


def test_new_orders_lead_to_the_last_who_took_over(farm, earl, agent):
    order, gaec = OrderFactory(supplier=farm), SupplierFactory(name="GAEC")
    InvoiceFactory(order=order, status=Status.PAID)
    take_over(farm, earl, agent)
    take_over(earl, gaec, agent)
    buyer = signed_in(BuyerMemberFactory(buyer=order.buyer).user)
    again = buyer.get(reverse("orders:again", args=[order.pk]))
    named = buyer.get(reverse("orders:create"), {"fournisseur": farm.pk})
    assert (again.context["supplier"], named.context["supplier"]) == (gaec, gaec)


def test_the_former_name_finds_the_successor(farm, earl, agent):
    order = OrderFactory(supplier=farm)
    InvoiceFactory(order=order, status=Status.PAID)
    take_over(farm, earl, agent)
    buyer = signed_in(BuyerMemberFactory(buyer=order.buyer).user)
    answer = buyer.get(reverse("orders:create"), {"q": "Ferme des"})
    assert [row.name for row in answer.context["page_obj"]] == ["EARL des Rives"]
    assert "Prend la suite de Ferme des Rives" in answer.content.decode()
    assert "vous lui avez déjà commandé" in answer.content.decode()


# --- Rights, queries ---


@pytest.mark.parametrize("role", ["producer", "staff"])
def test_nobody_else_reads_or_states_it(role, farm, earl):
    person = MemberFactory(supplier=farm).user if role == "producer" else UserFactory(is_staff=True)
    client = signed_in(person)
    assert client.get(page_of(farm)).status_code in (302, 403)
    assert client.post(page_of(farm), {**asked(earl), "act": "state"}).status_code in (302, 403)
    assert not Takeover.objects.exists()


def test_the_supplier_form_names_the_successor_and_changes_none(desk, farm, earl):
    page = desk.get(reverse("admin:suppliers_supplier_change", args=[farm.pk]))
    assert page_of(farm) in page.content.decode()
    assert "successor" not in page.context["adminform"].form.fields


def test_the_page_costs_the_same_for_many_orders(desk, farm, earl, agent):
    OrderFactory(supplier=farm)
    counts = []
    for more in (1, 12):
        OrderFactory.create_batch(more, supplier=farm)
        with CaptureQueriesContext(connection) as asked_of:
            desk.get(page_of(farm), asked(earl))
        counts.append(len(asked_of))
    take_over(farm, earl, agent)
    for more in (1, 12):
        OrderFactory.create_batch(more, supplier=farm)
        with CaptureQueriesContext(connection) as asked_of:
            desk.get(page_of(farm))
        counts.append(len(asked_of))
    assert counts[0] == counts[1]
    assert counts[2] == counts[3]


# --- At the same time ---


def outcome(act):
    try:
        act()
    except TakeoverRefused:
        return "refused"
    return "done"


@pytest.mark.django_db(transaction=True)
def test_of_two_takeovers_that_would_close_a_circle_one_wins(farm, earl, agent):
    acts = [partial(take_over, farm, earl, agent), partial(take_over, earl, farm, agent)]
    assert sorted(at_once(*(partial(outcome, act) for act in acts))) == ["done", "refused"]


@pytest.mark.django_db(transaction=True)
def test_an_order_placed_in_that_instant_is_not_moved_unseen(farm, earl, agent):
    seen = Share.of(farm, TODAY).seen
    OrderFactory(supplier=farm)
    with pytest.raises(TakeoverChanged):
        Takeover.state(farm, earl, on=TODAY, by=agent, seen=seen)
    assert not Takeover.objects.exists()
