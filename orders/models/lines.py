"""What an order is made of."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from orders.amounts import to_cents


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

    class Meta:
        verbose_name = "ligne"
        ordering = ["pk"]

    def __str__(self):
        return self.description

    @property
    def total_ht(self) -> Decimal:
        return to_cents(self.quantity * self.unit_price)
