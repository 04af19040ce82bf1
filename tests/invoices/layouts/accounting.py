"""What accounting programs and workbooks print; the labels are those of the programs named, or alike."""

from decimal import Decimal

from tests.invoices.layouts.goods import goods
from tests.invoices.pen import Drawing, Pen, grouped, iban, short
from tests.invoices.style import Style
from tests.invoices.values import Values


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
    y = goods(pen, values, 110, style, places) + 8
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
    y = goods(pen, values, 115, style, places) + 6
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
    goods(pen, values, 110, style, places)
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
    y = goods(pen, values, 92, style, places)
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
    y = goods(pen, values, 109, style, (20, -115, -140, -160, -190))
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
