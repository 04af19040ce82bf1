"""The second transport: a Factur-X deposited by `deposer/flux`, for the suppliers that staff chose.

Chorus Pro takes the file and judges it later: `reports` follows what becomes of it. Whatever keeps an invoice from
being a Factur-X lets it leave as a plain PDF, with the reason for staff.
"""

import hashlib
from datetime import date
from functools import partial

from django.utils import timezone

from chorus import plain
from chorus.api import Chorus
from chorus.conf import configuration
from chorus.facturx.document import REASONS, build
from chorus.facturx.terms import NotExpressible, sign_of, terms_of, with_iban
from chorus.models import FacturxSupplier, Submission, Transport
from invoicing.credit_notes import find_origin
from invoicing.models import Invoice
from suppliers.identifiers import clean_iban, is_iban
from suppliers.models import Supplier

JOINED = "Un document est joint : seul un PDF simple part avec d'autres fichiers."
# Chorus Pro's field for an account.
IBAN_MAX = 27


def is_wanted(invoice: Invoice) -> bool:
    return configuration().facturx and FacturxSupplier.objects.filter(supplier=invoice.supplier_id).exists()


def freeze(invoice: Invoice, structure_id: int) -> dict:
    """What this attempt sends; the IBAN is added when the file is built. Raises NotExpressible."""
    if invoice.reading.get("signed"):
        raise NotExpressible(REASONS["signed"])
    if invoice.joined.exists():
        raise NotExpressible(JOINED)
    return {
        "transport": Transport.FACTURX,
        "plain_because": "",
        "total_ttc": sign_of(invoice) * invoice.total_ttc,
        "payload": terms_of(invoice, origin_date=_origin_date(invoice)),
    }


def send(submission: Submission, client: Chorus) -> None:
    try:
        content = _build(submission)
    except NotExpressible as reason:
        submission.keep(**as_plain(submission.invoice, submission.structure_cpp_id, reason))
        return plain.send(submission, client)
    about_to_call = partial(submission.about_to_call, hashlib.sha256(content).hexdigest())
    taken = client.deposit_flux(plain.file_name(submission.number), content, before_send=about_to_call)
    submission.hand_over(
        flow_number=taken.flow_number, answer=taken.raw, look_at=timezone.now() + configuration().flux_report_delay
    )


def as_plain(invoice: Invoice, structure_id: int, reason: NotExpressible) -> dict:
    return {**plain.freeze(invoice, structure_id), "plain_because": str(reason)[:200]}


def _build(submission: Submission) -> bytes:
    invoice = submission.invoice
    # Where the supplier's own software had made a Factur-X, the copy without it: ours is the only one in the file.
    source = invoice.to_send
    pdf = plain.content(source.file, source.sha256)
    terms = submission.payload
    if "BT-81" in terms:
        terms = with_iban(terms, _iban(invoice))
    return build(pdf, terms)


def _iban(invoice: Invoice) -> str:
    """The account to pay to, the only place where it is read to leave. Raises NotExpressible for any doubt about it."""
    supplier = Supplier.objects.only("iban", "iban_confirmed_at").get(pk=invoice.supplier_id)
    if not supplier.iban_confirmed_at:
        raise NotExpressible("L'IBAN du fournisseur n'a pas été confirmé par téléphone.")
    if not is_iban(supplier.iban) or len(supplier.iban) > IBAN_MAX:
        raise NotExpressible("Chorus Pro n'accepte pas l'IBAN du fournisseur.")
    if invoice.iban and clean_iban(invoice.iban) != supplier.iban:
        raise NotExpressible("L'IBAN lu sur la facture n'est pas celui du fournisseur.")
    return supplier.iban


def _origin_date(invoice: Invoice) -> date | None:
    """The date of the invoice a credit note corrects: as the portal holds it, else as its supplier gave it."""
    origin = find_origin(invoice)
    return origin.issue_date if origin else invoice.origin_date
