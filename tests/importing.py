"""Files as Agrilocal or a person would export them, and the desk that takes them in."""

import csv
import io

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook

from suppliers.importing import runs
from suppliers.models import Import

TITLES = {
    "reference": "Référence",
    "buyer_siret": "SIRET acheteur",
    "buyer_name": "Acheteur",
    "supplier_siret": "SIRET fournisseur",
    "ordered_on": "Date de commande",
    "delivery_on": "Date de livraison",
    "delivery_place": "Lieu de livraison",
    "engagement_number": "Numéro d'engagement",
    "service_code": "Code service",
    "contract_number": "Numéro de marché",
    "description": "Produit",
    "quantity": "Quantité",
    "unit": "Unité",
    "unit_price": "Prix unitaire HT",
    "vat_rate": "Taux de TVA",
}


def row_of(buyer, supplier, **other) -> dict[str, str]:
    """20 kg at 5,00 € HT of an order nobody knows."""
    usual = {
        "reference": "AGL-77",
        "buyer_siret": buyer.recipient.siret,
        "supplier_siret": supplier.establishments.first().siret,
        "ordered_on": "02/11/2026",
        "description": "Pommes de terre",
        "quantity": "20",
        "unit": "kg",
        "unit_price": "5,00",
        "vat_rate": "5,5",
    }
    return {TITLES[name]: value for name, value in (usual | other).items()}


def as_csv(rows: list[dict[str, str]], encoding: str = "cp1252") -> bytes:
    out = io.StringIO()
    titles = list(dict.fromkeys(title for row in rows for title in row))
    writer = csv.DictWriter(out, titles, delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def as_xlsx(rows: list[dict]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    titles = list(dict.fromkeys(title for row in rows for title in row))
    for row in [titles, *([row.get(title) for title in titles] for row in rows)]:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def give_in(client, kind: str, content: bytes, name: str = "export.csv"):
    """The page that answers."""
    posted = {"kind": kind, "file": SimpleUploadedFile(name, content)}
    return client.post(reverse("admin:suppliers_import_add"), posted, follow=True)


def imported(client, kind: str, rows: list[dict]) -> Import:
    """Given in, confirmed and carried out."""
    assert give_in(client, kind, as_csv(rows)).status_code == 200
    latest = Import.objects.latest("pk")
    client.post(reverse("admin:suppliers_import_confirm", args=[latest.pk]))
    runs.sweep()
    latest.refresh_from_db()
    return latest


def reasons(of: Import) -> dict[int, str]:
    return {number: reason.replace("\u00a0", " ") for number, reason, _ in of.report["refused"]}
