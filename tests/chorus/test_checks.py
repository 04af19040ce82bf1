"""Settings that could send an invoice to the wrong place, or twice, stop the start."""

import pytest
from django.core.checks import run_checks

from chorus import checks

GOOD = {"ENVIRONMENT": "production", "CLIENT_ID": "id", "CLIENT_SECRET": "secret"}


@pytest.fixture
def chorus(settings):
    def configure(**values):
        settings.DEBUG = False
        settings.CHORUS = {**settings.CHORUS, **values}

    return configure


def errors() -> set[str]:
    return {error.id for error in run_checks() if error.id.startswith("chorus.")}


def test_off_is_fine(chorus):
    chorus(ENVIRONMENT="")
    assert errors() == set()


def test_production_needs_its_credentials_only(chorus):
    chorus(**GOOD)
    assert errors() == set()


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"ENVIRONMENT": "prod"}, "chorus.E001"),
        ({"CLIENT_SECRET": ""}, "chorus.E002"),
        ({"ENVIRONMENT": "simulator"}, "chorus.E002"),
        ({"API_URL": "http://127.0.0.1:8020"}, "chorus.E003"),
        ({"API_URL": "https://api.piste.gouv.fr.example.org"}, "chorus.E003"),
        ({"TOKEN_URL": "http://oauth.piste.gouv.fr/api/oauth/token"}, "chorus.E003"),
        ({"LEASE": 100, "CALL_DEADLINE": 60}, "chorus.E004"),
        ({"SETTLING_DELAY": 30, "CALL_DEADLINE": 60}, "chorus.E005"),
        ({"CREDIT_NOTE_SIGN": "minus"}, "chorus.E007"),
        ({"CREDIT_NOTE_PAYMENT": "TROC"}, "chorus.E008"),
    ],
)
def test_each_mistake_is_named(chorus, values, error):
    chorus(**{**GOOD, **values})
    assert error in errors()


def test_a_host_may_be_allowed_by_name(chorus):
    addresses = {"API_URL": "http://127.0.0.1:8020", "TOKEN_URL": "http://127.0.0.1:8020/api/oauth/token"}
    chorus(**{**GOOD, **addresses, "ENVIRONMENT": "simulator", "ALLOWED_HOSTS": ["127.0.0.1"]})
    assert errors() == set()


def test_development_may_go_anywhere(chorus, settings):
    chorus(**GOOD, API_URL="http://localhost:1")
    settings.DEBUG = True
    assert checks.chorus_speaks_to_piste_only(None) == []
