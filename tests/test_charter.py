"""Another département's name, logo and colour."""

import re

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.urls import reverse

from agrilocal18.charter import GROUNDS, INKS, contrast, faint

TOKENS = (settings.BASE_DIR / "static/css/tokens.css").read_text()
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'


@pytest.fixture
def site(settings):
    def configure(**values):
        settings.SITE = {**settings.SITE, **values}

    return configure


def problems() -> list[str]:
    return [problem.id for problem in run_checks() if problem.id.startswith("agrilocal18.")]


def login_page(client) -> str:
    return client.get(reverse("account_login")).content.decode()


def test_contrast_is_that_of_the_recommendation():
    assert contrast("#ffffff", "#000000") == contrast("#000000", "#ffffff") == 21
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


def test_it_judges_on_the_grounds_of_the_charter():
    light, dark, _ = re.split(r"@media", TOKENS)
    for theme, part in (("light", light), ("dark", dark)):
        named = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", part))
        assert GROUNDS[theme] == (named["ground"], named["surface"], named["sunken"])
        assert INKS[theme] == named["ink"]


@pytest.mark.parametrize("colour", ["#2d5f3e", "#1d4f91", "#8a1538", "#00008b"])
def test_a_dark_colour_can_be_read_in_both_themes(site, colour):
    site(colour=colour)
    assert (faint(colour), problems()) == ([], [])


@pytest.mark.parametrize("colour", ["#e2a000", "#7fbf7f", "#888888"])
def test_a_faint_colour_is_refused(site, colour):
    site(colour=colour)
    assert problems() == ["agrilocal18.E003"]


@pytest.mark.parametrize("colour", ["green", "#fff", "#2d5f3e;}", "2d5f3e"])
def test_what_is_no_colour_is_refused(site, colour):
    site(colour=colour)
    assert problems() == ["agrilocal18.E002"]


def test_the_colour_reaches_every_page_as_a_style_sheet(client, db, site):
    assert reverse("colours") not in login_page(client)
    assert client.get(reverse("colours")).status_code == 404
    site(colour="#1d4f91")
    assert reverse("colours") in login_page(client)
    answer = client.get(reverse("colours"))
    assert answer["Content-Type"] == "text/css"
    assert "--brand: #1d4f91;" in answer.content.decode()


def test_the_logo_takes_the_place_of_the_sign(client, db, site, tmp_path):
    assert client.get(reverse("logo")).status_code == 404
    (tmp_path / "logo.svg").write_text(SVG)
    site(logo=str(tmp_path / "logo.svg"), name="Agrilocal36")
    assert problems() == []
    page = login_page(client)
    assert f'<img src="{reverse("logo")}" alt=""' in page
    assert "Agrilocal36" in page
    assert "Agrilocal18" not in page
    answer = client.get(reverse("logo"))
    assert (answer["Content-Type"], b"".join(answer.streaming_content).decode()) == ("image/svg+xml", SVG)


@pytest.mark.parametrize(("name", "size"), [("logo.svg", 60_000), ("logo.exe", 10), ("absent.svg", None)])
def test_a_logo_that_would_not_do_is_refused(site, tmp_path, name, size):
    if size:
        (tmp_path / name).write_bytes(b"x" * size)
    site(logo=str(tmp_path / name))
    assert problems() == ["agrilocal18.E004"]
