"""Pages that flow: paragraphs and tables of reportlab's Platypus, as small scripts make invoices, drawn by lot."""

import random
from io import BytesIO

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from tests.invoices.pen import grouped
from tests.invoices.style import Style
from tests.invoices.values import Values

NUMBERS = ("N° Facture:", "Facture N°", "Numéro :", "N° de facture :", "FACTURE n°", "Réf. facture:")
DATES = ("Date:", "Date d'émission:", "Date de la facture :", "Émise le :", "Date facture")
DUES = ("Échéance:", "Date d'échéance:", "À payer avant le :", "Date limite :", "Échéance de paiement :")
ENGAGEMENTS = (
    "Bon de commande:",
    "N° d'engagement (EJ) :",
    "Engagement :",
    "Référence commande :",
    "N° engagement juridique",
)
SERVICES = ("Code service:", "Code Service Chorus :", "Service destinataire :", "Service exécutant")
DELIVERIES = ("Livraison:", "Date de livraison:", "Livré le :", "Date de prestation:", "Livraison effectuée le")
NOTES = ("N° BL:", "Bon de livraison:", "Bon de livraison n° :", "BL :")
SUBTOTALS = ("Sous-total HT:", "Total HT :", "TOTAL HT", "Montant total HT", "Total net HT :")
TAXES = ("TVA {}%:", "TVA {} %", "TVA {}% ({}):", "TVA à {} % :", "Montant TVA ({}%) :")
TOTALS = ("Total TTC:", "TOTAL TTC", "<b>Total TTC:</b>", "Montant total TTC", "TOTAL À PAYER TTC", "Total TTC à payer")
BUYERS = ("Facturé à:", "Client:", "Vendu à:", "FACTURER À", "Destinataire", "Bill to / Facturé à")


