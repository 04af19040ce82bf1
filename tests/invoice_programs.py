"""More layouts, written from descriptions of what programs print, before the reader was tried on them.

Labels are those of the programs they are named after or alike; writings of dates, amounts and SIRETs follow the seed.
"""

import html
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tests.invoice_pen import Drawing, Pen, grouped, iban, short
from tests.invoice_style import Style
from tests.invoice_values import Values


@dataclass(frozen=True)
class Web:
    """A page that only a browser can print."""

    html: str


def _goods(pen: Pen, values: Values, y: float, style: Style, places: Sequence[float], step: float = 5.5) -> float:
    """Rows of label, quantity, price, rate and amount, at five places."""
    for line in values.lines:
        cells = (
            line.label,
            f"{line.quantity} {line.unit}",
            style.money(line.price, plain=True),
            f"{style.rate(line.rate)}%",
            style.money(line.amount, plain=True),
        )
        pen.row(y, dict(zip(places, cells, strict=True)), 8.5)
        y += step
    return y


def crabe(values: Values) -> Drawing:
    """Dolibarr: references at the right of the head, « Émetteur » and « Adressé à » in boxes, sums at the foot."""
    pen, totals, style = Pen(), values.totals, Style.of(values.seed)
    pen.write(12, 20, values.seller.name, 14, bold=True)
    pen.column(
        198,
        18,
        [
            "Facture",
            f"Réf. : {values.number}",
            f"Réf. client : {values.engagement_number}",
            f"Date facturation : {style.figures(values.issued)}",
            f"Date échéance : {style.figures(values.due)}",
            "Code client : CU2610-00012",
        ],
        9,
        4,
        right=True,
    )
    pen.write(12, 50, "Émetteur", 7)
    pen.column(12, 55, [values.seller.name, *values.seller.address, f"Tél.: {values.seller.phone}"], 8.5, 4)
    pen.write(110, 50, "Adressé à", 7)
    pen.column(
        110,
        55,
        [
            values.buyer.name,
            *values.buyer.address,
            f"SIRET: {values.buyer.siret}",
            f"Code service : {values.service_code}",
        ],
        8.5,
        4,
    )
    pen.write(198, 92, "Montants exprimés en Euros", 7, right=True)
    heads = ("Désignation", "Qté", "P.U. HT", "TVA", "Total HT")
    places = (12, -128, -150, -168, -198)
    pen.row(98, dict(zip(places, heads, strict=True)), 8)
    pen.write(12, 104, f"Livraison du {style.figures(values.delivered[0])} - {values.delivery_notes[0]}", 8)
    y = _goods(pen, values, 110, style, places) + 8
    pen.write(12, y, "Conditions de règlement : 30 jours", 8)
    pen.write(12, y + 8, "Règlement par virement sur le compte bancaire suivant :", 8)
    pen.write(12, y + 13, "Banque : CAISSE D'ESSAI", 8)
    pen.write(12, y + 17, f"Code IBAN : {iban(values.seller)}", 8)
    pen.write(12, y + 21, "Code BIC/SWIFT : EXAMFRPP", 8)
    pen.row(y, {120: "Total HT", -198: style.money(totals.ht, plain=True)})
    for position, (rate, _, tax) in enumerate(totals.rates, 1):
        label = f"Total TVA {style.rate(rate)}%"
        pen.row(y + 5 * position, {120: label, -198: style.money(tax, plain=True)})
    y += 5 * len(totals.rates) + 5
    pen.row(y, {120: "Total TTC", -198: style.money(totals.ttc, plain=True)}, bold=True)
    legal = (
        f"SIRET: {values.seller.siret} - NAF-APE: 01.13Z - RCS/RM: Bourges - Numéro de TVA : {values.seller.vat_number}"
    )
    pen.write(105 - len(legal) * 0.6, 282, legal, 7)
    pen.write(198, 288, "1/1", 7, right=True)
    return pen.finished()


