"""What the portal holds before the run: suppliers that the platform's account may act for, and approved invoices."""

import datetime
import hashlib
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from chorus.models import TechnicalAccount
from chorus.simulator import world
from invoicing.checks import number_key
from invoicing.lifecycle import Status
from invoicing.models import Invoice
from orders.models import Buyer, Requires
from suppliers.models import Supplier
from tests.factories import BuyerFactory, RecipientFactory, SupplierFactory

BATCH = 1000


def connect_suppliers() -> tuple[list[Supplier], Buyer]:
    """The platform's account with its suppliers, and one buyer that demands an engagement number."""
    account = TechnicalAccount.objects.create(
        environment="simulator", login=world.PLATFORM_ACCOUNT.login, password=world.PLATFORM_ACCOUNT.password
    )
    suppliers = []
    for position, known in enumerate(world.SUPPLIERS[:3]):
        account.structures.create(siret=known.siret, cpp_id=world.SUPPLIER_ID_BASE + position, name=known.name)
        suppliers.append(SupplierFactory(siren=known.siret[:9], name=known.name))
    recipient = RecipientFactory(siret=world.DEMO_RECIPIENTS[0].siret, requires=Requires.ENGAGEMENT)
    return suppliers, BuyerFactory(recipient=recipient)


def approve_invoices(count: int, *, size: int = 0, prefix: str = "C") -> None:
    """`count` invoices whose time to leave has come, each with a PDF of its own, of at least `size` bytes."""
    suppliers, buyer = list(Supplier.objects.order_by("pk")), Buyer.objects.get()
    establishments = [supplier.establishments.get() for supplier in suppliers]
    folder = Path(settings.MEDIA_ROOT) / "invoices"
    folder.mkdir(parents=True, exist_ok=True)
    for start in range(0, count, BATCH):
        Invoice.objects.bulk_create(
            _invoice(n, prefix, establishments[n % len(establishments)], buyer, size)
            for n in range(start, min(start + BATCH, count))
        )


def _invoice(n: int, prefix: str, establishment, buyer: Buyer, size: int) -> Invoice:
    number = f"{prefix}2026-{n:06d}"
    content = f"%PDF-1.4 {number} ".encode().ljust(size, b"-")
    name = f"invoices/{number}.pdf"
    (Path(settings.MEDIA_ROOT) / name).write_bytes(content)
    ttc = Decimal("105.50") + n % 7
    return Invoice(
        supplier_id=establishment.supplier_id,
        establishment=establishment,
        buyer=buyer,
        recipient=buyer.recipient,
        number=number,
        number_key=number_key(number),
        issue_date=datetime.date(2026, 11, 2),
        issue_year=2026,
        total_ht=ttc - Decimal("5.50"),
        total_tva=Decimal("5.50"),
        total_ttc=ttc,
        net_to_pay=ttc,
        engagement_number=f"EJ{n:06d}",
        document=name,
        document_name="facture.pdf",
        document_sha256=hashlib.sha256(content).hexdigest(),
        document_size=len(content),
        status=Status.APPROVED,
        send_after=timezone.now(),
    )
