"""One PDF invoice for each order of the demonstration: what the newcomer drops."""

import datetime
from pathlib import Path

from agrilocal18.demo.papers import Line, Party, invoice_pdf
from orders.models import Order

BY_REFERENCE = "AGL18-"


def write(folder: Path) -> None:
    """A file for each order that has none yet, named after the order."""
    folder.mkdir(parents=True, exist_ok=True)
    orders = Order.objects.filter(reference__startswith=BY_REFERENCE).select_related("supplier", "buyer__recipient")
    for order in orders.prefetch_related("lines"):
        path = folder / f"facture-{order.reference}.pdf"
        if not path.exists():
            path.write_bytes(_invoice(order))


def _invoice(order: Order) -> bytes:
    issued = order.delivery_on + datetime.timedelta(days=1)
    return invoice_pdf(
        seller=_seller(order),
        buyer=_buyer(order),
        number=f"F{issued:%Y}-{order.reference.removeprefix(BY_REFERENCE)}",
        issued=issued,
        delivered=order.delivery_on,
        lines=[_line(line) for line in order.lines.all()],
        engagement_number=order.engagement_number,
        service_code=order.service_code,
        order_reference=order.reference,
    )


def _seller(order: Order) -> Party:
    supplier, place = order.supplier, order.supplier.establishments.first()
    return Party(
        supplier.name,
        (place.address, f"{place.postcode} {place.city}"),
        place.siret,
        vat_number=supplier.vat_number,
        iban=supplier.iban,
        legal=f"{supplier.name} - entrepreneur individuel (EI) - SIREN {supplier.siren}",
        phone=supplier.phone,
    )


def _buyer(order: Order) -> Party:
    return Party(order.buyer.name, (order.buyer.city,), order.buyer.recipient.siret)


def _line(line) -> Line:
    return Line(line.description, line.quantity, line.unit, line.unit_price, line.vat_rate)
