"""What stands below a page of the admin to be read."""

from django.contrib import admin

from suppliers.admin import ReadOnlyInline


class ReadInline(ReadOnlyInline):
    """Rows somebody else writes, with the person who did."""

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("by")


class HistoryInline(ReadInline):
    """Changes of one row: each knows the label of its field."""

    fields = readonly_fields = ["at", "by", "what", "old", "new"]
    verbose_name_plural = "historique"

    @admin.display(description="donnée")
    def what(self, change):
        return change.get_field_label()
