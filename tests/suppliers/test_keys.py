"""The keys of secret columns: changed without a stop, thrown away without a loss, checked before they are needed."""

import json
from importlib import import_module
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth
from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from chorus.models import PisteApplication, TechnicalAccount
from suppliers import encryption
from suppliers.models import Supplier
from tests.factories import InvoiceFactory, SupplierFactory, TechnicalAccountFactory, UserFactory
from tests.test_accounts import forget_attempts

pytestmark = pytest.mark.django_db

IBAN = "FR7630006000011234567890189"
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def secrets(settings):
    """One of each secret column, written while the old key was the only one; then the new one is put in front."""
    settings.FIELD_KEYS = [OLD]
    rows = [
        SupplierFactory(iban=IBAN),
        TechnicalAccountFactory(password="mot-de-passe"),
        PisteApplication.objects.create(environment="simulator", token="jeton"),
    ]
    invoice = InvoiceFactory(iban=IBAN)
    settings.FIELD_KEYS = [NEW, OLD]
    return [*rows, invoice]


def run(*options) -> str:
    told = StringIO()
    call_command("rotate_keys", *options, stdout=told, stderr=told)
    return told.getvalue()


def stored() -> list[str]:
    return [token for column in encryption.encrypted_columns() for _, token in column.tokens()]


def test_every_encrypted_column_is_known():
    assert {str(column).partition(".")[2] for column in encryption.encrypted_columns()} >= {
        *("Supplier.iban", "Invoice.iban", "TechnicalAccount.password", "PisteApplication.token"),
        *("Authenticator.data.secret", "Authenticator.data.seed"),
    }


def test_the_old_key_may_go_afterwards(secrets, settings):
    run()
    settings.FIELD_KEYS = [NEW]
    supplier, account, application, invoice = [row.__class__.objects.get(pk=row.pk) for row in secrets]
    assert (supplier.iban, account.password, application.token, invoice.iban) == (IBAN, "mot-de-passe", "jeton", IBAN)


def test_without_it_the_old_key_may_not_go(secrets, settings):
    settings.FIELD_KEYS = [NEW]
    with pytest.raises(InvalidToken):
        Supplier.objects.get(pk=secrets[0].pk)


def test_it_says_what_is_left_and_writes_nothing_when_asked(secrets):
    before = stored()
    assert "Supplier.iban\u00a0: 0 à jour, 1 à chiffrer de nouveau" in run("--check")
    assert stored() == before
    run()
    assert "Supplier.iban\u00a0: 1 à jour, 0 à chiffrer de nouveau" in run("--check")


def test_it_goes_on_where_it_was_interrupted(secrets):
    """What is under the newest key already is left alone; small batches reach every row."""
    for n in range(5):
        SupplierFactory(iban=f"{IBAN}{n}")
    fresh = set(stored())
    run("--batch", "2")
    assert len(fresh & set(stored())) == 5
    assert all(encryption.is_under_newest_key(token) for token in stored())


def test_it_never_writes_over_what_changed_meanwhile(secrets):
    account = secrets[1]
    column = encryption.Column(TechnicalAccount, "password")
    [(_, token)] = column.tokens()
    TechnicalAccount.objects.filter(pk=account.pk).update(password="un nouveau")
    assert not column.encrypt_again(account.pk, token)
    account.refresh_from_db()
    assert account.password == "un nouveau"


def test_it_names_what_no_key_reads_and_shows_no_secret(secrets, settings):
    settings.FIELD_KEYS = [NEW]
    told = StringIO()
    with pytest.raises(CommandError, match="aucune clé"):
        call_command("rotate_keys", stdout=told, stderr=told)
    assert f"Supplier.iban, ligne {secrets[0].pk}" in told.getvalue()
    assert not any(token in told.getvalue() for token in [*stored(), IBAN, NEW])


# --- Second factors, which allauth keeps ---

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def code_of_now() -> str:
    return auth.format_hotp_value(auth.hotp_value(SECRET, next(auth.yield_hotp_counters_from_time())))


@pytest.fixture
def factors(settings):
    forget_attempts()  # A code serves once.
    settings.FIELD_KEYS = [OLD]
    person = UserFactory()
    kept = auth.TOTP.activate(person, SECRET), RecoveryCodes.activate(person)
    settings.FIELD_KEYS = [NEW, OLD]
    return [each.instance for each in kept]


def test_a_copy_of_the_database_makes_no_code(factors):
    told = json.dumps([factor.data for factor in Authenticator.objects.all()])
    assert SECRET not in told
    assert told.count('"gAAAA') == 2


def test_they_serve_under_a_new_key(factors, settings):
    before = RecoveryCodes(factors[1]).get_unused_codes()
    run()
    settings.FIELD_KEYS = [NEW]
    application, codes = Authenticator.objects.order_by("pk")
    assert auth.TOTP(application).validate_code(code_of_now())
    assert RecoveryCodes(codes).get_unused_codes() == before
    assert codes.data["used_mask"] == 0


def test_one_that_changed_meanwhile_is_left_alone(factors):
    column = encryption.Entry(Authenticator, "data", "secret")
    [(pk, token)] = column.tokens()
    Authenticator.objects.filter(pk=pk).update(data={"secret": "autre"})
    assert not column.encrypt_again(pk, token)
    Authenticator.objects.all().delete()
    assert not column.encrypt_again(pk, token)


def test_those_of_before_still_serve_and_are_encrypted(factors):
    for factor in factors:
        plain = {key: encryption.decrypt(value) for key, value in factor.data.items() if key in ("secret", "seed")}
        Authenticator.objects.filter(pk=factor.pk).update(data={**factor.data, **plain})
    assert auth.TOTP(Authenticator.objects.get(pk=factors[0].pk)).validate_code(code_of_now())
    assert "Authenticator.data.secret\u00a0: 0 à jour, 1 à chiffrer" in run("--check")
    import_module("suppliers.migrations.0011_encrypted_factors").write_anew(encryption.encrypt)(apps, None)
    assert all(encryption.is_under_newest_key(token) for token in stored())
    assert encryption.decrypt(Authenticator.objects.get(pk=factors[0].pk).data["secret"]) == SECRET


# --- System checks ---


def found() -> dict[str, str]:
    return {problem.id: str(problem) for problem in run_checks(include_deployment_checks=True)}


def test_good_keys_raise_no_question(settings):
    settings.FIELD_KEYS, settings.FIELD_HASH_KEY = [NEW, OLD], "x" * 40
    assert not [name for name in found() if name.startswith("suppliers.")]


@pytest.mark.parametrize(
    ("keys", "problem"), [([], "E001"), (["pas-une-clef"], "E002"), ([NEW, "c2hvcnQ="], "E002"), ([""], "E002")]
)
def test_a_malformed_key_stops_the_start(settings, keys, problem):
    settings.FIELD_KEYS = keys
    told = found()[f"suppliers.{problem}"]
    assert "pas-une-clef" not in told


@pytest.mark.parametrize(("key", "problem"), [("", "E003"), ("  ", "E003"), ("court", "W001")])
def test_the_hash_key_is_there_and_long(settings, key, problem):
    settings.FIELD_HASH_KEY = key
    assert f"suppliers.{problem}" in found()
