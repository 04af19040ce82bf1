"""Seven plain kinds of invoice, from a workbook to a letter, each with its own traps for a reader."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from agrilocal18.demo.papers import Line, invoice_pdf
from tests.invoices.pen import Drawing, Pen, amount, iban, long, percent, short, siret
from tests.invoices.values import Values


def ferme(values: Values) -> bytes:
    """What the demonstration's farms print."""
    return invoice_pdf(
        seller=values.seller,
        buyer=values.buyer,
        number=values.number,
        issued=values.issued,
        lines=values.lines,
        delivered=values.delivered[0],
        due=values.due,
        engagement_number=values.engagement_number,
        service_code=values.service_code,
        origin_number=values.origin_number,
        mention=values.mention,
    )


def tableur(values: Values) -> Drawing:
    """A spreadsheet: labels and values in columns far apart, amounts without currency, dates in words."""
    pen, totals = Pen(), values.totals
    pen.column(15, 20, [values.seller.name, *values.seller.address, f"Tél. {values.seller.phone}"])
    pen.column(15, 45, [f"Siret {values.seller.siret}", f"TVA intracommunautaire {values.seller.vat_number}"], 8)
    pen.column(120, 30, [values.buyer.name, *values.buyer.address, f"Siret {values.buyer.siret}"])
    pen.write(120, 62, f"Bourges, le {long(values.issued)}")
    pen.write(15, 75, "FACTURE", 18, bold=True)
    facts = {
        "Numéro de facture": values.number,
        "Numéro d'engagement juridique": values.engagement_number,
        "Code service exécutant": values.service_code,
        "N° de bon de livraison": values.delivery_notes[0],
        "Livraison du": short(values.delivered[0]),
    }
    for position, (label, value) in enumerate(facts.items()):
        pen.row(86 + 5 * position, {15: label, 80: value})
    y = 122
    pen.row(y, {15: "Produit", -110: "Qté", -135: "P.U. HT", -155: "% TVA", -190: "Total HT"}, bold=True)
    for line in values.lines:
        y += 6
        pen.row(
            y,
            {
                15: line.label,
                -110: f"{line.quantity}",
                -135: amount(line.price),
                -155: percent(line.rate),
                -190: amount(line.amount),
            },
        )
    y += 14
    pen.row(y, {130: "Total HT", -190: amount(totals.ht)})
    for rate, _, tax in totals.rates:
        y += 6
        pen.row(y, {130: f"TVA à {percent(rate, 1)} %", -190: amount(tax)})
    pen.row(y + 6, {130: "Total TTC", -190: amount(totals.ttc)}, bold=True)
    pen.row(y + 14, {15: f"À régler avant le {short(values.due)} par virement : IBAN {iban(values.seller)}"})
    return pen.finished()


def gestion(values: Values) -> Drawing:
    """A management package: values under their headers, a VAT table with codes, everything repeated at the foot."""
    pen, totals = Pen(), values.totals
    pen.column(12, 18, [values.seller.name.upper(), *values.seller.address], 9, 4.5)
    pen.write(120, 18, "FACTURE", 20, bold=True)
    heads = {12: "N° facture", 45: "Date", 75: "Code client", 105: "Échéance", 140: "N° commande client"}
    pen.row(46, heads, 8, bold=True)
    pen.row(
        51,
        {
            12: values.number,
            45: short(values.issued),
            75: "C000412",
            105: short(values.due),
            140: values.engagement_number,
        },
    )
    pen.write(12, 60, "Adresse de livraison", 8)
    pen.column(12, 65, ["Cuisine centrale d'Essai", "Zone du Canal", "18000 Bourges"], 9, 4.5)
    pen.write(115, 60, "Adresse de facturation", 8)
    pen.column(115, 65, [values.buyer.name, *values.buyer.address, f"SIRET : {siret(values.buyer)}"], 9, 4.5)
    pen.row(92, {12: f"Code service : {values.service_code}", 90: f"Date de livraison : {short(values.delivered[0])}"})
    y = 102
    pen.row(y, {12: "Code", 30: "Désignation", -115: "Qté", -140: "PU HT", -170: "Montant HT", -195: "TVA"}, bold=True)
    for position, line in enumerate(values.lines):
        y += 6
        code = str(1 + [rate for rate, _, _ in totals.rates].index(line.rate))
        pen.row(
            y,
            {
                12: f"A{1040 + position}",
                30: line.label,
                -115: amount(line.quantity),
                -140: f"{line.price:.4f}".replace(".", ","),
                -170: amount(line.amount, "."),
                -195: code,
            },
        )
    y = 225
    pen.row(y, {12: "Code", 30: "Base HT", 60: "Taux", 85: "Montant TVA"}, 8, bold=True)
    for position, (rate, base, tax) in enumerate(totals.rates, 1):
        pen.row(
            y + 5 * position, {12: str(position), -45: amount(base, "."), -68: percent(rate), -103: amount(tax, ".")}
        )
    pen.row(y, {120: "Total HT", 140: "Total TVA", 160: "Total TTC", 180: "Net à payer"}, 8, bold=True)
    pen.row(
        y + 6,
        {
            -135: amount(totals.ht, "."),
            -155: amount(totals.tva, "."),
            -175: amount(totals.ttc, "."),
            -198: amount(totals.ttc - values.paid, ".") + " €",
        },
    )
    bank = f"Domiciliation : BANQUE D'ESSAI - IBAN : {values.seller.iban} - BIC : EXAMPLEXXX"
    pen.column(12, 265, [bank, f"{values.seller.name} - {values.seller.legal}"], 7, 4)
    pen.write(12, 274, f"SIRET {siret(values.seller)} - N° TVA intra {values.seller.vat_number} - Page 1/1", 7)
    return pen.finished()