def quick(values: Values) -> Drawing:
    """QuickBooks: capitals, labels beside values in a narrow block, « SOLDE À PAYER » large."""
    pen, totals, style = Pen(), values.totals, Style.of(values.seed)
    pen.column(15, 20, [values.seller.name, *values.seller.address, f"{values.seller.phone}"], 9, 4.5)
    pen.write(15, 40, f"Numéro de SIRET : {style.siret(values.seller)}", 8)
    pen.write(15, 55, "FACTURE", 22)
    pen.write(15, 68, "FACTURER À", 8, bold=True)
    pen.column(15, 73, [values.buyer.name, *values.buyer.address, f"SIRET {style.siret(values.buyer)}"], 9, 4.5)
    pen.write(80, 68, "LIVRER À", 8, bold=True)
    pen.column(80, 73, ["Restaurant scolaire", *values.buyer.address], 9, 4.5)
    facts = {
        "Nº DE FACTURE": values.number,
        "DATE": style.figures(values.issued),
        "DATE D'ÉCHÉANCE": style.figures(values.due),
        "CONDITIONS": "Net 30",
        "Nº BON DE COMMANDE": values.engagement_number,
    }
    for position, (label, value) in enumerate(facts.items()):
        pen.row(68 + 5 * position, {-170: label, 173: value}, 8.5)
    heads = ("ACTIVITÉ", "QTÉ", "TAUX", "TVA", "MONTANT")
    places = (15, -120, -145, -165, -195)
    pen.row(108, dict(zip(places, heads, strict=True)), 8, bold=True)
    y = _goods(pen, values, 115, style, places) + 6
    pen.row(y, {120: "TOTAL NET HT", -195: style.money(totals.ht, plain=True)}, 9)
    for rate, base, tax in totals.rates:
        y += 5
        label = f"TVA {style.rate(rate)} % sur {style.money(base, plain=True)}"
        pen.row(y, {120: label, -195: style.money(tax, plain=True)}, 9)
    pen.row(y + 5, {120: "TOTAL", -195: style.money(totals.ttc, plain=True)}, 9)
    pen.row(y + 13, {120: "SOLDE À PAYER", -195: style.money(totals.ttc)}, 14, bold=True)
    pen.write(15, y + 22, f"RIB : {iban(values.seller)}", 8)
    pen.write(15, y + 28, "Merci pour votre confiance. Taux des pénalités de retard : 12,15 %. Indemnité : 40,00 €", 7)
    return pen.finished()


def ligne100(values: Values) -> Drawing:
    """Sage and EBP: boxes of labels above values, at the foot a table of taxes and sums in boxes."""
    pen, totals, style = Pen(), values.totals, Style.of(values.seed)
    pen.column(12, 18, [values.seller.name, *values.seller.address], 9, 4.5)
    pen.column(110, 40, [values.buyer.name.upper(), *[line.upper() for line in values.buyer.address]], 9, 4.5)
    pen.write(12, 62, "FACTURE", 16, bold=True)
    pen.row(70, {13: "Numéro", 45: "Date", 75: "Page", 95: "N° Client", 125: "Mode de règlement", 165: "Échéance"}, 7)
    pen.row(
        75,
        {
            13: values.number,
            45: style.figures(values.issued),
            77: "1",
            95: "0411BOU",
            125: "VIR 30 J",
            165: style.figures(values.due),
        },
        9,
    )
    pen.row(83, {13: "Votre référence", 75: "Code service", 125: "SIRET client"}, 7)
    pen.row(88, {13: values.engagement_number, 75: values.service_code, 125: style.siret(values.buyer)}, 9)
    heads = ("Désignation", "Quantité", "P.U. H.T.", "Taxe", "Montant H.T.")
    places = (12, -120, -145, -165, -197)
    pen.row(98, dict(zip(places, heads, strict=True)), 8, bold=True)
    pen.write(12, 104, f"Bon de livraison N° {values.delivery_notes[0]} du {short(values.delivered[0])}", 8, bold=True)
    _goods(pen, values, 110, style, places)
    y = 232
    pen.row(
        y,
        {13: "Taux", 35: "Base H.T.", 65: "Montant taxe", 110: "Total H.T.", 135: "Total taxes", 165: "Total T.T.C."},
        7,
    )
    for position, (rate, base, tax) in enumerate(totals.rates, 1):
        pen.row(
            y + 5 * position,
            {-25: style.rate(rate), -55: style.money(base, plain=True), -85: style.money(tax, plain=True)},
        )
    sums = {-127: totals.ht, -153: totals.tva, -188: totals.ttc}
    pen.row(y + 5, {place: style.money(value, plain=True) for place, value in sums.items()})
    pen.row(y + 16, {110: "Acompte", 165: "NET A PAYER"}, 7, bold=True)
    net = style.money(totals.ttc - values.paid)
    pen.row(y + 21, {-127: style.money(values.paid, plain=True), -188: net}, 10, bold=True)
    pen.write(12, y + 27, f"IBAN {values.seller.iban} BIC EXAMFRPPXXX", 7)
    pen.write(12, 278, f"{values.seller.legal} - Siret {values.seller.siret} - N.I.I. {values.seller.vat_number}", 6.5)
    pen.write(12, 283, "Escompte pour paiement anticipé : néant. Indemnité forfaitaire de recouvrement : 40 €", 6.5)
    return pen.finished()


