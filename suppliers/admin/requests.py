"""Requests to act for a producer: read, checked by telephone, answered once."""

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from suppliers.decisions import DecisionForm
from suppliers.identifiers import format_siret
from suppliers.lists import DeskAdmin
from suppliers.models import AlreadyDecided, MembershipRequest, Supplier


class PendingFilter(admin.SimpleListFilter):
    """The list opens on what waits for somebody."""

    title = "état"
    parameter_name = "etat"

    def lookups(self, request, model_admin):
        return [*MembershipRequest.Status.choices, ("all", "toutes")]

    def current(self) -> str:
        return self.value() or MembershipRequest.Status.PENDING

    def choices(self, changelist):
        for value, label in self.lookup_choices:
            query = changelist.get_query_string({self.parameter_name: value})
            yield {"selected": value == self.current(), "query_string": query, "display": label}

    def queryset(self, request, queryset):
        return queryset if self.current() == "all" else queryset.filter(status=self.current())


class RequestAdmin(DeskAdmin):
    """Requests to act for somebody: read, then accepted or refused once, after a contact other than e-mail.

    A subclass gives `kind`, `known_as` (what we already know of the SIRET, for agents' eyes only) and may ask more
    in its `decision_form`, shown by `page_template`: what it cleans, but the decision, goes to the model's `accept`.
    """

    kind = MembershipRequest.Kind.SUPPLIER
    decision_form = DecisionForm
    page_template = "suppliers/admin/request.html"
    list_display = ["company_name", "spaced_siret", "person_name", "phone", "user", "created_at", "status"]
    list_filter = [PendingFilter]
    list_select_related = ["user"]
    search_fields = ["company_name", "siret", "person_name", "phone", "user__email"]
    ordering = ["created_at"]
    actions = None

    @admin.display(description="SIRET", ordering="siret")
    def spaced_siret(self, asked):
        return format_siret(asked.siret)

    def get_queryset(self, request):
        return super().get_queryset(request).filter(kind=self.kind)

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def known_as(self, asked: MembershipRequest) -> dict:
        return {"supplier": Supplier.objects.filter(siren=asked.siret[:9]).first()}

    def change_view(self, request, object_id, form_url="", extra_context=None):
        asked = self.get_object(request, unquote(object_id))
        if asked is None:
            raise Http404
        if not self.has_view_permission(request, asked):
            raise PermissionDenied
        may_decide = asked.status == asked.Status.PENDING and self.has_change_permission(request, asked)
        form = self.form_for(request, asked)
        if request.method == "POST":
            if not self.has_change_permission(request, asked):
                raise PermissionDenied
            if form.is_valid():
                self._decide(request, asked, **form.cleaned_data)
                return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        context = {"asked": asked, "form": form, "may_decide": may_decide, "media": form.media, **self.known_as(asked)}
        return self._page(request, self.page_template, str(asked), context)

    def form_for(self, request, asked: MembershipRequest) -> DecisionForm:
        return self.decision_form(request.POST or None)

    def _decide(self, request, asked, *, decision, **answer):
        try:
            if decision == DecisionForm.ACCEPT:
                accepted = asked.accept(by=request.user, **answer)
                self.log_change(request, asked, f"Acceptée\u00a0: {accepted}")
                self.message_user(request, f"{asked.user} peut maintenant agir pour {accepted}.", messages.SUCCESS)
            else:
                asked.refuse(by=request.user, contact_made=answer["contact_made"])
                self.log_change(request, asked, "Refusée")
                self.message_user(request, "La demande est refusée.", messages.SUCCESS)
        except AlreadyDecided:
            told = "Quelqu'un a répondu à cette demande avant vous\u00a0: rien n'a changé. Rouvrez-la pour la lire."
            self.message_user(request, told, messages.WARNING)

    def _page(self, request, template, title, context):
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return TemplateResponse(request, template, {**frame, **context})


@admin.register(MembershipRequest)
class MembershipRequestAdmin(RequestAdmin):
    """Producers only: requests of public buyers are answered where buyers are known."""
