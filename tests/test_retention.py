"""`manage.py retention`: nothing goes before its time, without a visa, or beside the list; what goes leaves nothing."""

import csv
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils import timezone

from agrilocal18 import retention
from chorus.models import Exchange, Submission
from chorus.tasks import deposit_sweep
from invoicing.deposits import Deposit, Original, Upload
from invoicing.lifecycle import Status
from invoicing.models import Attachment, Destruction, Invoice, InvoiceEvent, InvoicePage, Reply
from orders.models import Order
from suppliers.journals import erasing
from suppliers.models import Supplier
from tests.chorus.conftest import (  # noqa: F401
    account,
    approved,
    college,
    portal,
    running_simulator,
    simulator,
    supplier,
)
from tests.chorus.returning import come_back, people_of, post
from tests.factories import InvoiceFactory
from tests.invoicing.conftest import drop, order, supplier_client  # noqa: F401

pytestmark = pytest.mark.django_db


def last_due() -> int:
    return timezone.localdate().year - 11


def age(invoice: Invoice, years: int) -> Invoice:
    """As if all of it had happened so many years ago, its orders included."""
    back = timedelta(days=365.25 * years)
    rows = Invoice.objects.filter(pk=invoice.pk)
    found = rows.get()
    year = found.issue_date and found.issue_date.year - years
    rows.update(status_at=found.status_at - back, created_at=found.created_at - back, issue_year=year)
    for event in invoice.events.all():
        with erasing():
            invoice.events.filter(pk=event.pk).update(occurred_at=event.occurred_at - back)
    then = found.created_at - back
    Order.objects.filter(billings__invoice=invoice).update(created_at=then, ordered_on=then)
    return invoice


@pytest.fixture
def old():
    """Makes invoices that may go."""

    def make(years=12, **values):
        return age(InvoiceFactory(**{"status": Status.PAID, **values}), years)

    return make


def run(*words) -> str:
    out = StringIO()
    call_command("retention", *map(str, words), stdout=out)
    return out.getvalue().replace("\u00a0", " ")


def refused(*words) -> str:
    with pytest.raises(CommandError) as refusal:
        run(*words)
    return str(refusal.value).replace("\u00a0", " ")


@pytest.fixture
def listed(tmp_path):
    path = tmp_path / "bordereau.csv"

    def write():
        run("--list", path)
        return path

    return write


def destroy(path, visa="AD18-2040-3") -> str:
    return run("--apply", path, "--visa", visa)


def rows(path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=";"))[1:]


def files(settings) -> list:
    return [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]


def test_it_shows_and_lists_without_destroying(old, listed):
    invoice = old(number="=F-12")
    assert "1 facture et 1 commande" in run()
    found = rows(listed())

    billed = Order.objects.get()
    assert found[0][:2] == ["facture", str(invoice.pk)]
    assert found[0][2:4] == ["'=F-12", invoice.supplier.siren]
    assert found[0][6] == invoice.document_sha256
    assert found[1][:4] == ["commande", str(billed.pk), billed.reference, billed.supplier.siren]
    assert (Invoice.objects.count(), Order.objects.count()) == (1, 1)


def test_ten_years_run_from_the_end_of_the_year(old):
    invoice = old()
    then = timezone.make_aware(timezone.datetime(2026, 1, 2))
    Invoice.objects.update(status_at=then, created_at=then, issue_year=2026)
    Order.objects.update(created_at=then, ordered_on=then)

    assert not retention.invoices(date(2036, 12, 31)).exists()
    assert not retention.orders(date(2036, 12, 31)).exists()
    assert retention.invoices(date(2037, 1, 1)).get() == invoice
    assert retention.orders(date(2037, 1, 1)).get() == Order.objects.get()


def test_the_duration_is_a_setting(old, settings):
    old(years=6)
    settings.INVOICES_KEPT_YEARS = 4
    assert "1 facture " in run()
    settings.INVOICES_KEPT_YEARS = 10
    assert "0 facture " in run()


def test_what_happened_to_it_since_keeps_it(old):
    old().note("Relue par la chambre régionale des comptes")
    assert "0 facture et 0 commande" in run()


def test_a_draft_is_no_archive(old):
    old(status=Status.DRAFT)
    assert "0 facture " in run()


