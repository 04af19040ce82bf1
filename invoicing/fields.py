"""Form fields that take what French people type: « 1 234,56 € », « 3/11/2026, 10/11/2026 », a SIRET with spaces."""

import re
from datetime import date, datetime
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError

from invoicing.typography import french
from suppliers.identifiers import clean_digits, clean_iban, format_siret
from suppliers.validators import validate_siret, validate_year

DATE_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d.%m.%Y", "%d-%m-%Y"]
MOST_DATES, LONGEST_NOTE = 62, 60


class DayField(forms.DateField):
    """The browser's own calendar where there is one; day first where there is none."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    default_validators = [validate_year]
    default_error_messages = {"invalid": french("Cette date n'est pas valable. Écrivez-la ainsi : 18/11/2026.")}

    def __init__(self, **kwargs):
        super().__init__(input_formats=DATE_FORMATS, **kwargs)


class DaysField(forms.CharField):
    """Several days in one line; gives ISO texts in order, as the invoice stores them."""

    def prepare_value(self, value):
        if isinstance(value, list):
            return ", ".join(f"{date.fromisoformat(text):%d/%m/%Y}" for text in value)
        return value

    def clean(self, value):
        words = [word for word in re.split(r"[,;\s]+", super().clean(value)) if word and word != "et"]
        if len(words) > MOST_DATES:
            raise ValidationError("Il y a trop de dates pour une facture.")
        return sorted({self._day(word).isoformat() for word in words})

    def _day(self, word: str) -> date:
        for style in DATE_FORMATS:
            try:
                day = datetime.strptime(word, style).date()
            except ValueError:
                continue
            validate_year(day)
            return day
        raise ValidationError(french(f"« {word[:20]} » n'est pas une date. Écrivez-la ainsi : 18/11/2026."))


class NotesField(forms.CharField):
    """Numbers of delivery notes in one line; gives each as it is printed."""

    def __init__(self, **kwargs):
        super().__init__(max_length=1000, **kwargs)

    def prepare_value(self, value):
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value):
        notes = [" ".join(note.split()) for note in re.split(r"[,;\n]+", super().clean(value))]
        if any(len(note) > LONGEST_NOTE for note in notes):
            raise ValidationError("Un numéro de bon de livraison est trop long. Séparez les numéros par une virgule.")
        return list(dict.fromkeys(filter(None, notes)))


class AccountField(forms.CharField):
    """An IBAN as it is printed, right or wrong: whether its key is right, the verdict says."""

    widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"})

    def __init__(self, **kwargs):
        super().__init__(max_length=60, **kwargs)

    def clean(self, value):
        iban = clean_iban(super().clean(value))
        if iban and not re.fullmatch(r"[A-Z]{2}[0-9A-Z]{10,40}", iban):
            raise ValidationError("Un IBAN commence par deux lettres, suivies de chiffres : recopiez-le en entier.")
        return iban

    def prepare_value(self, value):
        return " ".join(re.findall(".{1,4}", clean_iban(value))) if value else value


class EuroField(forms.DecimalField):
    """An amount in euros, with a comma or a dot, spaces of every width and the sign € allowed."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    default_error_messages = {
        "invalid": french("Ce montant n'est pas valable. Écrivez-le ainsi : 1234,56."),
        "max_decimal_places": "Un montant en euros a deux chiffres après la virgule, pas plus.",
        "max_whole_digits": "Ce montant est trop grand.",
        "max_digits": "Ce montant est trop grand.",
    }

    def __init__(self, **kwargs):
        super().__init__(max_digits=13, decimal_places=2, **kwargs)

    def to_python(self, value):
        text = re.sub(r"[\s\u00a0\u202f€]", "", value or "").replace("\u2212", "-")
        if "," in text:
            text = text.replace(".", "").replace(",", ".")
        return super().to_python(text)

    def prepare_value(self, value):
        return f"{value:.2f}".replace(".", ",") if isinstance(value, Decimal) else value


class SuggestingInput(forms.TextInput):
    """Free text, with values that the browser offers: (value, words) pairs, known once the form is."""

    template_name = "components/_suggesting_input.html"
    suggestions: list[tuple[str, str]] = []

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        context["widget"]["suggestions"] = self.suggestions
        return context


class SiretField(forms.CharField):
    """A buyer's SIRET, typed with or without spaces; gives 14 digits or nothing."""

    default_validators = [validate_siret]
    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})

    def __init__(self, **kwargs):
        super().__init__(max_length=40, **kwargs)

    def to_python(self, value):
        return clean_digits(super().to_python(value))

    def prepare_value(self, value):
        return format_siret(value) if isinstance(value, str) else value


def files_of(data) -> list:
    """What a box for several files sent: none, one or a list of them."""
    return list(data) if isinstance(data, list | tuple) else [data] if data else []
