"""A layout made up anew for each seed: wordings, writings, places and order are drawn by lot.

No program prints like this; it asks whether the reader understands pages rather than programs.
"""

import random
from dataclasses import dataclass, field
from decimal import Decimal

from tests.invoices.by_lot.wordings import (
    BETWEEN,
    BUYER,
    CONTRACT,
    DATE,
    DECOYS,
    DELIVERED,
    DUE,
    ENGAGEMENT,
    HT,
    NET,
    NOTE,
    NUMBER,
    PAID,
    SERVICE,
    SIRET,
    TAX,
    TTC,
    TVA,
)
from tests.invoices.pen import Drawing, Pen, grouped, short
from tests.invoices.style import Style
from tests.invoices.values import Values


@dataclass
class Lot:
    """What was drawn, and the fields it leaves out."""

    values: Values
    pen: Pen = field(init=False)
    style: Style = field(init=False)
    chance: random.Random = field(init=False)
    absent: set[str] = field(default_factory=set)

    def __post_init__(self):
        self.chance = random.Random(f"lot {self.values.seed}")
        self.style = Style.of(self.values.seed)
        self.pen = Pen(self.chance.choice(("sans", "sans", "serif", "mono")))

    def pick(self, words):
        return self.chance.choice(words)

    def might(self, share: float) -> bool:
        return self.chance.random() < share


def hasard(values: Values) -> Drawing:
    return _lot(values).pen.finished()


def left_out(values: Values) -> set[str]:
    """The fields this seed does not print."""
    return _lot(values).absent


def _lot(values: Values) -> Lot:
    lot = Lot(values)
    lot.absent |= {"origin_number", "origin_date"}
    _parties(lot)
    y = _facts(lot, 72)
    y = _goods(lot, y + 8)
    y = _sums(lot, y + 8)
    _foot(lot, y + 10)
    return lot


def _siret_lines(lot: Lot, siret: str) -> list[str]:
    label, written = lot.pick(SIRET), lot.style.groups
    kind = lot.chance.randrange(8)
    if kind == 0:
        return [f"SIREN {grouped(siret[:9], 3, 3, 3)} NIC {siret[9:]}"]
    if kind == 1:
        return [f"{label} {grouped(siret[:9], 3, 3, 3)}", siret[9:]]
    return [f"{label} {grouped(siret, *written)}"]


def _parties(lot: Lot) -> None:
    seller, buyer, pen = lot.values.seller, lot.values.buyer, lot.pen
    phone = lot.pick(("Tél.", "Tél :", "Port.", "Téléphone :", "Tel", "Mob."))
    swap = lot.might(0.25)
    left, right = (120, 15) if swap else (15, 120)
    lines = [seller.name, *seller.address, f"{phone} {seller.phone}"]
    if lot.might(0.3):
        lines.append("contact@ferme.exemple - www.ferme.exemple")
    lot.seller_at_foot = lot.might(0.3)
    if not lot.seller_at_foot:
        lines += _siret_lines(lot, seller.siret)
    pen.column(left, 15, lines, lot.pick((8, 9, 10)), 4.5)
    label = lot.pick(BUYER)
    lines = [*([label + lot.pick(("", " :"))] if label else []), buyer.name, *buyer.address]
    pen.column(right, 30, [*lines, *_siret_lines(lot, buyer.siret)], 9, 4.5)
    if lot.might(0.25):
        delivered = ["Livré à :", "Cuisine satellite", "4 rue du Four 18000 Bourges", "SIRET 200 000 008 00405"]
        pen.column(67, 30, delivered, 7.5, 4)


def _facts(lot: Lot, y: float) -> float:
    values, style = lot.values, lot.style
    number = lot.pick(NUMBER)
    needs_title = number in {"Numéro", "N°", "Référence", "N° de pièce", "N° du document"}
    is_sentence = not needs_title and lot.might(0.3)
    facts = [(lot.pick(DATE), style.day(values.issued))]
    if is_sentence:
        joined = lot.pick((" du ", " en date du ", " - ", ", le "))
        lot.pen.write(
            15,
            y,
            f"{lot.pick(('Facture n°', 'FACTURE N°', 'Facture'))} {values.number}{joined}{style.day(values.issued)}",
            13,
            bold=True,
        )
        facts = []
    else:
        facts.insert(0, (number, values.number))
        if needs_title or lot.might(0.6):
            lot.pen.write(
                lot.pick((15, 80, 150)), y - 7, lot.pick(("FACTURE", "Facture", "F A C T U R E")), 18, bold=True
            )
    optional = [
        ("due_date", (lot.pick(DUE), style.day(values.due)), 0.9),
        ("engagement_number", (lot.pick(ENGAGEMENT), values.engagement_number), 0.95),
        ("service_code", (lot.pick(SERVICE), values.service_code), 0.8),
        ("contract_number", (lot.pick(CONTRACT), values.contract_number), 0.3),
        ("delivery_dates", (lot.pick(DELIVERED), style.day(values.delivered[0])), 0.8),
        ("delivery_notes", (lot.pick(NOTE), values.delivery_notes[0]), 0.5),
    ]
    for name, fact, share in optional:
        if lot.might(share):
            facts.append(fact)
        else:
            lot.absent.add(name)
    facts += lot.chance.sample(DECOYS, lot.chance.randrange(0, 4))
    first, rest = facts[:1], facts[1:]
    lot.chance.shuffle(rest)
    arrange = lot.pick((_beside, _far, _grid, _stacked))
    return arrange(lot, first + rest, y + 8)


