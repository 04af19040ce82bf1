"""The life of a submission under any order of acts, by workers and people whose copies may be old."""

import pytest
from django.utils import timezone
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from chorus.models import ClaimLost, Submission, TechnicalAccount, Transport
from invoicing.lifecycle import ON_CHORUS, TransitionError
from invoicing.lifecycle import Status as InvoiceStatus
from invoicing.models import Invoice, InvoiceEvent
from tests.factories import InvoiceFactory, OrderFactory, SupplierFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

ST = Submission.Status
COPY = st.integers(0, 2)
# From each state, where one act may lead. An answer is recorded whatever we believed.
MOVES = {
    ST.QUEUED: {ST.SENDING, ST.DEPOSITED},
    ST.SENDING: {ST.QUEUED, ST.IN_DOUBT, ST.REFUSED, ST.BLOCKED, ST.HELD, ST.AWAITING, ST.DEPOSITED},
    ST.IN_DOUBT: {ST.QUEUED, ST.REFUSED, ST.HELD, ST.AWAITING, ST.DEPOSITED},
    ST.BLOCKED: {ST.QUEUED, ST.DEPOSITED},
    ST.HELD: {ST.QUEUED, ST.IN_DOUBT, ST.REFUSED, ST.AWAITING, ST.DEPOSITED},
    ST.AWAITING: {ST.QUEUED, ST.REFUSED, ST.HELD, ST.DEPOSITED},
    ST.REFUSED: {ST.DEPOSITED},
    ST.DEPOSITED: set(),
}
# What each state means for the invoice.
INVOICE = {
    ST.QUEUED: {InvoiceStatus.APPROVED},
    **{state: {InvoiceStatus.SENDING} for state in (ST.SENDING, ST.IN_DOUBT, ST.BLOCKED, ST.HELD, ST.AWAITING)},
    ST.REFUSED: {InvoiceStatus.RETURNED},
    ST.DEPOSITED: ON_CHORUS,
}
# What the worker that holds the row does.
WORKER = {
    "keep the piece": lambda row: row.keep_piece(7),
    "about to call": lambda row: row.about_to_call(),
    "try later": lambda row: row.retry_later("Plus tard", at=timezone.now()),
    "block": lambda row: row.block("Droits"),
    "refuse": lambda row: row.refuse("Non", reason="Motif"),
    "doubt": lambda row: row.doubt("Silence"),
}
# What a later look, or a sweep, concludes.
OTHERS = {
    "hold": lambda row: row.hold("À regarder"),
    "expire": lambda row: row.expire(),
    "it is not there": lambda row: row.requeue(source=ST.IN_DOUBT, at=timezone.now()),
    "it works again": lambda row: row.requeue(source=ST.BLOCKED, at=timezone.now()),
    "number taken": lambda row: row.settle_as_refused(reason="Motif"),
    "hand over": lambda row: row.hand_over(flow_number="F1", answer={}, look_at=timezone.now()),
    "report says no": lambda row: row.settle_as_refused(reason="Motif", source=ST.AWAITING),
    "report failed": lambda row: row.requeue(source=ST.AWAITING, at=timezone.now()),
    "send again": lambda row: row.send_again(),
}
# Only these, which looked, may put back what may have left; or the worker that knows it never did.
LOOKED = {"it is not there", "report failed"}


