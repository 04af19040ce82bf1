"""The demonstration's mails are read in the browser, and nowhere else."""

import re

import pytest
from django.core.checks import run_checks
from django.core.mail import EmailMultiAlternatives, get_connection, send_mail

import tests.demo.urls  # noqa: F401 (the site's own addresses are read before a test changes a setting)
from suppliers.outbox import send_due
from tests.factories import MemberFactory

PAGE = "/demonstration/courriels/"


@pytest.fixture
def demonstration(settings, tmp_path):
    settings.ROOT_URLCONF, settings.DEMONSTRATION = "tests.demo.urls", True
    settings.CHORUS = {**settings.CHORUS, "ENVIRONMENT": "simulator"}
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    (tmp_path / "mail").mkdir()


def links(page: str) -> list[str]:
    return re.findall(rf'href="({PAGE}[\w-]+/(?:html/)?)"', page)


def test_whoever_plays_reads_a_code_before_he_signs_in(client, db, demonstration):
    assert "Aucun courriel" in client.get(PAGE).content.decode()
    send_mail("Votre code Agrilocal18", "Voici : ABC-123 <b>", None, ["camille@example.org"])
    page = client.get(PAGE).content.decode()
    [link] = links(page)
    assert "camille@example.org" in page
    read = client.get(link).content.decode()
    assert "ABC-123 &lt;b&gt;" in read
    assert links(read) == []
    assert f'href="{PAGE}"' in client.get("/compte/login/").content.decode()


def test_a_letter_of_the_outbox_is_read_as_text_and_as_html(client, db, demonstration):
    member = MemberFactory()
    send_due()
    page = client.get(links(client.get(PAGE).content.decode())[0]).content.decode()
    assert f'/profil/{member.supplier_id}/"' in page
    answer = client.get(links(page)[0])
    assert '<a class="action"' in answer.content.decode()
    policy = answer["Content-Security-Policy"].split("; ")
    assert "style-src 'unsafe-inline'" in policy
    assert "script-src 'self'" in policy


def test_letters_sent_together_are_told_apart(client, db, demonstration):
    letters = [EmailMultiAlternatives(f"Objet {n}", "Texte", to=["a@example.org"]) for n in range(3)]
    get_connection().send_messages(letters)
    page = client.get(PAGE).content.decode()
    assert re.findall(r"Objet \d", page) == ["Objet 2", "Objet 1", "Objet 0"]
    assert len(set(links(page))) == 3


@pytest.mark.parametrize("key", ["settings", "20261121-1", "..-0"])
def test_another_name_is_no_letter(client, db, demonstration, key):
    assert client.get(f"{PAGE}{key}/").status_code == 404


def test_elsewhere_there_is_no_such_page(client, db):
    assert client.get(PAGE).status_code == 404
    assert PAGE not in client.get("/compte/login/").content.decode()


@pytest.mark.parametrize(("environment", "stops"), [("simulator", False), ("", True), ("production", True)])
def test_production_does_not_start_with_it(settings, environment, stops):
    settings.DEMONSTRATION, settings.CHORUS = True, {**settings.CHORUS, "ENVIRONMENT": environment}
    assert stops == ("agrilocal18.E005" in {problem.id for problem in run_checks()})
