"""Invoices deposited long ago, put straight into both databases: the simulator's file and the portal's."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chorus.simulator import world
from chorus.simulator.clock import day
from chorus.simulator.store import Store, populate

HOUR = 3_600_000  # milliseconds
BATCH = 2000
STEPS = ("DEPOSEE", "EN_COURS_ACHEMINEMENT", "MISE_A_DISPOSITION")
# Further back than the overlap of a sweep, so that what changes is what is read.
YOUNGEST, AGES = 3 * HOUR, 60 * 24 * HOUR


@dataclass(frozen=True)
class Tracked:
    """An invoice that waits at its buyer's since `status_at` (milliseconds)."""

    cpp_id: int
    number: str
    supplier: int  # position among the world's suppliers
    status_at: int


def tracked(count: int, now: int) -> Iterator[Tracked]:
    for n in range(count):
        status_at = now - YOUNGEST - n * AGES // count
        yield Tracked(cpp_id=1_000_000 + n, number=f"T2026-{n:06d}", supplier=n % 3, status_at=status_at)


def fill_simulator(path: Path, count: int, now: int) -> None:
    """Write the state file that the simulator will start with."""
    store = Store(path)
    with store.transaction():
        populate(store, now)
        for invoice in tracked(count, now):
            _store(store, invoice)
    store.close()


def _store(store: Store, invoice: Tracked) -> None:
    deposited_at = invoice.status_at - len(STEPS) * HOUR
    store.insert(
        "invoice",
        id=invoice.cpp_id,
        supplier_id=world.SUPPLIER_ID_BASE + invoice.supplier,
        recipient_id=world.RECIPIENT_ID_BASE + len(world.QUALIFICATION_RECIPIENTS),
        number=invoice.number,
        kind="FACTURE",
        mode="DEPOT_PDF_API",
        cadre="A1_FACTURE_FOURNISSEUR",
        invoice_date="2026-09-01",
        deposit_date=day(deposited_at),
        deposited_at=deposited_at,
        status=STEPS[-1],
        status_at=invoice.status_at,
        changed_at=invoice.status_at,
        total_ht=100.0,
        total_tva=5.5,
        total_ttc=105.5,
        net=105.5,
        login=world.PLATFORM_ACCOUNT.login,
    )
    for position, status in enumerate(STEPS):
        at = invoice.status_at - (len(STEPS) - 1 - position) * HOUR
        store.insert("history", invoice_id=invoice.cpp_id, status=status, at=at)


def fill_portal(count: int, now: int) -> None:
    """The same invoices as rows of ours: deposited, known to wait at their buyer's, heard of a while ago."""
    from chorus.models import Submission, TechnicalAccount
    from invoicing.models import Invoice
    from orders.models import Buyer
    from suppliers.models import Supplier

    account, buyer = TechnicalAccount.objects.get(), Buyer.objects.get()
    establishments = [supplier.establishments.get() for supplier in Supplier.objects.order_by("pk")]
    rows = list(tracked(count, now))
    for start in range(0, count, BATCH):
        batch = rows[start : start + BATCH]
        invoices = Invoice.objects.bulk_create(_invoice(row, establishments[row.supplier], buyer) for row in batch)
        Submission.objects.bulk_create(
            _submission(row, invoice, account) for row, invoice in zip(batch, invoices, strict=True)
        )


def _invoice(row: Tracked, establishment, buyer):
    from invoicing.checks import number_key
    from invoicing.lifecycle import Status
    from invoicing.models import Invoice

    return Invoice(
        supplier_id=establishment.supplier_id,
        establishment=establishment,
        buyer=buyer,
        recipient_id=buyer.recipient_id,
        number=row.number,
        number_key=number_key(row.number),
        issue_date=datetime.date(2026, 9, 1),
        issue_year=2026,
        total_ht=100,
        total_tva="5.50",
        total_ttc="105.50",
        document=f"invoices/{row.number}.pdf",
        document_name="facture.pdf",
        document_sha256=f"{row.cpp_id:064d}",
        document_size=1,
        status=Status.AVAILABLE,
        status_at=_moment(row.status_at),
        chorus_status_at=_moment(row.status_at),
    )


def _submission(row: Tracked, invoice, account):
    from chorus.models import Submission

    return Submission(
        invoice=invoice,
        environment="simulator",
        status=Submission.Status.DEPOSITED,
        attempt=1,
        account=account,
        structure_cpp_id=world.SUPPLIER_ID_BASE + row.supplier,
        number=row.number,
        cpp_id=row.cpp_id,
        deposited_at=_moment(row.status_at - len(STEPS) * HOUR),
        heard_at=_moment(row.status_at),
    )


def _moment(milliseconds: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.UTC)
