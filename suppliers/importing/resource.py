"""django-import-export's loop over a list in which each thing is planned first, then carried out by a model's verbs.

A preview is the same loop by nobody: planning writes nothing. It is no dry run of the library, which would hold one
transaction open over the whole file.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.core.exceptions import ValidationError
from django.db.models import Model
from import_export.instance_loaders import BaseInstanceLoader
from import_export.resources import Resource
from tablib import Dataset

from suppliers.importing.columns import alike, places
from suppliers.importing.reading import Row, Table
from suppliers.models import User
from suppliers.typography import french

AT_A_TIME = 1000


class Refusal(ValidationError):
    """Why a thing is not imported: `reasons` by the number of each row it stands on, in French."""

    def __init__(self, rows: Iterable[Row], reason: str, *, faulty: Mapping[int, str] | None = None):
        told = french(reason)
        self.reasons = {row.number: told for row in rows} | dict(faulty or {})
        super().__init__(list(self.reasons.values()))


@dataclass
class Plan:
    """What the rows of one thing ask for. Without changes nothing is done. `kept`: what the portal keeps against them.

    `carry_out` does it, by a person, with the models' own verbs; it may raise Refusal.
    """

    name: str
    is_new: bool = False
    changes: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    carry_out: Callable[[User], None] = lambda by: None


class PlannedResource(Resource):
    """Subclasses declare their columns one by one and say in `planned` what the rows of one thing ask for."""

    planned: Callable[[list[Row]], Plan]
    required: frozenset[str] = frozenset()

    class Meta:
        use_transactions = False
        skip_diff = True
        report_skipped = True
        import_id_fields: list[str] = []
        instance_loader_class = BaseInstanceLoader

    def __init__(self, table: Table | None = None, *, titles: Mapping[str, str] | None = None):
        """`titles`: those of the file where they are not the usual ones. Raises ValidationError when one lacks."""
        super().__init__()
        self.titles = {name: column.column_name for name, column in self.fields.items()} | dict(titles or {})
        if table:
            self.width = len(table.titles)
            self.places = places(table.titles, self.titles, self.required)

    # --- For subclasses ---

    def groups(self, rows: Iterable[Row]) -> list[list[Row]]:
        """The rows of each thing."""
        return [[row] for row in rows]

    def learn(self, rows: list[Row]) -> None:
        """Look up at once what the whole file speaks of."""

    def together(self, rows: Iterable[Row], *names: str) -> list[list[Row]]:
        """Rows that say the same in these columns."""
        same: dict[tuple, list[Row]] = {}
        for row in rows:
            same.setdefault(tuple(alike(self.cell(row, name)).replace(" ", "") for name in names), []).append(row)
        return list(same.values())

    def cell(self, row: Row, name: str) -> str:
        return row.cells[self.places[name]] if name in self.places else ""

    def values_of(self, row: Row) -> dict:
        """The cells as values. Raises Refusal with all that is wrong in this row."""
        if any(cell.strip() for cell in row.cells[self.width :]):
            raise Refusal([row], "Cette ligne a plus de cases que le fichier n'a de titres. Vérifiez ses séparateurs.")
        cells = {column.column_name: self.cell(row, name) for name, column in self.fields.items()}
        values, wrong = {}, []
        for name, column in self.fields.items():
            try:
                values[name] = column.clean(cells)
            except ValidationError as error:
                wrong.append(f"Colonne « {self.titles[name]} » : {' '.join(dict.fromkeys(error.messages))}")
        if wrong:
            raise Refusal([row], " ".join(wrong))
        return values

    # --- For django-import-export ---

    def dataset(self, table: Table) -> Dataset:
        """One row for each thing."""
        self.learn(list(table.rows))
        return Dataset(*([rows] for rows in self.groups(table.rows)), headers=["rows"])

    def before_import_row(self, row, **kwargs):
        self.plan = None
        self.plan = self.planned(row["rows"])

    def get_or_init_instance(self, instance_loader, row):
        return self.plan, self.plan.is_new

    def import_instance(self, instance, row, **kwargs):
        """The cells were read when the thing was planned."""

    def skip_row(self, instance, original, row, import_validation_errors=None):
        return not self.plan.changes

    def save_instance(self, instance, is_create, row, **kwargs):
        if kwargs["by"]:
            self.plan.carry_out(kwargs["by"])

    def after_import_row(self, row, row_result, **kwargs):
        row_result.plan = self.plan


def portions(values: Iterable[str]) -> Iterator[list[str]]:
    """No database takes a question of any length."""
    values = sorted({value for value in values if value})
    return (values[start : start + AT_A_TIME] for start in range(0, len(values), AT_A_TIME))


# --- What the plans of plain lists share ---


def twice(rows: list[Row], thing: str) -> None:
    """Raises Refusal when several rows speak of one thing: none of them is the right one by itself."""
    if len(rows) > 1:
        numbers = ", ".join(str(row.number) for row in rows)
        raise Refusal(rows, f"Les lignes {numbers} donnent le même {thing}. N'en gardez qu'une.")


def differing(row: Model, said: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Where the file says something else than the portal; silence says nothing."""
    return {name: said[name] for name in names if said[name] and said[name] != getattr(row, name)}


def told(row: Model, values: Mapping[str, str], *, kept: bool = False) -> list[str]:
    """« commune : Bourges → Vierzon », or what stays against the file."""
    form = "{label} : {here} (le fichier dit {said})" if kept else "{label} : {here} → {said}"
    return [
        french(form.format(label=row._meta.get_field(name).verbose_name, here=getattr(row, name) or "—", said=said))
        for name, said in values.items()
        if not kept or getattr(row, name)
    ]


def log(by: User, row: Model, *, is_new: bool) -> None:
    """In the history that the desk shows of this row."""
    LogEntry.objects.log_actions(by.pk, [row], ADDITION if is_new else CHANGE, "Import", single_object=True)
