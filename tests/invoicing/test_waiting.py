"""Files that no page could read at once: kept, read by a worker, told; nothing lost, nothing done twice."""

import io
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pypdfium2
import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from invoicing import dropped, opening, waiting
from invoicing.deposits import ATTEMPTS, LEASE, Deposit, Original, State, Upload
from invoicing.models import Invoice
from invoicing.opening import reading_limits
from invoicing.reading import DEFAULT
from invoicing.tasks import read_waiting
from suppliers.confined.slots import Starved, reader_slot
from suppliers.outbox import send_due
from tests.factories import MemberFactory
from tests.invoicing.at_desk import staff
from tests.invoicing.conftest import deposit, drop
from tests.invoicing.pdfs import a_pdf, an_invoice
from tests.invoicing.photographs import a_scanner, photo
from tests.people import signed_in

pytestmark = pytest.mark.django_db
HOME = "/factures/"


@pytest.fixture(autouse=True)
def _own_readers(settings, monkeypatch, tmp_path):
    """The real slots, of this test alone, and a page that does not wait long for one."""
    settings.READERS, settings.READERS_ROOT = 1, tmp_path / "readers"
    monkeypatch.setattr(waiting, "PAGE_PATIENCE", 0.05)
    monkeypatch.setattr(waiting, "SWEEP_PATIENCE", 0.05)


@contextmanager
def busy_readers():
    with reader_slot(reading_limits(0, by_worker=False)):
        yield


@pytest.fixture
def waits(supplier_client, order):
    """A file that came while every reader was at work; gives the answer of the post."""
    with busy_readers():
        response = deposit(supplier_client, an_invoice(order), order=order)
    assert Upload.objects.get().state == State.WAITING
    return response


def test_busy_readers_leave_the_file_to_a_worker(supplier_client, order, waits):
    page = supplier_client.get(waits.url).content.decode()
    assert "Lecture en cours" in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert "hx-trigger" in page
    assert not Invoice.objects.exists()
    read_waiting()
    invoice = Invoice.objects.get()
    assert invoice.number == "F2026-0147"
    assert invoice.created_by == supplier_client.user
    assert list(invoice.orders.all()) == [order]
    assert supplier_client.get(waits.url).url == reverse("invoicing:confirm", args=[invoice.pk])


@pytest.mark.parametrize("make", [an_invoice, lambda order: photo()])
def test_what_outlasts_the_page_is_left_to_a_worker(supplier_client, order, settings, monkeypatch, make):
    settings.PAGE_READING_SECONDS = 0.2
    monkeypatch.setattr(waiting, "DEFAULT", replace(DEFAULT, wall_seconds=0))
    response = deposit(supplier_client, make(order), order=order)
    assert "Lecture en cours" in supplier_client.get(response.url).content.decode()
    upload = Upload.objects.get()
    assert (upload.state, upload.attempts, upload.leased_until) == (State.WAITING, 0, None)
    read_waiting()
    assert Invoice.objects.count() == 1


