"""Which invoices: whose, at which point, for which page."""

from datetime import datetime

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.utils import timezone

from invoicing.lifecycle import ATTACHABLE, BALL, ON_CHORUS, SETTLED, Ball, Status
from invoicing.models.events import InvoiceEvent
from invoicing.replies import ASKED_LABEL, AskedFor, Reply
from suppliers.models import Supplier

SUPPLIERS_TURN = sorted(status for status, ball in BALL.items() if ball is Ball.SUPPLIER)
NOT_FOR_BUYERS = [Status.DRAFT, Status.WITHDRAWN]
FINAL = [Status.PAID, Status.WITHDRAWN]


class InvoiceQuerySet(models.QuerySet):
    # --- Whose ---

    def for_suppliers_of(self, user):
        return self.filter(supplier__members__user=user)

    def for_buyers_of(self, user):
        """What a buyer may see: invoices past the producer's own desk, addressed to him."""
        return self.filter(buyer__members__user=user).exclude(status__in=NOT_FOR_BUYERS)

    def visible_to(self, user):
        """Every invoice this person may open, whoever he is."""
        if user.has_perm("invoicing.view_invoice"):
            return self
        as_supplier = Q(supplier__members__user=user)
        as_buyer = Q(buyer__members__user=user) & ~Q(status__in=NOT_FOR_BUYERS)
        return self.filter(pk__in=self.model.objects.filter(as_supplier | as_buyer).values("pk"))

    def awaiting_buyers_word(self):
        """« Hors commande », and the buyer may still name the order or say that he does not know the delivery."""
        return self.exclude(no_order="").filter(status__in=sorted(ATTACHABLE - SETTLED), disowned_at__isnull=True)

    # --- At which point ---

    def to_review(self):
        return self.filter(status=Status.TO_REVIEW)

    def ready_to_send(self, at: datetime):
        """Approved, past the time in which the decision could be taken back, and still mandated."""
        return self.filter(status=Status.APPROVED, send_after__lte=at, supplier__in=Supplier.objects.mandated())

    def to_do(self):
        """Where the supplier must act."""
        theirs = Q(status__in=SUPPLIERS_TURN) & ~Q(pk__in=self._treated()) & ~Q(pk__in=self._with_others())
        return self.filter(theirs | Q(pk__in=self._not_found()) | Q(pk__in=self._overdue()))

    def under_way(self):
        """Where somebody else must act."""
        others = ~Q(status__in=[*SUPPLIERS_TURN, *FINAL]) & ~Q(pk__in=self._not_found())
        others &= ~Q(pk__in=self._overdue())
        return self.filter(others | Q(pk__in=self._with_others())).filter(received_on=None)

    def paid(self):
        """By Chorus Pro's word, or by the supplier's."""
        return self.filter(Q(status=Status.PAID) | Q(received_on__isnull=False))

    def overdue(self):
        """Past their day of payment, and nobody said whether the money came."""
        return self.filter(pk__in=self._overdue())

    def _with_others(self):
        """The supplier's own by their status, and yet he has done his part."""
        return self.model.objects.filter(
            Q(pk__in=self._waiting_for_engagement()) | Q(pk__in=self._sent_outside()) | Q(pk__in=self._answered())
        ).values("pk")

    def _not_found(self):
        """Declared deposited, and not found there. Reached by the relation's name: invoicing knows no chorus."""
        looked_for = Q(search__state="not_found", search__asked_at__gte=F("declared_at"))
        return self.model.objects.filter(looked_for, status__in=ON_CHORUS - SETTLED).values("pk")

    def _overdue(self):
        """Past their day of payment, and their supplier did not say yet whether the money came."""
        waits = Q(pay_by__lt=timezone.localdate(), received_on=None, unpaid_on=None)
        asked = ON_CHORUS - SETTLED - {Status.SUSPENDED, Status.TO_REROUTE}
        return self.model.objects.filter(waits, status__in=asked).values("pk")

    def _sent_outside(self):
        """Those the supplier says he sent to a buyer who is not on Chorus Pro."""
        told = InvoiceEvent.objects.filter(
            invoice=OuterRef("pk"), kind=InvoiceEvent.Kind.DECLARED, recorded_at__gte=OuterRef("status_at")
        )
        return self.model.objects.filter(Exists(told), status=Status.OUTSIDE).values("pk")

    def _waiting_for_engagement(self):
        """Drafts that lack nothing but the engagement number their buyer was asked for."""
        return self.model.objects.filter(
            status=Status.DRAFT,
            engagement_number="",
            has_own_stop=False,
            billed_orders__order__engagement_number="",
            billed_orders__order__engagement_asked_at__isnull=False,
        ).values("pk")

    def _answered(self):
        """Whose answer to the return they are in is on its way, or taken and not yet confirmed."""
        told = Q(replies__kind__in=["answer", "reroute"], replies__state__in=["waiting", "sent"])
        returned = [Status.SUSPENDED, Status.TO_REROUTE]
        return self.model.objects.filter(told, replies__about=F("chorus_status_at"), status__in=returned).values("pk")

    def _treated(self):
        """Rejected invoices that were redone or given up."""
        acknowledged = Q(replies__kind="acknowledge", replies__state__in=["waiting", "sent"])
        return self.model.objects.filter(acknowledged, status=Status.REJECTED).values("pk")

    # --- For which page ---

    def with_asked_for(self):
        """`asked_for`: what its supplier asked about the return it is in; empty when nothing, or once he answered."""
        answers = Reply.objects.filter(
            invoice=OuterRef("pk"), state__in=["waiting", "sent"], about=OuterRef("chorus_status_at")
        )
        asked = InvoiceEvent.objects.filter(
            invoice=OuterRef("pk"), label=ASKED_LABEL, recorded_at__gte=OuterRef("status_at")
        )
        rerouted = Q(Exists(answers.filter(kind="reroute")), status=Status.TO_REROUTE)
        waits = Q(Exists(asked), ~Exists(answers), status__in=[Status.SUSPENDED, Status.TO_REROUTE, Status.REJECTED])
        return self.annotate(
            asked_for=Case(
                When(rerouted, then=Value(AskedFor.RECIPIENT.value)),
                When(waits, then=Value(AskedFor.REFERENCE.value)),
                default=Value(""),
            )
        )

    def with_people(self):
        return self.select_related("supplier", "establishment", "recipient", "buyer__recipient")

    def for_lists(self):
        """With everything a row of a list shows, in a constant number of queries."""
        return (
            self.with_asked_for()
            .select_related("supplier", "buyer", "recipient")
            .prefetch_related("billed_orders__order")
            .defer("reading", "verdict", "iban", "supplier__iban")
        )
