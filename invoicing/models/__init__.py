"""The invoice, the orders it bills, and everything that ever happened to it.

What came in stands in `invoicing.deposits`, what is answered to the buyer in `invoicing.replies`.
"""

from invoicing.deposits import Deposit, Original, Upload, UploadPage
from invoicing.models.billed import BilledOrder
from invoicing.models.board import BoardFigure
from invoicing.models.destructions import Destruction
from invoicing.models.events import InvoiceEvent
from invoicing.models.invoice import NUMBER_MAX, Invoice, Kind, document_path
from invoicing.models.life import AWAITS_CALL
from invoicing.models.off_order import NoOrder
from invoicing.models.pages import InvoicePage, picture_path
from invoicing.replies import Attachment, Reply

__all__ = [
    "AWAITS_CALL",
    "NUMBER_MAX",
    "Attachment",
    "BilledOrder",
    "BoardFigure",
    "Deposit",
    "Destruction",
    "Invoice",
    "InvoiceEvent",
    "InvoicePage",
    "Kind",
    "NoOrder",
    "Original",
    "Reply",
    "Upload",
    "UploadPage",
    "document_path",
    "picture_path",
]
