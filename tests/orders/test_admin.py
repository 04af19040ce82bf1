"""The agents' view: their group's rights suffice, what Chorus Pro said is only read, nothing is deleted."""

import datetime
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from agrilocal18.apps import AGENTS
from invoicing.lifecycle import Status
from orders.models import Buyer, BuyerMembershipRequest, Order, Reception, Recipient, Requires
from suppliers.models import AlreadyDecided, MembershipRequest
from tests.factories import (
    BuyerFactory,
    BuyerMemberFactory,
    InvoiceFactory,
    OrderFactory,
    RecipientFactory,
    RecipientServiceFactory,
    SupplierFactory,
    UserFactory,
    siret,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(db):
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=AGENTS))
    return user


@pytest.fixture
def desk(client, agent):
    client.force_login(agent)
    return client


@pytest.fixture
def head(client):
    """A person with every right on orders: more than the group of agents has."""
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="orders"))
    user.user_permissions.add(*Permission.objects.filter(codename__in=["view_supplier", "view_user"]))
    client.force_login(user)
    return client


class Fields(HTMLParser):
    """What a browser would post of a page as it is."""

    def __init__(self, page: str):
        super().__init__()
        self.values, self.select = {}, None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "input" and given.get("name") and given.get("type") not in ("submit", "checkbox"):
            self.values[given["name"]] = given.get("value", "")
        elif tag == "input" and given.get("type") == "checkbox" and "checked" in given:
            self.values[given["name"]] = given.get("value", "on")
        elif tag == "select":
            self.select = given.get("name")
        elif tag == "option" and self.select and "selected" in given:
            self.values[self.select] = given.get("value", "")


def text_of(response) -> str:
    return response.content.decode().replace("&#x27;", "'")


def url_of(obj, action="change") -> str:
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_{action}", args=[obj.pk])


def list_of(model) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def save(client, obj, page=None, **values):
    """Open, change, save, as a browser does; `page` is an older look at it."""
    fields = Fields(page or text_of(client.get(url_of(obj)))).values
    fields.pop("_save", None)
    return client.post(url_of(obj), {**fields, **values, "_save": "1"}, follow=True)


# --- Recipients ---


def test_what_chorus_pro_said_is_only_read(desk):
    recipient = RecipientFactory(requires=Requires.BOTH)
    assert "requires" not in Fields(text_of(desk.get(url_of(recipient)))).values
    save(desk, recipient, requires="nothing", name="Autre", is_known="", siret=siret(3))
    stored = Recipient.objects.get()
    assert (stored.requires, stored.name, stored.is_known, stored.siret) == (
        Requires.BOTH,
        recipient.name,
        True,
        recipient.siret,
    )


def test_before_chorus_pro_was_asked_an_agent_notes_what_the_buyer_said(desk):
    recipient = RecipientFactory(requires=Requires.NOTHING, synced_at=None, is_known=None)
    save(desk, recipient, requires="both", siret=siret(3))
    stored = Recipient.objects.get()
    assert (stored.requires, stored.siret, stored.is_known) == (Requires.BOTH, recipient.siret, None)


def test_an_agent_adds_a_recipient_by_its_siret(desk):
    page = Fields(text_of(desk.get(reverse("admin:orders_recipient_add")))).values
    wrong = desk.post(reverse("admin:orders_recipient_add"), {**page, "siret": "12345678901234"})
    assert "pas valable" in text_of(wrong)
    desk.post(reverse("admin:orders_recipient_add"), {**page, "siret": siret(77), "name": "Lycée d'essai"})
    assert Recipient.objects.get().siret == siret(77)


def test_services_read_on_chorus_pro_are_only_read(head):
    service = RecipientServiceFactory(code="CUISINE")
    assert "CUISINE" in text_of(head.get(url_of(service.recipient)))
    assert "services-0-code" not in Fields(text_of(head.get(url_of(service.recipient)))).values


def test_services_can_be_noted_before_that(head):
    service = RecipientServiceFactory(recipient__synced_at=None, code="CUISINE")
    save(head, service.recipient, **{"services-0-label": "Cantine"})
    service.refresh_from_db()
    assert service.label == "Cantine"


def test_recipients_are_found_by_what_is_wrong_with_them(desk):
    RecipientFactory(name="Tout va bien")
    RecipientFactory(name="Sans fiche", is_known=False)
    RecipientFactory(name="Fermé", is_active=False)
    assert "Tout va bien" not in text_of(desk.get(list_of(Recipient), {"is_known__exact": "0"}))
    assert "Sans fiche" in text_of(desk.get(list_of(Recipient), {"is_known__exact": "0"}))
    closed = text_of(desk.get(list_of(Recipient), {"is_active__exact": "0"}))
    assert "Fermé" in closed
    assert "Sans fiche" not in closed