def ciel(values: Values) -> Drawing:
    """Ciel: « FACTURE N° : » in a box, escompte and port at zero among the sums, page breaks."""
    pen, totals, style = Pen(), values.totals, Style.of(values.seed)
    pen.column(10, 15, [values.seller.name, *values.seller.address], 10, 4.5)
    pen.column(
        10, 32, [f"Tél : {values.seller.phone}", "Fax : 02 48 99 99 99", f"Siret : {style.siret(values.seller)}"], 8, 4
    )
    pen.write(110, 20, f"FACTURE N° : {values.number}", 13, bold=True)
    pen.row(27, {110: "Date :", 135: style.figures(values.issued)})
    pen.row(32, {110: "Code client :", 135: "CL00042"})
    pen.row(37, {110: "N° TVA Intra :", 135: values.seller.vat_number})
    pen.column(
        110,
        50,
        [values.buyer.name, *values.buyer.address, f"N° SIRET : {style.siret(values.buyer)}"],
    )
    pen.write(10, 60, f"Engagement juridique : {values.engagement_number}", 9)
    pen.write(10, 65, f"Service : {values.service_code}", 9)
    pen.write(10, 70, f"Marché n° {values.contract_number}", 9)
    heads = ("Description", "Qté", "Prix unitaire HT", "% TVA", "Montant HT")
    places = (10, -115, -145, -165, -197)
    pen.row(85, dict(zip(places, heads, strict=True)), 8, bold=True)
    y = _goods(pen, values, 92, style, places)
    pen.write(10, y + 3, f"Date de livraison : {style.figures(values.delivered[0])} (BL {values.delivery_notes[0]})", 8)
    y = max(y + 14, 170)
    zero = style.money(Decimal(0), plain=True)
    rows = {
        "Total HT": totals.ht,
        "Port HT": None,
        "Escompte 0,00 %": None,
        "Net HT": totals.ht,
        "Total TVA": totals.tva,
    }
    rows |= {"Total TTC": totals.ttc, "Acompte": values.paid or None, "NET A PAYER": totals.ttc - values.paid}
    for label, value in rows.items():
        pen.row(y, {130: label, -197: style.money(value, plain=label != "NET A PAYER") if value is not None else zero})
        y += 5
    top = y - 40
    pen.row(top, {10: "Code", 22: "Base HT", 50: "Taux TVA", 75: "Montant TVA"}, 8, bold=True)
    for position, (rate, base, tax) in enumerate(totals.rates, 1):
        cells = {
            10: str(position),
            -42: style.money(base, plain=True),
            -65: style.rate(rate),
            -95: style.money(tax, plain=True),
        }
        pen.row(top + 5 * position, cells, 8)
    pen.row(y + 4, {10: "Échéance(s)", 40: f"{style.figures(values.due)} : {style.money(totals.ttc - values.paid)}"}, 8)
    pen.write(10, y + 10, f"Règlement : Virement - IBAN : {iban(values.seller)}", 8)
    pen.write(10, 285, f"{values.seller.legal} - RCS 100 000 009 Bourges", 7)
    return pen.finished()


def elevage(values: Values) -> Drawing:
    """Farm software: codes of VAT, number of the herd, « Doit », a recapitulation by rate, sums beneath their names."""
    pen, totals, style = Pen(), values.totals, Style.of(values.seed)
    pen.column(
        15,
        18,
        [values.seller.name, *values.seller.address, f"N° élevage : FR18 033 471   Tél {values.seller.phone}"],
        9,
        4.5,
    )
    pen.write(15, 37, f"N° SIRET {style.siret(values.seller)}   Code APE 0141Z", 8)
    pen.write(15, 41, f"N° TVA intracommunautaire {values.seller.vat_number}", 8)
    pen.write(120, 40, "Doit", 9)
    pen.column(120, 45, [values.buyer.name, *values.buyer.address], 10)
    pen.write(120, 62, f"SIRET : {style.siret(values.buyer)}", 8)
    pen.write(15, 70, f"FACTURE n° {values.number} du {style.day(values.issued)}", 13, bold=True)
    pen.write(15, 76, f"N° EJ : {values.engagement_number}    Code service : {values.service_code}", 9)
    pen.row(
        82,
        {15: "Libellé", -110: "Quantité", -128: "Unité", -150: "Prix H.T.", -180: "Montant H.T.", -195: "T"},
        8,
        bold=True,
    )
    pen.write(15, 88, f"* BL N° {values.delivery_notes[0]} du {style.figures(values.delivered[0])}", 8)
    y = 88
    for line in values.lines:
        y += 5
        code = str(1 + [rate for rate, _, _ in totals.rates].index(line.rate))
        cells = {15: line.label, -110: f"{line.quantity:.3f}".replace(".", ","), -128: line.unit}
        pen.row(
            y,
            cells | {-150: style.money(line.price, plain=True), -180: style.money(line.amount, plain=True), -195: code},
            8,
        )
    y += 15
    pen.row(
        y,
        {15: "Récapitulatif TVA", 70: "Montant HT", 100: "Taux", 120: "Montant TVA", 155: "Montant TTC"},
        8,
        bold=True,
    )
    for position, (rate, base, tax) in enumerate(totals.rates, 1):
        cells = {15: f"Code {position}", -88: style.money(base, plain=True), -110: f"{style.rate(rate)} %"}
        pen.row(
            y + 5 * position, cells | {-140: style.money(tax, plain=True), -175: style.money(base + tax, plain=True)}, 8
        )
    y += 5 * len(totals.rates) + 5
    pen.row(
        y,
        {
            15: "Total",
            -88: style.money(totals.ht, plain=True),
            -140: style.money(totals.tva, plain=True),
            -175: style.money(totals.ttc, plain=True),
        },
        8,
        bold=True,
    )
    pen.write(15, y + 10, f"Net à payer en euros : {style.money(totals.ttc)}", 12, bold=True)
    pen.write(15, y + 17, f"Date limite de règlement : {style.day(values.due)}", 9)
    pen.write(15, y + 23, f"Domiciliation : Crédit d'Essai   IBAN : {iban(values.seller)}   BIC : EXAMFRPP", 8)
    return pen.finished()


