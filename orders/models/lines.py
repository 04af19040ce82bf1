"""What an order is made of."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Sum

from orders.amounts import to_cents


class LineCents(models.Func):
    """What `total_ht` says of a line, in whole cents, rounded as there.

    SQLite knows no decimals: it counts in thousandths of a unit and ten-thousandths of a euro, whole numbers both.
    """

    output_field = models.BigIntegerField()
    arity = 2

    def as_sql(self, compiler, connection, **context):
        return super().as_sql(compiler, connection, template="(round(%(expressions)s, 2) * 100)", arg_joiner=" * ")

    def as_sqlite(self, compiler, connection, **context):
        quantity, price = (f"cast(round(%s * {parts}) as integer)" for parts in (1000, 10000))
        sql, params = [], []
        for whole, source in zip((quantity, price), self.get_source_expressions(), strict=True):
            compiled, values = compiler.compile(source)
            sql.append(whole % compiled)
            params += values
        return f"(({sql[0]} * {sql[1]} + 50000) / 100000)", params


class OrderLineQuerySet(models.QuerySet):
    def cents_by_order(self) -> dict[int, int]:
        """What was ordered before tax, by the order's key."""
        cents = Sum(LineCents("quantity", "unit_price"))
        return dict(self.order_by().values_list("order").annotate(cents=cents))


class OrderLine(models.Model):
    """A product of an order. Price before tax, VAT rate in percent."""

    order = models.ForeignKey("orders.Order", models.CASCADE, related_name="lines")
    description = models.CharField("produit", max_length=200)
    quantity = models.DecimalField(
        "quantité", max_digits=12, decimal_places=3, validators=[MinValueValidator(Decimal("0.001"))]
    )
    unit = models.CharField("unité", max_length=20, default="kg")
    unit_price = models.DecimalField(
        "prix unitaire HT", max_digits=12, decimal_places=4, validators=[MinValueValidator(Decimal(0))]
    )
    vat_rate = models.DecimalField(
        "taux de TVA (%)",
        max_digits=4,
        decimal_places=2,
        default=Decimal("5.5"),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(30))],
    )

    objects = OrderLineQuerySet.as_manager()

    class Meta:
        verbose_name = "ligne"
        ordering = ["pk"]
        # What is left to bill of many orders is counted without their rows.
        indexes = [models.Index(fields=["order"], include=["quantity", "unit_price"], name="line_amounts")]

    def __str__(self):
        return self.description

    @property
    def total_ht(self) -> Decimal:
        return to_cents(self.quantity * self.unit_price)