class Flow:
    """What is drawn, and the fields this seed leaves out."""

    def __init__(self, values: Values):
        self.values, self.style = values, Style.of(values.seed)
        self.chance = random.Random(f"flow {values.seed}")
        self.absent = {"origin_number", "origin_date", "contract_number", "net_to_pay", "total_tva"}
        size = self.pick((9, 10, 11))
        self.normal = ParagraphStyle("n", parent=getSampleStyleSheet()["Normal"], fontSize=size, leading=size * 1.2)
        self.story = [self._title(), Spacer(1, 6 * mm), *self._parties(), self._facts(), Spacer(1, 6 * mm)]
        self.story += [self._goods(), Spacer(1, 5 * mm), self._sums(), Spacer(1, 6 * mm), *self._terms()]

    def pick(self, words):
        return self.chance.choice(words)

    def _title(self):
        alignment = self.pick((TA_CENTER, TA_RIGHT, 0))
        style = ParagraphStyle("t", parent=self.normal, fontSize=20, leading=24, alignment=alignment)
        return Paragraph(
            self.pick(("FACTURE", "Facture", "FACTURE / INVOICE", "F A C T U R E", "FACTURE DE VENTE")), style
        )

    def _parties(self):
        seller, buyer = self.values.seller, self.values.buyer
        phone = f"Tél: {seller.phone} - Fax: 02 48 00 00 99"
        ours = [
            f"<b>{seller.name.upper()}</b>",
            *seller.address,
            self._siret(seller),
            f"TVA: {seller.vat_number}",
            phone,
        ]
        theirs = [f"<b>{self.pick(BUYERS)}</b>", buyer.name, *buyer.address, self._siret(buyer)]
        if self.chance.random() < 0.5:
            return [*map(self._text, ours), Spacer(1, 5 * mm), *map(self._text, theirs), Spacer(1, 5 * mm)]
        pair = [[list(map(self._text, ours)), list(map(self._text, theirs))]]
        return [
            Table(pair, colWidths=[95 * mm, 75 * mm], style=[("VALIGN", (0, 0), (-1, -1), "TOP")]),
            Spacer(1, 5 * mm),
        ]

    def _siret(self, party) -> str:
        return f"{self.pick(('SIRET:', 'SIRET :', 'N° SIRET'))} {grouped(party.siret, *self.style.groups)}"

    def _text(self, text: str):
        return Paragraph(text, self.normal)

    def _facts(self):
        values, day = self.values, self.style.day
        rows = [[self.pick(NUMBERS), values.number], [self.pick(DATES), day(values.issued)]]
        for name, words, value, share in (
            ("due_date", DUES, day(values.due), 0.9),
            ("engagement_number", ENGAGEMENTS, values.engagement_number, 0.9),
            ("service_code", SERVICES, values.service_code, 0.8),
            ("delivery_dates", DELIVERIES, day(values.delivered[0]), 0.8),
            ("delivery_notes", NOTES, values.delivery_notes[0], 0.5),
        ):
            if self.chance.random() < share:
                rows.append([self.pick(words), value])
            else:
                self.absent.add(name)
        if self.chance.random() < 0.4:
            rows.append(["Référence projet:", "PROJ-18-2026"])
        if self.chance.random() < 0.3:
            rows = [list(column) for column in zip(*rows[:4], strict=True)] + [[*row, "", ""] for row in rows[4:]]
            return Table(rows, style=[("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("FONTSIZE", (0, 0), (-1, -1), 7)])
        align = self.pick(("LEFT", "RIGHT"))
        return Table(
            rows,
            colWidths=[50 * mm, 60 * mm],
            hAlign=self.pick(("LEFT", "CENTER")),
            style=[("ALIGN", (1, 0), (1, -1), align)],
        )

    def _goods(self):
        style = self.style
        heads = ["Désignation", "Qté", "Prix Unit. HT", "TVA", "Total HT"]
        rows = [
            [
                Paragraph(line.label, self.normal),
                f"{line.quantity}",
                style.money(line.price),
                f"{style.rate(line.rate)}%",
                style.money(line.amount),
            ]
            for line in self.values.lines
        ]
        grid = TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, 0), colors.grey),
                ("TEXTCOLOR", (0, 0), (-1, 0), colors.whitesmoke),
                ("ALIGN", (1, 0), (-1, -1), self.pick(("CENTER", "RIGHT"))),
                ("GRID", (0, 0), (-1, -1), 0.5, colors.black),
            ]
        )
        return Table([heads, *rows], colWidths=[75 * mm, 15 * mm, 30 * mm, 18 * mm, 30 * mm], style=grid)

    def _sums(self):
        totals, style = self.values.totals, self.style
        rows = [[self.pick(SUBTOTALS), style.money(totals.ht)]]
        label = self.pick(TAXES)
        for rate, base, tax in totals.rates:
            rows.append([label.format(style.rate(rate), style.money(base)), style.money(tax)])
        rows.append([self.pick(TOTALS), style.money(totals.ttc)])
        rows = [["", "", *row] for row in rows]
        return Table(rows, colWidths=[60 * mm, 20 * mm, 52 * mm, 36 * mm], style=[("ALIGN", (2, 0), (3, -1), "RIGHT")])

    def _terms(self):
        seller = self.values.seller
        label = self.pick(("IBAN:", "RIB:", "<b>IBAN :</b>", "Virement bancaire - IBAN"))
        late = "Pénalités de retard: 3 fois le taux légal - Indemnité forfaitaire pour frais de recouvrement: 40 €"
        return [self._text(f"{label} {grouped(seller.iban, *[4] * 7)}"), self._text(late), self._text(seller.legal)]


def flux(values: Values) -> bytes:
    output = BytesIO()
    margin = 15 * mm
    document = SimpleDocTemplate(
        output, pagesize=A4, topMargin=margin, leftMargin=margin, rightMargin=margin, invariant=1
    )
    document.build(Flow(values).story)
    return output.getvalue()


def left_out_of_flow(values: Values) -> set[str]:
    return Flow(values).absent
