"""What the invented invoices say: sellers, buyers, goods, numbers, dates. Nothing belongs to a real person."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from agrilocal18.demo.papers import Line, Party, Totals, totals_of
from suppliers.identifiers import is_siren, is_siret, vat_number_of

OLD_MENTION = "TVA non applicable, art. 293 B du CGI"
NEW_MENTION = "TVA non applicable, article L. 223-3 du CIBS"
MENTIONS = {
    OLD_MENTION: "franchise-cgi",
    "T.V.A. non applicable - Article 293-B du C.G.I.": "franchise-cgi",
    "Franchise en base de TVA, article 293B du Code général des impôts": "franchise-cgi",
    NEW_MENTION: "franchise-cibs",
    "TVA non applicable, art. L223-3 du Code des impositions sur les biens et services": "franchise-cibs",
    "Exploitant au remboursement forfaitaire agricole, TVA non applicable (art. 298 bis du CGI)": "flat-rate",
    "TVA non applicable – art. 298 quater CGI": "flat-rate",
    "Exonération de TVA, article 261-4-4° du CGI": "exempt",
}

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
SERVICES = ("CANTINE", "SERV-REST", "0012", "RESTO_18", "D18-COLLEGES", "SG RESTAURATION", "INTENDANCE", "2600")
GOODS = (
    ("Pommes de terre Charlotte", "kg", "1.15", "5.5"),
    ("Œufs plein air, plateau de 30", "plateau", "6.80", "5.5"),
    ("Jus de pomme fermier 1 L", "bouteille", "2.20", "5.5"),
    ("Crottin de Chavignol AOP", "pièce", "1.35", "5.5"),
    ("Lentilles vertes du Berry lot 240931", "kg", "4.10", "5.5"),
    ("Farine T80 sac de 25 kg", "sac", "31.50", "5.5"),
    ("Cidre brut 75 cl", "bouteille", "3.50", "20"),
    ("Sapin en pot", "pièce", "19.90", "10"),
    ("Poulet fermier s/vide 1,8 kg env. DLC 12/12/2026", "pièce", "14.256", "5.5"),
    ("Yaourts nature 4 x 125 g - GTIN 3760000000017", "lot", "1.85", "5.5"),
    ("Carottes bio cat. 1 origine Cher (18)", "kg", "1.495", "5.5"),
    ("Bœuf bourguignon n° boucle FR18 4471 2210", "kg", "13.9", "5.5"),
)


@dataclass(frozen=True)
class Values:
    """What an invoice says. `mention`: why no VAT is charged, empty when it is. `paid`: deposit already paid.

    `delivery_notes`: one for each day of `delivered`. `seed` lets a layout vary its wordings and writings.
    """

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
    origin_date: date | None = None
    contract_number: str = ""
    delivery_notes: tuple[str, ...] = ()
    seed: int = 0

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
            "origin_date": self.origin_date.isoformat() if self.origin_date else "",
            "contract_number": self.contract_number,
            "delivery_notes": ",".join(self.delivery_notes),
            "vat_mention": MENTIONS.get(self.mention, "") if self.mention else "",
            "vat_lines": ";".join(
                f"{rate.normalize():f}:{sign * base:.2f}:{sign * tax:.2f}" for rate, base, tax in totals.rates if rate
            ),
            "iban": self.seller.iban,
            "total_ht": f"{sign * totals.ht:.2f}",
            "total_tva": f"{sign * totals.tva:.2f}",
            "total_ttc": f"{sign * totals.ttc:.2f}",
            "net_to_pay": f"{sign * (totals.ttc - self.paid):.2f}",
        }


def some_values(seed: int = 0, **changes) -> Values:
    """Invented values, the same for the same seed."""
    chance = random.Random(seed)
    issued = date(2026, 1, 5) + timedelta(days=chance.randrange(320))
    first = issued - timedelta(days=chance.randrange(1, 9))
    rate_of_number = chance.choice(
        [
            "F-{y}-{n:04d}",
            "{y}{n:03d}",
            "FA{y}/{n:03d}",
            "{n}",
            "FC {y}-{n:03d}",
            "{y}-{n:02d}",
            "FA00000{n}",
            "{n:06d}",
        ]
    )
    seller, buyer = _renumbered(chance.choice(SELLERS), "100000", chance), chance.choice(BUYERS)
    values = Values(
        seller=seller,
        buyer=_renumbered(buyer, "200000", chance),
        number=rate_of_number.format(y=issued.year, n=chance.randrange(10, 999)),
        issued=issued,
        delivered=(first,),
        due=issued + timedelta(days=30),
        lines=tuple(_line(chance) for _ in range(chance.randrange(2, 7))),
        engagement_number=chance.choice(
            ["EJ{}", "{}", "2026-{}", "B{}/26", "BC26-{}", "26/{}", "13000{}", "ENG{}", "2026ALM{}"]
        ).format(chance.randrange(10000, 99999)),
        service_code=chance.choice(SERVICES),
        delivery_notes=(chance.choice(["BL{}", "{}", "BL-2026-{}", "LIV{}"]).format(chance.randrange(1000, 9999)),),
        contract_number=chance.choice(["2026M{:04d}", "2025-{:02d}", "AC18-{:03d}"]).format(chance.randrange(10, 99)),
        seed=seed,
    )
    return replace(values, **changes)


def _renumbered(party: Party, start: str, chance: random.Random) -> Party:
    """The same party under another SIREN and SIRET, so that no value is known by heart."""
    siren = _with_key(start + f"{chance.randrange(100):02d}")
    siret = _with_key(siren + f"{chance.randrange(1, 40):04d}")
    legal = party.legal.replace("100 000 009", f"{siren[:3]} {siren[3:6]} {siren[6:]}")
    vat_number = vat_number_of(siren) if party.vat_number else ""
    iban = f"FR{chance.randrange(10, 97)}" + "".join(chance.choices("0123456789", k=23)) if party.iban else ""
    return replace(party, siret=siret, legal=legal, vat_number=vat_number, iban=_with_iban_key(iban))


def _with_key(digits: str) -> str:
    return next(digits + str(key) for key in range(10) if is_siren_or_siret(digits + str(key)))


def is_siren_or_siret(digits: str) -> bool:
    return is_siren(digits) if len(digits) == 9 else is_siret(digits)


def _with_iban_key(iban: str) -> str:
    """France's own key inside the account is left to chance: banks check it, IBANs do not."""
    if not iban:
        return ""
    account = iban[4:25]
    account += f"{97 - (89 * int(account[:5]) + 15 * int(account[5:10]) + 3 * int(account[10:])) % 97:02d}"
    return f"FR{98 - int(account + '152700') % 97:02d}{account}"


def _line(chance: random.Random) -> Line:
    label, unit, price, rate = chance.choice(GOODS)
    return Line(label, Decimal(chance.randrange(1, 160)), unit, Decimal(price), Decimal(rate))


def untaxed(lines: Iterable[Line]) -> tuple[Line, ...]:
    return tuple(replace(line, rate=Decimal(0)) for line in lines)
