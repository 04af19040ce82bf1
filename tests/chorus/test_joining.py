"""The guide to joining Chorus Pro: the page, the file, and how far a supplier is."""

import datetime
import io
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from lxml import html
from pypdf import PdfReader

from chorus.joining import stages
from chorus.models import Connection
from invoicing.lifecycle import Status
from tests.factories import BuyerMemberFactory, InvoiceFactory, MemberFactory, SupplierFactory, UserFactory

pytestmark = pytest.mark.django_db


def guide(client, user, name="guide"):
    client.force_login(user)
    return client.get(reverse(f"chorus:{name}"))


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def printed(client, user) -> PdfReader:
    return PdfReader(io.BytesIO(b"".join(guide(client, user, "guide_pdf").streaming_content)))


def connected(supplier):
    Connection.objects.create(supplier=supplier, works=True, checked_at=timezone.now())
    return supplier


# --- The guide ---


@pytest.mark.parametrize("who", [MemberFactory, BuyerMemberFactory])
def test_it_opens_to_everybody_who_signed_in(client, who):
    answer = guide(client, who().user)
    assert answer.status_code == 200
    assert "Rejoindre Chorus Pro" in answer.content.decode()


def test_who_waits_for_his_access_is_led_to_it(client):
    user = UserFactory()
    user.membership_requests.create(company_name="Ferme", siret="90000001400010", kind="supplier")
    client.force_login(user)
    assert reverse("chorus:guide") in client.get(reverse("suppliers:membership_request")).content.decode()
    assert guide(client, user).status_code == 200


@pytest.mark.parametrize("name", ["guide", "guide_pdf"])
def test_the_stranger_signs_in_first(client, name):
    assert client.get(reverse(f"chorus:{name}")).status_code == 302


def test_addresses_day_and_people_come_from_the_settings(client, settings):
    settings.CHORUS_PORTAL_URL = "https://chorus.example.org"
    settings.CHORUS_HELP_URL = "https://aide.example.org"
    settings.GUIDE_CHECKED_ON = datetime.date(2027, 2, 3)
    settings.SITE = {**settings.SITE, "name": "Agrilocal36", "contact_email": "circuits@example.org"}
    settings.CHORUS = {**settings.CHORUS, "PORTAL_USER": "Portail 36"}
    page = guide(client, UserFactory()).content.decode()
    for said in [
        'href="https://chorus.example.org"',
        'href="https://aide.example.org"',
        "Vérifié le 3 février 2027",
        "Agrilocal36 dépose pour vous",
        "mailto:circuits@example.org",
        "Portail 36",
    ]:
        assert said in page, said
    assert "Agrilocal18" not in page


def test_it_leads_to_its_own_parts_only(client):
    page = html.fromstring(guide(client, MemberFactory(supplier=SupplierFactory(no_account=True)).user).content)
    ids = set(page.xpath("//@id"))
    named = [link.partition("#")[2] for link in page.xpath("//a/@href") if "#" in link]
    assert {"compte", "mandat", "rattachement"} <= set(named) <= ids


def test_it_asks_as_much_for_many_suppliers_as_for_one(client, django_assert_max_num_queries):
    user = MemberFactory().user
    client.force_login(user)
    with CaptureQueriesContext(connection) as for_one:
        client.get(reverse("chorus:guide"))
    MemberFactory.create_batch(4, user=user)
    with django_assert_max_num_queries(len(for_one)):
        assert client.get(reverse("chorus:guide")).content.decode().count("Où en est") == 5


# --- The file ---


def test_the_file_says_what_the_page_says(client):
    user = UserFactory()
    page = html.fromstring(guide(client, user).content).find_class("prose")[0]
    pages = [p.extract_text().rpartition("Agrilocal18, Département du Cher")[0] for p in printed(client, user).pages]
    text = squeezed("".join(pages))
    parts = [squeezed(part.text_content()) for part in page.iter("h2", "h3", "p", "li")]
    assert len(parts) > 40
    assert [part for part in parts if part not in text] == []


def test_the_file_has_the_headings_of_the_page(client):
    user = UserFactory()
    page = html.fromstring(guide(client, user).content).find_class("prose")[0]
    outline = printed(client, user).outline
    titles = [entry.title for level in outline for entry in (level if isinstance(level, list) else [level])]
    assert titles == [heading.text_content() for heading in page.iter("h2", "h3")]


