"""The exchange with Chorus Pro, to look at. Only the technical accounts are managed here, and only by superusers."""

from chorus.admin.accounts import ConnectionAdmin, TechnicalAccountAdmin
from chorus.admin.facturx import FacturxSupplierAdmin
from chorus.admin.journal import CursorAdmin, ExchangeAdmin
from chorus.admin.news import SetAsideAdmin
from chorus.admin.recipients import RecipientChangeAdmin
from chorus.admin.submissions import SubmissionAdmin

__all__ = [
    "ConnectionAdmin",
    "CursorAdmin",
    "ExchangeAdmin",
    "FacturxSupplierAdmin",
    "RecipientChangeAdmin",
    "SetAsideAdmin",
    "SubmissionAdmin",
    "TechnicalAccountAdmin",
]
