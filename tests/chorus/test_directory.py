"""Recipients as Chorus Pro describes them, and what an invoice to them must carry."""

import pytest
from django.utils import timezone

from chorus import directory
from chorus.models import Exchange
from orders.models import Requires
from tests.factories import BuyerFactory, RecipientFactory, RecipientServiceFactory

pytestmark = pytest.mark.django_db(transaction=True)

NEVER = {"is_known": None, "synced_at": None, "synced_from": ""}


def recipient(siret, **values):
    return BuyerFactory(recipient=RecipientFactory(siret=siret, **{**NEVER, **values})).recipient


@pytest.mark.parametrize(
    ("siret", "requires"),
    [
        ("12345678200051", Requires.NOTHING),
        ("12345678200028", Requires.SERVICE),
        ("12345678200036", Requires.ENGAGEMENT),
        ("12345678200044", Requires.EITHER),
        ("20000004000010", Requires.BOTH),
    ],
)
def test_it_reads_what_each_recipient_demands(account, siret, requires):
    it = recipient(siret, requires=Requires.NOTHING)
    directory.refresh_all()
    it.refresh_from_db()
    assert (it.is_known, it.is_active, it.requires, it.synced_from) == (True, True, requires, "simulator")


def test_it_reads_the_services_and_never_offers_the_reserved_one(account):
    it = recipient("20000002400014")
    directory.refresh_all()
    assert set(it.services.values_list("code", "is_active")) == {
        ("CUISINE", True),
        ("ANIMATION", False),
        ("FACTURES_PUBLIQUES", True),
    }
    assert [service.code for service in it.services.usable()] == ["CUISINE"]


def test_a_service_may_demand_an_engagement_its_structure_does_not(account):
    it = recipient("11000201100044")
    directory.refresh_all()
    it.refresh_from_db()
    assert it.services.get(code="SFACETAT").engagement_required
    assert "numéro d'engagement" in directory.missing_reference(it, "", "SFACETAT")


def test_a_service_that_vanished_stays_but_is_not_usable(account):
    it = recipient("20000002400014")
    old = RecipientServiceFactory(recipient=it, code="ANCIEN")
    directory.refresh_all()
    old.refresh_from_db()
    assert not old.is_active


def test_an_unknown_recipient_is_said_to_be_unknown(account):
    it = recipient("99999999900009")
    directory.refresh_all()
    it.refresh_from_db()
    assert it.is_known is False
    assert "connu de Chorus Pro" in directory.missing_reference(it, "EJ", "")


def test_a_company_is_no_recipient_though_chorus_pro_knows_it(account):
    """The account finds the suppliers it is attached to: they issue invoices there, and receive none."""
    it = recipient("10000001700010", name="")
    directory.refresh_all()
    it.refresh_from_db()
    assert it.is_known is False
    assert it.name == "Ferme des Trois Chênes (démonstration)"


def test_an_inactive_recipient_is_said_to_be_inactive(account):
    it = recipient("20000006500017")
    directory.refresh_all()
    it.refresh_from_db()
    assert (it.is_known, it.is_active) == (True, False)


def test_it_knows_who_never_reports_a_payment(account):
    it = recipient("20000005700014")
    directory.refresh_all()
    it.refresh_from_db()
    assert not it.reports_payment


def test_one_that_fails_does_not_stop_the_rest(account, simulator):
    first, second = recipient("12345678200028"), recipient("12345678200036")
    simulator.trouble("html_error", operation="structures/consulter")
    directory.refresh_all()
    for it in (first, second):
        it.refresh_from_db()
    assert sorted([first.is_known, second.is_known], key=str) == [None, True]


def test_what_was_read_a_moment_ago_is_not_read_again(account):
    recipient("12345678200028", synced_at=timezone.now(), synced_from="simulator")
    directory.refresh_all()
    assert not Exchange.objects.filter(operation__startswith="structures/").exists()


def test_what_was_read_in_another_environment_is_read_again(account):
    it = recipient("12345678200028", synced_at=timezone.now(), synced_from="production", is_known=True)
    directory.refresh_all()
    it.refresh_from_db()
    assert it.synced_from == "simulator"


@pytest.mark.parametrize(
    ("requires", "engagement", "service", "missing"),
    [
        (Requires.NOTHING, "", "", ""),
        (Requires.ENGAGEMENT, "", "", "engagement"),
        (Requires.ENGAGEMENT, "EJ1", "", ""),
        (Requires.SERVICE, "EJ1", "", "code service"),
        (Requires.SERVICE, "", "OUVERT", ""),
        (Requires.SERVICE, "", "FERME", "n'est pas utilisable"),
        (Requires.SERVICE, "", "FACTURES_PUBLIQUES", "n'est pas utilisable"),
        (Requires.EITHER, "", "", "code service"),
        (Requires.EITHER, "EJ1", "", ""),
        (Requires.EITHER, "", "OUVERT", ""),
        (Requires.BOTH, "EJ1", "", "code service"),
        (Requires.BOTH, "", "OUVERT", "engagement"),
        (Requires.BOTH, "EJ1", "OUVERT", ""),
        (Requires.NOTHING, "", "EXIGEANT", "engagement"),
    ],
)
def test_what_is_missing_for_each_demand(db, requires, engagement, service, missing):
    it = RecipientFactory(requires=requires)
    RecipientServiceFactory(recipient=it, code="OUVERT")
    RecipientServiceFactory(recipient=it, code="FERME", is_active=False)
    RecipientServiceFactory(recipient=it, code="FACTURES_PUBLIQUES")
    RecipientServiceFactory(recipient=it, code="EXIGEANT", engagement_required=True)
    sentence = directory.missing_reference(it, engagement, service)
    assert missing in sentence
    assert bool(missing) == bool(sentence)
