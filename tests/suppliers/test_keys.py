"""The keys of secret columns: changed without a stop, thrown away without a loss, checked before they are needed."""

from io import StringIO

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from chorus.models import PisteApplication, TechnicalAccount
from suppliers import encryption
from suppliers.models import Supplier
from tests.factories import InvoiceFactory, SupplierFactory, TechnicalAccountFactory

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
    return [token for column in encryption.encrypted_columns() for _, token in encryption.tokens(*column)]


def test_every_encrypted_column_is_known():
    assert {f"{model.__name__}.{name}" for model, name in encryption.encrypted_columns()} >= {
        *("Supplier.iban", "Invoice.iban", "TechnicalAccount.password", "PisteApplication.token")
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
    assert "Supplier.iban : 0 à jour, 1 à chiffrer de nouveau" in run("--check")
    assert stored() == before
    run()
    assert "Supplier.iban : 1 à jour, 0 à chiffrer de nouveau" in run("--check")


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
    (_, token), *_ = encryption.tokens(TechnicalAccount, "password")
    TechnicalAccount.objects.filter(pk=account.pk).update(password="un nouveau")
    assert not encryption.encrypt_again(TechnicalAccount, "password", account.pk, token)
    account.refresh_from_db()
    assert account.password == "un nouveau"


def test_it_names_what_no_key_reads_and_shows_no_secret(secrets, settings):
    settings.FIELD_KEYS = [NEW]
    told = StringIO()
    with pytest.raises(CommandError, match="aucune clé"):
        call_command("rotate_keys", stdout=told, stderr=told)
    assert f"Supplier.iban, ligne {secrets[0].pk}" in told.getvalue()
    assert not any(token in told.getvalue() for token in [*stored(), IBAN, NEW])


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
