"""Small PDFs for the deposit: a French invoice of one page, and files nobody should take."""

import io

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from suppliers.identifiers import vat_number_of

MARGIN, LEADING = 60, 18


def a_pdf(*lines: str, password: str | None = None) -> bytes:
    """One A4 page with these lines; `password` is what a reader must type to open it."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, encrypt=password, invariant=1)
    for position, line in enumerate(lines or ("Page sans rien d'utile",)):
        canvas.drawString(MARGIN, A4[1] - MARGIN - position * LEADING, line)
    canvas.save()
    return buffer.getvalue()


def an_invoice(
    order, *, number="F2026-0147", ht="100,00", tva="5,50", ttc="105,50", issued="02/11/2026", **more
) -> bytes:
    """The invoice a supplier's own software would make for this order."""
    supplier, recipient = order.supplier, order.buyer.recipient
    lines = [
        str(supplier),
        f"SIRET : {supplier.establishments.first().siret}",
        f"TVA : {more.get('vat_number', vat_number_of(supplier.siren))}",
        "",
        f"Client : {order.buyer}",
        f"SIRET client : {more.get('buyer_siret', recipient.siret if recipient else '')}",
        "",
        f"{more.get('title', 'Facture')} n° {number}",
        f"Date de facture : {issued}",
        f"Date de livraison : {issued}",
        f"Numéro d'engagement : {more.get('engagement', order.engagement_number)}",
        "",
        *more.get("goods", ()),
        f"Total HT : {ht} €",
        f"TVA 5,5 % : {tva} €",
        f"Total TTC : {ttc} €",
        *more.get("deposit", ()),
        f"Net à payer : {more.get('net', ttc)} €",
        more.get("terms", "Livraison de biens. Entrepreneur individuel. Pas d'escompte."),
        "En cas de retard : pénalités de retard au taux de la BCE majoré de 8 points, indemnité forfaitaire de 40 €.",
        *more.get("lines", ()),
    ]
    return a_pdf(*lines)
