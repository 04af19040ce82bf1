"""What the programs and the papers of the trade print: several deliveries, deposits, credit notes, no VAT at all."""

import random
from decimal import Decimal

from tests.invoices.layouts.goods import goods
from tests.invoices.pen import Drawing, Pen, iban, short
from tests.invoices.style import Style
from tests.invoices.values import Values


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
    y = goods(pen, values, 99, style, places) + 8
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
    y = goods(pen, values, 105, style, places) + 8
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


def several_deliveries(values: Values) -> dict:
    """Changes of values: three deliveries of one month, for the layouts that print them."""
    chance = random.Random(f"deliveries {values.seed}")
    day = values.issued.replace(day=1)
    days = tuple(sorted({day.replace(day=chance.randrange(1, min(values.issued.day, 28) + 1)) for _ in range(3)}))
    days = days[: len(values.lines)]
    return {"delivered": days, "delivery_notes": tuple(f"{4400 + number}" for number in range(len(days)))}