# --- Buyers ---


def test_a_buyer_is_found_by_telephone_and_keeps_its_people(desk):
    member = BuyerMemberFactory(buyer__phone="02 48 00 00 09")
    assert member.buyer.name in text_of(desk.get(list_of(Buyer), {"q": "02 48 00 00 09"}))
    assert str(member.user) in text_of(desk.get(url_of(member.buyer)))
    save(desk, member.buyer, city="Vierzon")
    member.buyer.refresh_from_db()
    assert (member.buyer.city, member.buyer.members.count()) == ("Vierzon", 1)


def test_a_member_is_cut_at_once(desk):
    member = BuyerMemberFactory()
    save(desk, member.buyer, **{"members-0-DELETE": "on"})
    assert not member.buyer.members.exists()
    assert Buyer.objects.filter(pk=member.buyer.pk).exists()


def test_what_agents_change_stands_in_the_history_of_the_house(desk, agent):
    buyer = BuyerFactory(city="Bourges")
    day = datetime.date(2026, 12, 21)
    buyer.closures.create(first_day=day, last_day=day)
    dates = {"closures-0-last_day": "22/12/2026", "invoice_deadline": "11/12/2026"}
    save(desk, buyer, payment_delay="50", **dates)
    told = {(change.get_field_label(), change.old, change.new, change.by) for change in buyer.changes.all()}
    assert told == {
        ("délai de paiement", "30 jours", "50 jours (établissement public de santé)", agent),
        ("prend les factures de l'année jusqu'au", "", "11 décembre 2026", agent),
        ("fermeture", "du 21/12/2026 au 21/12/2026", "du 21/12/2026 au 22/12/2026", agent),
    }
    history = text_of(desk.get(url_of(buyer))).split("Historique")[-1]
    assert "<p>délai de paiement</p>" in history
    save(desk, buyer, **{"closures-0-DELETE": "on"})
    assert (buyer.changes.first().old, buyer.changes.first().new) == ("du 21/12/2026 au 22/12/2026", "")


def test_agents_read_what_arrived_of_an_order(desk):
    order = OrderFactory()
    by, line = BuyerMemberFactory(buyer=order.buyer).user, order.lines.get()
    said = {"quantity": Decimal("12.5"), "reason": "le reste était abîmé", "by": by}
    Reception.of(line, Reception.Outcome.PART, **said, photo="receptions/a.jpg").save()
    page = text_of(desk.get(url_of(order)))
    assert "12,5 sur 20\u00a0kg" in page
    assert "le reste était abîmé" in page
    assert f"/commandes/{order.pk}/reception/photo/{order.receptions.get().pk}/" in page
    assert "receptions-0-reason" not in Fields(page).values
    order.receptions.update(photo="", photo_erased_at=timezone.now())
    assert "photo effacée" in text_of(desk.get(url_of(order)))


def test_a_page_that_has_aged_puts_no_old_value_back(desk):
    buyer = BuyerFactory(city="Bourges", phone="02 1")
    aged = text_of(desk.get(url_of(buyer)))
    Buyer.objects.update(phone="02 2")
    save(desk, buyer, aged, city="Vierzon")
    buyer.refresh_from_db()
    assert (buyer.city, buyer.phone) == ("Vierzon", "02 2")


def test_the_service_of_public_bodies_is_no_usual_service(desk):
    assert "réservé" in text_of(save(desk, BuyerFactory(), usual_service="FACTURES_PUBLIQUES"))


# --- Orders ---


@pytest.mark.parametrize("what", ["reference", "engagement_number", "supplier__siren", "buyer__recipient__siret"])
def test_an_order_is_found(what, desk):
    order, other = OrderFactory(), OrderFactory()
    value = Order.objects.values_list(what, flat=True).get(pk=order.pk)
    page = text_of(desk.get(list_of(Order), {"q": value}))
    assert order.reference in page
    assert other.reference not in page


def test_orders_without_number_are_listed_and_those_asked_for(desk, agent):
    with_number, without, asked = OrderFactory(), OrderFactory(engagement_number=""), OrderFactory(engagement_number="")
    asked.ask_engagement(by=agent)
    missing = text_of(desk.get(list_of(Order), {"numero": "manquant"}))
    assert with_number.reference not in missing
    assert without.reference in missing
    assert asked.reference in missing
    assert without.reference not in text_of(desk.get(list_of(Order), {"numero": "demande"}))


