"""Read an invoice from an untrusted PDF: fields with their place, pictures of the pages, or a refusal.

reading = read_invoice(content, own_sirets={"10000000900017"})
"""

from invoicing.reading.result import Found, Reading, Refusal
from invoicing.reading.sandbox import DEFAULT, Busy, Limits, read_invoice

__all__ = ["DEFAULT", "Busy", "Found", "Limits", "Reading", "Refusal", "read_invoice"]
