"""A buyer who sends some invoices back, and suppliers who answer: `completer` and `recycler` take part.

A twin of such an act cannot be stored, since the first one changes the status it needs. What can go wrong is an act
that is lost, or one that was taken and yet reads as refused: both are counted here.
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
WORDS = {Status.SUSPENDED: "SUSPENDUE", Status.TO_REROUTE: "A_RECYCLER"}
# What the history of an invoice holds once its act was taken: this line, so many times (the deposit is a DEPOSEE too).
TRACES = {Reply.Kind.ANSWER: ("COMPLETEE", 1), Reply.Kind.REROUTE: ("DEPOSEE", 2)}


class Buyer:
    """Sends back one invoice in ten, in turn for an answer and for another recipient; none if not `awake`."""

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
        word = WORDS[Status.TO_REROUTE if int(deposit.number[-2]) % 2 else Status.SUSPENDED]
        self._simulator.play(deposit.cpp_id, word, "Motif de l'acheteur", force=True)
        self._sent_back.add(deposit.pk)

    def _answer(self, invoice: Invoice) -> None:
        kind, more = Reply.Kind.ANSWER, {}
        if invoice.status == Status.TO_REROUTE:
            kind = Reply.Kind.REROUTE
            more = {"recipient": invoice.recipient, "service_code": "", "engagement_number": "EJ-NOUVEAU"}
        told = {"by": self._writer, "seen_revision": invoice.revision, "comment": "Réponse", **more}
        with suppress(TransitionError):  # the news moved it meanwhile: the next turn answers
            replies.write(invoice, kind=kind, **told)

    def is_over(self) -> bool:
        return Reply.objects.exclude(state=Reply.State.WAITING).count() == self.expected

    def told(self) -> Counter[str]:
        """How the portal says the replies ended."""
        return Counter(f"{reply.kind} {reply.state}" for reply in Reply.objects.all())

    def wrong(self) -> list[str]:
        """Invoices whose act the far side took another number of times than once, or that reads as refused."""
        wrong = []
        for reply in Reply.objects.select_related("invoice"):
            cpp_id = Submission.objects.get(invoice=reply.invoice, kind="deposit").cpp_id
            word, times = TRACES[Reply.Kind(reply.kind)]
            lines = [line["status"] for line in self._simulator.history(cpp_id)]
            if lines.count(word) != times or reply.state != Reply.State.SENT:
                wrong.append(f"{reply.invoice.number} ({reply.state}, {word} × {lines.count(word)})")
        return wrong
