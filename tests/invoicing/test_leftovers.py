"""What was dropped and never confirmed goes after a while, files and all; nothing else does."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from invoicing.deposits import Deposit, Original, State, Upload
from invoicing.models import Invoice, InvoiceEvent
from invoicing.tasks import clear_leftovers
from suppliers.journals import erasing
from suppliers.models import Mail
from tests.invoicing.at_desk import staff
from tests.invoicing.conftest import confirm, deposit, drop, upload
from tests.invoicing.pdfs import a_pdf, an_invoice
from tests.invoicing.photographs import a_scanner, photo

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=40)


@pytest.fixture(autouse=True)
def _a_month(settings):
    settings.UPLOADS_KEPT_DAYS = 30


def grow_old():
    then = timezone.now() - LONG_AGO
    Deposit.objects.update(created_at=then)
    Invoice.objects.update(created_at=then)
    with erasing():
        InvoiceEvent.objects.update(occurred_at=then)


def files(settings):
    return sorted(path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file())


def test_a_draft_nobody_confirmed_goes_with_its_files(supplier_client, order, settings):
    drop(supplier_client, order)
    assert len(files(settings)) == 2
    clear_leftovers()
    assert Invoice.objects.count() == 1
    grow_old()
    clear_leftovers()
    assert not Invoice.objects.exists()
    assert not Deposit.objects.exists()
    assert files(settings) == []
    assert drop(supplier_client, order).number == "F2026-0147"


def test_its_photographs_and_every_pdf_it_had_go_too(supplier_client, order, settings):
    deposit(supplier_client, photo(), order=order)
    invoice = Invoice.objects.get()
    again = {"revision": invoice.revision, "document": upload(an_invoice(order))}
    supplier_client.post(reverse("invoicing:replace", args=[invoice.pk]), again)
    grow_old()
    clear_leftovers()
    assert (Invoice.objects.count(), Deposit.objects.count(), Original.objects.count()) == (0, 0, 0)
    assert files(settings) == []


def test_of_two_files_dropped_together_only_the_confirmed_one_stays(supplier_client, order, settings):
    both = [upload(an_invoice(order, number=number)) for number in ("F1", "F2")]
    supplier_client.post(reverse("invoicing:deposit"), {"order": order.pk, "document": both})
    confirm(supplier_client, Invoice.objects.get(number="F1"))
    grow_old()
    clear_leftovers()
    assert Invoice.objects.get().number == "F1"
    assert len(files(settings)) == 2


def test_what_was_confirmed_stays(supplier_client, order, settings):
    invoice = drop(supplier_client, order)
    confirm(supplier_client, invoice)
    kept = files(settings)
    grow_old()
    clear_leftovers()
    assert Invoice.objects.get().document.storage.exists(invoice.document.name)
    assert files(settings) == kept


def test_a_draft_touched_since_stays(supplier_client, order):
    invoice = drop(supplier_client, order)
    grow_old()
    again = {"revision": invoice.revision, "document": upload(a_pdf("Autre"))}
    supplier_client.post(reverse("invoicing:replace", args=[invoice.pk]), again)
    clear_leftovers()
    assert Invoice.objects.filter(pk=invoice.pk).exists()


def test_a_question_nobody_answered_and_refusals_go(supplier_client, order, settings):
    lot = an_invoice(order)
    supplier_client.post(
        reverse("invoicing:deposit"), {"order": "", "document": [upload(lot), upload(b"%PDF-1.4\n%%EOF")]}
    )
    [asked, refused] = Upload.objects.all()
    assert refused.state == State.REFUSED
    with erasing():
        Invoice.objects.all().delete()
    Upload.objects.filter(pk=asked.pk).update(state=State.ASKING)
    clear_leftovers()
    assert Upload.objects.count() == 2
    grow_old()
    clear_leftovers()
    assert not Deposit.objects.exists()
    assert not Original.objects.exists()


def test_what_waits_for_us_stays_however_old(supplier_client, order, settings):
    settings.CLAMD = "127.0.0.1:1"
    deposit(supplier_client, an_invoice(order), order=order)
    grow_old()
    clear_leftovers()
    assert Upload.objects.get().state == State.WAITING
    assert Original.objects.get().file.storage.exists(Original.objects.get().file.name)


def test_a_virus_stays_for_staff_to_hear_of_without_its_file(supplier_client, order, settings):
    staff("review_invoice")
    with a_scanner() as scanner:
        settings.CLAMD = scanner.address
        deposit(supplier_client, a_pdf("Facture") + b"%EICAR", order=order)
    assert Mail.objects.filter(kind="infected_file").exists()
    assert files(settings) == []
    grow_old()
    clear_leftovers()
    assert Upload.objects.get().is_infected
    assert Mail.objects.filter(kind="infected_file").exists()


@pytest.mark.parametrize("is_infected", [True, False])
def test_a_refused_file_whose_reader_died_before_deleting_it_goes(is_infected, supplier_client, order, settings):
    drop(supplier_client, order)
    invoice = Invoice.objects.get()
    invoice.pages.all().delete()
    with erasing():
        Invoice.objects.all().delete()
    Upload.objects.update(state=State.REFUSED, is_infected=is_infected)
    clear_leftovers()
    assert Upload.objects.get().is_infected == is_infected
    assert not Original.objects.exists()
    assert [path for path in files(settings) if path.suffix == ".pdf"] == []
