"""A client of Chorus Pro (PISTE gateway) for those who deposit invoices: plain Python over `requests`.

    client = Chorus(api_url=…, token_url=…, client_id=…, client_secret=…, account=Account(login, password))
    piece = client.add_file("FA-1.pdf", pdf)
    submitted = client.submit(submit_payload(number="FA-1", …), piece, "FA-1.pdf", before_send=note_it)

Errors say what to do next (`errors`), which answer gives which is one table (`answers.RULES`). Simulator,
qualification and production differ by addresses and credentials only.
"""

from chorus.api.auth import Account, MemoryTokens, TokenStore
from chorus.api.client import Chorus
from chorus.api.errors import AnswerLost, ChorusError, Denied, Refused, Unavailable, Unknown
from chorus.api.invoices import History, HistoryEntry, InvoicePage, InvoiceRow, Submitted
from chorus.api.journal import Call
from chorus.api.payloads import submit_payload
from chorus.api.structures import (
    RESERVED_SERVICE,
    AttachedStructure,
    Health,
    Requirements,
    Service,
    ServiceDetail,
    Structure,
    StructureFound,
)

__all__ = [
    "RESERVED_SERVICE",
    "Account",
    "AnswerLost",
    "AttachedStructure",
    "Call",
    "Chorus",
    "ChorusError",
    "Denied",
    "Health",
    "History",
    "HistoryEntry",
    "InvoicePage",
    "InvoiceRow",
    "MemoryTokens",
    "Refused",
    "Requirements",
    "Service",
    "ServiceDetail",
    "Structure",
    "StructureFound",
    "Submitted",
    "TokenStore",
    "Unavailable",
    "Unknown",
    "submit_payload",
]
