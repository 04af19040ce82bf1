"""Recipients at the desk: what Chorus Pro said is only read."""

import pytest
from django.urls import reverse

from orders.models import Recipient, Requires
from tests.factories import (
    RecipientFactory,
    RecipientServiceFactory,
    siret,
)
from tests.orders.desk import Fields, list_of, save, text_of, url_of

pytestmark = pytest.mark.django_db


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
