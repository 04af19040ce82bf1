"""Lists of the desk: rows to read, opened on those that need somebody."""

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import SEARCH_VAR
from django.http import QueryDict
from django.utils.text import capfirst


def with_keys_only(posted: QueryDict) -> QueryDict:
    """What was posted, less the chosen « rows » whose key cannot be one: Django's own actions stumble over them."""
    cleaned = posted.copy()
    keys = [key for key in posted.getlist(ACTION_CHECKBOX_NAME) if key.isascii() and key.isdecimal() and len(key) < 19]
    cleaned.setlist(ACTION_CHECKBOX_NAME, keys)
    return cleaned


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows to read: nothing is added, changed or deleted here, whoever asks."""

    actions = None
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # Counting every filter would read the whole table.

    def changelist_view(self, request, extra_context=None):
        if request.method == "POST":
            request.POST = with_keys_only(request.POST)
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

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