def _beside(lot: Lot, facts, y: float) -> float:
    between = lot.pick(BETWEEN)
    columns = lot.pick((1, 2))
    for position, (label, value) in enumerate(facts):
        lot.pen.write(15 + 95 * (position % columns), y + 5 * (position // columns), f"{label}{between}{value}", 9)
    return y + 5 * ((len(facts) + columns - 1) // columns)


def _far(lot: Lot, facts, y: float) -> float:
    colon, right = lot.pick(("", " :")), lot.might(0.4)
    for position, (label, value) in enumerate(facts):
        lot.pen.row(y + 5 * position, {15: label + colon, (-120 if right else 75): value}, 9)
    return y + 5 * len(facts)


def _grid(lot: Lot, facts, y: float) -> float:
    for start in range(0, len(facts), 3):
        some = facts[start : start + 3]
        places = (15, 77, 139)
        lot.pen.row(y, dict(zip(places, [label for label, _ in some], strict=False)), 7.5, bold=True)
        lot.pen.row(y + 4.5, dict(zip(places, [value for _, value in some], strict=False)), 9)
        y += 12
    return y


def _stacked(lot: Lot, facts, y: float) -> float:
    """A box at the right: each label over its value."""
    for position, (label, value) in enumerate(facts):
        column, row = position % 2, position // 2
        lot.pen.write(15 + 100 * column, y + 11 * row, label, 7)
        lot.pen.write(15 + 100 * column, y + 11 * row + 4, value, 10)
    return y + 11 * ((len(facts) + 1) // 2)


def _goods(lot: Lot, y: float) -> float:
    style = lot.style
    columns = [
        (lot.pick(("Quantité", "Qté", "Qte")), lambda line: f"{line.quantity} {line.unit}"),
        (
            lot.pick(("P.U. HT", "Prix unitaire", "PU", "Prix unit. HT")),
            lambda line: style.money(line.price, plain=True),
        ),
    ]
    lot.with_rates = lot.might(0.7)
    if lot.with_rates:
        sign = lot.pick(("%", " %", ""))
        columns.append((lot.pick(("TVA", "Taux TVA", "% TVA", "TVA %")), lambda line: style.rate(line.rate) + sign))
    columns.append(
        (
            lot.pick(("Montant HT", "Total HT", "Total", "Montant", "Total ligne HT")),
            lambda line: style.money(line.amount, plain=True),
        )
    )
    places = [-(195 - 22 * position) for position in range(len(columns))][::-1]
    head = lot.pick(("Désignation", "Description", "Produit", "Article", "Libellé"))
    lot.pen.row(y, {15: head, **dict(zip(places, [name for name, _ in columns], strict=True))}, 8, bold=True)
    for line in lot.values.lines:
        y += 5.5
        lot.pen.row(y, {15: line.label, **dict(zip(places, [write(line) for _, write in columns], strict=True))}, 8)
    return y


def _sums(lot: Lot, y: float) -> float:
    totals, style, values = lot.values.totals, lot.style, lot.values
    lot.plain = lot.might(0.4)
    if values.mention:
        rows = [(lot.pick(("Total", "Total à payer", "Net à payer", "Montant total", "Total HT")), totals.ttc)]
        lot.absent |= {"total_ht", "total_tva", "net_to_pay", "vat_lines"}
        return _sum_rows(lot, rows, y)
    manner = lot.chance.randrange(3)
    taxes = [(lot.pick(TAX).format(style.rate(rate)), tax) for rate, _, tax in totals.rates]
    rows = [(lot.pick(HT), totals.ht)]
    if manner == 0:
        rows += taxes
        lot.absent.add("total_tva")
        if len(taxes) > 1 and not lot.with_rates:
            lot.absent.add("vat_lines")
    elif manner == 1:
        rows.append((lot.pick(TVA), totals.tva))
        y = _table_of_taxes(lot, y)
    else:
        rows += [*taxes, (lot.pick(TVA[:2]), totals.tva)]
        if len(taxes) > 1 and not lot.with_rates:
            lot.absent.add("vat_lines")
    rows.append((lot.pick(TTC), totals.ttc))
    if values.paid:
        rows.append((lot.pick(PAID), values.paid if lot.might(0.5) else -values.paid))
    if values.paid or lot.might(0.6):
        rows.append((lot.pick(NET), totals.ttc - values.paid))
    else:
        lot.absent.add("net_to_pay")
    if len(rows) <= 5 and manner == 1 and lot.might(0.3):
        return _sum_boxes(lot, rows, y)
    return _sum_rows(lot, rows, y)


def _table_of_taxes(lot: Lot, y: float) -> float:
    style = lot.style
    names = {"rate": lot.pick(("Taux", "Taux TVA", "TVA %")), "base": lot.pick(("Base HT", "Montant HT", "Base"))}
    names["tax"] = lot.pick(("Montant TVA", "TVA", "Montant"))
    order = lot.chance.sample(("rate", "base", "tax"), 3)
    sign = lot.pick(("%", " %", ""))
    lot.pen.row(y, dict(zip((-40, -70, -100), [names[name] for name in order], strict=True)), 8, bold=True)
    for rate, base, tax in lot.values.totals.rates:
        y += 5
        written = {
            "rate": style.rate(rate) + sign,
            "base": style.money(base, plain=True),
            "tax": style.money(tax, plain=True),
        }
        lot.pen.row(y, dict(zip((-40, -70, -100), [written[name] for name in order], strict=True)), 8)
    return y + 8


def _sum_rows(lot: Lot, rows, y: float) -> float:
    colon = lot.pick(("", " :", ":"))
    label_at = lot.pick((110, 125, -160))
    for label, value in rows:
        written = lot.style.money(value, plain=lot.plain)
        lot.pen.row(y, {label_at: label + colon, -195: written}, lot.pick((9, 9, 11)), bold=lot.might(0.3))
        y += 6
    return y


def _sum_boxes(lot: Lot, rows, y: float) -> float:
    places = [-(195 - 38 * position) for position in range(len(rows))][::-1]
    lot.pen.row(y, dict(zip(places, [label for label, _ in rows], strict=True)), 8, bold=True)
    lot.pen.row(
        y + 5, dict(zip(places, [lot.style.money(value, plain=lot.plain) for _, value in rows], strict=True)), 9
    )
    return y + 10


def _foot(lot: Lot, y: float) -> None:
    values, pen = lot.values, lot.pen
    if values.mention:
        pen.write(15, y, values.mention, 8)
    if lot.might(0.85):
        label = lot.pick(
            (
                "IBAN",
                "IBAN :",
                "Virement sur le compte",
                "RIB :",
                "Coordonnées bancaires - IBAN :",
                "Compte à créditer :",
            )
        )
        written = grouped(values.seller.iban, *[4] * 7) if lot.might(0.7) else values.seller.iban
        pen.write(15, y + 6, f"{label} {written}{lot.pick(('', ' BIC EXAMFRPP', ' - BIC : EXAMFRPPXXX'))}", 8)
    else:
        lot.absent.add("iban")
    if lot.might(0.6):
        pen.write(
            15,
            y + 12,
            "Indemnité forfaitaire pour frais de recouvrement : 40 €. Pénalités : 3 fois le taux légal.",
            7,
        )
    if values.paid and lot.might(0.5):
        pen.write(
            15,
            y + 17,
            f"Acompte de {lot.style.money(Decimal(values.paid))} encaissé le {short(values.delivered[0])}.",
            7,
        )
    legal = values.seller.legal
    if lot.seller_at_foot:
        legal += f" - {' '.join(_siret_lines(lot, values.seller.siret)[:1])}"
        if not any(values.seller.siret[9:] in line for line in legal.replace(" ", "").split("-")):
            legal = f"{values.seller.legal} - SIRET {values.seller.siret}"
    pen.write(15, 280, f"{legal} - TVA {values.seller.vat_number}", 6.5)
    if lot.might(0.15):
        pen.write(15, 288, "Édité avec Factu+ 4.2, SARL Editeur d'Essai, Siret 100 000 926 00017", 6)
