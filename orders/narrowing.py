"""What a list is narrowed to, for the page and for its export alike; and its pages."""

from collections.abc import Callable, Mapping

from django import forms
from django.core.paginator import Page, Paginator
from django.db import models
from django.db.models import Q
from django.http import HttpRequest

from orders.forms import DayInput, OneLineField
from orders.models import Buyer
from suppliers.lists import keys
from suppliers.models import Supplier
from suppliers.typography import french

PAGE = 25
DAYS_CROSSED = french("Le dernier jour vient avant le premier : échangez-les.")


def page_of(request: HttpRequest, rows, size: int = PAGE, *, count: int | None = None) -> Page:
    """The page that was asked for; the nearest one where it is none. `count`: of the rows, where it is known."""
    paginator = Paginator(rows, size)
    if count is not None:
        paginator.count = count
    return paginator.get_page(request.GET.get("page"))


def with_partner_named(rows: models.QuerySet, text: str) -> Q:
    """Those of the rows, orders or invoices, whose supplier or buyer has this in his name.

    The few houses are looked up first: the long table is then asked by keys, through its indexes.
    """
    named = Q()
    for side, houses in (("supplier", Supplier), ("buyer", Buyer)):
        partners = houses.objects.filter(pk__in=rows.order_by().values(side), name__icontains=text)
        named |= Q(**{f"{side}__in": keys(partners)})
    return named


class Narrowing(forms.Form):
    """Words, a state, days, a partner. A field that was mistyped says so and narrows nothing; the others still do."""

    q = OneLineField(required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"}))
    etat = forms.ChoiceField(label="État", required=False)
    du = forms.DateField(label="Du", required=False, widget=DayInput)
    au = forms.DateField(label="Au", required=False, widget=DayInput)
    avec = forms.ModelChoiceField(None, required=False)

    def __init__(
        self,
        asked,
        rows: models.QuerySet,
        *,
        words: str,
        states: type[models.TextChoices],
        parts: Mapping[str, Callable[[models.QuerySet], models.QuerySet]],
        partner: str,
        day: str,
        search: Callable[[models.QuerySet, str], models.QuerySet],
    ):
        """`words` says what is searched; `partner` and `day` name a relation and a date of the rows."""
        super().__init__(asked, label_suffix="")
        self._all, self._parts, self._search = rows, parts, search
        self._limits = {f"{day}__gte": "du", f"{day}__lte": "au", partner: "avec"}
        self.fields["q"].label = words
        self.fields["etat"].choices = states.choices
        others = rows.model._meta.get_field(partner).related_model
        partners = self.fields["avec"]
        partners.label = others._meta.verbose_name.capitalize()
        # Their names alone: an IBAN is decrypted as soon as it is read.
        named = others._default_manager.only("name").order_by("name")
        partners.queryset = named.filter(pk__in=rows.order_by().values(partner))
        partners.empty_label = "Tous"

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

    def found(self) -> models.QuerySet:
        asked = self._asked
        limits = {name: asked[field] for name, field in self._limits.items() if asked.get(field)}
        narrowed = self._search(self._all.filter(**limits), asked.get("q", ""))
        part = self._parts.get(asked.get("etat"))
        return part(narrowed) if part else narrowed