def courrier(values: Values) -> Drawing:
    """A letter typed by hand, from someone who charges no VAT."""
    pen, totals = Pen("serif"), values.totals
    pen.column(20, 20, [values.seller.name, *values.seller.address, f"Port. {values.seller.phone}"], 11)
    pen.write(20, 46, f"N° SIRET : {siret(values.seller)}", 11)
    pen.column(
        120, 50, ["À l'attention de", values.buyer.name, *values.buyer.address, f"SIRET {siret(values.buyer)}"], 11
    )
    pen.write(20, 90, f"Facture n° {values.number} du {long(values.issued)}", 14, bold=True)
    pen.write(20, 100, f"Votre bon de commande n° {values.engagement_number} - service : {values.service_code}", 11)
    pen.write(
        20, 107, f"Produits livrés le {long(values.delivered[0])}, bon de livraison n° {values.delivery_notes[0]} :", 11
    )
    y = 118
    for line in values.lines:
        text = f"{line.quantity} {line.unit} {line.label} à {amount(line.price)} €"
        pen.row(y, {25: text, -185: f"{amount(line.amount)} €"}, 11)
        y += 7
    pen.row(y + 4, {120: "TOTAL", -185: f"{amount(totals.ttc)} €"}, 12, bold=True)
    pen.write(20, y + 14, values.mention, 11)
    pen.write(20, y + 22, f"Payable par virement avant le {long(values.due)}. IBAN : {iban(values.seller)}", 11)
    return pen.finished()


def deux_pages(values: Values) -> Drawing:
    """Two pages: the first ends on a sum to carry over, the second begins with it."""
    pen, totals = Pen(), values.totals
    carried = sum((line.amount for line in values.lines[:2]), Decimal(0))
    pen.column(
        15, 18, [values.seller.name, *values.seller.address, f"SIRET : {values.seller.siret} APE : 0113Z"], 9, 4.5
    )
    pen.column(115, 40, ["CLIENT N° 00214", values.buyer.name, *values.buyer.address, f"SIRET : {siret(values.buyer)}"])
    pen.write(15, 72, f"Facture : {values.number}", 13, bold=True)
    pen.row(79, {15: f"Date d'émission : {short(values.issued)}", 80: f"Échéance : {short(values.due)}"})
    pen.row(85, {15: f"EJ : {values.engagement_number}", 80: f"Service exécutant : {values.service_code}"})
    y = _article_rows(pen, values.lines[:2], 98, values.delivered[0], values.delivery_notes[0])
    pen.row(y + 6, {110: "À reporter", -190: f"{amount(carried)} €"}, bold=True)
    pen.write(180, 285, "Page 1/2", 7)
    pen.turn_page()
    pen.row(20, {15: f"Facture {values.number} (suite)", 110: "Report", -190: f"{amount(carried)} €"}, bold=True)
    y = _article_rows(pen, values.lines[2:], 30, values.delivered[0], values.delivery_notes[0]) + 10
    for rate, base, tax in totals.rates:
        pen.row(y, {15: f"TVA {percent(rate)} %", -80: f"{amount(base)} €", -110: f"{amount(tax)} €"})
        y += 6
    sums = {"Montant total HT": totals.ht, "Montant total TVA": totals.tva, "Montant total TTC": totals.ttc}
    if values.paid:
        sums["Acompte versé"] = -values.paid
    for label, value in {**sums, "NET À PAYER": totals.ttc - values.paid}.items():
        pen.row(y, {120: label, -190: f"{amount(value)} €"})
        y += 6
    pen.write(15, y + 8, f"IBAN {iban(values.seller)} - {values.seller.legal} - Tél {values.seller.phone}", 7)
    pen.write(180, 285, "Page 2/2", 7)
    return pen.finished()


