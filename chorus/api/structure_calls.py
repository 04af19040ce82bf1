"""Calls about structures: recipients, their services, and the suppliers our account may act for."""

from chorus.api import operations
from chorus.api.answers import Meaning
from chorus.api.base import Calls
from chorus.api.parsing import Json
from chorus.api.payloads import PAGE_SIZE, paging
from chorus.api.structures import (
    AttachedStructure,
    BankDetails,
    Service,
    ServiceDetail,
    Space,
    Structure,
    StructureFound,
)


class StructureCalls(Calls):
    def find_structure(self, siret: str, *, private_too: bool = False) -> StructureFound | None:
        """The structure with exactly this SIRET, an active one first; None if there is none.

        Without `private_too`: public structures, and the private ones our account is attached to.
        """
        payload: Json = {
            "structure": {"identifiantStructure": siret, "typeIdentifiantStructure": "SIRET"},
            "parametres": paging(1, PAGE_SIZE),
        }
        if private_too:
            payload["restreindreStructuresPrivees"] = False
        found = StructureFound.from_json(self._call(operations.FIND_STRUCTURE, payload))
        exact = [structure for structure in found if structure.identifier == siret]
        return max(exact, key=lambda structure: structure.active, default=None)

    def structure(self, id: int) -> Structure:
        """A public structure, or one our account is attached to; `id` is its `idStructureCPP`."""
        verdict = self._caller.call(operations.STRUCTURE, {"idStructureCPP": id})
        structure = Structure.from_json(verdict.outcome(), id=id)
        if structure is None:
            # Read as a recipient that requires nothing, it would let wrong invoices through.
            verdict.fail(Meaning.UNKNOWN, "accepted without informationGenerales")
        return structure

    def services(self, structure_id: int) -> tuple[Service, ...]:
        """All services, inactive and reserved ones included, each id once."""
        pages = self._pages(operations.SERVICES, {"idStructure": structure_id}, "parametresRechercherServicesStructure")
        return tuple({service.id: service for page in pages for service in Service.from_json(page)}.values())

    def service(self, structure_id: int, service_id: int) -> ServiceDetail:
        payload = self._call(operations.SERVICE, {"idStructure": structure_id, "idService": service_id})
        return ServiceDetail.from_json(payload)

    def spaces(self, structure_id: int) -> tuple[Space, ...]:
        """The spaces open on a structure: « Factures émises », writable, is what a deposit needs."""
        payload = {"structure": {"idStructure": structure_id}}
        pages = self._pages(operations.SPACES, payload, "parametresRechercherEspaces")
        return tuple({space.id: space for page in pages for space in Space.from_json(page)}.values())

    def attached_structures(self) -> tuple[AttachedStructure, ...]:
        """The structures our account may deposit for."""
        return AttachedStructure.from_json(self._call(operations.ATTACHED_STRUCTURES, {}))

    def bank_details(self, structure_id: int) -> tuple[BankDetails, ...]:
        """The bank accounts Chorus Pro knows for a structure our account is attached to; no IBAN is told."""
        return BankDetails.from_json(self._call(operations.BANK_DETAILS, {"idStructure": structure_id}))
