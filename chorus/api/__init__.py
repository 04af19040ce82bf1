"""A client of Chorus Pro (PISTE gateway) for those who deposit invoices: plain Python over `requests`.

    client = Chorus(api_url=…, token_url=…, client_id=…, client_secret=…, account=Account(login, password))
    piece = client.add_file("FA-1.pdf", pdf)
    submitted = client.submit(submit_payload(number="FA-1", …), piece, "FA-1.pdf", before_send=note_it)

Errors say what to do next (`errors`), which answer gives which is one table (`answers.RULES`). Simulator,
qualification and production differ by addresses and credentials only.
"""

from chorus.api.auth import Account, MemoryTokens, TokenStore
from chorus.api.client import Chorus
from chorus.api.errors import AnswerLost, ChorusError, Denied, NotAllowed, Refused, Unavailable, Unknown
from chorus.api.flux import FluxDeposited, FluxError, FluxReport
from chorus.api.history import History, HistoryEntry
from chorus.api.invoices import (
    AttachedFile,
    InvoiceDetail,
    InvoicePage,
    InvoiceRow,
    ReadPdf,
    Recycled,
    Submitted,
    Treated,
)
from chorus.api.journal import Call
from chorus.api.payloads import Attachment, submit_payload
from chorus.api.reference import AttachmentType, Engagement, Health, VatRate
from chorus.api.structures import (
    RESERVED_SERVICE,
    AttachedStructure,
    BankDetails,
    Requirements,
    Service,
    ServiceDetail,
    Space,
    Structure,
    StructureFound,
)

__all__ = [
    "RESERVED_SERVICE",
    "Account",
    "AnswerLost",
    "AttachedFile",
    "AttachedStructure",
    "Attachment",
    "AttachmentType",
    "BankDetails",
    "Call",
    "Chorus",
    "ChorusError",
    "Denied",
    "Engagement",
    "FluxDeposited",
    "FluxError",
    "FluxReport",
    "Health",
    "History",
    "HistoryEntry",
    "InvoiceDetail",
    "InvoicePage",
    "InvoiceRow",
    "MemoryTokens",
    "NotAllowed",
    "ReadPdf",
    "Recycled",
    "Refused",
    "Requirements",
    "Service",
    "ServiceDetail",
    "Space",
    "Structure",
    "StructureFound",
    "Submitted",
    "TokenStore",
    "Treated",
    "Unavailable",
    "Unknown",
    "VatRate",
    "submit_payload",
]
