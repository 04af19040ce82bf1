"""Where a visitor comes from and whether by TLS, behind as many proxies as TRUSTED_PROXIES says."""

import runpy

import pytest
from django.conf import settings as site
from django.test import Client, RequestFactory
from django.urls import reverse

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


@pytest.mark.parametrize(("proxies", "is_believed"), [("0", False), ("1", True), ("2", True)])
def test_one_number_says_it_to_all_that_ask(settings, monkeypatch, proxies, is_believed):
    monkeypatch.setenv("TRUSTED_PROXIES", proxies)
    made = runpy.run_path(str(site.BASE_DIR / "agrilocal18" / "settings.py"))
    assert made["ALLAUTH_TRUSTED_PROXY_COUNT"] == int(proxies)
    settings.SECURE_PROXY_SSL_HEADER = made.get("SECURE_PROXY_SSL_HEADER")
    assert RequestFactory().get("/", HTTP_X_FORWARDED_PROTO="https").is_secure() is is_believed