def test_the_file_is_downloaded(client):
    answer = guide(client, UserFactory(), "guide_pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="guide-chorus-pro.pdf"'


# --- How far a supplier is ---


def done(supplier) -> list[bool]:
    return [bool(stage.done) for stage in stages(supplier)]


def test_the_stages_are_ticked_one_after_the_other():
    assert done(SupplierFactory(no_account=True)) == [False, False, False]
    assert done(SupplierFactory()) == [True, True, False]
    assert done(SupplierFactory(mandate_in_force=False)) == [True, False, False]
    assert done(SupplierFactory(self_deposit=True)) == [True, True, False]
    assert done(connected(SupplierFactory())) == [True, True, True]


def test_a_connection_that_no_longer_serves_is_not_ticked():
    supplier = connected(SupplierFactory(no_account=True))
    assert done(supplier) == [False, False, False]
    failing = SupplierFactory()
    Connection.objects.create(supplier=failing, works=False, checked_at=timezone.now())
    assert done(failing) == [True, True, False]


def test_profile_and_guide_show_them_and_lead_to_what_is_missing(client):
    member = MemberFactory()
    client.force_login(member.user)
    for address in [reverse("chorus:guide"), reverse("suppliers:supplier", args=[member.supplier_id])]:
        page = client.get(address).content.decode()
        assert page.count("à faire</span>") == 1, address
        assert f"{reverse('chorus:guide')}#rattachement" in page
        assert "mandat signé le" in page


def test_the_box_leads_to_the_guide(client):
    member = MemberFactory()
    client.force_login(member.user)
    page = client.get(reverse("suppliers:chorus_box", args=[member.supplier_id])).content.decode()
    assert reverse("chorus:guide") in page


def test_the_home_leads_there_who_has_no_account_yet(client):
    member = MemberFactory()
    client.force_login(member.user)
    invitation = "n'a pas encore de compte Chorus Pro"
    assert invitation not in html.fromstring(client.get(reverse("invoicing:supplier_home")).content).text_content()
    member.supplier.answer_box(uses_chorus=False, depositor="", by=member.user)
    home = html.fromstring(client.get(reverse("invoicing:supplier_home")).content)
    (notice,) = [notice for notice in home.find_class("notice") if invitation in notice.text_content()]
    assert notice.xpath(".//a/@href") == [reverse("chorus:guide")]
    assert "Rien d'autre à faire" in home.text_content()


# --- Who deposits himself ---


def test_he_reads_on_the_invoice_all_there_is_to_type(client):
    lines = [{"rate": "5.5", "base": "100.00", "tax": "5.50"}, {"rate": "20", "base": "10.00", "tax": "2.00"}]
    invoice = InvoiceFactory(status=Status.TO_SELF_DEPOSIT, service_code="RESTO", vat_lines=lines)
    member = MemberFactory(supplier=invoice.supplier)
    client.force_login(member.user)
    page = html.fromstring(client.get(reverse("invoicing:detail", args=[invoice.pk])).content)
    (table,) = page.find_class("to-copy")
    shown = dict(
        zip((t.text_content() for t in table.iter("dt")), (d.text_content() for d in table.iter("dd")), strict=True)
    )
    assert shown["SIRET du destinataire"] == invoice.recipient.siret
    assert shown["Code service"] == "RESTO"
    assert shown["Numéro d'engagement"] == invoice.engagement_number
    assert (shown["Numéro"], shown["Mode de paiement"]) == (invoice.number, "Virement")
    assert (shown["Base HT à 5,5\u00a0%"], shown["TVA à 5,5\u00a0%"]) == ("100,00", "5,50")
    assert (shown["Base HT à 20\u00a0%"], shown["TVA à 20\u00a0%"]) == ("10,00", "2,00")
    assert f"{reverse('chorus:guide')}#soi-meme" in page.xpath("//a/@href")


def test_what_is_not_to_be_typed_is_not_offered_to_copy(client):
    invoice = InvoiceFactory(status=Status.TO_SELF_DEPOSIT, service_code="")
    client.force_login(MemberFactory(supplier=invoice.supplier).user)
    page = html.fromstring(client.get(reverse("invoicing:detail", args=[invoice.pk])).content)
    assert [value.text_content() for value in page.xpath("//dl[contains(@class, 'to-copy')]/dd[@data-nothing]")] == [
        "aucun"
    ]
