"""The life of an invoice under any order of verbs, by people and workers whose copies may be old."""

import datetime

import pytest
from django.db.models import F
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from invoicing.lifecycle import ON_CHORUS, Status, TransitionError, may_move
from invoicing.models import Invoice
from tests.factories import InvoiceFactory, OrderFactory, SupplierFactory, UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.core]

NOON = datetime.datetime(2026, 11, 20, 12, 0, tzinfo=datetime.UTC)
COPY = st.integers(0, 2)
# Where a walk begins; the others are a few steps away.
BEGINNINGS = [
    Status.DRAFT,
    Status.RETURNED,
    Status.TO_REVIEW,
    Status.APPROVED,
    Status.SENDING,
    Status.TO_SELF_DEPOSIT,
    Status.DEPOSITED,
]
# Verbs of people who saw the invoice, called as verb(copy, person, revision); then what workers do.
DECISIONS = {
    "edit": lambda invoice, by, seen: invoice.edit(by=by, seen_revision=seen, service_code=f"S{seen}"),
    "confirm": lambda invoice, by, seen: invoice.confirm(by=by, seen_revision=seen),
    "approve": lambda invoice, by, seen: invoice.approve(by=by, seen_revision=seen),
    "send back": lambda invoice, by, seen: invoice.send_back(by=by, reason="Motif", seen_revision=seen),
    "take back": lambda invoice, by, seen: invoice.take_back(by=by, seen_revision=seen),
    "cancel": lambda invoice, by, seen: invoice.cancel_sending(by=by, seen_revision=seen),
    "withdraw": lambda invoice, by, seen: invoice.withdraw(by=by, seen_revision=seen),
    "claim": lambda invoice, by, seen: invoice.mark_sending(seen_revision=seen),
}
FACTS = {
    "left to the supplier": lambda invoice: invoice.leave_to_supplier(),
    "waiting": lambda invoice: invoice.mark_waiting(),
    "refused": lambda invoice: invoice.mark_refused("Motif"),
    "deposited": lambda invoice: invoice.mark_deposited(),
}


class AnyOrder(RuleBasedStateMachine):
    """Three copies of one invoice, each as old as its last reading. Each verb is judged by what it left."""

    @initialize(status=st.sampled_from(BEGINNINGS), mandated=st.booleans())
    def begin(self, status, mandated):
        self.person = UserFactory()
        order = OrderFactory(supplier=SupplierFactory(mandate_in_force=mandated))
        self.pk = InvoiceFactory(order=order, status=status).pk
        self.copies = [self._read() for _ in range(3)]

    def _read(self) -> Invoice:
        return Invoice.objects.get(pk=self.pk)

    def _row(self) -> dict:
        return Invoice.objects.filter(pk=self.pk).values().get()

    def _events(self) -> list[tuple]:
        return list(self._read().events.order_by("pk").values_list("kind", "from_status", "to_status"))

    @rule(which=COPY)
    def read_again(self, which):
        self.copies[which] = self._read()

    @rule(which=COPY, verb=st.sampled_from(sorted(DECISIONS)))
    def decide(self, which, verb):
        copy, before = self.copies[which], self._row()
        is_old = copy.revision != before["revision"]
        done = self._do(copy, lambda: DECISIONS[verb](copy, self.person, copy.revision))
        assert not (done and is_old), "a decision on an old page was taken"

    @rule(which=COPY, verb=st.sampled_from(sorted(DECISIONS)))
    def decide_on_an_old_page(self, which, verb):
        """Somebody wrote between the reading and the decision, and the status stayed what it was."""
        self.copies[which] = self._read()
        Invoice.objects.filter(pk=self.pk).update(revision=F("revision") + 1)
        self.decide(which, verb)

    @rule(which=COPY, verb=st.sampled_from(sorted(FACTS)))
    def record(self, which, verb):
        copy = self.copies[which]
        self._do(copy, lambda: FACTS[verb](copy))

    @rule(which=COPY, status=st.sampled_from([*sorted(ON_CHORUS), None]), minute=st.integers(0, 5))
    def hear(self, which, status, minute):
        copy, before, events = self.copies[which], self._row(), self._events()
        at, known = NOON + datetime.timedelta(minutes=minute), before["chorus_status_at"]
        is_news = known is None or at > known or (at == known and status not in (None, before["status"]))
        applied = copy.apply_news(status, at, word="MOT")
        after = self._row()
        assert applied == (is_news and before["status"] in ON_CHORUS)
        if not applied:
            assert (after, self._events()) == (before, events)
        else:
            assert after["status"] == (status or before["status"])
            assert after["revision"] == before["revision"] + 1
            assert (copy.status, copy.revision) == (after["status"], after["revision"])

    def _do(self, copy: Invoice, act) -> bool:
        """Act, then judge. Returns whether anything changed."""
        before, events = self._row(), self._events()
        try:
            act()
        except TransitionError:
            assert (self._row(), self._events()) == (before, events), "a refused verb changed something"
            return False
        after, told = self._row(), self._events()[len(events) :]
        moved = after["status"] != before["status"]
        moves = [(source, target) for kind, source, target in told if kind == "status"]
        assert moves == [(before["status"], after["status"])] * moved
        flagged = ("flag", "", "") in told
        assert not moved or may_move(before["status"], after["status"]) != flagged
        assert (copy.status, copy.revision) == (after["status"], after["revision"])
        if after != before:
            assert after["revision"] == before["revision"] + 1
        return after != before


def test_no_order_of_verbs_leaves_the_table():
    run_state_machine_as_test(AnyOrder, settings=settings(derandomize=True, max_examples=30, stateful_step_count=20))