def test_references_are_changed_with_their_history_and_told(desk, agent):
    order = OrderFactory()
    invoice = InvoiceFactory(order=order, status=Status.APPROVED)
    save(desk, order, engagement_number="EJ-AGENT", delivery_on="25/12/2026")
    stored = Order.objects.get()
    change = stored.changes.get()
    assert (stored.engagement_number, str(stored.delivery_on)) == ("EJ-AGENT", "2026-12-25")
    assert (change.old, change.new, change.by) == (order.engagement_number, "EJ-AGENT", agent)
    invoice.refresh_from_db()
    assert invoice.status == Status.TO_REVIEW
    history = text_of(desk.get(url_of(order))).split("Historique")[-1]
    assert "<p>numéro d'engagement</p>" in history
    assert f"<p>{order.engagement_number}</p>" in history


def test_an_agent_changes_only_what_he_saw(desk):
    order = OrderFactory(contract_number="M-1")
    aged = text_of(desk.get(url_of(order)))
    Order.objects.get().change_references(by=None, engagement_number="EJ-ACHETEUR")
    assert "a changé entre-temps" in text_of(save(desk, order, aged, contract_number="M-2"))
    stored = Order.objects.get()
    assert (stored.engagement_number, stored.contract_number) == ("EJ-ACHETEUR", "M-1")


def test_who_was_faster_within_the_request_wins_too(desk, monkeypatch):
    order = OrderFactory()
    clean = Order.change_references

    def late(self, **kwargs):
        Order.objects.filter(pk=self.pk).update(revision=9)
        return clean(self, **kwargs)

    monkeypatch.setattr(Order, "change_references", late)
    assert "a changé entre-temps" in text_of(save(desk, order, engagement_number="EJ-TARD"))
    assert Order.objects.get().engagement_number == order.engagement_number


def test_buyer_supplier_and_reference_never_change(head):
    order = OrderFactory()
    save(head, order, buyer=BuyerFactory().pk, supplier=SupplierFactory().pk, reference="AUTRE")
    stored = Order.objects.get(pk=order.pk)
    assert (stored.buyer, stored.supplier, stored.reference) == (order.buyer, order.supplier, order.reference)


def test_agents_read_the_lines(desk):
    order = OrderFactory()
    page = text_of(desk.get(url_of(order)))
    assert "Pommes de terre" in page
    assert "lines-0-quantity" not in Fields(page).values


def test_lines_change_with_their_history_while_nothing_is_billed(head):
    order = OrderFactory()
    save(head, order, **{"lines-0-quantity": "40", "contract_number": "M-1"})
    stored = Order.objects.get()
    assert (stored.total_ht, stored.contract_number) == (200, "M-1")
    assert set(stored.changes.values_list("field", flat=True)) == {"lines", "contract_number"}


def test_billed_lines_are_locked(head):
    order = OrderFactory()
    page = text_of(head.get(url_of(order)))
    InvoiceFactory(order=order, status=Status.DEPOSITED)
    assert "lines-0-quantity" not in Fields(text_of(head.get(url_of(order)))).values
    save(head, order, page, **{"lines-0-quantity": "40"})
    assert Order.objects.get().total_ht == 100


def test_an_order_is_added_with_a_reference_of_ours_and_a_line_at_least(head):
    url, order = reverse("admin:orders_order_add"), OrderFactory()
    typed = {
        **Fields(text_of(head.get(url))).values,
        "buyer": order.buyer.pk,
        "supplier": order.supplier.pk,
        "ordered_on": "02/11/2026",
    }
    line = {"description": "Poireaux", "quantity": "3", "unit": "botte", "unit_price": "2", "vat_rate": "5.5"}
    assert head.post(url, typed).status_code == 200
    assert Order.objects.count() == 1
    head.post(url, {**typed, **{f"lines-0-{name}": value for name, value in line.items()}})
    added = Order.objects.exclude(pk=order.pk).get()
    assert added.reference == f"AGL-2026-{added.pk:05d}"
    assert added.total_ht == 6


@pytest.mark.parametrize("make", [OrderFactory, BuyerFactory, RecipientFactory])
def test_nothing_is_deleted(make, head):
    assert head.post(url_of(make(), "delete"), {"post": "yes"}).status_code == 403