def releve(values: Values) -> Drawing:
    """A month's invoice: several deliveries, each with its note, a page that ends on « À reporter »."""
    pen, totals, style = Pen(), values.totals, Style.of(values.seed)
    pen.column(15, 18, [values.seller.name, *values.seller.address], 10)
    pen.write(15, 36, f"Siret : {style.siret(values.seller)} - Tél. {values.seller.phone}", 8)
    pen.write(115, 25, "Adresse de livraison :", 8)
    pen.column(115, 29, ["Cuisine centrale", "4 rue du Four", "18000 Bourges", "SIRET 200 000 008 00405"], 8, 4)
    pen.write(115, 50, "Adresse de facturation :", 8)
    pen.column(115, 54, [values.buyer.name, *values.buyer.address, f"SIRET {style.siret(values.buyer)}"], 9, 4.5)
    pen.write(15, 80, "FACTURE MENSUELLE", 16, bold=True)
    pen.write(15, 87, f"N° {values.number}", 11, bold=True)
    pen.write(15, 93, f"Bourges, le {style.day(values.issued)}", 9)
    pen.write(15, 99, f"Bon de commande n° {values.engagement_number}   Code service {values.service_code}", 9)
    y, carried = 110, Decimal(0)
    pen.row(y, {15: "Désignation", -120: "Quantité", -150: "Prix HT", -190: "Total HT"}, 8, bold=True)
    for position, line in enumerate(values.lines):
        if position < len(values.delivered):
            y += 7
            pen.write(
                15,
                y,
                f"Livraison du {short(values.delivered[position])} - BL n° {values.delivery_notes[position]}",
                8,
                bold=True,
            )
        if position == 2:
            pen.row(y + 6, {120: "À reporter", -190: style.money(carried)}, bold=True)
            pen.write(105, 288, "Page 1 / 2", 7)
            pen.turn_page()
            pen.row(15, {15: f"Facture n° {values.number}", 120: "Report", -190: style.money(carried)}, bold=True)
            y = 20
        y += 6
        carried += line.amount
        cells = {15: f"{line.label} ({style.rate(line.rate)} %)", -120: f"{line.quantity} {line.unit}"}
        pen.row(y, cells | {-150: style.money(line.price, plain=True), -190: style.money(line.amount, plain=True)}, 8.5)
    y += 12
    for rate, base, tax in totals.rates:
        pen.row(
            y,
            {60: f"Base HT à {style.rate(rate)} % :", -115: style.money(base), 125: "TVA :", -190: style.money(tax)},
            9,
        )
        y += 5
    for label, value in {"Montant HT": totals.ht, "Montant TVA": totals.tva, "Montant TTC": totals.ttc}.items():
        pen.row(y, {130: label, -190: style.money(value)}, 10, bold=True)
        y += 6
    pen.write(15, y + 5, f"Paiement à 30 jours, soit le {style.day(values.due)}, par virement", 9)
    pen.write(15, y + 10, f"IBAN : {iban(values.seller)}", 9)
    pen.write(15, 288, "Logiciel Gestagri - SARL Editeur 12345 Ville - SIRET 100 000 926 00017", 6)
    return pen.finished()


