"""Files in a bucket as in a folder, and `manage.py check_files` over both."""

import hashlib
import os
import time
import tracemalloc
from datetime import timedelta
from io import StringIO

import pytest
import requests
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import models
from django.urls import reverse
from django.utils import timezone

from agrilocal18 import readiness, s3, stored_files
from agrilocal18.checks import private_files_are_handed_over_by_who_has_them
from chorus.tasks import deposit_sweep
from invoicing.deposits import Original
from invoicing.lifecycle import Status
from invoicing.models import Attachment, Invoice, InvoicePage
from orders.models import Reception
from suppliers.models import Import, User
from tests.chorus.conftest import (  # noqa: F401
    account,
    college,
    portal,
    running_simulator,
    simulator,
    supplier,
)
from tests.factories import BuyerMemberFactory, InvoiceFactory, MemberFactory, OrderFactory
from tests.invoicing import photographs
from tests.invoicing.conftest import confirm, drop
from tests.invoicing.pdfs import a_pdf
from tests.people import signed_in
from tests.s3 import ACCESS_KEY, BUCKET, SECRET_KEY, bucket
from tests.test_health import unused_port

pytestmark = pytest.mark.django_db


def test_a_proxy_that_would_look_for_files_of_a_bucket_on_its_disk_stops_the_start(settings):
    settings.ACCEL_LOCATION, settings.S3_BUCKET = "/stored-files/", ""
    assert private_files_are_handed_over_by_who_has_them(None) == []
    settings.S3_BUCKET = "factures"
    assert [each.id for each in private_files_are_handed_over_by_who_has_them(None)] == ["agrilocal18.E008"]


def backend(url: str) -> dict:
    return s3.backend(
        bucket_name=BUCKET,
        endpoint_url=url,
        region_name="eu",
        access_key=ACCESS_KEY,
        secret_key=SECRET_KEY,
        addressing_style="path",
    )


@pytest.fixture
def in_bucket(settings):
    with bucket() as server:
        settings.STORAGES = {**settings.STORAGES, "default": backend(server.url)}
        yield server


def checked() -> tuple[list[str], int]:
    out, code = StringIO(), 0
    try:
        call_command("check_files", stdout=out)
    except SystemExit as end:
        code = end.code
    return out.getvalue().replace("\u00a0", " ").splitlines(), code


def body(answer) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


# --- A bucket ---


def test_the_whole_journey_needs_no_folder(in_bucket, settings, supplier, college, simulator):  # noqa: F811
    """What people drop, what is made of it, what they look at and what leaves: no path is asked for anywhere."""
    order = OrderFactory(supplier=supplier, buyer=college)
    farmer = signed_in(MemberFactory(supplier=supplier).user)
    canteen = signed_in(BuyerMemberFactory(buyer=college).user)
    agent = signed_in(User.objects.create_superuser("agent@example.org"))

    rib = SimpleUploadedFile("rib.pdf", a_pdf("RIB"))
    farmer.post(reverse("suppliers:iban", args=[supplier.pk]), {"iban": "FR7630006000011234567890189", "rib": rib})
    assert body(agent.get(reverse("admin:suppliers_supplier_rib", args=[supplier.pk]))).startswith(b"%PDF")

    invoice = drop(farmer, order)
    page = invoice.pages.get()
    assert body(farmer.get(reverse("invoicing:page", args=[invoice.pk, page.number])))[:3] == b"\xff\xd8\xff"
    assert confirm(farmer, invoice).status_code == 302
    assert agent.get(reverse("admin:invoicing_invoice_change", args=[invoice.pk])).status_code == 200
    invoice.refresh_from_db()
    invoice.move_to(Status.APPROVED, by=agent.user, send_after=timezone.now())
    deposit_sweep()
    invoice.refresh_from_db()
    assert invoice.status == Status.DEPOSITED
    document = body(canteen.get(reverse("invoicing:document", args=[invoice.pk])))
    assert hashlib.sha256(document).hexdigest() == invoice.document_sha256
    assert body(canteen.get(reverse("chorus:proof_pack", args=[invoice.pk]))).startswith(b"%PDF")

    line, photo = order.lines.get(), SimpleUploadedFile("photo.png", photographs.photo(300, 400, kind="PNG"))
    said = {"outcome": Reception.Outcome.PART, "quantity": "1", "reason": "Abîmé", "photo": photo}
    order.refresh_from_db()
    noted = {"revision": order.revision, **{f"ligne-{line.pk}-{name}": value for name, value in said.items()}}
    canteen.post(f"/commandes/{order.pk}/reception/", noted)
    reception = order.receptions.get()
    assert body(canteen.get(f"/commandes/{order.pk}/reception/photo/{reception.pk}/"))

    assert len(in_bucket.files) == 4
    assert not settings.MEDIA_ROOT.exists()
    assert checked() == (["Fichiers, bon : 5, manquant : 0, altéré : 0, orphelin : 0."], 0)


def test_a_bucket_is_private_and_its_names_mean_nothing(in_bucket, settings):
    invoice = InvoiceFactory()
    [key] = in_bucket.files
    assert invoice.number not in key
    assert str(invoice.supplier) not in key
    assert requests.get(f"{in_bucket.url}/{BUCKET}/{key}", timeout=5).status_code == 403


