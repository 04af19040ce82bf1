"""The producers' own invoices, as PDF: what a newcomer drops on the site.

Everything in them is invented. `invoice_pdf` draws one page that looks like what a small farm's software prints.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from io import BytesIO

from reportlab.lib.colors import HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Table, TableStyle

CENT = Decimal("0.01")
GREEN, PALE, INK, GREY = HexColor("#2f6b3c"), HexColor("#eef4ec"), HexColor("#1d241f"), HexColor("#6a746d")
LEFT, RIGHT = 18 * mm, A4[0] - 18 * mm
MIDDLE = 108 * mm
NBSP = "\u00a0"


@dataclass(frozen=True)
class Party:
    """Seller or buyer. `legal`: form, capital, register; what the law wants beside the name."""

    name: str
    address: Sequence[str]
    siret: str
    vat_number: str = ""
    iban: str = ""
    legal: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Line:
    """One line of goods. Price in euros HT per unit; rate in percent."""

    label: str
    quantity: Decimal
    unit: str
    price: Decimal
    rate: Decimal = Decimal("5.5")

    @property
    def amount(self) -> Decimal:
        return cents(self.quantity * self.price)


@dataclass(frozen=True)
class Totals:
    """`rates`: (rate, base, tax) for each rate, lowest first."""

    rates: tuple[tuple[Decimal, Decimal, Decimal], ...]

    @property
    def ht(self) -> Decimal:
        return sum((base for _, base, _ in self.rates), Decimal(0))

    @property
    def tva(self) -> Decimal:
        return sum((tax for _, _, tax in self.rates), Decimal(0))

    @property
    def ttc(self) -> Decimal:
        return self.ht + self.tva


def totals_of(lines: Iterable[Line]) -> Totals:
    bases: dict[Decimal, Decimal] = {}
    for line in lines:
        bases[line.rate] = bases.get(line.rate, Decimal(0)) + line.amount
    return Totals(tuple((rate, base, cents(base * rate / 100)) for rate, base in sorted(bases.items())))


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def money(amount: Decimal) -> str:
    """« 1 234,50 € », in signs the standard PDF fonts have."""
    return f"{amount:,.2f}".replace(",", NBSP).replace(".", ",") + f"{NBSP}€"


def plain(number: Decimal) -> str:
    return f"{number.normalize():f}".replace(".", ",")


def grouped(siret: str) -> str:
    return NBSP.join((siret[:3], siret[3:6], siret[6:9], siret[9:]))


def invoice_pdf(
    *,
    seller: Party,
    buyer: Party,
    number: str,
    issued: date,
    lines: Sequence[Line],
    delivered: date | None = None,
    due: date | None = None,
    engagement_number: str = "",
    service_code: str = "",
    order_reference: str = "",
    origin_number: str = "",
    mention: str = "",
) -> bytes:
    """One A4 page. With an `origin_number` it is an AVOIR. `mention` says why no VAT is charged, if none is.

    The due date defaults to 30 days after the issue, the delay of local authorities.
    """
    output = BytesIO()
    canvas = Canvas(output, pagesize=A4, invariant=1)
    kind = "AVOIR" if origin_number else "FACTURE"
    canvas.setTitle(f"{kind.capitalize()} {number}")
    canvas.setAuthor(seller.name)
    _draw_seller(canvas, seller)
    _draw_buyer(canvas, buyer)
    due = None if origin_number else due or issued + timedelta(days=30)
    facts = {
        "Date": f"{issued:%d/%m/%Y}",
        "Facture d'origine": origin_number,
        "Date de livraison": f"{delivered:%d/%m/%Y}" if delivered else "",
        "Échéance": f"{due:%d/%m/%Y}" if due else "",
        "N° d'engagement": engagement_number,
        "Code service": service_code,
        "Commande Agrilocal": order_reference,
    }
    bottom = _draw_facts(canvas, f"{kind} n° {number}", facts)
    totals = totals_of(lines)
    bottom = _draw_lines(canvas, lines, top=min(bottom, 205 * mm) - 8 * mm)
    _draw_totals(
        canvas,
        totals,
        top=bottom - 8 * mm,
        charges_vat=not mention,
        last="Net à déduire" if origin_number else "Net à payer",
    )
    _draw_foot(canvas, seller, mention, is_paid=not origin_number)
    canvas.showPage()
    canvas.save()
    return output.getvalue()


def rib_pdf(holder: str, iban: str) -> bytes:
    """What a bank prints about an account."""
    output = BytesIO()
    canvas = Canvas(output, pagesize=A4, invariant=1)
    canvas.setTitle("Relevé d'identité bancaire")
    _text(
        canvas,
        LEFT,
        250 * mm,
        ["Relevé d'identité bancaire (démonstration)", f"Titulaire : {holder}", f"IBAN : {iban}"],
    )
    canvas.save()
    return output.getvalue()


def demo_papers(papers: Iterable[dict]) -> list[tuple[str, bytes]]:
    """File name and PDF of each invoice; each dict holds the arguments of `invoice_pdf`."""
    return [(f"facture-{paper['number'].replace('/', '-')}.pdf", invoice_pdf(**paper)) for paper in papers]


def _text(canvas: Canvas, x: float, y: float, lines: Iterable[str], *, size: float = 9, color=INK, bold=False) -> float:
    """Write lines downwards from (x, y); returns the height of the next one."""
    canvas.setFillColor(color)
    canvas.setFont("Helvetica-Bold" if bold else "Helvetica", size)
    for line in lines:
        canvas.drawString(x, y, line)
        y -= size * 1.4
    return y


def _draw_seller(canvas: Canvas, seller: Party) -> None:
    canvas.setFillColor(GREEN)
    canvas.rect(0, A4[1] - 8 * mm, A4[0], 8 * mm, stroke=0, fill=1)
    y = _text(canvas, LEFT, A4[1] - 22 * mm, [seller.name], size=15, color=GREEN, bold=True)
    identity = [*seller.address, f"SIRET : {grouped(seller.siret)}"]
    if seller.vat_number:
        identity.append(f"N° TVA : {seller.vat_number}")
    if seller.phone:
        identity.append(f"Tél. : {seller.phone}")
    _text(canvas, LEFT, y, identity)


def _draw_buyer(canvas: Canvas, buyer: Party) -> None:
    canvas.setFillColor(PALE)
    canvas.roundRect(MIDDLE - 4 * mm, A4[1] - 82 * mm, RIGHT - MIDDLE + 4 * mm, 34 * mm, 2 * mm, stroke=0, fill=1)
    y = _text(canvas, MIDDLE, A4[1] - 54 * mm, ["Facturé à"], size=8, color=GREY)
    y = _text(canvas, MIDDLE, y, [buyer.name], size=10, bold=True)
    _text(canvas, MIDDLE, y, [*buyer.address, f"SIRET : {grouped(buyer.siret)}"])


def _draw_facts(canvas: Canvas, title: str, facts: dict[str, str]) -> float:
    """The title and what is said once; returns the height of the next line."""
    y = _text(canvas, LEFT, A4[1] - 62 * mm, [title], size=16, bold=True) - 1 * mm
    for label, value in facts.items():
        if value:
            _text(canvas, LEFT, y, [f"{label} :"], color=GREY)
            y = _text(canvas, LEFT + 36 * mm, y, [value], bold=True)
    return y


def _draw_lines(canvas: Canvas, lines: Sequence[Line], top: float) -> float:
    """The table of goods; returns the height of its lower edge."""
    head = ["Désignation", "Quantité", "Prix unitaire HT", "TVA", "Montant HT"]
    body = [
        [
            line.label,
            f"{plain(line.quantity)} {line.unit}",
            money(line.price),
            f"{plain(line.rate)} %",
            money(line.amount),
        ]
        for line in lines
    ]
    table = Table([head, *body], colWidths=[68 * mm, 28 * mm, 30 * mm, 18 * mm, 30 * mm], repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("FONT", (0, 0), (-1, -1), "Helvetica", 9),
                ("FONT", (0, 0), (-1, 0), "Helvetica-Bold", 9),
                ("BACKGROUND", (0, 0), (-1, 0), GREEN),
                ("TEXTCOLOR", (0, 0), (-1, 0), white),
                ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
                ("ROWBACKGROUNDS", (0, 1), (-1, -1), [white, PALE]),
                ("LINEBELOW", (0, -1), (-1, -1), 0.6, GREEN),
            ]
        )
    )
    _, height = table.wrapOn(canvas, RIGHT - LEFT, top)
    table.drawOn(canvas, LEFT, top - height)
    return top - height


def _draw_totals(canvas: Canvas, totals: Totals, top: float, *, charges_vat: bool, last: str) -> None:
    rows = [("Total HT", totals.ht)]
    if charges_vat:
        rows += [(f"TVA {plain(rate)} % sur {money(base)}", tax) for rate, base, tax in totals.rates]
        rows += [("Total TVA", totals.tva), ("Total TTC", totals.ttc)]
    rows.append((last, totals.ttc))
    for position, (label, amount) in enumerate(rows):
        is_last = position == len(rows) - 1
        if is_last:
            canvas.setFillColor(PALE)
            canvas.rect(MIDDLE - 4 * mm, top - 2 * mm, RIGHT - MIDDLE + 4 * mm, 6 * mm, stroke=0, fill=1)
        canvas.setFillColor(INK)
        canvas.setFont("Helvetica-Bold" if is_last else "Helvetica", 10 if is_last else 9)
        canvas.drawString(MIDDLE, top, label)
        canvas.drawRightString(RIGHT - 1 * mm, top, money(amount))
        top -= 6 * mm


def _draw_foot(canvas: Canvas, seller: Party, mention: str, *, is_paid: bool) -> None:
    paid = [f"Règlement par virement. IBAN : {seller.iban}"] if seller.iban and is_paid else []
    terms = [
        "En cas de retard, intérêts au taux de la BCE majoré de 8 points et indemnité forfaitaire de 40 € "
        "pour frais de recouvrement.",
        "Pas d'escompte pour paiement anticipé. Nature de l'opération : livraison de biens.",
    ]
    y = _text(canvas, LEFT, 40 * mm, [line for line in (mention, *paid) if line])
    y = _text(canvas, LEFT, y - 1 * mm, terms if is_paid else [], size=7.5, color=GREY)
    _text(canvas, LEFT, 14 * mm, [line for line in (seller.legal,) if line], size=7.5, color=GREY)
