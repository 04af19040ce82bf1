"""Lists of the desk: rows to read, opened on those that need somebody."""

import re
from collections.abc import Sequence

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import CharField, Model, Q, TextField
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.text import capfirst

from suppliers.identifiers import clean_digits
from suppliers.typography import french

SHOWN_NAMES = 20
# What stands in quotes, or between spaces: an apostrophe quotes nothing in French.
WORD = re.compile(r'"([^"]+)"|([^\s"]+)')
# More keys than that are no shorter way to a long table than the question that gives them.
FEW_KEYS = 10_000
# Agents work here all day: the room of the side menu goes to the rows.
WIDE = {"is_nav_sidebar_enabled": False}


def shortened(names: list[str]) -> str:
    """The first of many names, and how many more there are."""
    more = len(names) - SHOWN_NAMES
    return ", ".join(names[:SHOWN_NAMES]) + (f" et {more} autres" if more > 0 else "")


def skipped(title: str, left: list[tuple[str, str]]):
    """What an act on several rows could not do: each row by its name, with why."""
    return format_html("{}{}", french(title), format_html_join("", "<br>{}\u00a0: {}", left))


def with_keys_only(posted: QueryDict) -> QueryDict:
    """What was posted, less the chosen « rows » whose key cannot be one: Django's own actions stumble over them."""
    cleaned = posted.copy()
    keys = [key for key in posted.getlist(ACTION_CHECKBOX_NAME) if key.isascii() and key.isdecimal() and len(key) < 19]
    cleaned.setlist(ACTION_CHECKBOX_NAME, keys)
    return cleaned


def keys(rows) -> list[int]:
    """Of a few rows: read first, so that a long table is asked through its indexes."""
    return list(rows.values_list("pk", flat=True))


def words_of(text: str) -> list[str]:
    """What is searched: short words, such as « de », are in every other name, and count where there are no others.

    A SIREN or SIRET is searched whole, with or without the spaces people put in it; so is what stands in quotes.
    """
    digits = clean_digits(text)
    if digits.isdecimal() and len(digits) in (9, 14):
        return [digits]
    words = [quoted or word for quoted, word in WORD.findall(text)]
    return [word for word in words if len(word) > 2] or words


def holding(model: type[Model], columns: Sequence[str], word: str) -> Q:
    """Rows of `model` with this word in one of these columns, its own or, as in `supplier__name`, of others.

    The others are looked up first, each table by itself: no index serves a condition on several. A column that holds
    no text is compared as a whole.
    """
    found = Q()
    for own in [name for name in columns if "__" not in name]:
        found |= _in_column(model, own, word)
    for relation, theirs in _by_relation(columns).items():
        field = model._meta.get_field(relation)
        others = field.related_model._base_manager.filter(holding(field.related_model, theirs, word))
        if field.one_to_many:
            found |= Q(pk__in=_few(others, field.remote_field.name))
        else:
            found |= Q((f"{relation}__in", _few(others, "pk")))
    return found


def _in_column(model: type[Model], name: str, word: str) -> Q:
    field = model._meta.get_field(name)
    if isinstance(field, CharField | TextField):
        return Q((f"{name}__icontains", word))
    try:
        return Q((name, field.to_python(word)))
    except ValidationError:
        return Q(pk__in=[])


def _by_relation(columns: Sequence[str]) -> dict[str, list[str]]:
    """{"invoice": ["number", "supplier__name"]}"""
    split = [name.split("__", 1) for name in columns if "__" in name]
    return {relation: [rest for other, rest in split if other == relation] for relation, _ in split}


def _few(rows, column: str):
    """For `…__in`: what these rows hold there, where they are few; else the question."""
    values = rows.order_by().values_list(column, flat=True)
    found = list(values[: FEW_KEYS + 1])
    return found if len(found) <= FEW_KEYS else values


class More(int):
    """A count that stopped there; people read so."""

    def __str__(self):
        return french(f"plus de {int(self):,}".replace(",", "\u202f"))


class CappedPaginator(Paginator):
    """Counts no further than anybody turns pages: who looks for an older row narrows the list."""

    MOST = 10_000

    @cached_property
    def count(self):
        count = self.object_list.order_by().values("pk")[: self.MOST + 1].count()
        return More(self.MOST) if count > self.MOST else count

    def page(self, number):
        """Of a later page the keys are read first: what a row shows is not asked of all the rows before."""
        page = super().page(number)
        if page.has_previous():
            page.object_list = self.object_list.filter(pk__in=keys(page.object_list))
        return page


class DeskAdmin(admin.ModelAdmin):
    """Pages under the name of what they show: Django's own titles read « Ajout de acheteur »."""

    def changelist_view(self, request, extra_context=None):
        if request.method == "POST":
            request.POST = with_keys_only(request.POST)
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def get_search_results(self, request, queryset, search_term):
        """PostgreSQL takes no NUL, and fields that complete what is typed are judged by no form."""
        return super().get_search_results(request, queryset, search_term.replace("\0", " "))

    def add_view(self, request, form_url="", extra_context=None):
        title = french(f"Ajouter : {self.opts.verbose_name}")
        return super().add_view(request, form_url, {"title": title, **(extra_context or {})})


class LongListAdmin(DeskAdmin):
    """A list that may be as long as the portal is old: nothing in it costs more for that."""

    list_per_page = 50
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # Counting every filter would read the whole table.

    def get_search_results(self, request, queryset, search_term):
        """Rows that hold every word, wherever in `search_fields`."""
        for word in words_of(search_term.replace("\0", " ")):
            queryset = queryset.filter(holding(self.model, self.get_search_fields(request), word))
        return queryset, False


class ReadOnlyAdmin(LongListAdmin):
    """Rows to read: nothing is added, changed or deleted here, whoever asks."""

    actions = None

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {**WIDE, **(extra_context or {})})

    def change_view(self, request, object_id, form_url="", extra_context=None):
        title = capfirst(self.opts.verbose_name)
        return super().change_view(request, object_id, form_url, {"title": title, **(extra_context or {})})

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class ChosenAsSeen(admin.ModelAdmin):
    """A list whose boxes carry the `seen` column that was on the screen: a decision counts only on what was seen."""

    seen = ""

    @admin.display(description=mark_safe('<input type="checkbox" id="action-toggle" aria-label="Tout choisir">'))
    def action_checkbox(self, row):
        # Django's own box is a template of its own for each row.
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="Choisir {}">'
            '<input type="hidden" name="seen-{}" value="{}">',
            *(ACTION_CHECKBOX_NAME, str(row.pk), row, str(row.pk), str(getattr(row, self.seen))),
        )


class OpeningFilter(admin.SimpleListFilter):
    """A list opens on the rows that need somebody; a search looks at all of them."""

    parameter_name = "etat"
    everything = "toutes"
    opening = ""

    def current(self) -> str:
        return self.value() or (self.everything if self.request.GET.get(SEARCH_VAR) else self.opening)

    def choices(self, changelist):
        for value, label in self.lookup_choices:
            yield {
                "selected": value == self.current(),
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": label,
            }

    def queryset(self, request, queryset):
        return queryset if self.current() == self.everything else self.only(queryset, self.current())

    def only(self, queryset, value):
        return queryset.filter(status=value)
