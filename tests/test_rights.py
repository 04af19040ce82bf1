"""Every address of the site, opened and posted to by every role, beside the table of who may (tests/rights.py)."""

from http.cookies import SimpleCookie

import pytest
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agrilocal18.apps import READERS, RESPONSABLES
from agrilocal18.limits import MADE_WHEN_ASKED
from orders.models import BuyerInvitation, Reception
from suppliers.models import Invitation, MembershipRequest, User
from tests.browser.screens import names
from tests.browser.world import World
from tests.factories import BuyerMemberFactory, UserFactory, siret
from tests.people import signed_in
from tests.rights import NO_SUCH_METHOD, ROLES, SITE, desk, read
from tests.soft_key import SoftKey

pytestmark = pytest.mark.django_db
STAFF = {"reader": READERS, "responsable": RESPONSABLES}
# What an empty form, or a part of the portal that does not work, still answers to those it let in.
LET_IN = {200, 302, 400, 422, 503}
DESK = "/admin/"
DOOR = "/admin/login/"
UNCOUNTED, UNNOTED = "makes a file, and agrilocal18/limits.py does not count it", "makes a file, and no journal says so"
# One's own ten codes, which allauth writes at no cost; a guide that says the same to everybody.
NOT_KEPT = {"mfa_download_recovery_codes": {UNCOUNTED, UNNOTED}, "chorus:guide_pdf": {UNNOTED}}


class Portal(World):
    """The world of the screens with somebody of every role, and whatever else an address names."""

    def __init__(self):
        super().__init__()
        self.people |= {role: _of_group(group) for role, group in STAFF.items()}
        self.people |= {
            "pending": UserFactory(),
            "other_producer": self.people["self-depositor"],
            "other_buyer": BuyerMemberFactory().user,
        }
        MembershipRequest.objects.create(
            user=self.people["pending"], siret=siret(700009), company_name="Ferme", person_name="Jo", phone="02"
        )
        TOTP.activate(self.people["operator"], generate_totp_secret())
        RecoveryCodes.activate(self.people["operator"])
        said = SoftKey().introduce({"rp": {"id": "testserver"}, "challenge": "AAAA"})
        kept = {"name": "clé du bureau", "credential": said}
        key = Authenticator.objects.create(user=self.people["operator"], type=Authenticator.Type.WEBAUTHN, data=kept)
        today = timezone.localdate()
        self.rows |= {
            "key": key,
            "closure": self.order.buyer.closures.create(first_day=today, last_day=today),
            "photographed": Reception.objects.exclude(photo="").get(),
            "invitation": Invitation.objects.get(),
            "buyerinvitation": BuyerInvitation.objects.get(),
        }
        self._files()

    def address(self, page: str) -> str:
        path, mark, query = page.partition(" ?")
        return super().address(path) + mark.strip() + query

    def _files(self) -> None:
        """Of the rows whose file an address opens."""
        for row, field in {"photographed": "photo", "attachment": "file", "to_review": "plain_document"}.items():
            kept = getattr(self.rows[row], field)
            kept.save("fichier.pdf", ContentFile(b"%PDF-1.4"), save=False)
            type(self.rows[row]).objects.filter(pk=self.rows[row].pk).update(**{field: kept.name})
        draft, one = self.rows["draft"], self.rows["draft"].upload.originals.get()
        draft.upload.originals.create(position=2, file=one.file, name="verso.pdf", sha256="0" * 64, size=1)
        rib = default_storage.save("rib/rib.pdf", ContentFile(b"%PDF-1.4"))
        type(self.order.supplier).objects.filter(pk=self.order.supplier.pk).update(rib=rib)


def _of_group(name: str) -> User:
    person = UserFactory(is_staff=True)
    person.groups.add(Group.objects.get(name=name))
    return person