def test_what_is_there_is_not_written_over(in_bucket):
    first, second = (default_storage.save("a/name.pdf", ContentFile(content)) for content in (b"1", b"2"))
    assert first != second
    with default_storage.open(first) as file:
        assert file.read() == b"1"


def test_a_file_missing_in_the_bucket_is_a_page_not_found(in_bucket):
    invoice = InvoiceFactory()
    in_bucket.files.clear()
    farmer = signed_in(MemberFactory(supplier=invoice.supplier).user)
    assert farmer.get(reverse("invoicing:document", args=[invoice.pk])).status_code == 404


def test_a_bucket_that_is_away_is_not_ready(in_bucket, settings):
    readiness.storage()
    assert in_bucket.files == {}
    away = backend(f"http://127.0.0.1:{unused_port()}")
    settings.STORAGES = {**settings.STORAGES, "default": away}
    assert readiness.failure_of(readiness.storage)


# --- check_files ---


@pytest.fixture(params=["folder", "bucket"])
def kept(request):
    """Each of the two, with an invoice."""
    if request.param == "bucket":
        request.getfixturevalue("in_bucket")
    return InvoiceFactory()


def replaced(name: str, content: bytes) -> None:
    default_storage.delete(name)
    assert default_storage.save(name, ContentFile(content)) == name


def test_all_is_well(kept):
    assert checked() == (["Fichiers, bon : 1, manquant : 0, altéré : 0, orphelin : 0."], 0)


def test_one_byte_that_changed_is_named(kept):
    with default_storage.open(kept.document.name) as file:
        content = bytearray(file.read())
    content[-1] ^= 1
    replaced(kept.document.name, bytes(content))
    lines, code = checked()
    assert code == 1
    assert lines[0] == f"altéré : {kept.document.name} (invoicing.Invoice.document {kept.pk})"


def test_a_file_that_is_gone_is_named(kept):
    default_storage.delete(kept.document.name)
    lines, code = checked()
    assert code == 1
    assert lines[0] == f"manquant : {kept.document.name} (invoicing.Invoice.document {kept.pk})"


def test_a_file_without_a_sum_must_be_there(kept):
    picture = InvoicePage.objects.create(invoice=kept, number=1, picture=ContentFile(b"x", name="page.jpg")).picture
    assert checked()[1] == 0
    default_storage.delete(picture.name)
    assert checked()[0][0].startswith(f"manquant : {picture.name} (invoicing.InvoicePage.picture ")


def test_a_file_that_is_nobodys_is_named_once_it_is_old(kept, monkeypatch):
    name = default_storage.save("invoices/2026/01/nobodys.pdf", ContentFile(b"x"))
    assert checked()[1] == 0
    monkeypatch.setattr(stored_files, "YOUNG", timedelta(0))
    lines, code = checked()
    assert (lines[0], code) == (f"orphelin : {name}", 1)


def test_an_old_file_is_one_of_a_day(settings):
    """The age is that of the file, not of the run."""
    name = default_storage.save("nobodys.pdf", ContentFile(b"x"))
    day_ago = time.time() - stored_files.YOUNG.total_seconds() - 60
    os.utime(settings.MEDIA_ROOT / name, (day_ago, day_ago))
    assert checked()[0][0] == f"orphelin : {name}"


def test_a_row_that_went_meanwhile_is_no_fault(monkeypatch):
    invoice = InvoiceFactory()

    class Going(stored_files.Column):
        def rows(self):
            for row in super().rows():
                default_storage.delete(invoice.document.name)
                Invoice.objects.all().update(document="another.pdf")
                yield row

    monkeypatch.setattr(stored_files, "columns", lambda: [Going(Invoice, "document")])
    assert list(stored_files.examine()) == [None]


def test_it_reads_all_of_many(monkeypatch):
    monkeypatch.setattr(stored_files, "BATCH", 2)
    for _ in range(5):
        InvoiceFactory()
    assert checked()[0] == ["Fichiers, bon : 5, manquant : 0, altéré : 0, orphelin : 0."]


def test_a_large_file_takes_little_memory():
    size = 30_000_000
    content = bytes(size)
    invoice = InvoiceFactory(document_sha256=hashlib.sha256(content).hexdigest())
    replaced(invoice.document.name, content)
    del content
    checked()
    tracemalloc.start()
    try:
        assert checked()[1] == 0
        assert tracemalloc.get_traced_memory()[1] < size / 4
    finally:
        tracemalloc.stop()


def test_every_column_that_has_a_sum_is_compared_with_it():
    """A model of files that gains a column of SHA-256 must be known here."""
    models_with_sums = {
        column.model
        for column in stored_files.columns()
        if any("sha256" in field.name for field in column.model._meta.local_fields)
    }
    assert models_with_sums == {Invoice, Original, Attachment, Import}
    for name, digest in stored_files.DIGESTS.items():
        label, _, field = name.rpartition(".")
        model = apps.get_model(label)
        assert isinstance(model._meta.get_field(field), models.FileField)
        assert "sha256" in model._meta.get_field(digest).name
