"""Joining Chorus Pro, and depositing there oneself, in a browser."""

import pytest
from playwright.sync_api import expect

from invoicing.lifecycle import Status
from tests.factories import InvoiceFactory, MemberFactory, SupplierFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_without_javascript_he_goes_from_his_profile_to_what_is_missing(enter):
    member = MemberFactory(supplier=SupplierFactory(no_account=True))
    person = enter(member.user, javascript=False)
    page = person.page
    person.visit(f"/profil/{member.supplier_id}/")
    page.get_by_role("link", name="Comment faire pour « Un compte Chorus Pro »").click()
    expect(page.get_by_role("heading", name="Étape 1 : créer votre compte")).to_be_in_viewport()
    person.look()
    with page.expect_download() as download:
        page.get_by_role("link", name="Télécharger le guide (PDF)").click()
    assert download.value.suggested_filename == "guide-chorus-pro.pdf"


def test_he_copies_what_he_types_on_chorus_pro(enter, live_server):
    invoice = InvoiceFactory(status=Status.TO_SELF_DEPOSIT)
    person = enter(MemberFactory(supplier=invoice.supplier).user)
    person.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=live_server.url)
    page = person.page
    person.visit(f"/factures/{invoice.pk}/")
    page.get_by_role("button", name="Copier : Numéro d'engagement").click()
    expect(page.get_by_role("button", name="Copié : Numéro d'engagement")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == invoice.engagement_number
    person.look()
