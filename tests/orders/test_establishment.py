"""« Mon établissement »: contact, habits, closures and the year's last day, by the buyer's own people."""

import datetime
from html import unescape

import pytest
from django.utils import timezone
from django.utils.html import strip_tags

from tests.factories import BuyerFactory, BuyerMemberFactory, RecipientServiceFactory
from tests.people import signed_in

DAY = datetime.timedelta(days=1)
FIELDS = ("contact_name", "phone", "email", "usual_service", "usual_delivery_place", "invoice_deadline")


def page_of(buyer) -> str:
    return f"/commandes/etablissement/{buyer.pk}/"


def shown(client, buyer) -> dict:
    """What the browser posts when nobody touches the form, with the values that it was shown."""
    form = client.get(page_of(buyer)).context["form"]
    values = {name: form[name].value() or "" for name in FIELDS}
    return values | {f"initial-{name}": value for name, value in values.items()}


def add(client, buyer, first, last):
    return client.post(f"{page_of(buyer)}fermetures/", {"first_day": first, "last_day": last}, follow=True)


def test_its_people_change_what_they_know(order, as_buyer):
    buyer = order.buyer
    RecipientServiceFactory(recipient=buyer.recipient, code="CANTINE")
    said = {
        "phone": "02 11",
        "usual_service": "CANTINE",
        "usual_delivery_place": "Loge",
        "invoice_deadline": "2026-12-11",
    }
    assert as_buyer.post(page_of(buyer), shown(as_buyer, buyer) | said).status_code == 302
    buyer.refresh_from_db()
    assert (buyer.phone, buyer.usual_service, buyer.usual_delivery_place) == ("02 11", "CANTINE", "Loge")
    assert buyer.invoice_deadline == datetime.date(2026, 12, 11)
    assert buyer.email == "gestion@example.org"


def test_what_a_colleague_changed_meanwhile_stays(order, as_buyer):
    data = shown(as_buyer, order.buyer)
    order.buyer.phone = "02 99"
    order.buyer.save()
    as_buyer.post(page_of(order.buyer), data | {"contact_name": "Dominique"})
    order.buyer.refresh_from_db()
    assert (order.buyer.phone, order.buyer.contact_name) == ("02 99", "Dominique")


def test_what_is_wrong_is_said_and_kept(order, as_buyer):
    data = shown(as_buyer, order.buyer) | {"email": "pas une adresse", "phone": "02 11"}
    page = as_buyer.post(page_of(order.buyer), data).content.decode()
    assert 'value="pas une adresse"' in page
    assert 'value="02 11"' in page
    order.buyer.refresh_from_db()
    assert order.buyer.phone == "02 00 00 00 02"


def test_closures_are_added_once_and_removed(order, as_buyer):
    today = timezone.localdate()
    for _ in range(2):
        add(as_buyer, order.buyer, today, today + DAY)
    closure = order.buyer.closures.get()
    as_buyer.post(f"{page_of(order.buyer)}fermetures/{closure.pk}/")
    assert not order.buyer.closures.exists()


def test_a_closure_that_is_over_is_no_longer_listed(order, as_buyer):
    today = timezone.localdate()
    order.buyer.closures.create(first_day=today - 2 * DAY, last_day=today - DAY)
    assert "Aucune fermeture à venir" in as_buyer.get(page_of(order.buyer)).content.decode()
    order.buyer.closures.create(first_day=today - DAY, last_day=today)
    assert "Aucune fermeture à venir" not in as_buyer.get(page_of(order.buyer)).content.decode()


def test_days_that_cross_are_said_and_kept(order, as_buyer):
    page = add(as_buyer, order.buyer, "2026-12-20", "2026-12-19").content.decode()
    assert "ne peut pas précéder" in page
    assert 'value="2026-12-20"' in page
    assert not order.buyer.closures.exists()


