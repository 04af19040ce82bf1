"""What a public site owes its readers: who it is, how accessible it is, what it keeps of them, a way out of trouble."""

import datetime
import re

import pytest
from django.core.checks import run_checks
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from tests.factories import BuyerMemberFactory, MemberFactory, UserFactory

PAGES = ["accessibility", "legal_notice", "personal_data"]
NAMED = {
    "publisher": "Département d'essai, 1 rue de l'Essai",
    "director": "Madame la Présidente",
    "host": "Hébergeur d'essai",
    "dpo": "dpo@example.org",
}
AUDITED = {
    "state": "partiellement conforme",
    "audited_on": datetime.date(2027, 1, 15),
    "auditor": "Cabinet d'essai",
    "rate": 72.5,
    "failings": ["le calendrier"],
    "scheme_url": "https://cher.example.org/schema",
}


@pytest.fixture
def site(settings):
    def configure(accessibility=None, **values):
        said = settings.SITE["accessibility"] | (accessibility or {})
        settings.SITE = {**settings.SITE, **values, "accessibility": said}

    return configure


def text(client, name) -> str:
    page = client.get(reverse(name)).content.decode()
    return re.sub(r"\s+", " ", strip_tags(page).replace("&nbsp;", " ").replace("&#x27;", "'"))


# --- On every page ---


@pytest.mark.parametrize("name", PAGES)
def test_it_opens_without_an_account(client, db, name):
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize(
    ("who", "page"),
    [
        (None, "account_login"),
        (lambda: MemberFactory().user, "invoicing:supplier_home"),
        (lambda: BuyerMemberFactory().user, "orders:buyer_home"),
        (lambda: UserFactory(is_staff=True), "admin:index"),
    ],
    ids=["visitor", "supplier", "buyer", "agent"],
)
def test_every_page_leads_there(client, db, who, page):
    if who:
        client.force_login(who())
    content = client.get(reverse(page)).content.decode()
    assert [name for name in PAGES if f'href="{reverse(name)}"' not in content] == []
    assert "Accessibilité&nbsp;: non conforme" in content


def test_who_signed_in_finds_the_guide_in_the_footer(client, db):
    assert reverse("chorus:guide") not in client.get(reverse("account_login")).content.decode()
    client.force_login(MemberFactory().user)
    assert reverse("chorus:guide") in client.get(reverse("invoicing:supplier_home")).content.decode()


# --- Accessibility ---


def test_without_an_audit_it_says_so(client, db):
    told = text(client, "accessibility")
    assert "est non conforme avec le référentiel général" in told
    assert "Aucun audit n'a encore été fait" in told
    assert "Défenseur des droits" in told
    assert "Résultats des tests" not in told


def test_an_audit_is_told_as_it_was(client, db, site):
    site(AUDITED)
    told = text(client, "accessibility")
    for said in [
        "est partiellement conforme avec",
        "L'audit du 15 janvier 2027, mené par Cabinet d'essai",
        "72,5 % des critères",
        "le calendrier",
        "Accessibilité : partiellement conforme",
    ]:
        assert said in told, said
    assert "Aucun audit" not in told
    assert "https://cher.example.org/schema" in client.get(reverse("accessibility")).content.decode()


def problems(*, deploy=False) -> list[str]:
    found = run_checks(include_deployment_checks=deploy)
    return sorted(problem.id for problem in found if problem.id.startswith("agrilocal18."))


@pytest.mark.parametrize(
    "said",
    [
        {"state": "partiellement conforme", "rate": 72},
        {**AUDITED, "rate": 40},
        {**AUDITED, "state": "totalement conforme"},
        {**AUDITED, "state": "non conforme", "rate": 60},
        {**AUDITED, "auditor": ""},
    ],
)
def test_a_better_state_than_the_audit_found_is_refused(site, said):
    site(said)
    assert problems() == ["agrilocal18.E001"]


def test_what_the_audit_found_passes(site):
    site(AUDITED)
    assert problems() == []
    site({**AUDITED, "state": "totalement conforme", "rate": 100})
    assert problems() == []


# --- Names ---


def test_legal_pages_name_whom_the_settings_name(client, db, site):
    site(**NAMED)
    told = text(client, "legal_notice")
    assert [NAMED[key] for key in ("publisher", "director", "host") if NAMED[key] not in told] == []
    assert "Non renseigné" not in told
    assert "Délégué à la protection des données : dpo@example.org." in text(client, "personal_data")


def test_a_missing_name_is_not_invented_and_is_told_before_opening(client, db, site, settings):
    settings.STAFF_MFA = True
    site(**dict.fromkeys(NAMED, ""), contact_phone="", contact_email="")
    assert text(client, "legal_notice").count("Non renseigné") == 3
    assert problems(deploy=True) == ["agrilocal18.W001"] * 4 + ["agrilocal18.W002"]
    site(**NAMED, contact_phone="02 00 00 00 18")
    assert problems(deploy=True) == []


def test_durations_are_those_in_force(client, db, settings):
    settings.UPLOADS_KEPT_DAYS = 200
    settings.IMPORTS_KEPT_DAYS = 33
    settings.MAILS_KEPT_DAYS = 77
    settings.RECEPTION_PHOTO_DAYS = 31
    settings.CHORUS = {**settings.CHORUS, "JOURNAL_DAYS": 45}
    told = text(client, "personal_data")
    assert "jamais confirmés : 200 jours" in told
    assert "Photos prises à la réception d'une livraison : 31 jours" in told
    assert "importés par le Département : 33 jours" in told
    assert "Journal des échanges avec Chorus Pro : 45 jours" in told
    assert "e-mails que le site vous envoie : 77 jours" in told


# --- When something goes wrong ---


def refused(origin, **data):
    client = Client(enforce_csrf_checks=True)
    headers = {"origin": origin} if origin else {}
    answer = client.post(reverse("account_login"), data, headers=headers)
    assert answer.status_code == 403
    return answer.content.decode()


def test_what_was_written_on_an_old_page_is_given_back(db):
    page = refused("http://testserver", reason="Les pommes ont été livrées <b>mardi</b>.", login="camille@example.org")
    assert "Les pommes ont été livrées &lt;b&gt;mardi&lt;/b&gt;." in page
    assert "camille@example.org" not in page


@pytest.mark.parametrize("origin", ["https://ailleurs.example.org", None])
def test_what_another_site_sends_is_not_shown(db, origin):
    assert "virement urgent" not in refused(origin, reason="Faites un virement urgent à ce compte.")


def test_a_password_is_not_given_back(db):
    assert "phrase secrète" not in refused("http://testserver", password="une phrase secrète assez longue")


@pytest.mark.parametrize("url", ["/nulle-part/", "/admin/nulle-part/"])
def test_an_error_page_leads_on(client, db, site, url):
    site(contact_email="circuits@example.org")
    client.force_login(UserFactory(is_staff=True))
    page = client.get(url).content.decode()
    for address in ['href="/"', "mailto:circuits@example.org", *(reverse(name) for name in PAGES)]:
        assert address in page, address
