"""An export as Agrilocal might give it, for the agent to import: new orders, one that changed, one row to refuse."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from agrilocal18.demo.data import APPLES, CARROTS, COLLEGE, EHPAD, FARM, GAEC, POTATOES, YOGHURT
from agrilocal18.demo.prepare import EXPORT
from orders.importing.orders import OrderResource

# Reference, supplier, recipient, engagement number, lines; AGL18-0002 is known and waits for its number.
ORDERS = (
    ("AGL18-0002", FARM, COLLEGE, "EJ-2026-0130", (APPLES, CARROTS)),
    ("AGL18-0101", FARM, EHPAD, "", (POTATOES, CARROTS)),
    ("AGL18-0102", GAEC, COLLEGE, "EJ-2026-0131", (YOGHURT,)),
)
MANGLED = "2,00000008E+13"


def write(folder: Path) -> None:
    """Anew each time: its days are those of this week."""
    (folder / EXPORT).write_bytes(_as_excel_saves_it([*_rows(), {**next(_rows()), **_unreadable()}]))


def _rows() -> Iterator[dict[str, str]]:
    today = timezone.localdate()
    for reference, supplier, recipient, engagement, lines in ORDERS:
        for product, quantity, unit, price, rate in lines:
            yield {
                "reference": reference,
                "buyer_siret": recipient.siret,
                "supplier_siret": supplier.siret,
                "ordered_on": f"{today - timedelta(days=1):%d/%m/%Y}",
                "delivery_on": f"{today + timedelta(days=6):%d/%m/%Y}",
                "engagement_number": engagement,
                "description": product,
                "quantity": quantity.replace(".", ","),
                "unit": unit,
                "unit_price": price.replace(".", ","),
                "vat_rate": rate.replace(".", ","),
            }


def _unreadable() -> dict[str, str]:
    return {"reference": "AGL18-0103", "buyer_siret": MANGLED}


def _as_excel_saves_it(rows: list[dict[str, str]]) -> bytes:
    out, titles = io.StringIO(), OrderResource().titles
    writer = csv.writer(out, delimiter=";")
    writer.writerow([titles[name] for name in rows[0]])
    writer.writerows(row.values() for row in rows)
    return out.getvalue().encode("cp1252")
