"""Structures (recipients and suppliers) as Chorus Pro describes them. Source: official description « Structures »."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Self

from chorus.api.parsing import Json, day, flag, integer, items, known, mapping, moment, text

# Kept by Chorus Pro for invoices between public bodies: never to be proposed to a private supplier (OCA, live).
RESERVED_SERVICE = "FACTURES_PUBLIQUES"


@dataclass(frozen=True, kw_only=True)
class StructureFound:
    """One line of a search: `id` is `idStructureCPP`, `identifier` the SIRET when `identifier_type` is SIRET."""

    id: int
    identifier: str
    identifier_type: str
    name: str
    active: bool

    @classmethod
    def from_json(cls, payload: Json) -> tuple[Self, ...]:
        return tuple(
            cls(
                id=id,
                identifier=text(row.get("identifiantStructure")),
                identifier_type=text(row.get("typeIdentifiantStructure")),
                name=text(row.get("designationStructure")),
                active=text(row.get("statut")).upper().startswith("ACTI"),
            )
            for id, row in known(items(payload.get("listeStructures")), "idStructureCPP")
        )


@dataclass(frozen=True, kw_only=True)
class Requirements:
    """What a recipient wants on an invoice. `either`: a service code or an engagement number (then both others are
    False); `service` and `engagement` may be True together."""

    service: bool = False
    engagement: bool = False
    either: bool = False

    @classmethod
    def from_json(cls, parameters: Json) -> Self:
        """`gestionNumeroEJOuCodeService` is read first: with it, the two other flags no longer mean « both »."""
        if flag(parameters.get("gestionNumeroEJOuCodeService")):
            return cls(either=True)
        return cls(
            service=flag(parameters.get("codeServiceDoitEtreRenseigne")),
            engagement=flag(parameters.get("numeroEJDoitEtreRenseigne")),
        )


@dataclass(frozen=True, kw_only=True)
class Structure:
    """One structure in full. `reports_payment` False: the last status it ever gives may be MANDATEE.

    `technical_password_expires` is only told about a structure of our own account.
    """

    id: int
    identifier: str
    name: str
    is_public: bool
    requirements: Requirements
    reports_payment: bool
    technical_password_expires: datetime | None
    raw: Json = field(repr=False)

    @classmethod
    def from_json(cls, payload: Json, *, id: int) -> Self | None:
        """None without its general information."""
        general = mapping(payload.get("informationGenerales"))
        if not general:
            return None
        parameters = mapping(payload.get("parametres"))
        person = f"{text(general.get('prenomStructure'))} {text(general.get('nomStructure'))}".strip()
        return cls(
            id=integer(general.get("idStructureCPP")) or id,
            identifier=text(general.get("identifiantStructure")),
            name=text(general.get("raisonSocialeStructure")) or text(general.get("libelleStructure")) or person,
            is_public=text(general.get("structurePriveePublique")).upper() != "PRIVEE",
            requirements=Requirements.from_json(parameters),
            reports_payment=not flag(parameters.get("statutMiseEnPaiementNestPasRemonte")),
            technical_password_expires=moment(general.get("dateExpirationMotPasseCompteTech")),
            raw=payload,
        )


@dataclass(frozen=True, kw_only=True)
class Service:
    """`starts` and `ends`, its first and last day where they are told; `active` says nothing of them."""

    id: int
    code: str
    label: str
    active: bool
    starts: date | None = None
    ends: date | None = None

    @classmethod
    def from_json(cls, payload: Json) -> tuple[Self, ...]:
        return tuple(
            cls(
                id=id,
                code=text(row.get("codeService")),
                label=text(row.get("libelleService")),
                active=_is_active(row),
                starts=day(row.get("dateDbtService")),
                ends=day(row.get("dateFinService")),
            )
            for id, row in known(items(payload.get("listeServices")), "idService")
        )

    @property
    def reserved(self) -> bool:
        return self.code == RESERVED_SERVICE

    def is_open(self, on: date) -> bool:
        """Whether it takes an invoice on this day. The last day counts: no source tells its hour."""
        return self.active and (self.starts is None or self.starts <= on) and (self.ends is None or on <= self.ends)


def _is_active(row: Json) -> bool:
    """`estActif`; where it is left out, the word of `statutService`."""
    if row.get("estActif") is not None:
        return flag(row["estActif"])
    return text(row.get("statutService")).upper().startswith("ACTI")


@dataclass(frozen=True, kw_only=True)
class ServiceDetail:
    """`engagement_required`: this service wants an engagement number even if its structure does not."""

    code: str
    label: str
    engagement_required: bool

    @classmethod
    def from_json(cls, payload: Json) -> Self:
        general = mapping(payload.get("informationsGenerales"))
        return cls(
            code=text(general.get("codeService")),
            label=text(general.get("nomService")),
            engagement_required=flag(mapping(payload.get("parametres")).get("numeroEngagement")),
        )


@dataclass(frozen=True, kw_only=True)
class AttachedStructure:
    """A structure for which the technical account may deposit (« Factures émises » space)."""

    id: int
    identifier: str
    name: str

    @classmethod
    def from_json(cls, payload: Json) -> tuple[Self, ...]:
        return tuple(
            cls(
                id=id,
                # Both names are seen in public clients.
                identifier=text(row.get("identifiant")) or text(row.get("identifiantStructure")),
                name=text(row.get("designationStructure")),
            )
            for id, row in known(items(payload.get("listeStructures")), "idStructureCPP")
        )


@dataclass(frozen=True, kw_only=True)
class Space:
    """A space of a structure, or of one of its services. `writable`: more than looking is allowed."""

    id: int
    code: str
    label: str
    active: bool
    writable: bool
    service_code: str

    @classmethod
    def from_json(cls, payload: Json) -> tuple[Self, ...]:
        return tuple(
            cls(
                id=id,
                code=text(row.get("codeEspace")),
                label=text(row.get("libelleEspace")),
                active=text(row.get("etatCourant")).upper() == "ACTIVE",
                writable=text(row.get("typeHabilitation")).upper() == "MODIFICATION",
                service_code=text(row.get("codeService")),
            )
            for id, row in known(items(payload.get("listeEspace")), "idEspaceFo")
        )


@dataclass(frozen=True, kw_only=True)
class BankDetails:
    """`id` is what `soumettre` calls codeCoordonneesBancairesFournisseur."""

    id: int
    name: str

    @classmethod
    def from_json(cls, payload: Json) -> tuple[Self, ...]:
        rows = known(items(payload.get("listeCoordonneeBancaire")), "idCoordonneeBancaire")
        return tuple(cls(id=id, name=text(row.get("nomCoordonneeBancaire"))) for id, row in rows)
