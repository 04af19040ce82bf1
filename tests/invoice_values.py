"""What the invented invoices say: sellers, buyers, goods, numbers, dates. Nothing belongs to a real person."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from agrilocal18.demo.papers import Line, Party, Totals, totals_of

OLD_MENTION = "TVA non applicable, art. 293 B du CGI"
NEW_MENTION = "TVA non applicable, article L. 223-3 du CIBS"

SELLERS = (
    Party(
        "GAEC des Trois Chênes",
        ("12 route de Bourges", "18500 Mehun-sur-Yèvre"),
        "10000000900017",
        "FR88100000009",
        "FR7630006000011234567890189",
        "GAEC au capital de 15 000,00 € - RCS Bourges 100 000 009 - APE 0150Z",
        "02 48 00 00 01",
    ),
    Party(
        "EARL Le Verger du Cher",
        ("Lieu-dit Les Pommiers", "18200 Saint-Amand-Montrond"),
        "10000000900025",
        "FR88100000009",
        "FR1420041010050500013M02606",
        "EARL au capital de 7 500,00 € - RCS Bourges 100 000 009 - APE 0124Z",
        "06.00.00.00.02",
    ),
    Party(
        "Camille Exemple EI",
        ("3 chemin de la Chèvrerie", "18300 Sancerre"),
        "10000000900033",
        "FR88100000009",
        "FR7610107001011234567890129",
        "Entrepreneur individuel - SIREN 100 000 009 - APE 0145Z",
        "+33 6 00 00 00 03",
    ),
    Party(
        "SARL Moulin d'Essai",
        ("1 quai du Canal", "18390 Saint-Germain-du-Puy"),
        "10000000900041",
        "FR88100000009",
        "FR7611315000011234567890138",
        "SARL au capital de 120 000,00 € - RCS Bourges 100 000 009 - APE 1061A",
        "02 48 00 00 04",
    ),
)
BUYERS = (
    Party("Collège Jean d'Essai", ("3 rue des Écoles", "18000 Bourges"), "20000000800025"),
    Party("Commune de Fictive-sur-Cher", ("Place de la Mairie", "18120 Fictive-sur-Cher"), "20000000800033"),
    Party("EHPAD Les Tilleuls d'Essai", ("8 avenue du Parc", "18100 Vierzon"), "20000000800041"),
)
GOODS = (
    ("Pommes de terre Charlotte", "kg", "1.15", "5.5"),
    ("Œufs plein air, plateau de 30", "plateau", "6.80", "5.5"),
    ("Jus de pomme fermier 1 L", "bouteille", "2.20", "5.5"),
    ("Crottin de Chavignol AOP", "pièce", "1.35", "5.5"),
    ("Lentilles vertes du Berry lot 240931", "kg", "4.10", "5.5"),
    ("Farine T80 sac de 25 kg", "sac", "31.50", "5.5"),
    ("Cidre brut 75 cl", "bouteille", "3.50", "20"),
    ("Sapin en pot", "pièce", "19.90", "10"),
)


@dataclass(frozen=True)
class Values:
    """What an invoice says. `mention`: why no VAT is charged, empty when it is. `paid`: deposit already paid."""

    seller: Party
    buyer: Party
    number: str
    issued: date
    delivered: tuple[date, ...]
    due: date
    lines: tuple[Line, ...]
    engagement_number: str
    service_code: str
    origin_number: str = ""
    mention: str = ""
    paid: Decimal = Decimal(0)
    amounts_are_negative: bool = False

    @property
    def totals(self) -> Totals:
        return totals_of(self.lines)

    @property
    def truth(self) -> dict[str, str]:
        totals = self.totals
        sign = -1 if self.amounts_are_negative else 1
        return {
            "kind": "AVOIR" if self.origin_number else "FACTURE",
            "number": self.number,
            "issue_date": self.issued.isoformat(),
            "due_date": self.due.isoformat(),
            "delivery_dates": ",".join(day.isoformat() for day in self.delivered),
            "supplier_siret": self.seller.siret,
            "buyer_siret": self.buyer.siret,
            "engagement_number": self.engagement_number,
            "service_code": self.service_code,
            "origin_number": self.origin_number,
            "iban": self.seller.iban,
            "total_ht": f"{sign * totals.ht:.2f}",
            "total_tva": f"{sign * totals.tva:.2f}",
            "total_ttc": f"{sign * totals.ttc:.2f}",
            "net_to_pay": f"{totals.ttc - self.paid:.2f}",
        }


def some_values(seed: int = 0, **changes) -> Values:
    """Invented values, the same for the same seed."""
    chance = random.Random(seed)
    issued = date(2026, 1, 5) + timedelta(days=chance.randrange(320))
    first = issued - timedelta(days=chance.randrange(1, 9))
    rate_of_number = chance.choice(["F-{y}-{n:04d}", "{y}{n:03d}", "FA{y}/{n:03d}", "{n}", "FC {y}-{n:03d}"])
    values = Values(
        seller=chance.choice(SELLERS),
        buyer=chance.choice(BUYERS),
        number=rate_of_number.format(y=issued.year, n=chance.randrange(10, 999)),
        issued=issued,
        delivered=(first,),
        due=issued + timedelta(days=30),
        lines=tuple(_line(chance) for _ in range(chance.randrange(2, 7))),
        engagement_number=chance.choice(["EJ{}", "{}", "2026-{}", "B{}/26"]).format(chance.randrange(10000, 99999)),
        service_code=chance.choice(["CANTINE", "SERV-REST", "0012", "RESTO_18"]),
    )
    return replace(values, **changes)


def _line(chance: random.Random) -> Line:
    label, unit, price, rate = chance.choice(GOODS)
    return Line(label, Decimal(chance.randrange(1, 160)), unit, Decimal(price), Decimal(rate))


def untaxed(lines: Iterable[Line]) -> tuple[Line, ...]:
    return tuple(replace(line, rate=Decimal(0)) for line in lines)
