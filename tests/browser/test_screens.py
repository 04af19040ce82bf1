"""What a page is besides its look on a screen: it works without JavaScript, and on paper."""

import io

import pytest
from django.core.files.base import ContentFile
from pypdf import PdfReader

from tests.browser.world import World
from tests.people import address

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world():
    return World()


def test_of_two_drafts_for_one_order_each_leads_to_the_other_without_javascript(enter, world):
    person = enter(world.people["producer"], javascript=False)
    person.visit(world.address("invoicing:confirm draft"))
    person.press("comparez-les", role="link")
    assert person.page.url.endswith(world.address("invoicing:confirm other_draft"))


def test_an_invoice_is_printed_as_facts_and_history(enter, world):
    invoice = world.rows["suspended"]
    invoice.pages.create(number=1, picture=ContentFile(b"\xff\xd8\xff picture", name="page.jpg"))
    for number in range(8):
        invoice.note(f"Message {number}")
    person = enter(world.people["producer"])
    person.page.goto(address("detail", invoice))
    sheets = PdfReader(io.BytesIO(person.page.pdf(format="A4"))).pages
    text = " ".join(sheet.extract_text() for sheet in sheets)
    assert len(sheets) <= 2
    for said in [invoice.number, "105,50", invoice.engagement_number, "Ce qui s'est passé", "Message 0", "Message 7"]:
        assert said in text, said
    for said in ["Déposer", "Télécharger", "Répondre à l'acheteur", "Se déconnecter", "Guide Chorus Pro"]:
        assert said not in text, said
