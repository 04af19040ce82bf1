"""Buyers out of a list: one SIRET may pay for several canteens, and what a canteen says of itself is its own."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Buyer, Recipient
from suppliers.importing import runs
from suppliers.models import Import
from tests.at_once import at_once
from tests.factories import AgentFactory, BuyerFactory, RecipientFactory, UserFactory, siret
from tests.importing import as_csv, give_in, imported, reasons
from tests.people import signed_in
from tests.suppliers.test_imports import exported

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent():
    return signed_in(AgentFactory())


def canteen(**other) -> dict[str, str]:
    return {"SIRET": siret(77), "Nom": "Collège du Val", "Type": "COLLEGE", "Commune": "Vierzon"} | other


def test_a_buyer_nobody_knew_comes_with_its_recipient(agent):
    assert imported(agent, "buyers", [canteen(Téléphone="02 00 00 00 09")]).created == 1
    buyer = Buyer.objects.get()
    assert (buyer.name, buyer.kind, buyer.city, buyer.phone) == (
        "Collège du Val", Buyer.Kind.COLLEGE, "Vierzon", "02 00 00 00 09"
    )  # fmt: skip
    assert (buyer.recipient.siret, buyer.recipient.is_known) == (siret(77), None)


def test_a_recipient_we_know_keeps_what_chorus_pro_said(agent):
    recipient = RecipientFactory(siret=siret(77), name="COLLEGE OFFICIEL")
    imported(agent, "buyers", [canteen()])
    assert Recipient.objects.get() == recipient
    assert (Recipient.objects.get().name, Buyer.objects.get().recipient) == ("COLLEGE OFFICIEL", recipient)


def test_what_the_buyer_says_of_itself_stays(agent):
    buyer = BuyerFactory(name="Collège du Val", phone="02 00 00 00 01", email="", city="Bourges")
    row = canteen(SIRET=buyer.recipient.siret, Téléphone="06 66 66 66 66", **{"Adresse e-mail": "val@example.org"})
    done = imported(agent, "buyers", [row])
    buyer.refresh_from_db()
    assert (buyer.phone, buyer.email, buyer.city) == ("02 00 00 00 01", "val@example.org", "Vierzon")
    assert "06 66 66 66 66" in str(done.report["kept"])
    assert imported(agent, "buyers", [row]).unchanged == 1


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([canteen(), canteen()], "Les lignes 2, 3 donnent le même acheteur"),
        ([canteen(), canteen(Nom="École du Val")], "Plusieurs lignes donnent le SIRET"),
        ([canteen(Type="restaurant")], "Ce type n'est pas connu"),
        ([canteen(**{"Adresse e-mail": "à demander"})], "Cette adresse n'est pas valable"),
        ([canteen(SIRET="2E+13")], "Excel a abîmé"),
    ],
)
def test_a_refused_row_says_why(agent, rows, told):
    assert told in reasons(imported(agent, "buyers", rows))[2]
    assert not Buyer.objects.exists()


def test_another_name_under_a_known_siret_is_for_a_person(agent):
    buyer = BuyerFactory(name="Collège du Val")
    done = imported(agent, "buyers", [canteen(SIRET=buyer.recipient.siret, Nom="École du Val")])
    assert "Ce SIRET est déjà celui de « Collège du Val »" in reasons(done)[2]


def test_canteens_of_one_siret_are_told_apart_by_their_name(agent):
    buyer = BuyerFactory(name="Collège du Val", city="Bourges")
    other = BuyerFactory(name="École du Val", city="Bourges", recipient=buyer.recipient)
    rows = [canteen(SIRET=buyer.recipient.siret, Nom=name) for name in ("École du Val", "Collège du Val")]
    assert imported(agent, "buyers", rows).updated == 2
    for one in (buyer, other):
        one.refresh_from_db()
        assert one.city == "Vierzon"


def test_the_exported_list_comes_back_unchanged(agent):
    BuyerFactory(name="-Collège", kind=Buyer.Kind.EHPAD)
    rows = exported(agent, "orders_buyer")
    assert (rows[0]["Nom"], rows[0]["Type"]) == ("'-Collège", "EHPAD")
    done = imported(agent, "buyers", rows)
    assert (done.unchanged, done.refused, done.report["kept"]) == (1, 0, [])


def test_many_rows_are_shown_for_the_queries_of_a_few(agent):
    costs = []
    for count in (3, 60):
        rows = [canteen(SIRET=siret(800 + n), Nom=f"Collège {n}") for n in range(count)]
        with CaptureQueriesContext(connection) as queries:
            give_in(agent, "buyers", as_csv(rows))
        costs.append(len(queries))
    assert costs[0] == costs[1]


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_the_same_list_at_once_make_no_double():
    by = UserFactory(is_staff=True, is_superuser=True)
    rows = [canteen(SIRET=siret(700 + n), Nom=f"Collège {n}") for n in range(20)]
    # Half of the recipients are known: nothing but their rows can then keep the two apart.
    for n in range(10):
        RecipientFactory(siret=siret(700 + n))
    client = signed_in(by)
    for _ in range(2):
        give_in(client, "buyers", as_csv(rows))
    both = list(Import.objects.all())
    for one in both:
        one.confirm(by=by)
        one.refresh_from_db()
    at_once(*((lambda one=one: one.claim() and runs.carry_out(one)) for one in both))
    assert (Buyer.objects.count(), Recipient.objects.count()) == (20, 20)