def test_the_list_of_orders_costs_as_much_with_thirty_rows(desk):
    counts = []
    for rows in (3, 27):
        for order in OrderFactory.create_batch(rows, engagement_number=""):
            InvoiceFactory(order=order)
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(list_of(Order)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- Requests to act for a buyer ---


def request_for(number, kind="buyer"):
    fields = {"company_name": "Collège qui demande", "person_name": "Jo Nouveau", "phone": "02 11"}
    asked = MembershipRequest.objects.create(kind=kind, user=UserFactory(), siret=number, **fields)
    return BuyerMembershipRequest.objects.filter(pk=asked.pk).first() or asked


def decide(desk, asked, decision, contact="Appelée au 02 00 00 00 02 le 3", **answer):
    url = reverse("admin:orders_buyermembershiprequest_change", args=[asked.pk])
    return desk.post(url, {"decision": decision, "contact_made": contact, **answer}, follow=True)


@pytest.fixture
def asked(db):
    return request_for(BuyerFactory().recipient.siret)


def status_of(asked) -> str:
    return MembershipRequest.objects.get(pk=asked.pk).status


def test_an_agent_accepts_for_a_buyer_he_chose(desk, asked, agent):
    other = BuyerFactory()
    page = text_of(decide(desk, asked, "accept", buyer=other.pk))
    assert f"peut maintenant agir pour {other}" in page
    assert [member.user for member in other.members.all()] == [asked.user]
    stored = MembershipRequest.objects.get()
    assert (stored.status, stored.decided_by, stored.contact_made) == (
        "accepted",
        agent,
        "Appelée au 02 00 00 00 02 le 3",
    )


def test_the_only_buyer_at_this_siret_is_proposed_with_its_telephone(desk, asked):
    buyer = Buyer.objects.get()
    page = text_of(desk.get(url_of(asked)))
    assert f'<option value="{buyer.pk}" selected' in page
    assert f"Appelez le numéro que nous connaissons&nbsp;: {buyer.phone}" in page


def test_accepting_needs_a_buyer(desk, asked):
    assert "Choisissez l'acheteur" in text_of(decide(desk, asked, "accept"))
    assert "Choisissez l'acheteur" in text_of(decide(desk, asked, "accept", buyer="99999"))
    assert status_of(asked) == "pending"


@pytest.mark.parametrize(("decision", "contact"), [("accept", ""), ("refuse", " "), ("", "Appelée le 3")])
def test_no_answer_without_a_contact(desk, asked, decision, contact):
    decide(desk, asked, decision, contact, buyer=Buyer.objects.get().pk)
    assert status_of(asked) == "pending"


def test_an_agent_refuses(desk, asked):
    decide(desk, asked, "refuse")
    assert status_of(asked) == "refused"
    assert not Buyer.objects.get().members.exists()


def test_the_second_agent_is_told_and_changes_nothing(desk, asked):
    asked.refuse(by=UserFactory(), contact_made="numéro faux")
    assert "a répondu à cette demande avant vous" in text_of(
        decide(desk, asked, "accept", buyer=Buyer.objects.get().pk)
    )
    assert status_of(asked) == "refused"
    assert not Buyer.objects.get().members.exists()
    with pytest.raises(AlreadyDecided):
        asked.accept(by=None, contact_made="", buyer=Buyer.objects.get())


def test_somebody_who_is_a_member_already_stays_one(desk, asked):
    buyer = Buyer.objects.get()
    buyer.members.create(user=asked.user)
    decide(desk, asked, "accept", buyer=buyer.pk)
    assert status_of(asked) == "accepted"
    assert buyer.members.count() == 1


def test_a_producers_request_is_not_answered_here(desk):
    asked = request_for(siret(901), kind="supplier")
    assert decide(desk, asked, "refuse").status_code == 404
    assert asked.company_name not in text_of(desk.get(list_of(BuyerMembershipRequest)))


def test_staff_without_the_right_answers_nothing(client, asked):
    client.force_login(UserFactory(is_staff=True))
    assert decide(client, asked, "refuse").status_code == 403
    assert status_of(asked) == "pending"


# --- Buyers where nobody would read us ---


def test_buyers_without_anybody_are_listed(desk):
    alone, served, left = BuyerFactory(name="Sans"), BuyerMemberFactory().buyer, BuyerMemberFactory()
    left.user.is_active = False
    left.user.save(update_fields=["is_active"])
    found = {
        value: set(desk.get(list_of(Buyer), {"personnes": value}).context["cl"].result_list)
        for value in ("sans", "avec", "autre")
    }
    assert found == {"sans": {alone, left.buyer}, "avec": {served}, "autre": {alone, served, left.buyer}}


def test_an_order_says_when_nobody_reads_what_is_written_to_its_buyer(desk):
    order = OrderFactory()
    assert "ne sont lus par personne. Appelez l'acheteur (02 00 00 00 02)" in text_of(desk.get(url_of(order)))
    member = BuyerMemberFactory(buyer=order.buyer)
    page = text_of(desk.get(url_of(order)))
    assert "lus par personne" not in page
    assert str(member.user) in page


def test_members_of_a_buyer_removed_at_the_desk_are_journalled(desk):
    member = BuyerMemberFactory()
    save(desk, member.buyer, **{"members-0-DELETE": "on"})
    assert [(one.what, one.user) for one in member.buyer.member_changes.all()] == [("removed", member.user)]
