"""What was kept as long as the law asks, and what the archives allowed to be destroyed.

Public archives are destroyed by the visa of a list (`lists`), and nothing but what stands on it goes (`destroy`). What
never was one (drafts, uploads, texts of mails, calls) goes by itself each day: see the entries of beat.
"""

from collections.abc import Iterator
from datetime import date

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, ExtractYear, Greatest

from chorus.models import Submission
from invoicing.lifecycle import Status
from invoicing.models import BilledOrder, Invoice
from orders.models import Order


def last_year(today: date) -> int:
    """The youngest year that is over for long enough, counted from its 31 December."""
    return today.year - settings.INVOICES_KEPT_YEARS - 1


def invoices(today: date) -> QuerySet[Invoice]:
    """Confirmed ones to which nothing happened since, and of which nothing is to be sent. Drafts go by themselves."""
    year = last_year(today)
    old = Invoice.objects.exclude(status=Status.DRAFT).filter(created_at__year__lte=year, status_at__year__lte=year)
    old = old.filter(Q(issue_year=None) | Q(issue_year__lte=year)).exclude(events__occurred_at__year__gt=year)
    return old.exclude(submissions__status__in=Submission.OPEN)


def orders(today: date) -> QuerySet[Order]:
    """Those of which no invoice has to stay."""
    at = Greatest(ExtractYear("created_at"), *(Coalesce(ExtractYear(day), 0) for day in ("ordered_on", "delivery_on")))
    kept = BilledOrder.objects.filter(order=OuterRef("pk")).exclude(invoice__in=invoices(today).values("pk"))
    return Order.objects.annotate(last_year=at).filter(~Exists(kept), last_year__lte=last_year(today))


def due(today: date) -> Iterator[Invoice | Order]:
    yield from invoices(today).select_related("supplier").order_by("pk").iterator(chunk_size=500)
    yield from orders(today).select_related("supplier").order_by("pk").iterator(chunk_size=500)
