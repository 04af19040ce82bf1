"""What changed at a recipient: told once to staff, its unsent invoices judged again, solved when it is over."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from chorus import directory
from chorus.models import Exchange, RecipientChange
from chorus.simulator import world
from chorus.tasks import deposit_sweep
from invoicing.lifecycle import Status
from orders.models import PSEUDO_SERVICE, Requires
from tests.chorus import returning
from tests.factories import (
    BuyerFactory,
    BuyerMemberFactory,
    InvoiceFactory,
    MemberFactory,
    OrderFactory,
    RecipientFactory,
    RecipientServiceFactory,
)
from tests.invoicing.at_desk import read, staff
from tests.people import signed_in

pytestmark = pytest.mark.django_db(transaction=True)

Kind = RecipientChange.Kind
COLLEGE, EHPAD = world.DEMO_RECIPIENTS[0].siret, world.DEMO_RECIPIENTS[1].siret
UNKNOWN = "99999999900009"
LIST = "/admin/chorus/recipientchange/"


def night():
    """Read every recipient in use again, however fresh."""
    return directory.refresh_all(older_than=timedelta(0))


@pytest.fixture
def buyer(account, simulator):
    """A canteen behind a collège that Chorus Pro knows and that was read before."""
    recipient = RecipientFactory(siret=COLLEGE, name="Collège des Marais", requires=Requires.ENGAGEMENT)
    return BuyerFactory(recipient=recipient, name="Cantine des Marais", phone="02 48 00 00 09")


@pytest.fixture
def agent(client):
    client.agent = staff("view_recipientchange", "settle_recipientchange", "view_invoice", "view_order")
    client.force_login(client.agent)
    return client


def waiting(buyer, **values):
    values = {"status": Status.TO_REVIEW, "verdict_at": timezone.now(), **values}
    return InvoiceFactory(order=OrderFactory(buyer=buyer), **values)


def codes(invoice) -> set[str]:
    invoice.refresh_from_db()
    return {problem["code"] for problem in invoice.verdict}


def flags(invoice) -> list[str]:
    return [event.reason.replace("\u00a0", " ") for event in invoice.events.filter(kind="flag")]


def open_changes():
    return list(RecipientChange.objects.filter(solved_at__isnull=True).values_list("kind", "service_code"))


# --- What is told ---


def test_a_recipient_that_did_not_change_tells_nothing(buyer):
    invoice = waiting(buyer)
    night()
    night()
    assert open_changes() == []
    assert flags(invoice) == []


def test_a_closed_recipient_is_told_once_and_solved_when_it_opens_again(buyer, simulator):
    invoice = waiting(buyer)
    simulator.set_recipient(COLLEGE, active=False)
    night()
    night()
    assert open_changes() == [(Kind.INACTIVE, "")]
    assert flags(invoice) == ["Chez Chorus Pro, Collège des Marais (démonstration) est inactif sur Chorus Pro."]
    assert "recipient-inactive" in codes(invoice) or any("inactif" in str(one) for one in invoice.verdict)
    simulator.set_recipient(COLLEGE, active=True)
    night()
    assert open_changes() == []
    invoice.refresh_from_db()
    assert not any("inactif" in str(one) for one in invoice.verdict)
    assert len(flags(invoice)) == 1


def test_a_recipient_that_vanished_is_told_even_at_its_first_reading(account):
    BuyerFactory(recipient=RecipientFactory(siret=UNKNOWN, is_known=None, synced_at=None, synced_from=""))
    night()
    assert open_changes() == [(Kind.VANISHED, "")]
    directory.Recipient.objects.update(siret=COLLEGE)
    night()
    assert open_changes() == []


def test_new_demands_are_told_with_what_they_were_and_unsent_invoices_judged_again(buyer, simulator):
    draft, waits = waiting(buyer, status=Status.DRAFT), waiting(buyer)
    gone = waiting(buyer, status=Status.DEPOSITED)
    simulator.set_recipient(COLLEGE, service=True, engagement=True)
    night()
    change = RecipientChange.objects.get()
    assert (change.kind, change.before) == (Kind.DEMANDS, Requires.ENGAGEMENT.label)
    assert change.after == Requires.BOTH.label
    for invoice in (draft, waits):
        assert "service-missing" in codes(invoice)
        assert "exige maintenant un code service et un numéro d'engagement" in flags(invoice)[0]
    assert flags(gone) == []


def test_demands_that_change_back_before_anybody_looked_are_over(buyer, simulator):
    simulator.set_recipient(COLLEGE, service=True)
    night()
    simulator.set_recipient(COLLEGE, service=False)
    night()
    assert open_changes() == []


def test_the_first_reading_of_a_recipient_changes_nothing(account):
    recipient = RecipientFactory(siret=EHPAD, requires=Requires.NOTHING, synced_at=None, synced_from="")
    invoice = waiting(BuyerFactory(recipient=recipient))
    night()
    assert open_changes() == []
    assert flags(invoice) == []


def test_a_service_in_use_that_closes_is_told_and_one_that_nobody_uses_is_not(account, simulator):
    recipient = RecipientFactory(siret=EHPAD, requires=Requires.SERVICE)
    buyer = BuyerFactory(recipient=recipient, usual_service="CUISINE")
    RecipientServiceFactory(recipient=recipient, code="CUISINE")
    RecipientServiceFactory(recipient=recipient, code="LINGERIE")
    invoice = waiting(buyer, service_code="CUISINE")
    simulator.set_service(EHPAD, "CUISINE", active=False)
    night()
    assert open_changes() == [(Kind.SERVICE, "CUISINE")]
    assert "service-inactive" in codes(invoice)
    simulator.set_service(EHPAD, "CUISINE", active=True)
    night()
    assert open_changes() == []


def test_a_service_that_begins_to_demand_an_engagement_is_told(account, simulator):
    recipient = RecipientFactory(siret=EHPAD, requires=Requires.SERVICE)
    RecipientServiceFactory(recipient=recipient, code="CUISINE")
    waiting(BuyerFactory(recipient=recipient), service_code="CUISINE")
    simulator.set_service(EHPAD, "CUISINE", engagement=True)
    night()
    assert RecipientChange.objects.get(service_code="CUISINE").after == "exige un numéro d'engagement"


# --- How it is read ---


def test_recipients_that_nobody_uses_are_not_read(account):
    RecipientFactory(siret=COLLEGE)
    assert night() == 0
    assert not Exchange.objects.exists()


def test_one_that_only_an_invoice_on_its_way_names_is_read(account):
    InvoiceFactory(status=Status.DEPOSITED, recipient=RecipientFactory(siret=EHPAD))
    night()
    assert Exchange.objects.filter(operation="structures/consulter").exists()
    assert directory.used().filter(siret=EHPAD).exists()


def test_it_stops_when_its_time_is_spent_and_goes_on_with_the_oldest(buyer):
    old = BuyerFactory(recipient=RecipientFactory(siret=EHPAD, synced_at=timezone.now() - timedelta(days=3)))
    assert directory.refresh_all(older_than=timedelta(0), budget=timedelta(0)) == 0
    directory.refresh_all(older_than=timedelta(days=1))
    old.recipient.refresh_from_db()
    assert old.recipient.synced_at > timezone.now() - timedelta(minutes=1)
    assert Exchange.objects.filter(operation="structures/consulter").count() == 1


def test_a_service_that_is_down_is_not_asked_for_every_recipient(account, simulator):
    for _ in range(8):
        BuyerFactory()
    simulator.trouble("html_error", times=None)
    night()
    assert Exchange.objects.filter(operation="structures/rechercher").count() == directory.GIVE_UP


@pytest.mark.parametrize(("hour", "age"), [(3, 12), (12, 30), (23, 12), (20, 30)])
def test_everything_is_read_at_night_and_by_day_what_a_night_missed(hour, age):
    assert directory._age_for(datetime(2026, 11, 21, hour)) == timedelta(hours=age)


# --- What agents see ---


def test_agents_see_whom_to_call_and_what_is_at_stake(agent, buyer, simulator):
    waits, order = waiting(buyer), OrderFactory(buyer=buyer)
    waiting(buyer, status=Status.PAID)
    simulator.set_recipient(COLLEGE, active=False)
    night()
    shown = read(agent.get(LIST))
    for words in ("est inactif sur Chorus Pro", "Cantine des Marais", "02 48 00 00 09", "1 facture, 1 commande"):
        assert words in shown
    shown = read(agent.get(f"{LIST}{RecipientChange.objects.get().pk}/change/"))
    assert str(waits.number) in shown
    assert order.reference in shown
    assert "Appelez l'acheteur" in shown
    assert "Marquer comme vu" not in shown  # it ends when Chorus Pro says so


def test_new_demands_are_marked_as_seen_by_whom(agent, buyer, simulator):
    simulator.set_recipient(COLLEGE, service=True)
    night()
    change = RecipientChange.objects.get()
    assert "Marquer comme vu" in read(agent.get(f"{LIST}{change.pk}/change/"))
    for _ in range(2):
        agent.post(f"{LIST}{change.pk}/vu/")
    change.refresh_from_db()
    assert change.solved_at
    assert change.solved_by == agent.agent
    assert "Cantine" not in read(agent.get(LIST))


def test_only_who_may_settle_marks_a_change(client, buyer, simulator):
    simulator.set_recipient(COLLEGE, service=True)
    night()
    change = RecipientChange.objects.get()
    client.force_login(staff("view_recipientchange"))
    assert client.post(f"{LIST}{change.pk}/vu/").status_code == 403
    client.force_login(MemberFactory().user)
    assert client.get(LIST).status_code in (302, 403)
    change.refresh_from_db()
    assert change.solved_at is None


def test_the_list_costs_the_same_queries_at_3_and_300_rows(agent):
    def queries(count):
        have = RecipientChange.objects.count()
        for _ in range(count - have):
            RecipientChange.objects.create(
                environment="simulator", recipient=BuyerFactory().recipient, kind=Kind.INACTIVE
            )
        with CaptureQueriesContext(connection) as captured:
            assert agent.get(LIST).status_code == 200
        return len(captured)

    assert queries(3) == queries(300)


# --- The pseudo-service ---


def offers(page: str) -> bool:
    return f'<option value="{PSEUDO_SERVICE}' in page.upper().replace("<OPTION VALUE", "<option value")


def test_no_form_ever_offers_the_pseudo_service(client, portal, admin_client, simulator, approved, supplier, college):
    """Not even where an older row names it."""
    for code in ("CUISINE", PSEUDO_SERVICE, PSEUDO_SERVICE.lower()):
        RecipientServiceFactory(recipient=college.recipient, code=code)
    type(college).objects.filter(pk=college.pk).update(usual_service=PSEUDO_SERVICE)
    order = OrderFactory(supplier=supplier, buyer=college, service_code=PSEUDO_SERVICE)
    draft = InvoiceFactory(order=OrderFactory(supplier=supplier, buyer=college), service_code=PSEUDO_SERVICE)
    returned = returning.come_back(simulator, approved(), "A_RECYCLER", "Service inconnu")
    seller = signed_in(MemberFactory(supplier=supplier).user)
    eater = signed_in(BuyerMemberFactory(buyer=college).user)
    pages = [
        seller.get(reverse("invoicing:confirm", args=[draft.pk])),
        seller.get(reverse("invoicing:reply", args=[returned.pk])),
        seller.get(reverse("orders:create"), {"acheteur": college.pk}),
        seller.get(reverse("orders:references", args=[order.pk])),
        eater.get(reverse("orders:references", args=[order.pk])),
        eater.get(reverse("orders:create"), {"fournisseur": supplier.pk}),
        admin_client.get(f"/admin/orders/order/{order.pk}/change/"),
        admin_client.get(f"/admin/orders/buyer/{college.pk}/change/"),
    ]
    opened = [page for page in pages if page.status_code == 200]
    assert sum("CUISINE" in page.content.decode() for page in opened) >= 3
    named = [
        page.request["PATH_INFO"] for page in opened if f'<option value="{PSEUDO_SERVICE}' in page.content.decode()
    ]
    assert named == []
    assert not any(f'<option value="{PSEUDO_SERVICE.lower()}' in page.content.decode() for page in opened)


# --- Read again on demand ---


def test_an_agent_has_a_recipient_read_again_at_once(buyer, simulator, agent):
    simulator.set_recipient(COLLEGE, active=False)
    night()
    change = RecipientChange.objects.get()
    simulator.set_recipient(COLLEGE, active=True)
    page = f"/admin/chorus/recipientchange/{change.pk}"
    assert "Relire sur Chorus Pro" in agent.get(f"{page}/change/").content.decode()
    assert agent.post(f"{page}/relire/").status_code == 302
    assert "relecture demandée" in agent.get(f"{page}/change/").content.decode()
    deposit_sweep()
    shown = agent.get(f"{page}/change/").content.decode()
    assert "relecture demandée" not in shown
    assert "Relire sur Chorus Pro" not in shown
    assert open_changes() == []


def test_a_reading_is_asked_once_and_forgotten_when_nobody_can_answer(buyer, simulator):
    recipient = buyer.recipient
    recipient.ask_reading()
    simulator.trouble("business_error", operation="structures/rechercher", times=1)
    assert [directory.read_asked() for _ in range(3)] == [0, 1, 0]
    recipient.ask_reading()
    directory.Recipient.objects.update(reading_asked_at=timezone.now() - timedelta(hours=2), synced_at=None)
    assert directory.read_asked() == 0


def test_only_agents_who_may_settle_ask_for_a_reading(buyer, simulator, client):
    simulator.set_recipient(COLLEGE, active=False)
    night()
    client.force_login(staff("view_recipientchange"))
    page = f"/admin/chorus/recipientchange/{RecipientChange.objects.get().pk}"
    assert "Relire sur Chorus Pro" not in client.get(f"{page}/change/").content.decode()
    assert client.post(f"{page}/relire/").status_code == 403
    assert directory.Recipient.objects.get(siret=COLLEGE).reading_asked_at is None