def _article_rows(pen: Pen, lines: Sequence[Line], y: float, delivered: date, note: str) -> float:
    pen.row(y, {15: f"Bon de livraison {note} du {short(delivered)}"}, 8)
    for line in lines:
        y += 6
        pen.row(
            y,
            {15: line.label, -120: f"{line.quantity} {line.unit}", -150: amount(line.price), -190: amount(line.amount)},
        )
    return y


def avoir(values: Values) -> Drawing:
    """A credit note with negative amounts."""
    pen, totals = Pen(), values.totals
    pen.column(15, 20, [values.seller.name, *values.seller.address, f"SIRET {siret(values.seller)}"])
    pen.column(120, 40, [f"Client : {values.buyer.name}", *values.buyer.address, f"SIRET {siret(values.buyer)}"])
    pen.write(15, 70, f"AVOIR N° {values.number}", 16, bold=True)
    pen.write(15, 78, f"Date : {short(values.issued)}")
    pen.write(15, 84, f"Avoir sur facture n° {values.origin_number} du {short(values.origin_date)}")
    pen.row(90, {15: f"N° EJ : {values.engagement_number}", 90: f"Code service : {values.service_code}"})
    y = 100
    for line in values.lines:
        pen.row(y, {15: f"Retour {line.label}", -120: f"-{line.quantity}", -190: f"-{amount(line.amount)} €"})
        y += 6
    y += 4
    pen.row(y, {130: "Total HT", -190: f"-{amount(totals.ht)} €"})
    for position, (rate, _, tax) in enumerate(totals.rates, 1):
        pen.row(y + 6 * position, {130: f"TVA {percent(rate, 1)}%", -190: f"-{amount(tax)} €"})
    y += 6 * len(totals.rates) + 6
    pen.row(y, {130: "Total TTC", -190: f"-{amount(totals.ttc)} €"}, bold=True)
    pen.write(15, 280, f"{values.seller.legal} - {values.seller.phone}", 7)
    return pen.finished()


def points(values: Values) -> Drawing:
    """A till's look: a letter-spaced title, dots between labels and values, a fixed-width font."""
    pen, totals = Pen("mono"), values.totals
    pen.column(15, 18, [values.seller.name, *values.seller.address, f"Siret:{values.seller.siret}"], 9, 4.5)
    pen.write(15, 45, "F A C T U R E", 16, bold=True)
    pen.write(15, 53, f"No {values.number}", 11)
    pen.column(115, 30, ["Doit :", values.buyer.name, *values.buyer.address, f"Siret:{values.buyer.siret}"], 9, 4.5)
    facts = {
        "Date": f"{values.issued:%d.%m.%y}",
        "Date de livraison": f"{values.delivered[0]:%d.%m.%y}",
        "Engagement": values.engagement_number,
        "Code service": values.service_code,
        "Date limite de paiement": f"{values.due:%d.%m.%y}",
    }
    for position, (label, value) in enumerate(facts.items()):
        pen.write(15, 64 + 5 * position, f"{label} {'.' * (30 - len(label))} {value}", 9)
    y = 96
    for line in values.lines:
        pen.write(15, y, f"{line.quantity:>4} {line.label:<38} {amount(line.amount, ''):>10}", 9)
        y += 5
    rates = [(f"TVA {percent(rate)}% s/ {amount(base, '')}", tax) for rate, base, tax in totals.rates]
    for label, value in [("TOTAL H.T.", totals.ht), *rates, ("TOTAL T.T.C.", totals.ttc), ("A PAYER EUR", totals.ttc)]:
        y += 5
        pen.write(15, y, f"{label}{'.' * (44 - len(label))}{amount(value, ''):>10}", 9)
    pen.write(15, y + 12, f"IBAN {values.seller.iban}  Tel {values.seller.phone}", 8)
    return pen.finished()


LAYOUTS = {layout.__name__: layout for layout in (ferme, tableur, gestion, courrier, deux_pages, avoir, points)}
# What a layout does not print, so that nobody expects it to be read.
ABSENT = {
    "ferme": {"contract_number", "delivery_notes", "origin_date"},
    "tableur": {"net_to_pay", "total_tva", "contract_number"},
    "gestion": {"contract_number", "delivery_notes"},
    "courrier": {"net_to_pay", "contract_number"},
    "deux_pages": {"contract_number"},
    "avoir": {
        "iban",
        "due_date",
        "delivery_dates",
        "net_to_pay",
        "contract_number",
        "delivery_notes",
        "total_tva",
        "vat_lines",
    },
    "points": {"total_tva", "contract_number", "delivery_notes"},
}
