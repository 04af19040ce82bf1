"""What is written in a journal stays as it is: PostgreSQL refuses everybody, but retention and erasure."""

import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from invoicing.leftovers import clear
from invoicing.models import Invoice, InvoiceEvent
from orders.models import BuyerChange, BuyerMemberChange, OrderChange
from suppliers.journals import MayNotErase, erasing
from suppliers.models import BoxChange, IbanCall, MemberChange, PhoneChange
from tests.factories import InvoiceFactory, UserFactory

JOURNALS = {
    *(LogEntry, BoxChange, IbanCall, MemberChange, PhoneChange),
    *(BuyerChange, BuyerMemberChange, OrderChange, InvoiceEvent),
}


def guarded() -> set[str]:
    """Tables whose rows, and which as a whole, a trigger keeps."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgenabled = 'O' AND tgname IN"
            " ('journal_rows', 'journal_whole') GROUP BY 1 HAVING count(*) = 2"
        )
        return {name for (name,) in cursor.fetchall()}


pytestmark = pytest.mark.postgresql


@pytest.fixture
def kept(db):
    """A row of the journal of invoices, in a database that was migrated to PostgreSQL."""
    assert guarded(), "the triggers come with migrations: run without --nomigrations"
    InvoiceFactory().flag("À regarder de près.")
    return InvoiceEvent.objects.get()


def refuses(statement: str) -> None:
    with pytest.raises(DatabaseError, match="is only added to"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_every_journal_is_kept(kept):
    assert guarded() == {model._meta.db_table for model in JOURNALS}


def test_a_table_that_only_tells_what_happened_is_a_journal():
    """Whoever adds one names it in a migration and above."""
    told = {model for model in apps.get_models() if model.__name__.endswith("Change") and hasattr(model, "by")}
    assert told - JOURNALS == set()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE invoicing_invoiceevent SET reason = 'autre chose'",
        "UPDATE invoicing_invoiceevent SET id = id + 1000",
        "DELETE FROM invoicing_invoiceevent",
        "INSERT INTO invoicing_invoiceevent TABLE invoicing_invoiceevent ON CONFLICT (id) DO UPDATE SET label = ''",
        "DELETE FROM invoicing_invoiceevent WHERE id IN (SELECT max(id) FROM invoicing_invoiceevent)",
    ],
)
def test_nobody_changes_or_deletes_what_happened(kept, statement):
    refuses(statement)
    assert InvoiceEvent.objects.values("reason", "label").get() == {"reason": kept.reason, "label": kept.label}


@pytest.mark.parametrize("table", ["invoicing_invoiceevent", "invoicing_invoice"])
def test_nobody_empties_a_journal_nor_what_it_hangs_on(kept, table):
    refuses(f"SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE {table} CASCADE")
    assert InvoiceEvent.objects.exists()


def test_the_program_does_not_either(kept):
    kept.reason = "Rien"
    for act in (kept.save, kept.delete, InvoiceEvent.objects.all().delete, Invoice.objects.get().delete):
        with pytest.raises(DatabaseError, match="is only added to"), transaction.atomic():
            act()


def test_what_happens_is_added(kept):
    kept.invoice.flag("Encore.")
    assert InvoiceEvent.objects.count() == 2


def test_retention_forgets_and_only_within_its_transaction(kept):
    with transaction.atomic():
        with erasing():
            InvoiceEvent.objects.filter(pk=kept.pk).update(reason="")
        refuses("DELETE FROM invoicing_invoiceevent")
    with erasing():
        InvoiceEvent.objects.all().delete()
    assert not InvoiceEvent.objects.exists()


def test_retention_that_fails_leaves_the_journal_kept(kept):
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError), erasing():
            raise ZeroDivisionError
        refuses("DELETE FROM invoicing_invoiceevent")


def test_an_abandoned_draft_goes_with_its_history(kept):
    long_ago = timezone.now() - timedelta(days=settings.UPLOADS_KEPT_DAYS + 1)
    with erasing():
        InvoiceEvent.objects.update(occurred_at=long_ago)
    Invoice.objects.update(created_at=long_ago)
    clear(timezone.now())
    assert not Invoice.objects.exists()


@pytest.fixture
def portal(kept):
    """The rest of the test works under the role of the documents."""
    text = (settings.BASE_DIR / "docs/operations.md").read_text()
    given = re.search(r"<!-- roles -->\n```sql\n(.*?)```", text, re.DOTALL)[1]
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone()[0], "the user of DATABASE_URL makes a role here: ALTER ROLE … CREATEROLE"
        cursor.execute(f"SET CONSTRAINTS ALL IMMEDIATE; {given.replace('portal', 'portal_of_a_test')}")
        cursor.execute("GRANT portal_of_a_test TO current_user; SET LOCAL ROLE portal_of_a_test")
    return kept


@pytest.mark.parametrize(
    "statement",
    [
        "SET LOCAL agrilocal18.retention = 'on'; DELETE FROM invoicing_invoiceevent",
        "SET LOCAL agrilocal18.retention = 'on'; UPDATE invoicing_invoiceevent SET reason = 'autre chose'",
        "SET LOCAL agrilocal18.retention = 'on'; TRUNCATE invoicing_invoiceevent",
        "TRUNCATE invoicing_invoice CASCADE",
        "DROP TRIGGER journal_rows ON invoicing_invoiceevent",
        "ALTER TABLE invoicing_invoiceevent DISABLE TRIGGER ALL",
        "DROP FUNCTION agrilocal18_journal CASCADE",
        "SET session_replication_role = 'replica'",
    ],
)
def test_the_role_of_the_documents_works_and_cannot_get_round_the_journals(portal, statement):
    portal.invoice.flag("Encore.")
    assert InvoiceEvent.objects.count() == 2
    refused = r"permission denied|must be owner|is only added to"
    with pytest.raises(DatabaseError, match=refused), transaction.atomic():
        connection.cursor().execute(statement)


def test_a_command_that_erases_tells_that_role_what_to_do(portal, tmp_path):
    UserFactory(email="partie@example.org")
    with pytest.raises(CommandError, match="propriétaire des tables"):
        call_command("person", "partie@example.org", "--erase", "--no-input")
    with pytest.raises(CommandError, match="propriétaire des tables"):
        call_command("retention", "--apply", tmp_path / "bordereau.csv", "--visa", "V")
    with pytest.raises(MayNotErase, match="propriétaire des tables"), erasing():
        raise AssertionError