class AnyAct(RuleBasedStateMachine):
    """Three copies of one row, each as old as its last reading. Each act is judged by what it left."""

    @initialize(transport=st.sampled_from(Transport.values))
    def begin(self, transport):
        self.transport, self.person = transport, UserFactory()
        self.account = TechnicalAccount.objects.create(environment="simulator", login=f"T{timezone.now().timestamp()}")
        invoice = InvoiceFactory(
            order=OrderFactory(supplier=SupplierFactory(mandate_in_force=True)), status=InvoiceStatus.APPROVED
        )
        self.invoice_pk = invoice.pk
        self.pk = Submission.objects.create(invoice=invoice, environment="simulator", transport=transport).pk
        self.copies = [self._read() for _ in range(3)]

    def _read(self) -> Submission:
        return Submission.objects.select_related("invoice").get(pk=self.pk)

    def _all(self) -> tuple:
        invoice = Invoice.objects.filter(pk=self.invoice_pk).values().get()
        events = InvoiceEvent.objects.filter(invoice=self.invoice_pk).exclude(kind=InvoiceEvent.Kind.FLAG)
        return Submission.objects.filter(pk=self.pk).values().get(), invoice, events.count()

    @rule(which=COPY)
    def read_again(self, which):
        self.copies[which] = self._read()

    @rule(which=COPY)
    def claim(self, which):
        self._claim(which)

    def _claim(self, which) -> bool:
        frozen = {"account": self.account, "structure_cpp_id": 1, "number": "F1", "transport": self.transport}
        return self._do("claim", self.copies[which], lambda row: row.claim(frozen=frozen))

    @rule(which=COPY, then=st.sampled_from(["its worker died", "a person sends it again", *OTHERS]))
    def leave(self, which, then):
        """As far as a worker comes before the answer, and what happens next."""
        self.copies[which] = self._read()
        if not self._claim(which):
            return
        self.work(which, "keep the piece")
        self.work(which, "about to call")
        if then in OTHERS:
            self.conclude(which, then)
        elif then == "its worker died":
            self.its_worker_died()
        else:
            self.a_person_sends_it_again()

    @rule(which=COPY, act=st.sampled_from(sorted(WORKER)))
    def work(self, which, act):
        copy, (row, *_) = self.copies[which], self._all()
        done = self._do(act, copy, WORKER[act])
        assert not done or (row["status"], row["attempt"]) == (ST.SENDING, copy.attempt)

    @rule(which=COPY, act=st.sampled_from(sorted(OTHERS)))
    def conclude(self, which, act):
        if act == "hand over" and self.transport != Transport.FACTURX:
            return
        self._do(act, self.copies[which], OTHERS[act])

    @rule()
    def its_worker_died(self):
        """A sweep reads the row and releases it: in doubt if it may have left, else back in the queue."""
        row = self._read()
        if row.status == ST.SENDING:
            assert self._do("expire", row, lambda row: row.expire())
            assert self._read().status == (ST.IN_DOUBT if row.calling_since else ST.QUEUED)

    @rule()
    def a_person_sends_it_again(self):
        """What may have left is looked for first; a file that was taken is never sent twice."""
        row = self._read()
        if not row.hold("À regarder"):
            return
        row = self._read()
        assert self._do("send again", row, lambda row: row.send_again())
        left = ST.AWAITING if row.flow_number else ST.IN_DOUBT
        assert self._read().status == (left if row.calling_since else ST.QUEUED)

    @rule(which=COPY)
    def give_back(self, which):
        self._do("give back", self.copies[which], lambda row: row.give_back(by=self.person, reason="Motif"))

    @rule(which=COPY, answer=st.integers(1, 2))
    def record(self, which, answer):
        """An answer, however late and whatever the copy's age: it is kept, and the first one is never overwritten."""
        before, *_ = self._all()
        cpp_id = 10 * self.pk + answer
        told = self.copies[which].record(cpp_id=cpp_id, answer={})
        after, invoice, _ = self._all()
        assert after["status"] == ST.DEPOSITED
        assert after["cpp_id"] == (before["cpp_id"] or cpp_id)
        assert told == (after["cpp_id"] == cpp_id)
        assert invoice["status"] in ON_CHORUS

    def _do(self, name: str, copy: Submission, act) -> bool:
        """Act, then judge. Returns whether the row moved."""
        before = self._all()
        try:
            done = act(copy)
        except (ClaimLost, TransitionError):
            done = False
        after = self._all()
        if done is False:
            assert after == before, f"« {name} » changed something and says it did not"
            return False
        self._judge(name, copy, before[0], after[0])
        assert after[1]["status"] in INVOICE[after[0]["status"]]
        return True

    def _judge(self, name: str, copy: Submission, before: dict, after: dict) -> None:
        if after["status"] != before["status"]:
            assert after["status"] in MOVES[before["status"]], f"« {name} » leaves the table"
            assert copy.attempt in (before["attempt"], after["attempt"]), (
                f"« {name} » of an older attempt moved the row"
            )
        if after["status"] == ST.QUEUED and before["calling_since"]:
            assert name in LOOKED or name == "try later", f"« {name} » put back what may have left"


def test_no_order_of_acts_leaves_the_table():
    run_state_machine_as_test(AnyAct, settings=settings(derandomize=True, max_examples=40, stateful_step_count=20))
