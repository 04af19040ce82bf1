"""`manage.py backup` and `restore`: everything is really lost in between, in a database that each test may lose."""

import hashlib
import json
import re
import shutil
import threading
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from agrilocal18 import backup
from agrilocal18.backup import manifest
from chorus.tasks import deposit_sweep, news_sweep
from invoicing.lifecycle import Status
from invoicing.models import Invoice
from suppliers.models import Supplier, User
from tests.chorus.conftest import (  # noqa: F401
    account,
    approved,
    college,
    portal,
    running_simulator,
    simulator,
    supplier,
)
from tests.factories import InvoiceFactory, MemberFactory, SupplierFactory
from tests.people import address, signed_in
from tests.s3 import bucket
from tests.test_storage import backend

IBAN = "FR7630006000011234567890189"


@pytest.fixture
def db(django_db_setup, django_db_blocker):
    """A copy of the tests' database in its place; dropped at the end, whatever became of it."""
    former = connection.settings_dict["NAME"]
    with django_db_blocker.unblock():
        connection.close()
        connection.creation.clone_test_db("lost", verbosity=0)
        connection.settings_dict.update(connection.creation.get_test_db_clone_settings("lost"))
        try:
            yield
        finally:
            name, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], former
            connection.close()
            _drop(name)


def _drop(name: str) -> None:
    if connection.vendor == "sqlite":
        for ending in ("", "-wal", "-shm"):
            Path(f"{name}{ending}").unlink(missing_ok=True)
        return
    with _server() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def _server():
    """PostgreSQL itself, whichever databases there are."""
    with connection._nodb_cursor() as cursor:
        yield cursor


def lose_everything(media: Path) -> None:
    connection.close()
    name = connection.settings_dict["NAME"]
    _drop(name)
    if connection.vendor == "postgresql":
        with _server() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}"')
    shutil.rmtree(media, ignore_errors=True)


def run(command: str, *words) -> str:
    out = StringIO()
    call_command(command, *words, stdout=out, stderr=out)
    return out.getvalue().replace("\u00a0", " ")


def refused(command: str, *words) -> str:
    with pytest.raises(CommandError) as refusal:
        run(command, *words)
    return str(refusal.value).replace("\u00a0", " ")


@pytest.fixture
def media(settings) -> Path:
    return settings.MEDIA_ROOT


@pytest.fixture
def invoice(db):
    invoice = InvoiceFactory(status=Status.TO_REVIEW, iban=IBAN)
    MemberFactory(supplier=invoice.supplier, user__email="camille@example.org")
    invoice.supplier.iban = IBAN
    invoice.supplier.save(update_fields=["iban"])
    return invoice


def seen_of(invoice: Invoice) -> tuple[str, str, str]:
    """The page without what is drawn anew each time, the SHA-256 of the PDF as it is downloaded, and the IBAN."""
    browser = signed_in(User.objects.get(email="camille@example.org"))
    page = browser.get(address("detail", invoice))
    pdf = browser.get(address("document", invoice))
    assert page.status_code == pdf.status_code == 200
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"|"X-CSRFToken": "\w+"', "", page.content.decode())
    return text, hashlib.sha256(b"".join(pdf.streaming_content)).hexdigest(), Supplier.objects.get().iban


@pytest.mark.core
def test_it_brings_back_pages_ibans_and_pdfs_after_everything_was_lost(invoice, media, tmp_path):
    before = seen_of(invoice)
    assert before[1:] == (invoice.document_sha256, IBAN)
    run("backup", tmp_path / "kept")

    lose_everything(media)
    told = run("restore", tmp_path / "kept")

    assert "1 fichier, tels" in told
    assert seen_of(invoice) == before
    assert "bon : 1, manquant : 0, altéré : 0, orphelin : 0" in run("check_files")
    # What was restored lives: its numbers go on where they stood.
    assert SupplierFactory().pk > invoice.supplier_id


def test_it_goes_from_a_folder_into_a_bucket(invoice, media, settings, tmp_path):
    run("backup", tmp_path / "kept")
    lose_everything(media)
    with bucket() as server:
        settings.STORAGES = {**settings.STORAGES, "default": backend(server.url)}
        run("restore", tmp_path / "kept")
        assert "bon : 1, manquant : 0" in run("check_files")
        run("backup", tmp_path / "again")
    assert manifest.read(tmp_path / "again")["files"] == manifest.read(tmp_path / "kept")["files"]


class BusyStorage(FileSystemStorage):
    """An invoice comes in once the first files were listed: its own is in no listing that was given."""

    came_in = threading.Semaphore(0)
    waits = True

    def listdir(self, path):
        folders, files = super().listdir(path)
        if files and BusyStorage.waits:
            BusyStorage.waits = False
            while self.came_in.acquire(blocking=False):
                pass
            for _ in range(2):
                self.came_in.acquire(timeout=60)
        return folders, files


@pytest.mark.core
def test_it_leaves_no_row_without_its_file_while_invoices_come_in(invoice, media, settings, tmp_path):
    """Files are written before their rows, and packed after them."""
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "tests.test_backup.BusyStorage"}}
    order, ended = invoice.billed_orders.get().order, threading.Event()

    def deposit():
        try:
            while not ended.is_set():
                InvoiceFactory(order=order, billing=False)
                BusyStorage.came_in.release()
        finally:
            connection.close()

    writer = threading.Thread(target=deposit)
    writer.start()
    try:
        rows = backup.make(tmp_path / "kept")["rows"]["invoicing_invoice"]
    finally:
        ended.set()
        writer.join()
    assert not BusyStorage.waits
    assert Invoice.objects.count() > rows

    lose_everything(media)
    run("restore", tmp_path / "kept")

    assert Invoice.objects.count() == rows
    assert f"bon : {rows}, manquant : 0, altéré : 0" in run("check_files")


