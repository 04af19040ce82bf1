"""Where a visitor comes from and whether by TLS, behind as many proxies as TRUSTED_PROXIES says."""

import runpy

import pytest
from django.conf import settings as site
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.urls import reverse

from agrilocal18 import doctor, proxies
from tests.test_accounts import forget_attempts

HOME, OTHER, FORGED, BALANCER = "192.0.2.1", "192.0.2.2", "203.0.113.9", "198.51.100.7"
# Number of proxies -> the header as it reaches us when somebody at this address sent one of his own.
REACHES_US = {
    0: lambda address, forged: {"REMOTE_ADDR": address, "HTTP_X_FORWARDED_FOR": forged},
    1: lambda address, forged: {"HTTP_X_FORWARDED_FOR": f"{forged}, {address}"},
    2: lambda address, forged: {"HTTP_X_FORWARDED_FOR": f"{forged}, {address}, {BALANCER}"},
}


@pytest.mark.django_db
@pytest.mark.parametrize("proxies", REACHES_US)
def test_attempts_are_counted_by_the_visitors_own_address_whatever_he_says(settings, proxies):
    forget_attempts()
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    settings.ACCOUNT_RATE_LIMITS = {"login": "2/h/ip"}

    def tries(address: str, forged: str) -> int:
        entered = {"login": "personne@example.org", "password": "rien"}
        return Client().post(reverse("account_login"), entered, **REACHES_US[proxies](address, forged)).status_code

    assert [tries(HOME, forged) for forged in (FORGED, "203.0.113.10", HOME)] == [200, 200, 429]
    assert tries(OTHER, HOME) == 200


@pytest.fixture
def two_proxies(settings):
    settings.TRUSTED_PROXIES = settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    cache.delete(proxies.CAME_ROUND)
    yield
    cache.delete(proxies.CAME_ROUND)


@pytest.mark.django_db
def test_who_comes_round_a_proxy_signs_in_and_is_counted_by_the_nearest_address(settings, two_proxies):
    forget_attempts()
    settings.ACCOUNT_RATE_LIMITS = {"login": "2/h/ip"}

    def tries(**came) -> int:
        entered = {"login": "personne@example.org", "password": "rien"}
        return Client().post(reverse("account_login"), entered, **came).status_code

    said = [tries(HTTP_X_FORWARDED_FOR=forged, REMOTE_ADDR=BALANCER) for forged in (FORGED, "203.0.113.10", HOME)]
    assert said == [200, 200, 429]
    assert tries(HTTP_X_FORWARDED_FOR=f"{FORGED}, {BALANCER}", REMOTE_ADDR=BALANCER) == 200


@pytest.mark.django_db
def test_operators_are_told_once_of_who_comes_round_a_proxy(two_proxies, caplog):
    def finding():
        return next(part.check for part in doctor.PARTS if part.title == "Proxys")

    Client().get(reverse("healthz"))
    Client().get(reverse("healthz"), HTTP_X_FORWARDED_FOR=f"{HOME}, {BALANCER}")
    assert "aucune" in finding()()
    for _ in range(2):
        Client().get(reverse("healthz"), HTTP_X_FORWARDED_FOR=HOME)
    with pytest.raises(doctor.Ill, match="moins de 2"):
        finding()()
    assert caplog.text.count("TRUSTED_PROXIES") == 1


@pytest.mark.parametrize(("proxies", "is_believed"), [("0", False), ("1", True), ("2", True)])
def test_one_number_says_it_to_all_that_ask(settings, monkeypatch, proxies, is_believed):
    monkeypatch.setenv("TRUSTED_PROXIES", proxies)
    made = runpy.run_path(str(site.BASE_DIR / "agrilocal18" / "settings.py"))
    assert made["ALLAUTH_TRUSTED_PROXY_COUNT"] == int(proxies)
    settings.SECURE_PROXY_SSL_HEADER = made.get("SECURE_PROXY_SSL_HEADER")
    assert RequestFactory().get("/", HTTP_X_FORWARDED_PROTO="https").is_secure() is is_believed
