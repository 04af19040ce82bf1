"""What people are told because a day came: the day of payment is past, the year's invoices are wanted soon."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from django.conf import settings
from django.db.models import CharField, Exists, F, OuterRef, Q
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst

from invoicing import desk_mails
from invoicing.mails import told_to_suppliers
from invoicing.models import Invoice
from orders.mails import tell_receptions
from orders.models import Order
from suppliers.days import date_format
from suppliers.mails import MEMBERS
from suppliers.models import Mail, Member, Supplier
from suppliers.models.mail import Told, kind


def tell() -> None:
    """By day only. Run again, what is told is told."""
    if timezone.localtime().hour >= settings.MAIL_HOUR:
        tell_receptions()
        tell_overdue()
        tell_year_end()
        desk_mails.tell()


# --- « Avez-vous été payé ? » ---


def still_overdue(invoices: Collection[int]) -> set[Told]:
    rows = told_to_suppliers(Invoice.objects.overdue().filter(pk__in=invoices), "pay_by")
    return {(invoice, user, pay_by.isoformat()) for invoice, user, pay_by in rows}


OVERDUE = kind("overdue", "délai de paiement dépassé", MEMBERS, "the day of payment is past", still=still_overdue)


def tell_overdue() -> None:
    told = Mail.objects.filter(
        kind=OVERDUE.name, about=OuterRef("pk"), occasion=Cast(OuterRef("pay_by"), CharField(max_length=10))
    )
    late = Invoice.objects.overdue().filter(~Exists(told)).select_related("supplier")
    for invoice in late.defer("reading", "verdict").iterator(chunk_size=100):
        Mail.objects.tell(
            OVERDUE,
            invoice.supplier.people(),
            about=invoice.pk,
            occasion=invoice.pay_by.isoformat(),
            subject=f"{capfirst(str(invoice))} : avez-vous été payé ?",
            happened=f"Le délai de paiement de la {invoice} s'est achevé le {date_format(invoice.pay_by, 'j F Y')}.",
            to_do="Dites si l'argent est arrivé ; sinon, le portal vous donne une relance prête à envoyer.",
            action="Répondre",
            path=reverse("invoicing:detail", args=[invoice.pk]),
        )


# --- « Facturez vos livraisons avant le … » ---


def to_bill_by(today: date, **suppliers) -> dict[tuple[int, date], set[str]]:
    """(supplier, last day) -> the buyers who take this year's invoices until then, and have orders left to bill."""
    if (today.month, today.day) < settings.YEAR_END_FROM:
        return {}
    this_year = Order.objects.filter(
        Q(delivery_on=None) | Q(delivery_on__lte=F("buyer__invoice_deadline")),
        buyer__invoice_deadline__range=(today, date(today.year, 12, 31)),
        ordered_on__year=today.year,
        **suppliers,
    )
    left = [order for order, remaining in this_year.remaining_cents().items() if remaining > 0]
    buyers = defaultdict(set)
    orders = this_year.filter(pk__in=left).order_by()
    for supplier, day, name in orders.values_list("supplier", "buyer__invoice_deadline", "buyer__name"):
        buyers[supplier, day].add(name)
    return buyers


def still_to_bill(suppliers: Collection[int]) -> set[Told]:
    days = defaultdict(set)
    for supplier, day in to_bill_by(timezone.localdate(), supplier__in=suppliers):
        days[supplier].add(day)
    members = Member.objects.filter(supplier__in=suppliers).values_list("supplier", "user")
    return {(supplier, user, day.isoformat()) for supplier, user in members for day in days[supplier]}


YEAR_END = kind(
    "year_end", "livraisons à facturer avant la fin de l'année", MEMBERS,
    "`YEAR_END_FROM` has come and a buyer's last day has not: once for each last day", still=still_to_bill,
)  # fmt: skip


def tell_year_end() -> None:
    wanted = to_bill_by(timezone.localdate())
    suppliers = Supplier.objects.in_bulk({supplier for supplier, _ in wanted})
    for (supplier, day), buyers in wanted.items():
        before = date_format(day, "j F Y")
        Mail.objects.tell(
            YEAR_END,
            suppliers[supplier].people(),
            about=supplier,
            occasion=day.isoformat(),
            subject=f"Facturez vos livraisons avant le {before}",
            happened=f"Après le {before}, ces acheteurs ne prennent plus de factures de l'année : "
            f"{', '.join(sorted(buyers))}.",
            to_do="Il vous reste des commandes à leur facturer.",
            action="Voir les commandes à facturer",
            path=reverse("orders:to_bill"),
        )
