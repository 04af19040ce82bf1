"""A buyer who sends some invoices back, and suppliers who answer: `completer`, `recycler` and `traiterRejet` take part.

With its duplicate check off the far side takes an answer as often as it comes, and counts them. Here the counts are
held against what the portal says: an answer taken twice, lost, or taken and yet read as refused.
"""

from collections import Counter
from contextlib import suppress

from chorus.models import Submission
from chorus.simulator.remote import RemoteSimulator
from invoicing import replies
from invoicing.lifecycle import Status, TransitionError
from invoicing.models import Invoice, Reply
from suppliers.models import User
from tests.chaos.data import BATCH
from tests.factories import UserFactory

ONE_IN = 10
WORDS = {Status.SUSPENDED: "SUSPENDUE", Status.TO_REROUTE: "A_RECYCLER", Status.REJECTED: "REJETEE"}
OPERATIONS = {Reply.Kind.ANSWER: "completer", Reply.Kind.REROUTE: "recycler", Reply.Kind.ACKNOWLEDGE: "traiterRejet"}
# To say twice that a rejection was treated is the same as to say it once.
MAY_BE_TAKEN_TWICE = {Reply.Kind.ACKNOWLEDGE}


class Buyer:
    """Sends back one invoice in ten: for an answer, for another recipient, or for good; none if not `awake`."""

    def __init__(self, simulator: RemoteSimulator, invoices: int, *, awake: bool):
        self._simulator = simulator
        self.expected = len(range(0, invoices, ONE_IN)) if awake else 0
        self._sent_back: set[int] = set()
        self._writer: User = UserFactory()

    def act(self) -> None:
        """Send back what arrived since the last time; answer what the news told us came back."""
        if not self.expected:
            return
        deposits = Submission.objects.filter(kind="deposit", status=Submission.Status.DEPOSITED)
        arrived = deposits.filter(invoice__in=self._chosen()).exclude(pk__in=self._sent_back)
        for deposit in arrived[:BATCH]:
            self._send_back(deposit)
        for invoice in self._chosen().filter(status__in=WORDS, replies__isnull=True).select_related("recipient"):
            self._answer(invoice)

    def _chosen(self):
        return Invoice.objects.filter(number__endswith="0")

    def _send_back(self, deposit: Submission) -> None:
        word = list(WORDS.values())[int(deposit.number[-3:-1]) % len(WORDS)]
        self._simulator.play(deposit.cpp_id, word, "Motif de l'acheteur", force=True)
        self._sent_back.add(deposit.pk)

    def _answer(self, invoice: Invoice) -> None:
        kind, more = replies.kind_for(invoice), {}
        if kind == Reply.Kind.REROUTE:
            more = {"recipient": invoice.recipient, "service_code": "", "engagement_number": "EJ-NOUVEAU"}
        told = {"by": self._writer, "seen_revision": invoice.revision, "comment": "Réponse", **more}
        with suppress(TransitionError):  # the news moved it meanwhile: the next turn answers
            replies.write(invoice, kind=kind, **told)

    def is_over(self) -> bool:
        return Reply.objects.exclude(state=Reply.State.WAITING).count() == self.expected

    def told(self) -> Counter[str]:
        """How the portal says the replies ended."""
        return Counter(f"{reply.kind} {reply.state}" for reply in Reply.objects.all())

    def twice(self) -> list[str]:
        """Invoices whose answer the far side took more than once."""
        return [
            str(reply.invoice) for reply, taken in self._taken() if taken > 1 and reply.kind not in MAY_BE_TAKEN_TWICE
        ]

    def wrong(self) -> list[str]:
        """Invoices whose answer was never taken, or reads as refused."""
        replies = self._taken()
        return [
            f"{reply.invoice} ({reply.state}, {n} ×)"
            for reply, n in replies
            if not n or reply.state != reply.State.SENT
        ]

    def _taken(self) -> list[tuple[Reply, int]]:
        """Each reply, and how often the far side took it."""
        taken = {(row["cpp_id"], row["operation"]): row["count"] for row in self._simulator.answers()}
        ids = dict(Submission.objects.filter(kind="deposit").values_list("invoice", "cpp_id"))
        written = Reply.objects.select_related("invoice")
        return [(reply, taken.get((ids[reply.invoice_id], OPERATIONS[reply.kind]), 0)) for reply in written]