def solde(values: Values) -> Drawing:
    """An invoice of the balance: the deposit is on it with its own amounts, what remains is less than the total."""
    pen, totals, style = Pen("serif"), values.totals, Style.of(values.seed)
    pen.write(15, 20, values.seller.name, 14, bold=True)
    pen.column(
        15,
        26,
        [*values.seller.address, f"Mobile : {values.seller.phone}", f"SIRET : {style.siret(values.seller)}"],
        9,
        4.5,
    )
    pen.write(195, 20, "FACTURE DE SOLDE", 16, bold=True, right=True)
    pen.write(195, 27, f"Facture : {values.number}", 10, right=True)
    pen.write(195, 32, f"Émise le {style.day(values.issued)}", 10, right=True)
    pen.column(
        120, 48, ["Client", values.buyer.name, *values.buyer.address, f"Siret : {style.siret(values.buyer)}"], 9, 4.5
    )
    pen.write(
        15, 75, f"Référence engagement : {values.engagement_number} / service exécutant : {values.service_code}", 9
    )
    pen.write(
        15, 80, f"Devis n° D-2026-118 du {short(values.delivered[0])} - Livré le {style.day(values.delivered[0])}", 9
    )
    heads = ("Désignation", "Qté", "PU HT", "TVA", "Total HT")
    places = (15, -120, -145, -165, -195)
    pen.row(92, dict(zip(places, heads, strict=True)), 9, bold=True)
    y = _goods(pen, values, 99, style, places) + 8
    paid = values.paid or Decimal(0)
    pen.row(y, {125: "Total HT", -195: style.money(totals.ht)})
    for position, (rate, _, tax) in enumerate(totals.rates, 1):
        pen.row(y + 5 * position, {125: f"dont TVA {style.rate(rate)} %", -195: style.money(tax)})
    y += 5 * len(totals.rates) + 5
    pen.row(y, {125: "Total TTC", -195: style.money(totals.ttc)}, bold=True)
    if paid:
        pen.row(y + 5, {110: f"Acompte reçu le {short(values.delivered[0])} (F-ACPT-7)", -195: style.money(-paid)})
    pen.row(y + 11, {125: "Reste à payer", -195: style.money(totals.ttc - paid)}, 11, bold=True)
    pen.write(15, y + 20, f"Date d'échéance : {style.day(values.due)}", 9)
    pen.write(15, y + 25, f"Coordonnées bancaires : {iban(values.seller)} (BIC EXAMFRPP)", 9)
    pen.write(15, 280, f"{values.seller.legal} - TVA {values.seller.vat_number}", 7)
    return pen.finished()


def note_avoir(values: Values) -> Drawing:
    """A credit note whose amounts are positive: « Net à votre crédit »."""
    pen, totals, style = Pen(), values.totals, Style.of(values.seed)
    pen.column(15, 18, [values.seller.name, *values.seller.address, f"SIRET : {style.siret(values.seller)}"], 9, 4.5)
    pen.column(
        120,
        18,
        ["Destinataire", values.buyer.name, *values.buyer.address, f"SIRET : {style.siret(values.buyer)}"],
        9,
        4.5,
    )
    pen.write(15, 60, "FACTURE D'AVOIR", 18, bold=True)
    pen.row(68, {15: "Avoir n°", 60: values.number})
    pen.row(73, {15: "Date de l'avoir", 60: style.day(values.issued)})
    pen.row(78, {15: "Facture d'origine", 60: f"{values.origin_number} du {style.day(values.origin_date)}"})
    pen.row(83, {15: "N° d'engagement", 60: values.engagement_number})
    pen.row(88, {15: "Motif", 60: "Produits abîmés à la livraison"})
    heads = ("Désignation", "Qté", "PU HT", "TVA", "Montant HT")
    places = (15, -120, -145, -165, -195)
    pen.row(98, dict(zip(places, heads, strict=True)), 9, bold=True)
    y = _goods(pen, values, 105, style, places) + 8
    pen.row(y, {125: "Total HT", -195: style.money(totals.ht)})
    pen.row(y + 5, {125: "Total TVA", -195: style.money(totals.tva)})
    pen.row(y + 10, {125: "Total TTC", -195: style.money(totals.ttc)}, bold=True)
    pen.row(y + 16, {125: "Net à votre crédit", -195: style.money(totals.ttc)}, bold=True)
    pen.write(15, 280, values.seller.legal, 7)
    return pen.finished()


def autoentrepreneur(values: Values) -> Drawing:
    """A free template for those who charge no VAT: labels above values, one total."""
    pen, totals, style = Pen(), values.totals, Style.of(values.seed)
    pen.write(15, 22, "Facture", 24, bold=True)
    pen.row(32, {15: "Numéro de facture", 75: "Date d'émission", 135: "Date d'échéance"}, 7)
    pen.row(37, {15: values.number, 75: style.day(values.issued), 135: style.day(values.due)}, 10, bold=True)
    pen.row(46, {15: "Bon de commande", 75: "Code service exécutant", 135: "Date de livraison"}, 7)
    pen.row(51, {15: values.engagement_number, 75: values.service_code, 135: style.day(values.delivered[0])}, 10)
    pen.row(62, {15: "De", 110: "Facturé à"}, 8)
    siren, nic = values.seller.siret[:9], values.seller.siret[9:]
    pen.column(
        15,
        67,
        [values.seller.name, *values.seller.address, f"SIREN {siren[:3]} {siren[3:6]} {siren[6:]}", f"NIC {nic}"],
    )
    pen.column(110, 67, [values.buyer.name, *values.buyer.address, f"N° Siret : {style.siret(values.buyer)}"])
    pen.row(100, {15: "Description", -130: "Quantité", -160: "Prix unitaire", -195: "Total"}, 9, bold=True)
    y = 107
    for line in values.lines:
        cells = {
            15: line.label,
            -130: f"{line.quantity}",
            -160: style.money(line.price),
            -195: style.money(line.amount),
        }
        pen.row(y, cells)
        y += 6
    pen.row(y + 6, {130: "Total à payer", -195: style.money(totals.ttc)}, 13, bold=True)
    pen.write(15, y + 20, values.mention, 9)
    pen.write(15, y + 27, f"Virement : {iban(values.seller)}", 9)
    pen.write(15, 280, "Dispensé d'immatriculation au registre du commerce et des sociétés (RCS)", 7)
    return pen.finished()