@pytest.mark.parametrize("day", ["0001-01-01", "0202-12-20", "9999-12-31"])
def test_a_year_that_is_a_slip_is_told(order, as_buyer, day):
    assert "n'est pas possible ici" in unescape(add(as_buyer, order.buyer, day, day).content.decode())
    said = shown(as_buyer, order.buyer) | {"invoice_deadline": day}
    assert "n'est pas possible ici" in unescape(as_buyer.post(page_of(order.buyer), said).content.decode())
    assert not order.buyer.closures.exists()
    order.buyer.refresh_from_db()
    assert str(order.buyer.invoice_deadline) != day


def test_who_acts_for_several_chooses(order, as_buyer):
    assert as_buyer.get("/commandes/etablissement/").url == page_of(order.buyer)
    other = BuyerMemberFactory(user=as_buyer.user).buyer
    page = as_buyer.get("/commandes/etablissement/").content.decode()
    assert page_of(order.buyer) in page
    assert page_of(other) in page


@pytest.mark.parametrize("person", ["other_buyer", "supplier", "other_supplier", "stranger", "agent"])
def test_nobody_else_sees_or_changes_it(person, order, people):
    client, buyer = signed_in(people[person]), order.buyer
    closure = buyer.closures.create(first_day=timezone.localdate(), last_day=timezone.localdate())
    assert client.get(page_of(buyer)).status_code == 404
    assert client.post(page_of(buyer), {"phone": "0"}).status_code == 404
    assert add(client, buyer, "2026-12-20", "2026-12-21").status_code == 404
    assert client.post(f"{page_of(buyer)}fermetures/{closure.pk}/").status_code == 404
    assert buyer.closures.get() == closure
    assert client.get("/commandes/etablissement/").status_code == (302 if person == "other_buyer" else 404)


def test_a_closure_of_another_buyer_is_not_removed(order, as_buyer):
    closure = BuyerFactory().closures.create(first_day=timezone.localdate(), last_day=timezone.localdate())
    as_buyer.post(f"{page_of(order.buyer)}fermetures/{closure.pk}/")
    closure.refresh_from_db()


# --- What changed, who changed it, when ---


def history(client, buyer) -> list[str]:
    page = client.get(page_of(buyer)).content.decode().partition("<h2>Historique</h2>")[2]
    items = [item.partition("</li>")[0] for item in page.split("</time>")[1:]]
    return [" ".join(unescape(strip_tags(item)).split()) for item in items]


def test_each_change_is_told_with_its_author(order, as_buyer):
    today, me = timezone.localdate(), as_buyer.user
    assert history(as_buyer, order.buyer) == []
    as_buyer.post(page_of(order.buyer), shown(as_buyer, order.buyer) | {"invoice_deadline": "2026-12-11"})
    add(as_buyer, order.buyer, today, today + DAY)
    as_buyer.post(f"{page_of(order.buyer)}fermetures/{order.buyer.closures.get().pk}/")
    days = f"du {today:%d/%m/%Y} au {today + DAY:%d/%m/%Y}"
    assert history(as_buyer, order.buyer) == [
        f"Fermeture : {days} → (vide) par {me}",
        f"Fermeture : (vide) → {days} par {me}",
        f"Prend les factures de l'année jusqu'au : (vide) → 11 décembre 2026 par {me}",
    ]


def test_what_stayed_as_it_was_is_not_told(order, as_buyer):
    today = timezone.localdate()
    data = shown(as_buyer, order.buyer)
    as_buyer.post(page_of(order.buyer), data)
    # A colleague typed the same number in the meantime.
    as_buyer.post(page_of(order.buyer), data | {"phone": "02 11"})
    as_buyer.post(page_of(order.buyer), data | {"phone": "02 11"})
    add(as_buyer, order.buyer, today, today)
    add(as_buyer, order.buyer, today, today)
    as_buyer.post(f"{page_of(order.buyer)}fermetures/999999/")
    assert [change.field for change in order.buyer.changes.all()] == ["closure", "phone"]


def test_the_history_of_another_house_is_not_shown(order, as_buyer, people):
    add(as_buyer, order.buyer, timezone.localdate(), timezone.localdate())
    other = BuyerMemberFactory()
    assert history(signed_in(other.user), other.buyer) == []
    assert signed_in(other.user).get(page_of(order.buyer)).status_code == 404
