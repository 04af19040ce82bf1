"""« Dossier de preuve »: what the portal kept of one invoice, as a PDF that says by whose word each thing is known."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone

from chorus.conf import ENVIRONMENTS, PRODUCTION, configuration
from chorus.models import Submission, Transport
from chorus.plain import file_name
from invoicing.ball import Viewer, label, viewer
from invoicing.lifecycle import LET_GO, Status
from invoicing.models import Invoice, InvoiceEvent
from invoicing.models.life import TAKEN_OVER_LABEL, UNREVIEWED_LABEL
from invoicing.review import without_ibans
from invoicing.story import Line, told
from suppliers.identifiers import mask_iban
from suppliers.models import Mandate
from suppliers.tagged_pdf import tagged_pdf

WITHOUT_A_LOOK = {TAKEN_OVER_LABEL, UNREVIEWED_LABEL}


@dataclass(frozen=True)
class Sent:
    """The bytes the portal handed to Chorus Pro.

    `source`: « original », « copy », « built » and not kept, or « former », of a PDF that was replaced since.
    """

    name: str
    sha256: str
    size: int
    source: str


def proof_pdf(invoice: Invoice, user, base_url: str) -> bytes:
    site = settings.SITE
    return tagged_pdf(
        render_to_string("chorus/_proof.html", _told(invoice, viewer(invoice, user))),
        title=f"Dossier de preuve\u00a0: {invoice}",
        author=f"{site['name']}, {site['department']}",
        base_url=base_url,
        colour=site["colour"],
    )


def _told(invoice: Invoice, reader: Viewer) -> dict:
    deposit = invoice.submissions.deposits().filter(status=Submission.Status.DEPOSITED).order_by("pk").last()
    sent = _sent(invoice, deposit) if deposit else None
    environment = deposit.environment if deposit else configuration().environment
    events = invoice.whole_story()
    history = told(invoice, reader, events)
    return {
        "invoice": invoice,
        "reader": reader,
        "portal": settings.SITE,
        "made_at": timezone.now(),
        "status": label(invoice, invoice.status, reader),
        "billed": invoice.billed_orders.select_related("order"),
        "iban": mask_iban(invoice.iban),
        "deposit": deposit,
        "joined": invoice.joined,
        "sent": sent,
        "kept_since": invoice.upload.deposit.created_at if invoice.upload else invoice.created_at,
        "environment": ENVIRONMENTS.get(environment, environment),
        "is_worthless": environment != PRODUCTION,
        "mandate": _mandate(invoice, deposit, sent),
        "reviewed": _reviewed(events, history),
        "history": [(line, without_ibans(line.reason)) for line in history],
        "replies": invoice.replies.prefetch_related("attachments").order_by("pk"),
        "term": invoice.payment_term(),
    }


def _sent(invoice: Invoice, deposit: Submission) -> Sent | None:
    """None where it was found there and nothing of ours is known to have left."""
    left = deposit if deposit.sent_sha256 else _left_before(invoice, deposit)
    if left is None:
        return None
    kept = {
        invoice.document_sha256: ("original", invoice.document_size),
        invoice.plain_sha256: ("copy", invoice.plain_size),
    }
    otherwise = "built" if left.transport == Transport.FACTURX else "former"
    source, size = kept.get(left.sent_sha256, (otherwise, 0))
    return Sent(file_name(left.number), left.sent_sha256, size, source)


def _left_before(invoice: Invoice, deposit: Submission) -> Submission | None:
    """A deposit that left, was given up without a clear answer, and was found by a later one before it left itself."""
    doubtful = invoice.submissions.deposits().filter(environment=deposit.environment, calling_since__isnull=False)
    return doubtful.exclude(sent_sha256="").order_by("pk").last()


def _mandate(invoice: Invoice, deposit: Submission | None, sent: Sent | None) -> Mandate | None:
    """The one under which it left; before that, the one in force."""
    if not deposit:
        return invoice.supplier.mandate
    if not sent:
        return None
    at = deposit.claimed_at or deposit.deposited_at
    lasted = Q(revoked_at__isnull=True) | Q(revoked_at__gte=at)
    return invoice.supplier.mandates.filter(lasted, signed_at__lte=at).first()


def _reviewed(events: list[InvoiceEvent], history: list[Line]) -> Line | None:
    """The look that let it go; None while nobody looked, where it went on without, and once it came back."""
    decided = [
        (event, line)
        for event, line in zip(events, history, strict=True)
        if event.from_status == Status.TO_REVIEW or event.to_status in {Status.TO_REVIEW, Status.RETURNED}
    ]
    if not decided:
        return None
    event, line = decided[-1]
    return line if event.to_status in LET_GO and event.label not in WITHOUT_A_LOOK else None
