"""What one person may send, and have made, in a while: at every address of the site that takes or makes a file."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from redis import ConnectionError

from agrilocal18.checks import the_limits_can_be_read
from agrilocal18.limits import MADE_WHEN_ASKED
from tests.factories import MemberFactory
from tests.people import signed_in
from tests.rights import SITE, desk, read
from tests.test_accounts import forget_attempts

pytestmark = pytest.mark.django_db
WRITTEN = "Bonjour, voici ce que je voulais vous dire de cette livraison."


@pytest.fixture(autouse=True)
def _twice_an_hour(settings):
    forget_attempts()
    settings.RATE_LIMITS = {"uploads": "2/h/user", "exports": "2/h/user"}


@pytest.fixture
def producer():
    return signed_in(MemberFactory().user)


def drop(client, **headers):
    file = SimpleUploadedFile("facture.txt", b"rien")
    return client.post(reverse("invoicing:deposit"), {"document": file, "note": WRITTEN}, headers=headers)


def export(client):
    return client.get(reverse("invoicing:export", args=["csv"]))


@pytest.mark.parametrize("act", [drop, export])
def test_who_did_it_too_often_is_told_from_when_on(producer, act):
    assert [act(producer).status_code for _ in range(3)] == [200, 200, 429]
    refused = act(producer)
    again = timezone.localtime() + timedelta(seconds=int(refused["Retry-After"]))
    assert 3500 < int(refused["Retry-After"]) <= 3600
    assert f"Recommencez à partir de {again.hour}\u00a0h\u00a0" in refused.content.decode()


def test_he_is_counted_by_himself_and_pages_stay_open(producer):
    for _ in range(3):
        drop(producer)
    assert export(producer).status_code == 200
    assert producer.get(reverse("invoicing:deposit")).status_code == 200
    assert producer.post(reverse("invoicing:deposit"), {"note": WRITTEN}).status_code == 200
    assert drop(signed_in(MemberFactory().user)).status_code == 200


def test_what_he_wrote_is_given_back(producer, settings):
    settings.RATE_LIMITS = {"uploads": "0/h/user"}
    assert WRITTEN in drop(producer).content.decode()
    # With htmx the form stays on the page, and takes this notice in.
    taken_in = drop(producer, HX_Request="true").content.decode()
    assert "data-told" in taken_in
    assert WRITTEN not in taken_in


def test_while_the_cache_is_away_nobody_is_held_up(producer, monkeypatch):
    def away(*args, **kwargs):
        raise ConnectionError

    monkeypatch.setattr("allauth.core.internal.ratelimit.cache.get", away)
    assert [export(producer).status_code for _ in range(3)] == [200, 200, 200]


def test_a_limit_nobody_understands_stops_the_start(settings):
    assert the_limits_can_be_read(None) == []
    settings.RATE_LIMITS = {"uploads": "beaucoup/user"}
    assert [problem.id for problem in the_limits_can_be_read(None)] == ["agrilocal18.E007"]


def address(page: str) -> str:
    """Of rows that need not be there: who is held up does not get as far."""
    name, *about = page.partition(" ?")[0].split()
    return reverse(name, args=[one[1:] if one.startswith("=") else 1 for one in about])


def test_every_address_that_takes_a_file_is_limited(producer, settings):
    settings.RATE_LIMITS = {"uploads": "0/h/user", "exports": "0/h/user"}
    # A stranger has no file to send but by these, which store none.
    posted = [page for page, (_, who) in {**read(SITE), **desk()}.items() if who and "nobody" not in who]
    file = SimpleUploadedFile("fichier.pdf", b"%PDF-1.4")
    assert [page for page in posted if producer.post(address(page), {"file": file}).status_code != 429] == []


def test_every_address_that_makes_a_file_is_limited(producer, settings):
    """That these are all of them is for tests/test_rights.py, which opens each address."""
    settings.RATE_LIMITS = {"exports": "0/h/user"}
    pages = [page for page in [*read(SITE), *desk()] if page.split()[0] in MADE_WHEN_ASKED]
    assert len(pages) == len(MADE_WHEN_ASKED)
    assert [page for page in pages if producer.get(address(page)).status_code != 429] == []
