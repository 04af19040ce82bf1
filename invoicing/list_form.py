"""What a list of invoices is narrowed to, for the page and for its export alike."""

from django import forms
from django.db.models import Exists, OuterRef, Q, TextChoices

from invoicing.lifecycle import Status
from invoicing.models import BilledOrder, Invoice
from invoicing.models.querysets import InvoiceQuerySet
from invoicing.typography import french
from orders.forms import DayInput, one_line
from orders.models import Buyer
from suppliers.identifiers import clean_digits
from suppliers.models import Supplier

DAYS_CROSSED = french("Le dernier jour vient avant le premier : échangez-les.")


class Show(TextChoices):
    """The parts of a supplier's list."""

    ALL = "", "Toutes"
    TO_DO = "a-faire", "À faire"
    UNDER_WAY = "en-cours", "En cours"
    PAID = "payees", "Payées"
    WITHDRAWN = "retirees", "Retirées"


class Received(TextChoices):
    """The parts of a buyer's list."""

    ALL = "", "Toutes"
    OFF_ORDER = "hors-commande", "Hors commande"
    UNDER_WAY = "en-cours", "En cours"
    PAID = "payees", "Payées"
    REJECTED = "refusees", "Refusées"


PARTS = {
    Show.TO_DO: InvoiceQuerySet.to_do,
    Show.UNDER_WAY: InvoiceQuerySet.under_way,
    Show.PAID: InvoiceQuerySet.paid,
    Show.WITHDRAWN: lambda invoices: invoices.filter(status=Status.WITHDRAWN),
}
RECEIVED_PARTS = {
    Received.OFF_ORDER: InvoiceQuerySet.awaiting_buyers_word,
    Received.UNDER_WAY: lambda invoices: invoices.exclude(status__in=[Status.PAID, Status.REJECTED]),
    Received.PAID: lambda invoices: invoices.filter(status=Status.PAID),
    Received.REJECTED: lambda invoices: invoices.filter(status=Status.REJECTED),
}


class Narrowing(forms.Form):
    """Words, a state, days, a partner. A field that was mistyped says so and narrows nothing; the others still do."""

    q = forms.CharField(required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"}))
    etat = forms.ChoiceField(label="État", required=False)
    du = forms.DateField(label="Du", required=False, widget=DayInput)
    au = forms.DateField(label="Au", required=False, widget=DayInput)
    avec = forms.ModelChoiceField(None, required=False)

    def __init__(self, asked, invoices: InvoiceQuerySet, *, words: str, states, parts, partner: str, rows):
        super().__init__(asked, label_suffix="")
        self._all, self._parts, self._partner = invoices, parts, partner
        self.fields["q"].label = words
        self.fields["etat"].choices = states.choices
        partners = self.fields["avec"]
        partners.label = rows.model._meta.verbose_name.capitalize()
        partners.queryset = rows.filter(pk__in=invoices.order_by().values(partner)).order_by("name")
        partners.empty_label = "Tous"

    def clean_q(self) -> str:
        return one_line(self.cleaned_data["q"])

    def clean_au(self):
        first, last = self.cleaned_data.get("du"), self.cleaned_data["au"]
        if first and last and last < first:
            raise forms.ValidationError(DAYS_CROSSED)
        return last

    @property
    def narrows(self) -> bool:
        return any(self._asked.values())

    @property
    def narrows_more(self) -> bool:
        """By what is folded away until it serves."""
        return any(self.data.get(name) for name in ("du", "au", "avec"))

    @property
    def _asked(self) -> dict:
        self.is_valid()
        return self.cleaned_data

    def found(self) -> InvoiceQuerySet:
        asked = self._asked
        part = self._parts.get(asked.get("etat"), InvoiceQuerySet.all)
        limits = {"issue_date__gte": "du", "issue_date__lte": "au", self._partner: "avec"}
        narrowed = part(self._all).filter(**{name: asked[field] for name, field in limits.items() if asked.get(field)})
        return search(narrowed, asked.get("q", ""))


def of_supplier(asked, user) -> Narrowing:
    return Narrowing(
        asked, Invoice.objects.for_suppliers_of(user), words="Numéro, commande, acheteur ou SIRET", states=Show,
        parts=PARTS, partner="buyer", rows=Buyer.objects,
    )  # fmt: skip


def of_buyer(asked, user) -> Narrowing:
    return Narrowing(
        asked, Invoice.objects.for_buyers_of(user), words="Numéro, commande, fournisseur ou engagement",
        states=Received, parts=RECEIVED_PARTS, partner="supplier", rows=Supplier.objects,
    )  # fmt: skip


def search(invoices: InvoiceQuerySet, words: str) -> InvoiceQuerySet:
    """Invoices whose number, engagement number, order, partner or SIRET holds these words."""
    if not words:
        return invoices
    found = Q(number__icontains=words) | Q(engagement_number__icontains=words)
    found |= Q(supplier__name__icontains=words) | Q(buyer__name__icontains=words)
    found |= Exists(BilledOrder.objects.filter(invoice=OuterRef("pk"), order__reference__icontains=words))
    siret = clean_digits(words)
    if siret.isdigit() and len(siret) >= 9:
        found |= Q(recipient__siret__startswith=siret) | Q(establishment__siret__startswith=siret)
    return invoices.filter(found)