def test_what_left_after_the_backup_is_found_on_chorus_pro_and_not_sent_twice(approved, simulator, media, tmp_path):  # noqa: F811
    invoice = approved()
    run("backup", tmp_path / "kept")
    deposit_sweep()
    assert len(simulator.invoices()) == 1

    lose_everything(media)
    run("restore", tmp_path / "kept")
    assert Invoice.objects.get().status == Status.APPROVED
    for _ in range(3):
        deposit_sweep()
        news_sweep()

    assert [row["count"] for row in simulator.counts()] == [1]
    invoice = Invoice.objects.get()
    assert invoice.status == Status.DEPOSITED
    assert invoice.submissions.get().cpp_id == simulator.invoices()[0]["cpp_id"]


# --- What is refused, before anything is touched ---


def test_it_refuses_keys_that_cannot_read_the_backup(invoice, media, settings, tmp_path):
    old, kept = settings.FIELD_KEYS, tmp_path / "kept"
    run("backup", kept)
    told = (kept / "manifest.json").read_text()
    assert not any(key in told for key in [*old, settings.FIELD_HASH_KEY])
    assert {path.stat().st_mode & 0o077 for path in [kept, *kept.iterdir()]} == {0}
    lose_everything(media)

    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    assert "FIELD_KEYS n'a pas les clés de cette sauvegarde" in refused("restore", tmp_path / "kept", "--force")
    settings.FIELD_KEYS, hash_key = [*settings.FIELD_KEYS, *old], settings.FIELD_HASH_KEY
    settings.FIELD_HASH_KEY = "another"
    assert "FIELD_HASH_KEY" in refused("restore", tmp_path / "kept", "--force")
    assert backup.ENGINES[connection.vendor].count() == {}

    settings.FIELD_HASH_KEY = hash_key
    run("restore", tmp_path / "kept")
    assert Supplier.objects.get().iban == IBAN


def test_it_asks_for_an_older_key_as_long_as_a_value_needs_it(invoice, settings, tmp_path):
    old = settings.FIELD_KEYS
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), *old]
    run("backup", tmp_path / "before")
    run("rotate_keys")
    run("backup", tmp_path / "after")

    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]
    assert "FIELD_KEYS" in refused("restore", tmp_path / "before", "--force")
    run("restore", tmp_path / "after", "--force")
    assert Supplier.objects.get().iban == IBAN


def test_it_replaces_people_or_files_only_when_forced(invoice, media, tmp_path):
    run("backup", tmp_path / "kept")
    User.objects.create(email="apres@example.org")
    default_storage.delete(invoice.document.name)
    default_storage.save(invoice.document.name, ContentFile(b"something else"))

    assert "La base de données n'est pas vide" in refused("restore", tmp_path / "kept")
    assert User.objects.filter(email="apres@example.org").exists()

    run("restore", tmp_path / "kept", "--force")
    assert not User.objects.filter(email="apres@example.org").exists()
    assert "bon : 1, manquant : 0, altéré : 0" in run("check_files")


def test_it_does_not_mix_its_files_with_others(invoice, media, tmp_path):
    run("backup", tmp_path / "kept")
    lose_everything(media)
    default_storage.save("of-somebody.pdf", ContentFile(b"%PDF"))
    assert "Le dossier des fichiers n'est pas vide" in refused("restore", tmp_path / "kept")


def test_a_database_just_migrated_is_empty_and_one_of_others_is_not(db, tmp_path, media):
    engine = backup.ENGINES[connection.vendor]
    assert engine.is_empty()
    lose_everything(media)
    assert engine.is_empty()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE somebody (id integer)")
    assert not engine.is_empty()


def test_it_refuses_a_part_that_changed(invoice, tmp_path):
    run("backup", tmp_path / "kept")
    for part in ("files.tar", "database"):
        path = tmp_path / "kept" / part
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        assert f"« {part} » n'est plus celui de la sauvegarde" in refused("restore", tmp_path / "kept", "--force")
        path.unlink()
        assert f"Il manque « {part} »" in refused("restore", tmp_path / "kept", "--force")
        path.write_bytes(content[:-1])
    assert Invoice.objects.count() == 1


def test_it_refuses_what_another_portal_wrote(invoice, tmp_path):
    run("backup", tmp_path / "kept")
    path = tmp_path / "kept" / "manifest.json"
    written = json.loads(path.read_text())
    for changed, told in [
        ({"migrations": ["invoicing.9999_of_tomorrow"]}, "version plus récente du portail"),
        ({"database": "oracle"}, "une base oracle"),
        ({"format": 2}, "ne lit pas ce manifest.json"),
    ]:
        path.write_text(json.dumps(written | changed))
        assert told in refused("restore", tmp_path / "kept", "--force")
    path.unlink()
    assert "elle a été interrompue" in refused("restore", tmp_path / "kept", "--force")
    assert "contient déjà quelque chose" in refused("backup", tmp_path / "kept")