def walk(pages: dict, refusals) -> list[str]:
    """What was answered otherwise than the table says. Nothing that one request did is left for the next."""
    portal, wrong = Portal(), []
    people = {role: user for role, user in portal.people.items() if role in ROLES}
    browsers = {role: _just_come_in(user) if user else Client() for role, user in people.items()}
    entries = LogEntry.objects.count()
    cookies = {role: browser.cookies.output(header="") for role, browser in browsers.items()}
    for page, methods in pages.items():
        for method, who in zip(("get", "post"), methods, strict=True):
            for role, browser in browsers.items():
                browser.cookies = SimpleCookie(cookies[role])
                found, lacks = _outcome(getattr(browser, method), portal.address(page), entries)
                wrong += [f"{page}: {what}" for what in lacks - NOT_KEPT.get(page.split()[0], set())]
                wanted = {"in"} if who and role in who else refusals(role, who, methods)
                if found not in wanted:
                    wrong.append(f"{role}, {method} {page}: {found}, not {' or '.join(sorted(wanted))}")
    return wrong


def _just_come_in(user: User) -> Client:
    """By his password: what he may not do is not hidden behind the question whether it is still he."""
    browser, request = signed_in(user), HttpRequest()
    request.session = browser.session
    record_authentication(request, user, "password")
    request.session.save()
    return browser


def _outcome(ask, address: str, entries: int) -> tuple[str, set[str]]:
    """What became of it, and what a file that was made for it lacks; `entries`: of the journal, before."""
    with transaction.atomic():
        response = ask(address)
        if response.streaming:
            list(response)
        lacks = _lacks(response, entries)
        transaction.set_rollback(True)
    return _word(response, address), lacks


def _lacks(response, entries: int) -> set[str]:
    """A file to keep is counted and noted, unless it is one that came in, which the proxy hands over."""
    if "X-Accel-Redirect" in response or not response.get("Content-Disposition", "").startswith("attachment"):
        return set()
    lacks = set() if response.wsgi_request.resolver_match.view_name in MADE_WHEN_ASKED else {UNCOUNTED}
    return lacks if LogEntry.objects.count() > entries else {*lacks, UNNOTED}


def _word(response, address: str) -> str:
    if response.status_code == 302 and _asks_who_it_is(response.url):
        return "login"
    if response.status_code == 302 and response.url == DESK and address.startswith(DESK) and address != DOOR:
        return "404"  # Django's way of saying so there.
    return "in" if response.status_code in LET_IN else str(response.status_code)


def _asks_who_it_is(address: str) -> bool:
    return address.startswith((f"{reverse('account_login')}?next", f"{reverse('admin:login')}?next"))


def at_the_site(role: str, who: set[str] | None, methods: list[set[str] | None]) -> set[str]:
    """A stranger is not told that there is something: 404. What is closed to everybody asks nobody to sign in."""
    is_public = not any(methods) or any("nobody" in each for each in methods if each)
    if role == "nobody" and not is_public:
        return {"login"}
    return {"404", "405"} if who is NO_SUCH_METHOD else {"404"}


def at_the_desk(role: str, who: set[str] | None, methods: list[set[str] | None]) -> set[str]:
    return {"login"} if role == "nobody" else {"login", "403", "404", "405"}


@pytest.fixture(autouse=True)
def _everything_is_on(settings, tmp_path):
    settings.CHORUS = {**settings.CHORUS, "ENVIRONMENT": "simulator", "OWN_ACCOUNTS": True}
    logo = tmp_path / "logo.svg"
    logo.write_text("<svg/>")
    settings.ACCEL_LOCATION = "/stored-files/"
    settings.SITE = {**settings.SITE, "colour": "#1d4f91", "logo": str(logo)}


def test_every_role_reaches_its_own_pages_of_the_site_and_no_other():
    wrong = walk(read(SITE), at_the_site)
    assert not wrong, "\n".join(wrong)


def test_every_role_reaches_its_own_pages_of_the_desk_and_no_other():
    wrong = walk(desk(), at_the_desk)
    assert not wrong, "\n".join(wrong)


def test_every_address_stands_in_the_table():
    listed = {page.split()[0] for page in [*read(SITE), *desk()]}
    assert set(names()) - listed == set()
    assert listed - set(names()) == set()
