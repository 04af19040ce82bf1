"""Which orders an invoice bills."""

from decimal import Decimal

from django.db import models
from django.db.models import BigIntegerField, Case, F, Sum, Value, When
from django.db.models.functions import Abs, Cast, Round

from invoicing.lifecycle import Status
from invoicing.models.invoice import Invoice, Kind
from invoicing.typography import euros
from orders.models import Order

# A withdrawn or rejected invoice bills nothing.
BILLS_NOTHING = (Status.WITHDRAWN, Status.REJECTED)


def signed_cents(amount: str, *, kind: str):
    """An amount in whole cents, for the database to add up: SQLite has no decimal arithmetic. Credit notes count as
    deducted, whatever sign their software writes.
    """
    whole = Cast(Round(F(amount) * 100), BigIntegerField())
    deducted = When(**{kind: Kind.CREDIT_NOTE}, then=Value(-1) * Abs(whole))
    return Case(deducted, default=whole, output_field=BigIntegerField())


class BilledOrderQuerySet(models.QuerySet):
    def counting(self):
        """Says in SQL what `counts` says of one."""
        return self.exclude(invoice__status__in=BILLS_NOTHING)

    def cents_by_order(self) -> dict[int, int]:
        """What `counted_ht` comes to, in whole cents, by the order's key."""
        cents = Sum(signed_cents("amount_ht", kind="invoice__kind"))
        return dict(self.counting().order_by().values_list("order").annotate(cents=cents))


class BilledOrder(models.Model):
    """How much of an order an invoice bills. What remains to bill is computed, never stored."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="billed_orders")
    order = models.ForeignKey(Order, models.PROTECT, related_name="billings", verbose_name="commande")
    amount_ht = models.DecimalField("montant HT facturé", max_digits=14, decimal_places=2)

    objects = BilledOrderQuerySet.as_manager()

    class Meta:
        verbose_name = "commande facturée"
        verbose_name_plural = "commandes facturées"
        indexes = [models.Index(fields=["order"], include=["invoice", "amount_ht"], name="billed_amounts")]
        constraints = [models.UniqueConstraint(fields=["invoice", "order"], name="order_once_per_invoice")]

    def __str__(self):
        return f"{self.order}\u00a0: {euros(self.amount_ht)} HT"

    @property
    def is_draft(self) -> bool:
        return self.invoice.status == Status.DRAFT

    @property
    def counts(self) -> bool:
        """Whether it takes from what remains to bill."""
        return self.invoice.status not in BILLS_NOTHING

    @property
    def counted_ht(self) -> Decimal:
        """What it takes from the order. Credit notes give back, whatever sign their software writes."""
        if not self.counts:
            return Decimal(0)
        return -abs(self.amount_ht) if self.invoice.kind == Kind.CREDIT_NOTE else self.amount_ht

    @property
    def awaits_engagement(self) -> bool:
        return bool(self.order.engagement_asked_at and not self.order.engagement_number)
