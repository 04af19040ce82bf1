"""Read an invoice from an untrusted PDF: fields with their place, pictures of the pages, or a refusal.

`read_invoice(content, own_sirets={"10000000900017"})` gives a Reading; its fields, each there only when it was found:
kind (FACTURE or AVOIR), number, origin_number, issue_date, due_date, delivery_dates (joined by commas), supplier_siret,
buyer_siret, engagement_number, service_code, order_reference (Agrilocal's own), contract_number, total_ht, total_tva,
total_ttc, net_to_pay, vat_lines (« rate:base:tax » joined by semicolons), iban, vat_mention (a key of
checks.law.MENTIONS), self_billed.
"""

from invoicing.reading.result import Found, Reading, Refusal
from invoicing.reading.sandbox import DEFAULT, Busy, Limits, read_invoice

__all__ = ["DEFAULT", "Busy", "Found", "Limits", "Reading", "Refusal", "read_invoice"]
