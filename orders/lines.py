"""The lines of an order as a form: rows left empty are ignored, emptying a row removes its line."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation

from django import forms

from orders.models import Order, OrderLine, Reception

EMPTY_ROWS, MAX_ROWS = 3, 100
UNITS = ("kg", "pièce", "litre", "botte", "barquette", "carton", "colis")
# In percent; food is at 5.5, alcohol and some services at 20.
RATES = ("5.5", "10", "20", "2.1", "0")


def french_number(value: Decimal, places: int = 0) -> str:
    """« 12,5 », with at least this many decimals and no useless zero."""
    whole, _, decimals = f"{value.normalize():f}".partition(".")
    decimals = decimals.ljust(places, "0")
    return f"{whole},{decimals}" if decimals else whole


def in_units(quantity: Decimal, unit: str) -> str:
    """« 12,5 colis », « 3 bottes »: units of one plain word take their plural."""
    countable = unit.isalpha() and len(unit) > 2 and unit[-1] not in "sxz"
    return f"{french_number(quantity)}\u00a0{unit}{'s' if countable and quantity >= 2 else ''}"


def quantity_of(line: OrderLine | Reception) -> str:
    return in_units(line.quantity, line.unit)


class AmountField(forms.DecimalField):
    """« 1 234,50 » as well as « 1234.5 »: comma or point, and spaces of any width."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    default_error_messages = {
        "invalid": "Ce nombre n'est pas valable. Écrivez-le ainsi\u00a0: 12,5.",
        "max_decimal_places": "Ce nombre a trop de chiffres après la virgule (%(max)s au plus).",
        "max_whole_digits": "Ce nombre est trop grand.",
        "max_digits": "Ce nombre est trop grand.",
    }

    def __init__(self, *, shown_places: int = 0, **kwargs):
        self.shown_places = shown_places
        super().__init__(**kwargs)

    def to_python(self, value):
        if isinstance(value, str):
            value = "".join(value.split()).removesuffix("€")
            value = value.replace(".", "").replace(",", ".") if "," in value else value
        return super().to_python(value)

    def prepare_value(self, value):
        return french_number(value, self.shown_places) if isinstance(value, Decimal) else value


def _rate(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None


class RateField(forms.TypedChoiceField):
    """A rate in percent, among the French ones."""

    def __init__(self, **kwargs):
        super().__init__(choices=[], coerce=_rate, empty_value=None, **kwargs)
        self.offer(RATES)

    def prepare_value(self, value):
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value

    def offer(self, rates: Iterable[str]) -> None:
        self.choices = [(rate, f"{rate.replace('.', ',')}\u00a0%") for rate in rates]


class LineForm(forms.ModelForm):
    """One row. `line` is the primary key of the line it shows, if any."""

    TYPED = ("description", "quantity", "unit_price")

    line = forms.IntegerField(widget=forms.HiddenInput, required=False)
    description = forms.CharField(label="Produit", max_length=200, required=False)
    quantity = AmountField(label="Quantité", required=False, max_digits=12, decimal_places=3)
    unit = forms.CharField(
        label="Unité", max_length=20, initial="kg", required=False, widget=forms.TextInput(attrs={"list": "unites"})
    )
    unit_price = AmountField(
        label="Prix unitaire HT (€)", shown_places=2, required=False, max_digits=12, decimal_places=4
    )
    vat_rate = RateField(label="TVA", initial=Decimal("5.5"), required=False)

    class Meta:
        model = OrderLine
        fields = ["description", "quantity", "unit", "unit_price", "vat_rate"]

    def __init__(self, *args, further_rates: Iterable[str] = (), **kwargs):
        super().__init__(*args, **kwargs)
        # A line that came from elsewhere may have a rate we do not offer: it keeps it.
        self.fields["vat_rate"].offer(dict.fromkeys((*RATES, *further_rates)))

    @property
    def is_blank(self) -> bool:
        return not any(self.data.get(self.add_prefix(name), "").strip() for name in self.TYPED)

    def clean(self):
        if self.is_blank:
            return
        for name in self.Meta.fields:
            if self.cleaned_data.get(name, "") in (None, "") and name not in self.errors:
                self.add_error(name, "Ce champ est obligatoire.")

    def _post_clean(self):
        """A row left empty is no line: nothing to check."""
        if not self.is_blank:
            super()._post_clean()


class BaseLineFormSet(forms.BaseFormSet):
    units = UNITS
    default_error_messages = {
        **forms.BaseFormSet.default_error_messages,
        "too_many_forms": "Une commande compte au plus %(num)d lignes.",
    }

    def add_fields(self, form, index):
        super().add_fields(form, index)
        for name in LineForm.Meta.fields:
            form.fields[name].widget.attrs["aria-label"] = f"{form.fields[name].label}, ligne {(index or 0) + 1}"

    def clean(self):
        if not any(self.errors) and not self.filled():
            raise forms.ValidationError("Une commande compte au moins une ligne.", code="no-line")

    def filled(self) -> list[LineForm]:
        return [form for form in self.forms if not form.is_blank]

    def lines(self, order: Order | None = None) -> list[OrderLine]:
        """The lines typed; those of the order keep their primary key. Only of a valid form set."""
        own = {line.pk for line in order.lines.all()} if order else set()
        lines = []
        for form in self.filled():
            line = form.instance
            if form.cleaned_data.get("line") in own:
                line.pk = form.cleaned_data["line"]
                own.discard(line.pk)
            lines.append(line)
        return lines


LineFormSet = forms.formset_factory(
    LineForm, formset=BaseLineFormSet, extra=EMPTY_ROWS, max_num=MAX_ROWS, absolute_max=MAX_ROWS + 20, validate_max=True
)


def rows_of(order: Order) -> list[dict]:
    """The order's lines as first values of a form set."""
    return [{"line": line.pk, **forms.model_to_dict(line, LineForm.Meta.fields)} for line in order.lines.all()]


def rates_of(order: Order) -> list[str]:
    return [f"{line.vat_rate.normalize():f}" for line in order.lines.all()]


def typed_rows(data: Mapping[str, str], prefix: str = "form") -> list[dict]:
    """What was typed, row by row and unjudged, so that a form may grow without losing anything."""
    given = data.get(f"{prefix}-TOTAL_FORMS", "")
    total = min(int(given), MAX_ROWS) if given.isdecimal() and len(given) < 6 else 0
    names = ("line", *LineForm.Meta.fields)
    rows = [{name: data.get(f"{prefix}-{n}-{name}", "") for name in names} for n in range(total)]
    return [row for row in rows if any(row[name].strip() for name in ("line", *LineForm.TYPED))]