def test_it_asks_for_the_visa_of_that_list(old, listed, tmp_path):
    old()
    path = listed()
    assert "Le visa des Archives manque" in refused("--apply", path)
    other = tmp_path / "autre.csv"
    other.write_text("a;b\n1;2\n")
    assert "n'est pas un bordereau" in refused("--apply", other, "--visa", "X")
    assert "existe déjà" in refused("--list", path)
    assert Invoice.objects.count() == 1


def test_it_destroys_what_is_listed_and_nothing_else(old, listed, settings):
    going, staying = old(), old(years=2)
    path = listed()
    late = old()
    kept = {staying.document.name, late.document.name}

    assert "1 facture et 1 commande." in destroy(path)

    assert set(Invoice.objects.values_list("pk", flat=True)) == {staying.pk, late.pk}
    assert Order.objects.count() == 2
    assert {str(file.relative_to(settings.MEDIA_ROOT)) for file in files(settings)} == kept
    assert Supplier.objects.filter(pk=going.supplier_id).exists()


def test_an_invoice_that_changed_since_the_visa_stays(old, listed):
    invoice = old()
    path = listed()
    invoice.note("Un contentieux s'est ouvert")
    # Its order waits for it.
    assert "2 qui ont changé depuis" in destroy(path)
    assert Invoice.objects.get() == invoice


def test_an_avoir_goes_with_its_invoice_and_keeps_it_otherwise(old, listed, tmp_path):
    origin = old()
    avoir = old(years=2, order__supplier=origin.supplier, kind="AVOIR")
    Invoice.objects.filter(pk=avoir.pk).update(origin=origin)
    path = listed()
    assert "dont dépend ce qui reste" in destroy(path)
    assert Invoice.objects.count() == 2
    assert Destruction.objects.get().ended_at is None

    age(avoir, 12)
    both = tmp_path / "les-deux.csv"
    run("--list", both)
    destroy(both)
    assert not Invoice.objects.exists()


def test_it_keeps_a_journal_and_goes_on_where_it_was_interrupted(old, listed):
    first, second = old(), old()
    path = listed()
    text = path.read_text(encoding="utf-8-sig")
    # As a process killed after the first of them leaves it.
    first_only = [line for line in text.splitlines() if f";{second.pk};" not in line and not line.startswith("comm")]
    path.write_text("\r\n".join(first_only) + "\r\n", encoding="utf-8-sig")
    destroy(path)
    assert not Invoice.objects.filter(pk=first.pk).exists()
    path.write_text(text, encoding="utf-8-sig", newline="")

    destroy(path, visa="AD18-B")
    assert not Invoice.objects.exists()
    assert not Order.objects.exists()
    assert "1 facture et 2 commandes, visa « AD18-B », bordereau.csv" in run("--journal")
    assert "1 facture et 0 commande, visa « AD18-2040-3 »" in run("--journal")
    assert "porte déjà le visa « AD18-B »" in refused("--apply", path, "--visa", "un autre")
    assert Destruction.objects.get(visa="AD18-B").ended_at


def test_an_answered_and_deposited_invoice_leaves_nothing_behind(simulator, approved, listed, settings):  # noqa: F811
    invoice = come_back(simulator, approved(), "SUSPENDUE", "Il manque le bon de livraison")
    answer = {"comment": "Le voici.", "files": [SimpleUploadedFile("bon.pdf", b"%PDF-1.4 bon")]}
    post(people_of(invoice).supplier, invoice, **answer)
    deposit_sweep()
    assert (Reply.objects.count(), Attachment.objects.count(), Submission.objects.count()) == (1, 1, 2)
    age(invoice, 12)

    destroy(listed())

    for model in (Invoice, InvoiceEvent, InvoicePage, Reply, Attachment, Submission, Order):
        assert not model.objects.exists(), model
    assert files(settings) == []
    # The journal of calls has its own duration.
    assert Exchange.objects.exists()


def test_what_it_was_made_of_goes_too(supplier_client, order, listed, settings):  # noqa: F811
    invoice = drop(supplier_client, order)
    Invoice.objects.update(status=Status.WITHDRAWN)
    age(invoice, 12)
    destroy(listed())
    for model in (Invoice, Deposit, Upload, Original):
        assert not model.objects.exists(), model
    assert files(settings) == []
