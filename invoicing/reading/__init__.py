"""Read an invoice from an untrusted PDF: fields with their place, pictures of the pages, or a refusal.

`read_invoice(content, own_sirets={"10000000900017"})` gives a Reading; its fields, each there only when it was found:
kind (FACTURE or AVOIR), number, of an AVOIR origin_number and origin_date, issue_date, due_date, delivery_dates and
delivery_notes (joined by commas), supplier_siret (the issuer's, be he the depositor or not), supplier_number (the SIREN
he gives by itself, or abroad his VAT number), buyer_siret, engagement_number, service_code, order_reference
(Agrilocal's own), contract_number, total_ht, total_tva, total_ttc, net_to_pay, vat_lines (« rate:base:tax » joined by
semicolons), paid (what the net to pay leaves out), lines_ht and lines (the sum of the lines and how many they are),
iban, vat_mention (a key of checks.law.MENTIONS), self_billed, other_kind (the code of an electronic document that is
neither invoice nor credit note); and what `terms` sees: late_penalty, recovery_fee, discount, legal_form,
operation_kind, vat_number, factoring, currency (another than the euro), letterhead.
"""

from invoicing.reading.result import Difference, Found, Reading, Refusal, Source
from invoicing.reading.sandbox import read_invoice
from suppliers.confined.limits import DEFAULT, Limits
from suppliers.confined.slots import Busy

__all__ = ["DEFAULT", "Busy", "Difference", "Found", "Limits", "Reading", "Refusal", "Source", "read_invoice"]
