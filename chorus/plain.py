"""The first transport: the PDF is uploaded, then deposited by `soumettre` with its data beside it.

What leaves is `Invoice.to_send`: the untouched original, or the copy without the electronic invoice that was in it.
"""

import hashlib
import mimetypes
import re
from decimal import Decimal
from functools import partial

from django.db.models.fields.files import FieldFile

from chorus.api import Attachment as Piece
from chorus.api import Chorus, submit_payload
from chorus.conf import configuration
from chorus.models import Submission, Transport
from invoicing.models import Attachment, Invoice, Kind


def freeze(invoice: Invoice, structure_id: int) -> dict:
    """What this attempt sends."""
    amounts = _amounts(invoice)
    return {
        "transport": Transport.PDF,
        "plain_because": "",
        "total_ttc": amounts["total_ttc"],
        "payload": submit_payload(
            number=invoice.number,
            invoice_date=invoice.issue_date,
            supplier_id=structure_id,
            recipient_siret=invoice.recipient.siret,
            service_code=invoice.service_code,
            engagement_number=invoice.engagement_number,
            contract_number=invoice.contract_number,
            kind=invoice.kind,
            origin_number=invoice.origin_number,
            payment_mode=_payment_mode(invoice),
            **amounts,
        ),
    }


def _payment_mode(invoice: Invoice) -> str:
    """An avoir is deducted: it has none, unless Chorus Pro turns out to want one."""
    return configuration().credit_note_payment if invoice.kind == Kind.CREDIT_NOTE else "VIREMENT"


def _amounts(invoice: Invoice) -> dict[str, Decimal]:
    """With the sign Chorus Pro wants on an avoir; software prints either."""
    given = {
        "total_ht": invoice.total_ht,
        "total_tva": invoice.total_tva,
        "total_ttc": invoice.total_ttc,
        "net_to_pay": invoice.net_to_pay if invoice.net_to_pay is not None else invoice.total_ttc,
    }
    wanted = {"positive": 1, "negative": -1}.get(configuration().credit_note_sign)
    if invoice.kind != Kind.CREDIT_NOTE or wanted is None:
        return given
    return {name: abs(amount) * wanted for name, amount in given.items()}


def send(submission: Submission, client: Chorus) -> None:
    name, leaving = file_name(submission.number), submission.invoice.to_send
    submission.keep_piece(client.add_file(name, content(leaving.file, leaving.sha256)))
    joined = [upload(attachment, client) for attachment in submission.invoice.joined]
    about_to_call = partial(submission.about_to_call, leaving.sha256)
    stored = client.submit(submission.payload, submission.piece_id, name, attachments=joined, before_send=about_to_call)
    submission.record(cpp_id=stored.cpp_id, answer=stored.raw)


def upload(attachment: Attachment, client: Chorus) -> Piece:
    """Hand over a file that goes with an invoice or with an answer."""
    mime_type = mimetypes.guess_type(attachment.name)[0] or "application/octet-stream"
    piece_id = client.add_file(attachment.name, content(attachment.file, attachment.sha256), mime_type)
    return Piece(name=attachment.name, kind=attachment.kind, piece_id=piece_id)


def content(file: FieldFile, sha256: str) -> bytes:
    """The bytes of a stored file; others than those that were received or made never leave."""
    with file.open("rb") as stored:
        read = stored.read()
    if hashlib.sha256(read).hexdigest() != sha256:
        raise ValueError("the stored file is not the one that was received")
    return read


def file_name(number: str) -> str:
    """The number made a file name: at most 50 characters with its extension, as Chorus Pro wants."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", number).strip("-")[:40] + ".pdf"
