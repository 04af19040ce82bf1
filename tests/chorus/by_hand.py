"""What a supplier types on Chorus Pro himself, over the same HTTP as everybody."""

from chorus.api import submit_payload
from chorus.models import TechnicalAccount
from chorus.wiring import connect
from invoicing.lifecycle import Status
from invoicing.models import Invoice


def deposit_by_hand(invoice, **typed) -> int:
    """Deposit it outside the portal; `typed` is what he types otherwise. Gives Chorus Pro's id."""
    account = TechnicalAccount.objects.get()
    structure = account.structures.get(siret=invoice.establishment.siret)
    values = {
        "number": invoice.number,
        "invoice_date": invoice.issue_date,
        "supplier_id": structure.cpp_id,
        "recipient_siret": invoice.recipient.siret,
        "engagement_number": invoice.engagement_number,
        "kind": invoice.kind,
        "total_ht": invoice.total_ht,
        "total_tva": invoice.total_tva,
        "total_ttc": invoice.total_ttc,
        "net_to_pay": invoice.net_to_pay,
        **typed,
    }
    with connect(account) as client:
        piece = client.add_file("facture.pdf", b"%PDF-1.4 facture")
        return client.submit(submit_payload(**values), piece, "facture.pdf").cpp_id


def left_to_supplier(invoice) -> Invoice:
    """As after « Bon à déposer » without a mandate."""
    Invoice.objects.filter(pk=invoice.pk).update(status=Status.TO_SELF_DEPOSIT, was_self_deposit=True, send_after=None)
    return Invoice.objects.get(pk=invoice.pk)