def test_a_page_that_looks_again_is_led_by_its_header(supplier_client, waits):
    read_waiting()
    answer = supplier_client.get(waits.url, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == reverse("invoicing:confirm", args=[Invoice.objects.get().pk])


def test_who_closed_the_page_finds_it_on_his_own(supplier_client, waits):
    home = supplier_client.get(HOME).content.decode()
    assert "1 fichier en cours de lecture" in home
    assert waits.url in home
    read_waiting()
    assert waits.url not in supplier_client.get(HOME).content.decode()


def test_a_refusal_that_came_later_is_told_until_it_was_seen(supplier_client, order):
    with busy_readers():
        response = deposit(supplier_client, b"%PDF-1.4\n%%EOF")
    read_waiting()
    assert "1 fichier n'a pas donné de facture" in supplier_client.get(HOME).content.decode()
    assert "abîmé" in supplier_client.get(response.url).content.decode()
    assert response.url not in supplier_client.get(HOME).content.decode()
    assert not Original.objects.exists()


def test_still_busy_it_goes_on_waiting(waits):
    with busy_readers():
        read_waiting()
    upload = Upload.objects.get()
    assert (upload.state, upload.leased_until, upload.attempts) == (State.WAITING, None, 0)
    read_waiting()
    assert Upload.objects.get().state == State.TAKEN


def test_a_dead_reader_loses_its_claim(waits):
    upload = Upload.objects.get()
    assert upload.claim()
    read_waiting()
    assert not Invoice.objects.exists()
    Upload.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    read_waiting()
    assert Invoice.objects.count() == 1


def test_a_reader_that_comes_back_from_the_dead_leaves_no_trace(waits, settings):
    slow, quick = Upload.objects.get(), Upload.objects.get()
    assert slow.claim(timezone.now() - LEASE - timedelta(seconds=1))
    limits = reading_limits(5, by_worker=True)
    assert waiting.read(quick, limits)
    files = sorted(settings.MEDIA_ROOT.rglob("*.*"))
    with pytest.raises(waiting.intake.AlreadyReceived):
        waiting._read_claimed(slow, limits, by_worker=True)
    assert not slow.finish(State.REFUSED, reason="trop tard")
    assert Invoice.objects.count() == 1
    assert sorted(settings.MEDIA_ROOT.rglob("*.*")) == files


def test_a_file_that_takes_its_readers_down_is_given_up(waits):
    Upload.objects.update(attempts=ATTEMPTS)
    read_waiting()
    assert Upload.objects.get().state == State.REFUSED


def test_a_busy_machine_is_no_reason_to_refuse_a_file_but_nothing_is_tried_for_ever(waits, monkeypatch):
    def starved(*_, **__):
        raise Starved

    monkeypatch.setattr(opening, "read_invoice", starved)
    for tried in range(1, ATTEMPTS + 1):
        read_waiting()
        upload = Upload.objects.get()
        assert (upload.state, upload.leased_until, upload.attempts) == (State.WAITING, None, tried)
    read_waiting()
    assert Upload.objects.get().state == State.REFUSED


def test_a_fault_of_ours_keeps_the_file(waits, caplog):
    original = Original.objects.get()
    content = original.file.read()
    original.file.close()
    original.file.storage.delete(original.file.name)
    read_waiting()
    assert Upload.objects.get().state == State.WAITING
    original.file.storage.save(original.file.name, waiting.intake.ContentFile(content))
    Upload.objects.update(leased_until=None)
    read_waiting()
    assert Invoice.objects.count() == 1


def test_the_same_file_dropped_twice_while_busy_makes_one_draft(supplier_client, order, waits, settings):
    with busy_readers():
        second = deposit(supplier_client, an_invoice(order), order=order)
    read_waiting()
    assert Invoice.objects.count() == 1
    assert "déjà été déposé" in supplier_client.get(second.url).content.decode()
    assert len(list(settings.MEDIA_ROOT.rglob("*.pdf"))) == 1


def test_a_queue_has_an_end(supplier_client, order, waits, monkeypatch):
    monkeypatch.setattr(dropped, "LONGEST_QUEUE", 1)
    response = deposit(supplier_client, a_pdf("Une autre"))
    assert "attendent déjà" in str(response.context["form"].errors)
    assert Deposit.objects.count() == 1


def test_another_pdf_waits_as_well(supplier_client, order):
    invoice = drop(supplier_client, order)
    address = reverse("invoicing:replace", args=[invoice.pk])
    data = {"revision": invoice.revision, "document": waits_for(an_invoice(order, ttc="105,51"))}
    with busy_readers():
        response = supplier_client.post(address, data)
    read_waiting()
    invoice.refresh_from_db()
    assert str(invoice.total_ttc) == "105.51"
    assert supplier_client.get(response.url).url == reverse("invoicing:confirm", args=[invoice.pk])


def waits_for(content):
    from tests.invoicing.conftest import upload

    return upload(content)


def test_a_pdf_for_an_invoice_that_moved_meanwhile_is_told(supplier_client, order):
    invoice = drop(supplier_client, order)
    address = reverse("invoicing:replace", args=[invoice.pk])
    with busy_readers():
        response = supplier_client.post(address, {"revision": invoice.revision, "document": waits_for(a_pdf("Autre"))})
    invoice.edit(by=supplier_client.user, seen_revision=invoice.revision, service_code="CANTINE")
    read_waiting()
    assert "a changé entre-temps" in supplier_client.get(response.url).content.decode()


@pytest.mark.parametrize("name", ["other_supplier", "buyer", "agent", "stranger"])
def test_nobody_else_sees_it(people, waits, name):
    assert getattr(people, name).get(waits.url).status_code == 404


def test_a_colleague_sees_it(order, waits):
    colleague = signed_in(MemberFactory(supplier=order.supplier).user)
    assert colleague.get(waits.url).status_code == 200
    assert waits.url in colleague.get(HOME).content.decode()


def test_the_home_page_costs_the_same_however_many_wait(supplier_client, order, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def more(count):
        with busy_readers():
            for number in range(count):
                deposit(supplier_client, a_pdf(f"{count} {number}"))

    more(1)
    with CaptureQueriesContext(connection) as few:
        supplier_client.get(HOME)
    cost = len(few)
    more(4)
    with django_assert_max_num_queries(cost):
        supplier_client.get(HOME)


# --- Pages without text ---


def an_invoice_as_a_picture(order) -> bytes:
    page = pypdfium2.PdfDocument(an_invoice(order))[0].render(scale=2.5).to_pil().convert("RGB")
    output = io.BytesIO()
    page.save(output, "PDF", resolution=180)
    return output.getvalue()


@pytest.mark.ocr
def test_a_picture_is_read_by_a_worker_while_the_page_waits(supplier_client, order, settings):
    settings.OCR = "auto"
    response = deposit(supplier_client, an_invoice_as_a_picture(order), order=order)
    assert "pages sans texte" in supplier_client.get(response.url).content.decode()
    assert not Invoice.objects.exists()
    read_waiting()
    invoice = Invoice.objects.get()
    assert (invoice.number, invoice.reading["guessed"]) == ("F2026-0147", True)
    assert supplier_client.get(response.url).url == reverse("invoicing:confirm", args=[invoice.pk])


def test_without_tesseract_the_supplier_types_at_once(supplier_client, order, settings):
    settings.OCR = "0"
    response = deposit(supplier_client, an_invoice_as_a_picture(order), order=order)
    invoice = Invoice.objects.get()
    assert response.url == reverse("invoicing:confirm", args=[invoice.pk])
    assert invoice.number == ""


def test_a_picture_that_cannot_be_read_is_typed(supplier_client, order, settings):
    settings.OCR = "/bin/false"
    deposit(supplier_client, an_invoice_as_a_picture(order), order=order)
    upload = Upload.objects.get()
    assert (upload.state, upload.attempts, upload.leased_until) == (State.WAITING, 0, None)
    read_waiting()
    assert Invoice.objects.get().number == ""


def test_a_page_with_text_waits_for_no_worker(supplier_client, order, settings):
    settings.OCR = "/bin/false"
    assert drop(supplier_client, order).number == "F2026-0147"


def test_a_photograph_is_not_read_in_vain_before_its_worker_does(supplier_client, settings, monkeypatch):
    settings.OCR = "/bin/false"
    monkeypatch.setattr(opening, "read_invoice", lambda *_, **__: pytest.fail("the page read it"))
    deposit(supplier_client, photo())
    upload = Upload.objects.get()
    assert (upload.state, upload.is_picture) == (State.WAITING, True)


def test_what_no_worker_could_read_either_is_refused_at_once(supplier_client, settings):
    settings.OCR = "/bin/false"
    response = deposit(supplier_client, photo()[:60])
    assert "abîmée" in str(response.context["form"].errors)
    assert not Upload.objects.exists()


def test_workers_leave_a_reader_to_the_pages(supplier_client, order, waits, settings):
    with busy_readers():
        settings.READERS = 2
        read_waiting()
        assert Upload.objects.get().state == State.WAITING
        deposit(supplier_client, an_invoice(order, number="F2026-0148"), order=order)
    assert Invoice.objects.get().number == "F2026-0148"


def test_who_reads_several_in_one_file_asks_for_more_time(waits):
    early = timezone.now() - LEASE / 2
    slow, quick = Upload.objects.get(), Upload.objects.get()
    assert slow.claim(early)
    assert slow.hold_on()
    assert not quick.claim(early + LEASE + timedelta(seconds=1))
    assert quick.claim(timezone.now() + LEASE + timedelta(seconds=1))
    assert not slow.hold_on()
    assert not slow.finish(State.TAKEN)


# --- The virus scanner ---


def test_a_clean_file_is_read(supplier_client, order, settings):
    with a_scanner() as scanner:
        settings.CLAMD = scanner.address
        drop(supplier_client, order)
    assert scanner.seen == [an_invoice(order)]


def test_an_infected_file_is_refused_and_staff_are_told(supplier_client, order, settings):
    agent = staff("review_invoice")
    with a_scanner() as scanner:
        settings.CLAMD = scanner.address
        response = deposit(supplier_client, a_pdf("Facture") + b"%EICAR", order=order)
        read_waiting()
        send_due()
        read_waiting()
        send_due()
    assert "antivirus" in str(response.context["form"].errors)
    assert not Invoice.objects.exists()
    assert not list(settings.MEDIA_ROOT.rglob("*.*"))
    [told] = [letter for letter in mail.outbox if "dangereux" in letter.subject]
    assert told.to == [agent.email]
    assert str(order.supplier) in told.body


def test_while_the_scanner_is_down_the_file_waits(supplier_client, order, settings):
    settings.CLAMD = "127.0.0.1:1"
    response = deposit(supplier_client, an_invoice(order), order=order)
    assert "L'antivirus ne répond pas" in supplier_client.get(response.url).content.decode().replace("&#x27;", "'")
    read_waiting()
    assert not Invoice.objects.exists()
    with a_scanner() as scanner:
        settings.CLAMD = scanner.address
        read_waiting()
    assert Invoice.objects.count() == 1
