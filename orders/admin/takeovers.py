"""« Reprise par une nouvelle entreprise »: stated, shown and undone by agents, on the page of the former company."""

from datetime import date

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html_join

from orders.forms import DayInput
from orders.models import Share, Takeover, TakeoverRefused, why_not
from suppliers.days import date_format
from suppliers.identifiers import clean_digits, is_siren
from suppliers.lists import ReadOnlyAdmin
from suppliers.models import MembershipRequest, Supplier
from suppliers.typography import french
from suppliers.validators import validate_year

NO_SIREN = french("Ce numéro n'est pas un SIREN : il a 9 chiffres, ceux du début du SIRET. Vérifiez-le.")
UNKNOWN = french(
    "Aucun fournisseur n'a ce SIREN : la nouvelle entreprise doit d'abord s'inscrire sur le portail et demander un "
    "accès, puis un agent l'accepte."
)
ASKED = french("Cette entreprise s'est inscrite : acceptez d'abord sa demande de rattachement, après un appel.")
# Orders named of each sort; a farm with more has the rest counted.
SHOWN = 100


class TakeoverForm(forms.Form):
    """Who takes over, and from which day. The successor is known by his number: two farms may bear one name."""

    siren = forms.CharField(
        label="SIREN ou SIRET de la nouvelle entreprise", max_length=30, help_text="Déjà inscrite et validée ici."
    )
    on = forms.DateField(
        label="Reprise le",
        initial=timezone.localdate,
        validators=[validate_year],
        widget=DayInput,
        help_text="Ce qui devait être livré avant ce jour reste à l'ancienne entreprise, qui l'a livré et le facture.",
    )

    def __init__(self, *args, supplier: Supplier, **kwargs):
        super().__init__(*args, **kwargs)
        self.supplier = supplier

    def clean_siren(self) -> Supplier:
        siren = clean_digits(self.cleaned_data["siren"])[:9]
        if not is_siren(siren):
            raise forms.ValidationError(NO_SIREN)
        successor = Supplier.objects.filter(siren=siren).select_related("successor").first()
        if successor is None:
            asked = MembershipRequest.objects.filter(
                siret__startswith=siren, kind=MembershipRequest.Kind.SUPPLIER, status=MembershipRequest.Status.PENDING
            )
            raise forms.ValidationError(ASKED if asked.exists() else UNKNOWN)
        if reason := why_not(self.supplier, successor):
            raise forms.ValidationError(french(reason))
        return successor


@admin.register(Takeover)
class TakeoverAdmin(ReadOnlyAdmin):
    """The journal of takeovers: read. What an agent does stands on a page of its own, beside the supplier."""

    list_display = ["supplier", "successor", "on", "stated_at", "stated_by", "undone_at"]
    list_select_related = ["supplier", "successor", "stated_by"]
    list_filter = [("undone_at", admin.EmptyFieldListFilter), "on"]
    search_fields = ["supplier__name", "supplier__siren", "successor__name", "successor__siren"]
    search_help_text = "Nom ou SIREN de l'ancienne ou de la nouvelle entreprise."
    fields = ["supplier", "successor", "on", "stated_at", "stated_by", "undone_at", "undone_by", "moved_orders"]

    @admin.display(description="commandes passées")
    def moved_orders(self, takeover):
        orders = takeover.orders.order_by("pk")[:SHOWN]
        links = ((reverse("admin:orders_order_change", args=[order.pk]), order) for order in orders)
        return format_html_join(", ", '<a href="{}">{}</a>', links) or "aucune"

    def get_urls(self):
        own = path("fournisseur/<int:pk>/", self.admin_site.admin_view(self.of_supplier), name="orders_takeover_of")
        return [own, *super().get_urls()]

    def of_supplier(self, request: HttpRequest, pk: int):
        """What moves and what stays, before it is decided; then what was decided, and the way back."""
        supplier = get_object_or_404(Supplier.objects.select_related("successor"), pk=pk)
        if not request.user.has_perms(["suppliers.change_supplier", "orders.view_takeover"]):
            raise PermissionDenied
        in_force = supplier.takeovers.in_force().select_related("successor", "stated_by").first()
        if request.method == "POST":
            return self._act(request, supplier, in_force)
        if in_force:
            return self._show(request, supplier, **_as_decided(in_force))
        form = TakeoverForm(request.GET or None, supplier=supplier)
        preview = _as_asked(form) if request.GET and form.is_valid() else {}
        return self._show(request, supplier, form=form, **preview)

    def _act(self, request, supplier: Supplier, in_force: Takeover | None):
        back = redirect("admin:orders_takeover_of", supplier.pk)
        act = ACTS.get(request.POST.get("act", ""))
        if act is None:
            return back
        try:
            told = act(request, supplier, in_force)
        except TakeoverRefused as refused:
            self.message_user(request, str(refused), messages.ERROR)
            return redirect(request.get_full_path())
        self.log_change(request, supplier, told)
        self.message_user(request, told, messages.SUCCESS)
        return back

    def _show(self, request, supplier: Supplier, **context):
        frame = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Reprise de {supplier}",
            "past": supplier.takeovers.exclude(undone_at=None).select_related("successor", "undone_by"),
        }
        return TemplateResponse(request, "orders/admin/takeover.html", {**frame, "supplier": supplier, **context})


def _as_asked(form: TakeoverForm) -> dict:
    successor, on = form.cleaned_data["siren"], form.cleaned_data["on"]
    return {"successor": successor, "on": on, "share": Share.of(form.supplier, on), "lacks": _lacks(successor)}


def _as_decided(takeover: Takeover) -> dict:
    return {
        "takeover": takeover,
        "successor": takeover.successor,
        "on": takeover.on,
        "share": Share.of(takeover.supplier, takeover.on),
        "moved": list(takeover.orders.select_related("buyer").with_billings().order_by("pk")),
        "why_not_undone": takeover.why_not_undone,
        "lacks": _lacks(takeover.successor),
    }


def _lacks(successor: Supplier) -> list[str]:
    """What the new company has still to give itself before its invoices can leave."""
    mandate = [] if successor.is_mandated or successor.deposits_himself else ["mandat de dépôt"]
    return [*successor.missing_from_profile, *mandate]


def _state(request: HttpRequest, supplier: Supplier, in_force: Takeover | None) -> str:
    form = TakeoverForm(request.POST, supplier=supplier)
    if not form.is_valid():
        raise TakeoverRefused(next(iter(form.errors.values()))[0])
    successor, on = form.cleaned_data["siren"], form.cleaned_data["on"]
    Takeover.state(supplier, successor, on=on, by=request.user, seen=request.POST.get("seen", ""))
    return f"{supplier} est repris par {successor} à partir du {_in_words(on)}."


def _move_further(request: HttpRequest, supplier: Supplier, in_force: Takeover | None) -> str:
    takeover = _standing(in_force)
    takeover.move_further(by=request.user, seen=request.POST.get("seen", ""))
    return f"D'autres commandes sont passées à {takeover.successor}."


def _undo(request: HttpRequest, supplier: Supplier, in_force: Takeover | None) -> str:
    takeover = _standing(in_force)
    takeover.undo(by=request.user)
    return f"La reprise par {takeover.successor} est annulée."


ACTS = {"state": _state, "move": _move_further, "undo": _undo}


def _standing(takeover: Takeover | None) -> Takeover:
    if takeover is None:
        raise TakeoverRefused("Cette reprise est déjà annulée : la page dit ce qui vaut maintenant.")
    return takeover


def _in_words(day: date) -> str:
    return date_format(day, "j F Y")
