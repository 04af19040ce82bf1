"""The fixed world of the simulator: who exists in it, with which requirements and which credentials.

Everything is fictitious. The ids are constant, so that a client may keep them from one reset to the next.
The five recipients of the qualification environment come first (same SIRETs, names and requirements as there).
"""

from dataclasses import dataclass, field

CLIENT_ID = "00000000-1111-4222-8333-444444444444"
CLIENT_SECRET = "00000000-5555-4666-8777-888888888888"
FAMILIES = ("factures", "structures", "transverses", "utilisateurs", "engagementsJuridiques", "facturesTravaux")

SUPPLIER_ID_BASE = 26_300_001
RECIPIENT_ID_BASE = 26_310_001
SERVICE_ID_BASE = 11_700_001
BANK_ID_OFFSET = 500_000_000  # idCoordonneeBancaire = idStructureCPP + this

RESERVED_SERVICE = "FACTURES_PUBLIQUES"


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service of a recipient; `engagement`: it asks for an engagement number even if its structure does not."""

    code: str
    label: str
    active: bool = True
    engagement: bool = False


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """A public structure. `service` and `engagement` are required; `either`: one of the two at least."""

    siret: str
    name: str
    service: bool = False
    engagement: bool = False
    either: bool = False
    reports_payment: bool = True
    active: bool = True
    town: str = "Bourges"
    services: tuple[Service, ...] = ()

    @property
    def wants(self) -> str:
        """What an invoice to it must carry, and its services, for a person."""
        if not self.active:
            return "inactif"
        both = "service et engagement" if self.service and self.engagement else ""
        needed = "service" if self.service else "engagement" if self.engagement else "rien d'obligatoire"
        words = "service ou engagement" if self.either else both or needed
        listed = [row.code + (" (avec engagement)" if row.engagement else "") for row in self.services if row.active]
        return f"{words}, {', '.join(listed)}" if listed else words


@dataclass(frozen=True, kw_only=True)
class Supplier:
    siret: str
    name: str
    active: bool = True


@dataclass(frozen=True, kw_only=True)
class TechnicalAccount:
    """A login of the header `cpro-account`: its own structure, and the structures it may act for."""

    login: str
    password: str = field(repr=False)
    siret: str
    suppliers: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()


def _public(code: str, label: str) -> tuple[Service, ...]:
    return (Service(code=code, label=label), Service(code=RESERVED_SERVICE, label="Factures publiques"))


QUALIFICATION_RECIPIENTS = (
    Recipient(siret="12345678200051", name="Destinataire sans paramètre"),
    Recipient(
        siret="12345678200028",
        name="Destinataire avec service obligatoire",
        service=True,
        services=_public("SERVICE_DEST_SERV_OBL", "Service destinataire obligatoire"),
    ),
    Recipient(siret="12345678200036", name="Destinataire avec EJ obligatoire", engagement=True),
    Recipient(
        siret="12345678200044",
        name="Destinataire avec EJ ou service obligatoire",
        either=True,
        services=_public("SERVICE_DEST_EJ_OU_SERV_OBL", "Service destinataire EJ ou service"),
    ),
    Recipient(
        siret="11000201100044",
        name="Destinataire État",
        service=True,
        services=(Service(code="SFACETAT", label="Service facturier de l'État", engagement=True),),
    ),
)

DEMO_RECIPIENTS = (
    Recipient(
        siret="20000001600010",
        name="Collège des Marais (démonstration)",
        engagement=True,
        services=(Service(code="RESTAURATION", label="Restauration scolaire"),),
    ),
    Recipient(
        siret="20000002400014",
        name="EHPAD des Tilleuls (démonstration)",
        service=True,
        services=(
            Service(code="CUISINE", label="Cuisine"),
            Service(code="ANIMATION", label="Animation", active=False),
            Service(code=RESERVED_SERVICE, label="Factures publiques"),
        ),
    ),
    Recipient(
        siret="20000003200017",
        name="Commune de Valdoré (démonstration)",
        either=True,
        services=(Service(code="ECOLES", label="Écoles et cantines"),),
    ),
    Recipient(
        siret="20000004000010",
        name="Lycée des Sources (démonstration)",
        service=True,
        engagement=True,
        services=(Service(code="INTENDANCE", label="Intendance", engagement=True),),
    ),
    Recipient(siret="20000005700014", name="CCAS de Montbrun (démonstration)", reports_payment=False),
    Recipient(siret="20000006500017", name="Syndicat du Bocage (démonstration)", active=False),
)

RECIPIENTS = QUALIFICATION_RECIPIENTS + DEMO_RECIPIENTS

SUPPLIERS = (
    Supplier(siret="10000001700010", name="Ferme des Trois Chênes (démonstration)"),
    Supplier(siret="10000002500013", name="GAEC du Val Fleuri (démonstration)"),
    Supplier(siret="10000003300017", name="Maraîchage de la Boucle (démonstration)"),
    Supplier(siret="10000004100010", name="Fromagerie du Clocher (démonstration)"),
)
# The portal's own structure: its gestionnaire principal holds the platform account.
PLATFORM = Supplier(siret="10000009000017", name="Agrilocal (démonstration)")

PLATFORM_ACCOUNT = TechnicalAccount(
    login="TECH_1_10000009000017@cpro.fr",
    password="mot-de-passe-fictif-1",
    siret=PLATFORM.siret,
    suppliers=tuple(supplier.siret for supplier in SUPPLIERS[:3]),
)
SUPPLIER_ACCOUNT = TechnicalAccount(
    login="TECH_2_10000004100010@cpro.fr",
    password="mot-de-passe-fictif-2",
    siret="10000004100010",
    suppliers=("10000004100010",),
)
BUYER_ACCOUNT = TechnicalAccount(
    login="TECH_3_20000001600010@cpro.fr",
    password="mot-de-passe-fictif-3",
    siret="20000001600010",
    recipients=tuple(recipient.siret for recipient in RECIPIENTS),
)
ACCOUNTS = (PLATFORM_ACCOUNT, SUPPLIER_ACCOUNT, BUYER_ACCOUNT)
PASSWORD_DAYS = 424

VAT_RATES = (
    ("TVA1", "0 %", 0.0),
    ("TVA2", "2,1 %", 2.1),
    ("TVA3", "5,5 %", 5.5),
    ("TVA4", "10 %", 10.0),
    ("TVA5", "20 %", 20.0),
)
PIECE_TYPES = (
    (1, "01", "Facture"),
    (2, "02", "Justificatif"),
    (3, "03", "Bon de livraison"),
    (4, "04", "Bon de commande"),
    (5, "05", "Autre pièce"),
)
# « structure du fournisseur », number, state: only services of the State publish their engagements.
ENGAGEMENTS = (("10000001700010", "1512345678"), ("10000002500013", "1512345679"))
