"""Which orders: whose they are, what they lack, what a page shows of each."""

from collections import defaultdict
from decimal import Decimal

from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q

from orders.amounts import to_cents
from orders.models.buyers import RecipientService, Requires
from orders.models.lines import OrderLine


class OrderQuerySet(models.QuerySet):
    def for_buyers_of(self, user):
        return self.filter(buyer__members__user=user)

    def for_suppliers_of(self, user):
        return self.filter(supplier__members__user=user)

    def visible_to(self, user):
        """Every order this person may open, whoever he is."""
        if user.has_perm("orders.view_order"):
            return self
        mine = Q(buyer__members__user=user) | Q(supplier__members__user=user)
        return self.filter(pk__in=self.model.objects.filter(mine).values("pk"))

    def with_people(self):
        """With what a list shows of each: people, lines, and what the recipient demands."""
        return self.select_related("buyer__recipient", "supplier").prefetch_related(
            "lines", "buyer__recipient__services"
        )

    def with_billings(self):
        """With the lines and what was billed of them, so that `remaining_ht` asks nothing more.

        Of the invoices only what the sum needs: a whole row carries all that was read in its PDF. The model is reached
        by the name of its relation, since invoicing stands above orders.
        """
        return self.prefetch_related("lines", Prefetch("billings", self._light_billings().order_by("pk")))

    def with_differences(self):
        """With billings and all that was said of the goods, newest first, and by whom."""
        return self.with_billings().prefetch_related("receptions__by")

    def _light_billings(self):
        billings = self.model._meta.get_field("billings").related_model._default_manager
        return billings.select_related("invoice").only("order", "amount_ht", "invoice__status", "invoice__kind")

    def remaining_by_key(self) -> dict[int, Decimal]:
        """What `remaining_ht` says of each order, by primary key and in the order of the rows.

        For sorting many orders of which one page is shown: no order is built, three queries read the numbers.
        """
        mine = self.order_by().values("pk")
        keys, remaining = list(self.values_list("pk", flat=True)), defaultdict(Decimal)
        lines = OrderLine.objects.filter(order__in=mine).order_by()
        for pk, quantity, price in lines.values_list("order_id", "quantity", "unit_price"):
            remaining[pk] += to_cents(quantity * price)
        for billing in self._light_billings().filter(order__in=mine):
            remaining[billing.order_id] -= billing.counted_ht
        # By the keys read first: an order placed since is on the next page load.
        return {pk: remaining[pk] for pk in keys}

    def to_bill(self):
        return self.filter(pk__in=[pk for pk, remaining in self.remaining_by_key().items() if remaining > 0])

    def hold(self, supplier) -> set[int]:
        """Which of these are this supplier's now, by primary key; nobody takes them over until the transaction ends."""
        mine = self.filter(supplier=supplier).order_by("pk")
        return set(mine.select_for_update(no_key=True).values_list("pk", flat=True))

    def lacking_engagement(self):
        """Says in SQL what `lacks_engagement` says of one order."""
        demanding_service = RecipientService.objects.filter(
            recipient=OuterRef("buyer__recipient"), code=OuterRef("service_code"), engagement_required=True
        )
        return self.filter(
            Q(buyer__recipient__requires__in=[Requires.ENGAGEMENT, Requires.BOTH])
            | Q(buyer__recipient__requires=Requires.EITHER, service_code="")
            | Q(~Q(service_code=""), Exists(demanding_service)),
            engagement_number="",
        )

    def search(self, text: str):
        """Orders whose reference, partner or engagement number contains the text."""
        if not text:
            return self
        names = ("reference", "engagement_number", "supplier__name", "buyer__name")
        return self.filter(Q(*[(f"{name}__icontains", text) for name in names], _connector=Q.OR))
