"""Orders: what was ordered, the references an invoice must carry, what remains to bill."""

import contextlib
import itertools
import uuid
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils import timezone

from orders.amounts import Totals
from orders.models.buyers import CONTRACT_MAX, ENGAGEMENT_MAX, PLACE_MAX, SERVICE_MAX, Buyer
from orders.models.lines import OrderLine
from orders.models.querysets import OrderQuerySet
from orders.signals import engagement_asked, references_changed
from suppliers.models import Supplier
from suppliers.typography import euros
from suppliers.validators import validate_year

# A supplier may remind the buyer of a missing number, but not every hour.
ASK_AGAIN_AFTER = timedelta(days=1)


class OrderChanged(Exception):
    """Somebody changed the order after this person read it. The message is a French sentence for people."""

    def __init__(self):
        super().__init__("Cette commande a changé entre-temps\u00a0: relisez-la, puis enregistrez de nouveau.")


class LinesLocked(Exception):
    """The lines were billed. The message is a French sentence for people."""

    def __init__(self):
        super().__init__(
            "Une facture porte déjà sur cette commande\u00a0: ses lignes ne peuvent plus changer. "
            "Pour un complément, créez une nouvelle commande."
        )


def in_words(value: str | date | None) -> str:
    """What the history says of a value."""
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else value or ""


