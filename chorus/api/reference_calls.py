"""Calls to the lists of Chorus Pro: VAT rates, types of attachment, engagements of the State; and its health."""

from chorus.api import operations
from chorus.api.base import Calls
from chorus.api.reference import AttachmentType, Engagement, Health, VatRate


class ReferenceCalls(Calls):
    def health(self) -> Health:
        """Protected by both credentials, so a good test of the connection (measured by others)."""
        return Health.from_json(self._call(operations.HEALTH, None))

    def vat_rates(self) -> tuple[VatRate, ...]:
        return VatRate.from_json(self._call(operations.VAT_RATES, {}))

    def attachment_types(self) -> tuple[AttachmentType, ...]:
        """The types an attachment of an invoice may have (`complete` wants one)."""
        return AttachmentType.from_json(self._call(operations.ATTACHMENT_TYPES, {"typeObjet": "FACTURE"}))

    def engagements(self, supplier_id: int, number: str) -> tuple[Engagement, ...]:
        """The orders of the State's services to a supplier (`idStructureCPP`); a département publishes none here."""
        payload = {
            "structureReceptriceEngagementJuridique": str(supplier_id),
            "numeroEngagementJuridique": number,
            "etatCourantEngagementJuridique": "COMMANDE",
        }
        return Engagement.from_json(self._call(operations.ENGAGEMENTS, payload))
