"""Calls that send something: files, invoices, answers to the recipient.

None that changes an invoice is ever retried here. `before_send` runs once the token is known, the throttle passed and
the connection open, right before the first byte leaves; if it raises, nothing was sent and what it raised passes
through. After a 401, which is answered before any business service sees the request, it runs again before the second
and last try.
"""

import base64
from collections.abc import Sequence
from pathlib import PurePath

from chorus.api import operations
from chorus.api.answers import Meaning
from chorus.api.base import Calls
from chorus.api.caller import BeforeSend
from chorus.api.flux import FluxDeposited
from chorus.api.invoices import ReadPdf, Recycled, Submitted, Treated
from chorus.api.parsing import Json, integer
from chorus.api.payloads import Attachment, complete_payload, recycle_payload, with_pieces


class DepositCalls(Calls):
    def add_file(self, name: str, content: bytes, mime_type: str = "application/pdf") -> int:
        """Upload a file and give its `pieceJointeId`. No effect on any invoice: in doubt, upload it again.

        `name` has an extension and at most 50 characters, `content` at most 10 Mo (else Refused).
        """
        payload = {
            "pieceJointeFichier": _base64(content),
            "pieceJointeNom": name,
            "pieceJointeTypeMime": mime_type,
            "pieceJointeExtension": PurePath(name).suffix.removeprefix("."),
        }
        verdict = self._caller.call(operations.ADD_FILE, payload)
        piece_id = integer(verdict.outcome().get("pieceJointeId"))
        if piece_id is None:
            verdict.fail(Meaning.UNKNOWN, "accepted without pieceJointeId")
        return piece_id

    def read_pdf(self, name: str, content: bytes) -> ReadPdf:
        """Like `add_file`, and Chorus Pro reads the PDF with its own OCR: slow. Over 10 Mo: Unknown (HTTP 413)."""
        payload = {"fichierFacture": _base64(content), "nomFichier": name, "formatDepot": "PDF_NON_SIGNE"}
        verdict = self._caller.call(operations.READ_PDF, payload)
        found = ReadPdf.from_json(verdict.outcome())
        if found is None:
            verdict.fail(Meaning.UNKNOWN, "accepted without pieceJointeId")
        return found

    def submit(
        self,
        payload: Json,
        piece_id: int,
        piece_name: str,
        *,
        attachments: Sequence[Attachment] = (),
        before_send: BeforeSend | None = None,
    ) -> Submitted:
        """Deposit an invoice: `payload` from `submit_payload`, every piece from `add_file`."""
        whole = with_pieces(payload, piece_id, piece_name, attachments)
        verdict = self._caller.call(operations.SUBMIT, whole, before_send)
        submitted = Submitted.from_json(verdict.outcome())
        if submitted is None:
            verdict.fail(Meaning.DOUBT, "accepted without identifiantFactureCPP")
        return submitted

    def deposit_flux(
        self,
        name: str,
        content: bytes,
        *,
        syntax: str = "IN_DP_E2_CII_FACTURX",
        before_send: BeforeSend | None = None,
    ) -> FluxDeposited:
        """Deposit a file that Chorus Pro reads by itself, at most 10 Mo (else Refused). Judged later: `flux_report`."""
        payload = {"fichierFlux": _base64(content), "nomFichier": name, "syntaxeFlux": syntax, "avecSignature": False}
        verdict = self._caller.call(operations.DEPOSIT_FLUX, payload, before_send)
        deposited = FluxDeposited.from_json(verdict.outcome())
        if deposited is None:
            verdict.fail(Meaning.DOUBT, "accepted without numeroFluxDepot")
        return deposited

    def complete(
        self,
        cpp_id: int,
        *,
        comment: str = "",
        attachments: Sequence[Attachment] = (),
        before_send: BeforeSend | None = None,
    ) -> Treated:
        """Answer the recipient of a SUSPENDUE invoice with files (already uploaded), a comment or both.

        Refused when the invoice is not suspended any more. `history` tells what became of a doubt.
        """
        payload = complete_payload(cpp_id, comment, attachments)
        return Treated.from_json(self._caller.call(operations.COMPLETE, payload, before_send).outcome(), cpp_id=cpp_id)

    def recycle(
        self,
        cpp_id: int,
        *,
        recipient_siret: str,
        service_code: str = "",
        engagement_number: str = "",
        comment: str = "",
        before_send: BeforeSend | None = None,
    ) -> Recycled:
        """Send an A_RECYCLER invoice to another recipient, service or engagement, under the same number."""
        payload = recycle_payload(cpp_id, recipient_siret, service_code, engagement_number, comment)
        answer = self._caller.call(operations.RECYCLE, payload, before_send).outcome()
        return Recycled.from_json(answer, cpp_id=cpp_id)

    def acknowledge_rejections(self, cpp_ids: Sequence[int], before_send: BeforeSend | None = None) -> None:
        """Mark REJETEE invoices as treated (`rejetTraite`)."""
        payload = {"listeDemandePaiement": [{"idDemandePaiement": cpp_id} for cpp_id in cpp_ids]}
        self._caller.call(operations.ACKNOWLEDGE, payload, before_send).outcome()


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
