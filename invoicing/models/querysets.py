"""Which invoices: whose, at which point, for which page."""

from datetime import datetime

from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.utils import timezone

from invoicing.lifecycle import ATTACHABLE, BALL, ON_CHORUS, SETTLED, Ball, Status
from invoicing.models.events import InvoiceEvent
from invoicing.replies import ASKED_LABEL, AskedFor, Reply
from invoicing.working_days import review_limit
from orders.models import Buyer
from suppliers.models import Supplier

SUPPLIERS_TURN = sorted(status for status, ball in BALL.items() if ball is Ball.SUPPLIER)
NOT_FOR_BUYERS = [Status.DRAFT, Status.WITHDRAWN]
FINAL = [Status.PAID, Status.WITHDRAWN]
# What remains once the years go by is few: their index leads past all that is over.
MAYBE_TO_DO = sorted({*SUPPLIERS_TURN, *(ON_CHORUS - SETTLED)})
UNDER_WAY = sorted(set(Status) - SETTLED - set(FINAL))
# Its supplier has to answer first: nobody is late.
INTERRUPTED = {Status.SUSPENDED, Status.TO_REROUTE}


class InvoiceQuerySet(models.QuerySet):
    # --- Whose ---
    # By the keys of the person's houses, read first: the database then walks the index of that house, newest first.

    def for_suppliers_of(self, user):
        return self.filter(supplier__in=Supplier.objects.keys_of(user))

    def for_buyers_of(self, user):
        """What a buyer may see: invoices past the producer's own desk, addressed to him."""
        return self.filter(buyer__in=Buyer.objects.keys_of(user)).exclude(status__in=NOT_FOR_BUYERS)

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

    def past_review_delay(self, times: int = 1):
        """Waiting for a look through `times` REVIEW_DELAY; one invoice tells it of itself in `is_past_review_delay`."""
        return self.to_review().filter(status_at__lte=review_limit(times))

    def ready_to_send(self, at: datetime):
        """Approved, past the time in which the decision could be taken back, and still mandated."""
        return self.filter(status=Status.APPROVED, send_after__lte=at, supplier__in=Supplier.objects.mandated())

    # What is said of each row is asked of that row: `pk in (…)` would go through everybody's invoices first.

    def to_do(self):
        """Where the supplier must act."""
        theirs = Q(status__in=SUPPLIERS_TURN) & ~self._treated() & ~self._with_others()
        return self.filter(theirs | self._not_found() | self._overdue(), status__in=MAYBE_TO_DO)

    def under_way(self):
        """Where somebody else must act."""
        others = ~Q(status__in=[*SUPPLIERS_TURN, *FINAL]) & ~self._not_found() & ~self._overdue()
        return self.filter(others | self._with_others(), status__in=UNDER_WAY, received_on=None)

    def paid(self):
        """By Chorus Pro's word, or by the supplier's."""
        return self.filter(Q(status=Status.PAID) | Q(received_on__isnull=False))

    def overdue(self):
        """Past their day of payment, and nobody said whether the money came."""
        return self.filter(self._overdue())

    def past_due(self, at: datetime):
        """Past their day of payment without the money, whatever their supplier answered, and he owes no answer."""
        late = Q(pay_by__lt=timezone.localdate(at), received_on=None)
        return self.filter(late, status__in=ON_CHORUS - SETTLED - INTERRUPTED)

    def _with_others(self) -> Q:
        """The supplier's own by their status, and yet he has done his part."""
        return self._waiting_for_engagement() | self._sent_outside() | self._answered()

    def _not_found(self) -> Q:
        """Declared deposited, and not found there. Reached by the relation's name: invoicing knows no chorus."""
        searches = self.model._meta.get_field("search").related_model._default_manager
        looked_for = searches.filter(invoice=OuterRef("pk"), state="not_found", asked_at__gte=OuterRef("declared_at"))
        return Q(Exists(looked_for), status__in=ON_CHORUS - SETTLED)

    def _overdue(self) -> Q:
        """Past their day of payment, and their supplier did not say yet whether the money came."""
        waits = Q(pay_by__lt=timezone.localdate(), received_on=None, unpaid_on=None)
        return waits & Q(status__in=ON_CHORUS - SETTLED - INTERRUPTED)

    def _sent_outside(self) -> Q:
        """Those the supplier says he sent to a buyer who is not on Chorus Pro."""
        told = InvoiceEvent.objects.filter(
            invoice=OuterRef("pk"), kind=InvoiceEvent.Kind.DECLARED, recorded_at__gte=OuterRef("status_at")
        )
        return Q(Exists(told), status=Status.OUTSIDE)

    def _waiting_for_engagement(self) -> Q:
        """Drafts that lack nothing but the engagement number their buyer was asked for."""
        asked = self._billed().filter(order__engagement_number="", order__engagement_asked_at__isnull=False)
        return Q(Exists(asked), status=Status.DRAFT, engagement_number="", has_own_stop=False)

    def _answered(self) -> Q:
        """Whose answer to the return they are in is on its way, or taken and not yet confirmed."""
        told = self._told().filter(kind__in=["answer", "reroute"], about=OuterRef("chorus_status_at"))
        return Q(Exists(told), status__in=[Status.SUSPENDED, Status.TO_REROUTE])

    def _treated(self) -> Q:
        """Rejected invoices that were redone or given up."""
        return Q(Exists(self._told().filter(kind="acknowledge")), status=Status.REJECTED)

    def _told(self):
        return Reply.objects.filter(invoice=OuterRef("pk"), state__in=["waiting", "sent"])

    def _billed(self):
        return self.model.orders.through.objects.filter(invoice=OuterRef("pk"))

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

    def with_risk(self):
        """`is_clean`: the checks found nothing, it has its order, and the buyer changed nothing on it since."""
        changed = Q()
        for name in ("engagement_number", "service_code"):
            changed |= ~Q(**{f"order__{name}": ""}) & ~Q(**{f"order__{name}": OuterRef(name)})
        billed = self._billed().filter(changed)
        # What costs nothing is asked first.
        found = Q(verdict=[], verdict_at__isnull=False, no_order="") & ~Exists(billed)
        return self.annotate(is_clean=Case(When(found, then=Value(True)), default=Value(False)))

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
