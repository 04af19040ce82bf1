"""Which orders: whose they are, what they lack, what a page shows of each."""

from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q

from orders.models.buyers import Buyer, RecipientService, Requires
from orders.models.lines import OrderLine
from suppliers.models import Supplier


class OrderQuerySet(models.QuerySet):
    def for_buyers_of(self, user):
        return self.filter(buyer__in=Buyer.objects.keys_of(user))

    def for_suppliers_of(self, user):
        return self.filter(supplier__in=Supplier.objects.keys_of(user))

    def visible_to(self, user):
        """Every order this person may open, whoever he is."""
        if user.has_perm("orders.view_order"):
            return self
        mine = Q(buyer__members__user=user) | Q(supplier__members__user=user)
        return self.filter(pk__in=self.model.objects.filter(mine).values("pk"))

    def with_people(self):
        """With what a list shows of each: people, lines, and what the recipient demands."""
        people = self.select_related("buyer__recipient", "supplier").defer("supplier__iban")
        return people.prefetch_related("lines", "buyer__recipient__services")

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
        fields = ("order", "amount_ht", "invoice__status", "invoice__kind")
        return self._billings().select_related("invoice").only(*fields)

    def _billings(self):
        return self.model._meta.get_field("billings").related_model._default_manager

    def remaining_cents(self) -> dict[int, int]:
        """What `remaining_ht` says of each order in whole cents, by primary key and in the order of the rows.

        For sorting many orders of which one page is shown: no order is built, three queries add the numbers up.
        """
        mine = self.order_by().values("pk")
        rows = list(self.values_list("pk", flat=True))
        ordered = OrderLine.objects.filter(order__in=mine).cents_by_order()
        billed = self._billings().filter(order__in=mine).cents_by_order()
        # By the keys read first: an order placed since is on the next page load.
        return {pk: ordered.get(pk, 0) - billed.get(pk, 0) for pk in rows}

    def to_bill(self):
        return self.filter(pk__in=[pk for pk, remaining in self.remaining_cents().items() if remaining > 0])

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
