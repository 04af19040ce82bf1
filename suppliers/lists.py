"""Lists of the desk: rows to read, opened on those that need somebody."""

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.paginator import Paginator
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst

from suppliers.typography import french

SHOWN_NAMES = 20
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
    """What is searched: short words, such as « de », are in every other name, and count where there are no others."""
    words = text.split()
    return [word for word in words if len(word) > 2] or words


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


class LongListAdmin(admin.ModelAdmin):
    """A list that may be as long as the portal is old: nothing in it costs more for that."""

    list_per_page = 50
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # Counting every filter would read the whole table.


class ReadOnlyAdmin(LongListAdmin):
    """Rows to read: nothing is added, changed or deleted here, whoever asks."""

    actions = None

    def changelist_view(self, request, extra_context=None):
        if request.method == "POST":
            request.POST = with_keys_only(request.POST)
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **WIDE, **(extra_context or {})})

    def change_view(self, request, object_id, form_url="", extra_context=None):
        title = capfirst(self.opts.verbose_name)
        return super().change_view(request, object_id, form_url, {"title": title, **(extra_context or {})})

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


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
