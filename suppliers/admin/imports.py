"""Lists taken in from files: give one in, read what it would do, confirm. The list of them is the journal."""

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import FileExtensionValidator
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from suppliers import scan
from suppliers.admin.journal import Journalled
from suppliers.importing import kinds, runs
from suppliers.importing.reading import Unreadable, read_table
from suppliers.lists import LongListAdmin, ReadOnlyAdmin
from suppliers.models import Import
from suppliers.spreadsheets import Format, download

# Of the refused rows the page shows the first ones; the file to download has them all.
SHOWN = 100
TOO_LARGE = f"Ce fichier dépasse {settings.IMPORT_MAX_BYTES // 1_000_000}\u00a0Mo. Coupez-le en plusieurs fichiers."
WRONG_NAME = "Ce fichier n'est ni un CSV ni un XLSX. Exportez la liste dans l'un de ces formats."


def validate_list(upload) -> None:
    """Small enough, and no virus: before anything opens it."""
    if upload.size > settings.IMPORT_MAX_BYTES:
        raise ValidationError(TOO_LARGE, code="size")
    if problem := scan.problem_of([upload]):
        raise ValidationError(problem, code="virus")


class ImportForm(forms.Form):
    """`table` once the file was read."""

    kind = forms.ChoiceField(label="Liste", widget=forms.RadioSelect)
    file = forms.FileField(
        label="Fichier",
        help_text="CSV ou XLSX, titres sur la première ligne. Rien n'est importé avant votre confirmation.",
        validators=[FileExtensionValidator(["csv", "xlsx"], message=WRONG_NAME), validate_list],
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
        error_messages={"empty": "Ce fichier est vide. Exportez de nouveau la liste."},
    )

    def __init__(self, *args, offered: list[kinds.Kind], **kwargs):
        super().__init__(*args, **kwargs)
        self.offered = offered
        self.fields["kind"].choices = [(kind.name, kind.label) for kind in offered]

    def clean(self):
        cleaned = super().clean()
        if not self.errors:
            self.content = b"".join(cleaned["file"].chunks())
            try:
                self.table = read_table(self.content)
                runs.resource_of(self.chosen, self.table)
            except Unreadable as error:
                self.add_error("file", str(error))
            except ValidationError as error:
                self.add_error("file", error)
        return cleaned

    @property
    def chosen(self) -> kinds.Kind:
        return kinds.KINDS[self.cleaned_data["kind"]]

    def give_in(self, *, by) -> Import:
        return runs.give_in(self.chosen, self.cleaned_data["file"].name, self.content, self.table, by=by)


class KindFilter(admin.SimpleListFilter):
    title = "liste"
    parameter_name = "liste"

    def lookups(self, request, model_admin):
        return [(kind.name, kind.label) for kind in kinds.open_to(request.user)]

    def queryset(self, request, queryset):
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Import)
class ImportAdmin(ReadOnlyAdmin):
    list_display = [
        "created_at",
        "what",
        "name",
        "by",
        "state_now",
        "rows",
        "created",
        "updated",
        "unchanged",
        "refused",
    ]
    list_filter = [KindFilter, "created_at"]
    list_select_related = ["by"]
    search_fields = ["name", "sha256", "by__email"]
    search_help_text = "Nom ou empreinte du fichier, adresse de la personne."
    change_list_template = "suppliers/admin/imports.html"
    change_form_template = "suppliers/admin/import.html"

    @admin.display(description="liste", ordering="kind")
    def what(self, imported):
        return kinds.KINDS[imported.kind].label

    @admin.display(description="état")
    def state_now(self, imported):
        return imported.state

    def get_queryset(self, request):
        """Only the lists this person may import: the reports quote their rows."""
        mine = [kind.name for kind in kinds.open_to(request.user)]
        rows = super().get_queryset(request).filter(kind__in=mine)
        is_list = request.resolver_match and request.resolver_match.url_name.endswith("_changelist")
        return rows.defer("report") if is_list else rows

    def has_add_permission(self, request):
        return self.has_view_permission(request) and bool(kinds.open_to(request.user))

    def get_urls(self):
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/confirmer/", view(require_POST(self.confirm)), name="suppliers_import_confirm"),
            path("<int:pk>/refusees.csv", view(self.refused), name="suppliers_import_refused"),
        ]
        return own + super().get_urls()

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        offered = kinds.open_to(request.user)
        form = ImportForm(
            request.POST or None, request.FILES or None, offered=offered, initial={"kind": request.GET.get("liste")}
        )
        if request.method == "POST" and form.is_valid():
            return redirect("admin:suppliers_import_change", form.give_in(by=request.user).pk)
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "title": "Importer une liste"}
        return TemplateResponse(request, "suppliers/admin/import_form.html", {**frame, "form": form})

    def change_view(self, request, object_id, form_url="", extra_context=None):
        imported = self.get_object(request, object_id)
        context = {"imported": imported, **self._shown(imported)} if imported else {}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def _shown(self, imported: Import) -> dict:
        refused = imported.report.get("refused", [])[:SHOWN]
        first = [(number, reason) for number, reason, _ in refused]
        return {"kind": kinds.KINDS[imported.kind], "first_refused": first, "subtitle": None}

    def _mine(self, request, pk: int) -> Import:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return get_object_or_404(self.get_queryset(request), pk=pk)

    def confirm(self, request, pk):
        imported = self._mine(request, pk)
        if imported.confirm(by=request.user):
            runs.nudge()
            self.message_user(request, "L'import commence. Actualisez cette page pour voir où il en est.")
        else:
            self.message_user(
                request, "Cet import était déjà confirmé, ou son fichier n'est plus gardé.", messages.INFO
            )
        return redirect("admin:suppliers_import_change", pk)

    def refused(self, request, pk):
        report = self._mine(request, pk).report
        if not report.get("refused"):
            raise Http404
        rows = ([number, *cells, reason] for number, reason, cells in report["refused"])
        return download(
            f"lignes-refusees-{pk}", Format.CSV, ["Ligne", *report["titles"], "Motif"], rows, by=request.user, of=Import
        )


class ImportedListAdmin(Journalled, LongListAdmin):
    """A list that may be imported: its page leads there."""

    change_list_template = "suppliers/admin/list.html"
    import_kind = ""

    def changelist_view(self, request, extra_context=None):
        kind = kinds.KINDS[self.import_kind]
        add = f"{reverse('admin:suppliers_import_add')}?liste={kind.name}"
        own = {"import_url": add if request.user.has_perm(kind.right) else ""}
        return super().changelist_view(request, {**own, **(extra_context or {})})


class ExportedListAdmin(ImportedListAdmin):
    """A list of which the whole is a file to keep, with the very columns that its import reads."""

    export_name = ""

    def exported(self) -> models.QuerySet:
        return self.model.objects.all()

    @property
    def export_url_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_export"

    def get_urls(self):
        view = self.admin_site.admin_view(self.export)
        return [path("export.<str:wanted>", view, name=self.export_url_name), *super().get_urls()]

    def export(self, request: HttpRequest, wanted: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if wanted not in Format.values:
            raise Http404
        table = kinds.KINDS[self.import_kind].resource().export(self.exported())
        name = f"{self.export_name}-{timezone.localdate():%Y-%m-%d}"
        return download(name, wanted, table.headers, table, by=request.user, of=self.model)

    def changelist_view(self, request, extra_context=None):
        files = [(kind.label, reverse(f"admin:{self.export_url_name}", args=[kind.value])) for kind in Format]
        return super().changelist_view(request, {"exports": files, **(extra_context or {})})
