"""How a deposit travels. A transport is a module with two functions:

`freeze(invoice, structure_id)` gives the columns that say what leaves, written by the claim. It opens no file and asks
no other machine: it runs inside the claim's transaction.
`send(submission, client)` carries one claimed attempt and records what came back. Errors of the client pass through.
"""

import logging

from chorus import plain
from chorus.api import Chorus
from chorus.facturx import transport as facturx
from chorus.facturx.terms import NotExpressible
from chorus.models import Submission, Transport
from invoicing.models import Invoice

logger = logging.getLogger(__name__)

TRANSPORTS = {Transport.PDF: plain, Transport.FACTURX: facturx}


def freeze(invoice: Invoice, structure_id: int) -> dict:
    """The plain PDF, unless staff chose Factur-X for this supplier and its data can say what that wants."""
    if not facturx.is_wanted(invoice):
        return plain.freeze(invoice, structure_id)
    try:
        return facturx.freeze(invoice, structure_id)
    except NotExpressible as reason:
        return facturx.as_plain(invoice, structure_id, reason)
    except Exception as error:
        # Data of a shape nobody foresaw must not keep an invoice, and those behind it, from leaving.
        logger.exception("Invoice %s could not be said in a Factur-X", invoice.pk)
        return facturx.as_plain(invoice, structure_id, NotExpressible(f"Données imprévues ({type(error).__name__})."))


def send(submission: Submission, client: Chorus) -> None:
    TRANSPORTS[submission.transport].send(submission, client)
