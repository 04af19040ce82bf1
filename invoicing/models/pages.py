"""What an invoice looks like."""

import uuid

from django.db import models
from django.utils import timezone

from invoicing.models.invoice import Invoice


def picture_path(page, filename):
    return f"pages/{timezone.now():%Y/%m}/{uuid.uuid4().hex}.jpg"


class InvoicePage(models.Model):
    """The picture of one page, so that nobody has to open an untrusted PDF to read it."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="pages")
    number = models.PositiveSmallIntegerField("page")
    picture = models.FileField(upload_to=picture_path, max_length=200)

    class Meta:
        verbose_name = "page"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["invoice", "number"], name="page_once_per_invoice")]

    def __str__(self):
        return f"page {self.number}"
