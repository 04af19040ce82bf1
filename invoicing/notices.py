"""Where a problem is told: once in the summary at the top of a page, once beside what it is about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.forms import BoundField, Form

from invoicing.checks import Problem

# Parts of the page that are no field of the form, yet have problems of their own.
PARTS = frozenset({"vat_lines", "orders", "pdf"})
# What the form calls otherwise than the checks.
FIELDS = {"supplier_siret": "establishment"}


@dataclass(frozen=True)
class Notice:
    """A problem, the id of the element that it stands beside (empty when it is told in the summary alone), and the
    address of the invoice it names (empty when there is none, or not for this reader)."""

    problem: Problem
    anchor: str = ""
    other: str = ""


class NoticedField(BoundField):
    """A field with the problems that stand beside it, read out with it."""

    @property
    def notices(self) -> list[Notice]:
        return self.form.beside.get(self.name, [])

    @property
    def aria_describedby(self):
        told = super().aria_describedby
        return f"{told} {self.auto_id}_problems".strip() if self.notices and told is not None else told


class NoticedForm(Form):
    """A form that shows, beside its fields, what the checks found."""

    bound_field_class = NoticedField

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.summary: list[Notice] = []
        self.beside: dict[str, list[Notice]] = {}

    def notice(self, problems: Iterable[Problem], addresses: Mapping[int | None, str]) -> None:
        """Call it before the page is rendered. `addresses`: of the invoices that the reader may open."""
        for problem in problems:
            place = FIELDS.get(problem.field, problem.field)
            anchor = f"problems-{place}" if place in PARTS else self[place].auto_id if place in self.fields else ""
            notice = Notice(problem, anchor, addresses.get(problem.other, ""))
            self.summary.append(notice)
            if anchor:
                self.beside.setdefault(place, []).append(notice)