class Order(models.Model):
    """What a buyer ordered from a supplier. An empty engagement number reads « à venir » where one is demanded."""

    reference = models.CharField("référence Agrilocal", max_length=40, unique=True)
    buyer = models.ForeignKey(Buyer, models.PROTECT, related_name="orders", verbose_name="acheteur")
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="orders", verbose_name="fournisseur")
    engagement_number = models.CharField("numéro d'engagement", max_length=ENGAGEMENT_MAX, blank=True)
    service_code = models.CharField("code service", max_length=SERVICE_MAX, blank=True)
    contract_number = models.CharField("numéro de marché", max_length=CONTRACT_MAX, blank=True)
    engagement_asked_at = models.DateTimeField("numéro demandé le", null=True, blank=True, editable=False)
    engagement_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    ordered_on = models.DateField("commandé le", default=timezone.localdate, validators=[validate_year])
    delivery_on = models.DateField("livraison le", null=True, blank=True, validators=[validate_year])
    delivery_place = models.CharField("lieu de livraison", max_length=PLACE_MAX, blank=True)
    created_at = models.DateTimeField("créée le", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    # Given to the blank form: the same form posted twice makes one order.
    form_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Bumped by every change of data: who saves a page that has aged is told so.
    revision = models.PositiveIntegerField(default=1, editable=False)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = "commande"
        ordering = ["-ordered_on", "-pk"]
        permissions = [("import_order", "Peut importer des commandes")]
        indexes = [
            models.Index(fields=["supplier", "engagement_number"]),
            models.Index(fields=["buyer"], condition=Q(engagement_number=""), name="order_numberless"),
            # In the order of the lists, with whom these offer to narrow by.
            models.Index(fields=["-ordered_on", "-id"], name="order_newest_first"),
            models.Index(fields=["supplier", "-ordered_on", "-id"], include=["buyer"], name="order_of_supplier"),
            models.Index(fields=["buyer", "-ordered_on", "-id"], include=["supplier"], name="order_of_buyer"),
        ]

    def __str__(self):
        return self.reference

    # --- Amounts ---

    @property
    def totals(self) -> Totals:
        return Totals.of(self.lines.all())

    @property
    def total_ht(self) -> Decimal:
        return self.totals.ht

    @property
    def total_ttc(self) -> Decimal:
        return self.totals.ttc

    @property
    def billed_ht(self) -> Decimal:
        """By the invoices that count (neither withdrawn nor rejected), credit notes deducted."""
        return sum((billing.counted_ht for billing in self.billings.all()), Decimal(0))

    @property
    def preparing_ht(self) -> Decimal:
        """The part of `billed_ht` that is still a draft on its producer's desk."""
        return sum((billing.counted_ht for billing in self.billings.all() if billing.is_draft), Decimal(0))

    @property
    def remaining_ht(self) -> Decimal:
        """Negative when more was billed than ordered."""
        return self.total_ht - self.billed_ht

    @property
    def is_overbilled(self) -> bool:
        """More was billed than ordered, not counting drafts: a draft may still be corrected, and no buyer sees it."""
        return self.remaining_ht + self.preparing_ht < 0

    @property
    def is_to_bill(self) -> bool:
        return self.remaining_ht > 0

    @property
    def is_billed(self) -> bool:
        """Whether an invoice past its producer's desk bills it: a draft locks nothing."""
        return any(billing.counts and not billing.is_draft for billing in self.billings.all())

    # --- References ---

    @property
    def lacks_engagement(self) -> bool:
        """« À venir »: the recipient demands a number and the buyer has not given it yet."""
        recipient = self.buyer.recipient
        return bool(recipient and not self.engagement_number and recipient.wants_engagement(self.service_code))

    @property
    def lacks_service(self) -> bool:
        recipient = self.buyer.recipient
        return bool(recipient and not self.service_code and recipient.wants_service(self.engagement_number))

    @property
    def awaits_engagement(self) -> bool:
        """The supplier asked for the number and has not got it."""
        return bool(self.engagement_asked_at and not self.engagement_number)

    def change_references(self, *, by, seen_revision: int | None = None, **values: str) -> dict[str, tuple[str, str]]:
        """Set engagement_number, service_code or contract_number, keep the history and tell who listens.

        Returns the fields that changed with their old and new value. Raises OrderChanged if the order is no longer at
        the revision that was seen.
        """
        with transaction.atomic():
            changes = self._change(by, seen_revision, values)
            if changes:
                references_changed.send(Order, order=self, changes=changes, by=by)
        return changes

    def change_delivery(self, *, by, seen_revision: int | None = None, **values) -> dict[str, tuple]:
        """Set delivery_place, delivery_on or ordered_on and keep the history; else as `change_references`. No invoice
        depends on them."""
        with transaction.atomic():
            return self._change(by, seen_revision, values)

    def _change(self, by, seen_revision: int | None, values: dict) -> dict[str, tuple]:
        stored = self.lock(seen_revision)
        changes = {name: (getattr(stored, name), new) for name, new in values.items() if getattr(stored, name) != new}
        for name, (old, new) in changes.items():
            setattr(self, name, new)
            self.changes.create(field=name, old=in_words(old), new=in_words(new), by=by)
        if changes:
            self.bump(stored, *changes)
        return changes

    def may_ask_engagement(self) -> bool:
        """Whether the number lacks and was not asked for within a day."""
        asked = self.engagement_asked_at
        return self.lacks_engagement and (not asked or asked <= timezone.now() - ASK_AGAIN_AFTER)

    def ask_engagement(self, *, by) -> bool:
        """Note that the supplier waits for the number. False if it was asked for within a day, or is given."""
        now = timezone.now()
        waiting = Q(engagement_asked_at__isnull=True) | Q(engagement_asked_at__lte=now - ASK_AGAIN_AFTER)
        with transaction.atomic():
            asked = Order.objects.filter(waiting, pk=self.pk, engagement_number="").update(
                engagement_asked_at=now, engagement_asked_by=by
            )
            self.refresh_from_db(fields=["engagement_asked_at", "engagement_asked_by", "engagement_number"])
            if asked:
                engagement_asked.send(Order, order=self)
        return bool(asked)

    # --- Lines ---

    def place(self, lines: Iterable[OrderLine], *, by=None) -> None:
        """Store a new order with its lines; without a reference it gets one of ours, such as AGL-2026-00042."""
        with transaction.atomic():
            named, self.created_by = bool(self.reference), by
            if not named:
                # Replaced before anybody sees it: our references are made of the primary key, unknown until now.
                self.reference = self.form_key.hex
            self.save(force_insert=True)
            self._write_lines(lines)
            if not named:
                self._take_reference()

    def change_lines(self, lines: list[OrderLine], *, by, seen_revision: int) -> None:
        """Put these lines in place of the present ones; those with a primary key are kept and changed.

        Raises OrderChanged if the order is no longer at the revision that was seen, LinesLocked once it was billed.
        """
        with transaction.atomic():
            stored = self.lock(seen_revision)
            if Order.objects.with_billings().get(pk=self.pk).is_billed:
                raise LinesLocked
            before = stored.summary()
            kept = [line.pk for line in lines if line.pk]
            stored.lines.exclude(pk__in=kept).delete()
            self._write_lines(lines)
            # A prefetched copy of the old lines may hang on this object.
            after = Order.objects.get(pk=self.pk).summary()
            if before != after:
                self.changes.create(field=OrderChange.LINES, old=before, new=after, by=by)
            self.bump(stored)

    def summary(self) -> str:
        """« 2 lignes, 105,50 € TTC »: what the history says of lines."""
        count = len(self.lines.all())
        return f"{count}\u00a0ligne{'s' if count > 1 else ''}, {euros(self.total_ttc)} TTC"

    def _write_lines(self, lines: Iterable[OrderLine]) -> None:
        new = []
        for line in lines:
            line.order = self
            if line.pk:
                line.save()
            else:
                new.append(line)
        OrderLine.objects.bulk_create(new)

    def _take_reference(self):
        ours = f"AGL-{self.ordered_on.year}-{self.pk:05d}"
        for reference in itertools.chain([ours], (f"{ours}-{n}" for n in itertools.count(2))):
            # Somebody may have typed this very reference for another order.
            with contextlib.suppress(IntegrityError), transaction.atomic():
                self.reference = reference
                return self.save(update_fields=["reference"])

    def lock(self, seen_revision: int | None = None) -> "Order":
        """The row as it is now, kept from others until the transaction ends."""
        stored = Order.objects.select_for_update().get(pk=self.pk)
        if seen_revision is not None and stored.revision != seen_revision:
            raise OrderChanged
        return stored

    def bump(self, stored: "Order", *fields: str) -> None:
        self.revision = stored.revision + 1
        self.save(update_fields=["revision", *fields])


class OrderChange(models.Model):
    """One change of an order: kept for good, since invoices were sent with the old references."""

    LINES = "lines"

    order = models.ForeignKey(Order, models.CASCADE, related_name="changes")
    at = models.DateTimeField("le", auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="par"
    )
    field = models.CharField("donnée", max_length=30)
    old = models.CharField("avant", max_length=100, blank=True)
    new = models.CharField("après", max_length=100, blank=True)

    class Meta:
        verbose_name = "modification"
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.get_field_label()}\u00a0: {self.old or '—'} → {self.new or '—'}"

    def get_field_label(self) -> str:
        return "lignes" if self.field == self.LINES else Order._meta.get_field(self.field).verbose_name