def _page(title: str, body: Iterable[str]) -> Web:
    style = (
        "<style>@page{size:A4;margin:12mm}body{font:10pt sans-serif}table{width:100%;border-collapse:collapse}"
        "td,th{padding:1.2mm;text-align:left;vertical-align:top}.r{text-align:right}.two{display:flex;gap:10mm}"
        ".two>*{flex:1}.sums{width:55%;margin-left:45%}h1{font-size:20pt}.s{font-size:7pt}.g{letter-spacing:.08em}"
        "</style>"
    )
    return Web(f"<title>{html.escape(title)}</title>{style}{''.join(body)}")


def _table(rows: Iterable[Iterable[str]], css: str = "") -> str:
    cells = "".join(
        f"<tr>{''.join(f'<td{_right(cell)}>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    return f'<table class="{css}">{cells}</table>'


def _right(cell: str) -> str:
    return " class=r" if cell[:1].isdigit() or cell.endswith(("€", "%", "EUR")) else ""


def _lines(*lines: str) -> str:
    return "<div>" + "<br>".join(html.escape(line) for line in lines) + "</div>"


def _web_goods(values: Values, style: Style) -> list[tuple[str, ...]]:
    return [
        (
            line.label,
            f"{line.quantity} {line.unit}",
            style.money(line.price),
            f"{style.rate(line.rate)} %",
            style.money(line.amount),
        )
        for line in values.lines
    ]


def pennylane(values: Values) -> Web:
    """A web application: title, two columns of parties, a table of VAT with the rate in the middle."""
    totals, style = values.totals, Style.of(values.seed)
    seller, buyer = values.seller, values.buyer
    return _page(
        "Facture",
        [
            f"<h1>Facture</h1><b>Numéro {html.escape(values.number)}</b>",
            _table(
                [
                    ("Date d'émission", style.day(values.issued)),
                    ("Date d'exigibilité", style.day(values.due)),
                    ("Date de la prestation", style.day(values.delivered[0])),
                ]
            ),
            "<div class=two>",
            _lines(
                seller.name, *seller.address, f"SIRET : {style.siret(seller)}", f"Numéro de TVA : {seller.vat_number}"
            ),
            _lines("Client", buyer.name, *buyer.address, f"SIRET : {style.siret(buyer)}"),
            "</div>",
            _lines(
                "",
                f"Numéro de bon de commande : {values.engagement_number}",
                f"Code service : {values.service_code}",
                "",
            ),
            _table([("Produits", "Qté", "Prix u. HT", "TVA (%)", "Total HT"), *_web_goods(values, style)]),
            "<br>",
            _table(
                [
                    ("Total HT", style.money(totals.ht)),
                    ("Montant total de la TVA", style.money(totals.tva)),
                    ("Total TTC", style.money(totals.ttc)),
                ],
                "sums",
            ),
            "<h4>Détails TVA</h4>",
            _table(
                [
                    ("Taux", "Montant TVA", "Base HT"),
                    *[
                        (f"{style.rate(rate)} %", style.money(tax), style.money(base))
                        for rate, base, tax in totals.rates
                    ],
                ]
            ),
            "<h4>Paiement</h4>",
            _table([("Établissement", "Banque d'Essai"), ("IBAN", iban(seller)), ("BIC", "EXAMFRPP")]),
            f"<p class=s>Pénalités de retard : trois fois le taux annuel d'intérêt légal. {seller.legal}</p>",
        ],
    )


def odoo(values: Values) -> Web:
    """Odoo: the number is in the title, facts in columns under their names, the total is called « Total »."""
    totals, style = values.totals, Style.of(values.seed)
    seller, buyer = values.seller, values.buyer
    return _page(
        values.number,
        [
            _lines(seller.name, *seller.address),
            f'<div style="margin-left:55%">{_lines(buyer.name, *buyer.address, "SIRET: " + buyer.siret)}</div>',
            f"<h2>Facture {html.escape(values.number)}</h2>",
            _table(
                [
                    ("Date de facturation:", "Date d'échéance:", "Date de livraison:", "Référence:"),
                    (short(values.issued), short(values.due), short(values.delivered[0]), values.engagement_number),
                ]
            ),
            _table([("Description", "Quantité", "Prix unitaire", "Taxes", "Montant"), *_web_goods(values, style)]),
            _table(
                [
                    ("Montant hors taxes", style.money(totals.ht)),
                    *[
                        (f"TVA {style.rate(rate)} % sur {style.money(base)}", style.money(tax))
                        for rate, base, tax in totals.rates
                    ],
                    ("Total", style.money(totals.ttc)),
                    ("Montant dû", style.money(totals.ttc)),
                ],
                "sums",
            ),
            _lines(
                "",
                "Conditions de paiement: 30 jours",
                f"Communication du paiement : {values.number} sur ce compte {iban(seller)}",
            ),
            f"<p class=s>{seller.phone} contact@exemple.fr SIRET: {seller.siret} | {seller.vat_number}</p>",
        ],
    )


def henrri(values: Values) -> Web:
    """A free web program: nested boxes, spaced capitals, totals as a table with the labels on top."""
    totals, style = values.totals, Style.of(values.seed)
    seller, buyer = values.seller, values.buyer
    return _page(
        "Facture",
        [
            "<div class=two>",
            _lines(
                seller.name,
                *seller.address,
                f"Tél : {seller.phone}",
                f"N° Siret : {style.siret(seller)}",
                "Code APE : 0113Z",
            ),
            f"<div class=g><h2>FACTURE</h2>{_lines(f'N° : {values.number}', f'Date : {short(values.issued)}')}",
            _lines("N° client : CLT-0042") + "</div>",
            "</div><div class=two><div></div>",
            _lines("À l'attention de :", buyer.name, *buyer.address, f"N° Siret : {style.siret(buyer)}"),
            "</div>",
            _lines(
                "Objet : fourniture de denrées",
                f"N° engagement : {values.engagement_number}",
                f"Service exécutant : {values.service_code}",
                f"Marché public : {values.contract_number}",
                f"Livraison effectuée le {short(values.delivered[0])}, BL {values.delivery_notes[0]}",
            ),
            _table([("Désignation", "Quantité", "PU HT", "TVA", "Total HT"), *_web_goods(values, style)]),
            "<br>",
            _table(
                [
                    ("Base HT", "Taux TVA", "Montant TVA"),
                    *[
                        (style.money(base), f"{style.rate(rate)} %", style.money(tax))
                        for rate, base, tax in totals.rates
                    ],
                ]
            ),
            "<br>",
            _table(
                [
                    ("Montant total HT", "Montant total TVA", "Montant total TTC", "Reste à payer"),
                    (style.money(totals.ht), style.money(totals.tva), style.money(totals.ttc), style.money(totals.ttc)),
                ]
            ),
            _lines(
                "",
                "Moyen de paiement : virement bancaire",
                f"Échéance de paiement : {short(values.due)}",
                f"Banque : Essai - IBAN : {iban(seller)} - BIC : EXAMFRPP",
            ),
            f"<p class=s>Indemnité forfaitaire pour frais de recouvrement : 40 €. {seller.legal}</p>",
        ],
    )


def classeur(values: Values) -> Drawing:
    """A workbook printed from Excel or Calc: the label of each box above it, sums without any sign, all in one grid."""
    pen, totals, style = Pen(), values.totals, Style.of(values.seed)
    pen.write(20, 20, values.seller.name.upper(), 16, bold=True)
    pen.column(
        20,
        26,
        [" - ".join(values.seller.address), f"Tél : {values.seller.phone} - Siret : {style.siret(values.seller)}"],
        9,
    )
    pen.row(42, {120: "FACTURE N°", 160: values.number}, 11, bold=True)
    pen.row(48, {120: "DATE", 160: style.figures(values.issued)}, 10)
    pen.row(54, {120: "CLIENT", 160: "C042"}, 10)
    pen.column(20, 60, [values.buyer.name, *values.buyer.address, f"Siret : {style.siret(values.buyer)}"])
    pen.row(88, {20: "N° ENGAGEMENT", 75: "CODE SERVICE", 120: "DATE LIVRAISON", 160: "N° BL"}, 8, bold=True)
    pen.row(
        93,
        {
            20: values.engagement_number,
            75: values.service_code,
            120: style.figures(values.delivered[0]),
            160: values.delivery_notes[0],
        },
    )
    pen.row(103, {20: "DESIGNATION", -115: "QTE", -140: "PU HT", -160: "TVA", -190: "MONTANT HT"}, 8, bold=True)
    y = _goods(pen, values, 109, style, (20, -115, -140, -160, -190))
    y = max(y + 6, 190)
    pen.row(y, {-160: "TOTAL HT", -190: style.money(totals.ht, plain=True)}, 9)
    for position, (rate, _, tax) in enumerate(totals.rates, 1):
        pen.row(y + 5 * position, {-160: f"TVA {style.rate(rate)}%", -190: style.money(tax, plain=True)}, 9)
    y += 5 * len(totals.rates) + 5
    pen.row(y, {-160: "TOTAL TTC", -190: style.money(totals.ttc, plain=True)}, 10, bold=True)
    pen.row(y + 12, {20: "A régler au plus tard le", 75: style.figures(values.due)}, 9)
    pen.row(y + 18, {20: "IBAN", 40: iban(values.seller)}, 9)
    return pen.finished()


def fenetres(values: Values) -> Drawing:
    """A program of the trade made with WinDev: header boxes side by side, each label over its value, spaced title."""
    pen, totals, style = Pen(), values.totals, Style.of(values.seed)
    pen.write(70, 15, "F A C T U R E", 20, bold=True)
    pen.column(
        12,
        25,
        [
            values.seller.name,
            *values.seller.address,
            f"Siret {values.seller.siret} Ape 1013A",
            f"RCS BOURGES {grouped(values.seller.siret[:9], 3, 3, 3)}",
        ],
        8,
        4,
    )
    boxes = {
        "FACTURE N°": values.number,
        "EN DATE DU": style.figures(values.issued),
        "N° CLIENT": "00318",
        "ECHEANCE": style.figures(values.due),
    }
    pen.row(52, dict(zip((14, 50, 85, 115), boxes, strict=True)), 7)
    pen.row(57, dict(zip((14, 50, 85, 115), boxes.values(), strict=True)), 9, bold=True)
    pen.column(
        120, 25, ["FACTURE A :", values.buyer.name, *values.buyer.address, f"SIRET {style.siret(values.buyer)}"], 8, 4
    )
    pen.row(66, {14: "VOTRE COMMANDE", 60: "NOTRE BL", 85: "DATE BL", 115: "SERVICE"}, 7)
    pen.row(
        71,
        {
            14: values.engagement_number,
            60: values.delivery_notes[0],
            85: style.figures(values.delivered[0]),
            115: values.service_code,
        },
        9,
    )
    pen.row(82, {14: "Article", 90: "Lot", -120: "Poids net", -145: "P.U.", -165: "Tx", -195: "Montant"}, 8, bold=True)
    y = 82
    for position, line in enumerate(values.lines):
        y += 5
        cells = {
            14: line.label[:44],
            90: f"{240000 + position}",
            -120: f"{line.quantity:.3f}".replace(".", style.comma),
        }
        pen.row(
            y,
            cells
            | {
                -145: style.money(line.price, plain=True),
                -165: style.rate(line.rate),
                -195: style.money(line.amount, plain=True),
            },
            8,
        )
    y = 240
    pen.row(y, {14: "TAUX", 35: "H.T.", 60: "T.V.A.", 85: "T.T.C."}, 7)
    for position, (rate, base, tax) in enumerate(totals.rates, 1):
        cells = {-25: style.rate(rate), -50: style.money(base, plain=True), -75: style.money(tax, plain=True)}
        pen.row(y + 4.5 * position, cells | {-100: style.money(base + tax, plain=True)}, 8)
    for position, (label, value) in enumerate(
        {
            "TOTAL H.T.": totals.ht,
            "TOTAL T.V.A.": totals.tva,
            "TOTAL T.T.C.": totals.ttc,
            "NET A PAYER": totals.ttc,
        }.items()
    ):
        pen.row(y + 5 * position, {125: label, -195: style.money(value)}, 9, bold=True)
    pen.write(
        14, 275, f"RIB : {iban(values.seller)}   EXAMFRPP   -   En cas de litige, Tribunal de Bourges seul compétent", 7
    )
    pen.write(14, 280, f"{values.seller.legal} - {values.seller.vat_number}", 7)
    return pen.finished()


PROGRAMS = {
    layout.__name__: layout
    for layout in (
        *(crabe, quick, ligne100, ciel, elevage, releve, solde, note_avoir, autoentrepreneur),
        *(pennylane, odoo, henrri, classeur, fenetres),
    )
}
PRINTED_NOWHERE = {
    "crabe": {"total_tva", "net_to_pay", "contract_number", "delivery_notes"},
    "quick": {"service_code", "delivery_dates", "delivery_notes", "contract_number", "total_tva"},
    "ligne100": {"contract_number"},
    "ciel": set(),
    "elevage": {"contract_number"},
    "releve": {"net_to_pay", "contract_number"},
    "solde": {"total_tva", "contract_number", "delivery_notes"},
    "note_avoir": {
        "service_code",
        "due_date",
        "delivery_dates",
        "delivery_notes",
        "contract_number",
        "iban",
        "vat_lines",
    },
    "autoentrepreneur": {"net_to_pay", "total_ht", "total_tva", "contract_number", "delivery_notes", "vat_lines"},
    "pennylane": {"net_to_pay", "contract_number", "delivery_notes"},
    "odoo": {"service_code", "total_tva", "contract_number", "delivery_notes"},
    "henrri": set(),
    "classeur": {"total_tva", "net_to_pay", "contract_number", "vat_lines"},
    "fenetres": {"contract_number"},
}


def several_deliveries(values: Values) -> dict:
    """Changes of values: three deliveries of one month, for the layouts that print them."""
    chance = random.Random(f"deliveries {values.seed}")
    day = values.issued.replace(day=1)
    days = tuple(sorted({day.replace(day=chance.randrange(1, min(values.issued.day, 28) + 1)) for _ in range(3)}))
    days = days[: len(values.lines)]
    return {"delivered": days, "delivery_notes": tuple(f"{4400 + number}" for number in range(len(days)))}
