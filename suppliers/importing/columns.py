"""The columns of a list: one field each, judged by a form field and named by a title."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from import_export.fields import Field
from import_export.widgets import Widget

from suppliers.identifiers import clean_digits, one_line
from suppliers.spreadsheets import FORMULA_SIGNS
from suppliers.typography import french
from suppliers.validators import validate_siret, validate_year

EMPTY = french("Cette case est vide : remplissez-la.")
DATES = ["%d/%m/%Y", "%Y-%m-%d", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S"]
# « 2,00000008E+13 »: what Excel writes of a number of more than eleven digits in a narrow column.
SCIENTIFIC = re.compile(r"[0-9]([.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)


class Judged(Widget):
    """A cell as a form field judges it. Exports give the value: `spreadsheets` writes it as its kind."""

    def __init__(self, field: forms.Field):
        super().__init__()
        self.field = field

    def clean(self, value, row=None, **kwargs):
        return self.field.clean(_unescaped(value))

    def render(self, value, obj=None, **kwargs):
        return value if isinstance(value, date) else "" if value is None else str(value)


def column(title: str, field: forms.Field, attribute: str | None = None) -> Field:
    """`attribute`: where an export finds the value."""
    field.error_messages["required"] = EMPTY
    return Field(column_name=title, attribute=attribute, widget=Judged(field))


def text(most: int, *, required: bool = False, **kwargs) -> forms.Field:
    return LineField(max_length=most, required=required, **kwargs)


def day(*, required: bool = False, validator=validate_year) -> forms.Field:
    wrong = french("Cette date n'est pas valable. Écrivez-la ainsi : 03/11/2026.")
    return forms.DateField(
        input_formats=DATES, required=required, error_messages={"invalid": wrong}, validators=[validator]
    )


class LineField(forms.CharField):
    """A text on one line."""

    def __init__(self, *, max_length: int, **kwargs):
        super().__init__(**kwargs)
        self.longest = max_length

    def to_python(self, value):
        return one_line(super().to_python(value))

    def validate(self, value):
        super().validate(value)
        if len(value) > self.longest:
            raise ValidationError(french(f"Ce texte dépasse {self.longest} caractères : raccourcissez-le."))


class SiretCell(forms.CharField):
    """14 digits out of a cell. `restores_zeros`: where only a SIRET we know will do, the zeros that Excel took off its
    start may be put back; where it makes something new, a digit may as well have been forgotten."""

    default_validators = [validate_siret]

    def __init__(self, *, restores_zeros: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.restores_zeros = restores_zeros

    def to_python(self, value):
        written = super().to_python(value)
        if SCIENTIFIC.fullmatch(written.replace(" ", "")):
            raise ValidationError(
                french(
                    f"Excel a abîmé ce SIRET, qui se lit « {written} ». Mettez la colonne au format Texte dans le "
                    "fichier d'origine, puis exportez-le de nouveau."
                )
            )
        digits = clean_digits(written)
        if digits.isdecimal() and 12 <= len(digits) < 14:
            return self._with_zeros(digits)
        return digits

    def _with_zeros(self, digits: str) -> str:
        if self.restores_zeros:
            return digits.zfill(14)
        raise ValidationError(
            french(
                f"Ce SIRET compte {len(digits)} chiffres au lieu de 14. S'il commence par un zéro, mettez la colonne "
                "au format Texte ; sinon, complétez-le."
            )
        )


def alike(words: str) -> str:
    """The same for « Référence  Agrilocal » and « REFERENCE AGRILOCAL »."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", words) if not unicodedata.combining(sign))
    return " ".join(plain.replace("’", "'").casefold().split())


def places(titles: tuple[str, ...], wanted: Mapping[str, str], required: set[str]) -> dict[str, int]:
    """Name of a field -> place of its column. Raises ValidationError with what lacks or stands twice."""
    found = [alike(title) for title in titles]
    twice = [title for title in wanted.values() if found.count(alike(title)) > 1]
    missing = [title for name, title in wanted.items() if name in required and alike(title) not in found]
    if twice:
        raise ValidationError(french(f"Le fichier a deux colonnes {_quoted(twice)}. N'en gardez qu'une."))
    if missing:
        raise ValidationError(
            french(f"Le fichier n'a pas de colonne {_quoted(missing)}. Ajoutez-la, ou corrigez son titre.")
        )
    return {name: found.index(alike(title)) for name, title in wanted.items() if alike(title) in found}


def _quoted(titles: list[str]) -> str:
    return ", ".join(f"« {title} »" for title in titles)


def _unescaped(cell: str) -> str:
    """Our own exports put a quote before what a spreadsheet would take for a formula."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA_SIGNS) else cell
