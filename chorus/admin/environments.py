"""In which environment a row stands, in French, wherever staff read or choose it."""

from django.contrib import admin
from django.utils.text import capfirst

from chorus.conf import ENVIRONMENTS


class EnvironmentFilter(admin.SimpleListFilter):
    title = "environnement"
    parameter_name = "environment"

    def lookups(self, request, model_admin):
        return [(value, capfirst(label)) for value, label in ENVIRONMENTS.items()]

    def queryset(self, request, queryset):
        return queryset.filter(environment=self.value()) if self.value() else queryset


class InEnvironment:
    """An admin whose rows have an environment: `in_environment` in place of the column."""

    @admin.display(description="environnement", ordering="environment")
    def in_environment(self, row):
        return ENVIRONMENTS.get(row.environment, row.environment)
