"""What buyers type about an order: its references, its dates, its lines."""

import re
import uuid
from collections.abc import Callable
from datetime import date

from django import forms
from django.db import IntegrityError

from orders.models import PSEUDO_SERVICE, Buyer, Order, OrderChanged, OrderLine
from suppliers.identifiers import one_line
from suppliers.models import Supplier

COMING = re.compile(r"[«\"]?\s*[àa]\s+venir\s*[»\"]?", re.IGNORECASE)
REFERENCE_TAKEN = (
    "Cette référence est déjà celle d'une autre commande. Laissez le champ vide\u00a0: le portail en donnera une."
)
TOO_EARLY = "La livraison ne peut pas précéder la commande\u00a0: corrigez l'une des deux dates."
SERVICE_FORBIDDEN = (
    "Le service «\u00a0FACTURES_PUBLIQUES\u00a0» est réservé aux factures entre administrations. "
    "Choisissez celui de votre restauration ou de votre comptabilité."
)


def key_of(text: str) -> uuid.UUID | None:
    """The key a blank order form carried; None for what is no key."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def usable_code(text: str) -> str:
    """A service code on one line; Chorus Pro keeps one of them for public senders."""
    code = one_line(text)
    if code.upper() == PSEUDO_SERVICE:
        raise forms.ValidationError(SERVICE_FORBIDDEN, code="pseudo-service")
    return code


def not_before(ordered_on: date | None, delivery_on: date | None) -> None:
    """Goods come on the day of their order or later."""
    if ordered_on and delivery_on and delivery_on < ordered_on:
        raise forms.ValidationError(TOO_EARLY, code="too-early")


class OneLineField(forms.CharField):
    def to_python(self, value):
        return one_line(super().to_python(value))


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self):
        super().__init__(format="%Y-%m-%d")


class ReferencesMixin:
    """Engagement number (« à venir » is an answer), service among the recipient's own, contract number."""

    def offer_services(self, buyer: Buyer) -> None:
        current = self.initial.get("service_code") or self.instance.service_code
        if choices := service_choices(buyer, current):
            self.fields["service_code"] = forms.ChoiceField(label="Code service", choices=choices, required=False)

    def clean_engagement_number(self):
        number = one_line(self.cleaned_data["engagement_number"])
        return "" if COMING.fullmatch(number) else number

    def clean_service_code(self):
        return usable_code(self.cleaned_data["service_code"])

    def clean_contract_number(self):
        return one_line(self.cleaned_data["contract_number"])


def service_choices(buyer: Buyer, current: str) -> list[tuple[str, str]]:
    """The recipient's services, and the current code if it is one no more; none when the recipient has none."""
    services = list(buyer.recipient.services.usable()) if buyer.recipient else []
    if not services:
        return []
    choices = [("", "— aucun —"), *((service.code, service_label(service)) for service in services)]
    if current and current.upper() != PSEUDO_SERVICE and current not in dict(choices):
        choices.append((current, f"{current} (n'est plus proposé par Chorus Pro)"))
    return choices


def service_label(service) -> str:
    return f"{service} (exige un numéro d'engagement)" if service.engagement_required else str(service)


REFERENCE_HELP = {
    "engagement_number": "Écrivez «\u00a0à venir\u00a0», ou laissez vide, si vous ne l'avez pas encore.",
    "contract_number": "Facultatif.",
}


class DaysMixin:
    """`ordered_on` stands before `delivery_on` among the fields."""

    def clean_delivery_on(self):
        delivery_on = self.cleaned_data["delivery_on"]
        not_before(self.cleaned_data.get("ordered_on"), delivery_on)
        return delivery_on


class OrderForm(ReferencesMixin, DaysMixin, forms.ModelForm):
    """The head of a new order. `place` stores it with its lines."""

    reference = forms.CharField(
        label="Référence Agrilocal",
        max_length=40,
        required=False,
        help_text="Laissez vide\u00a0: le portail en donnera une.",
        error_messages={"unique": REFERENCE_TAKEN},
    )
    form_key = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Order
        fields = [
            *("engagement_number", "service_code", "contract_number"),
            *("ordered_on", "delivery_on", "delivery_place", "reference"),
        ]
        help_texts = REFERENCE_HELP
        widgets = {"ordered_on": DayInput(), "delivery_on": DayInput()}
        field_classes = {"delivery_place": OneLineField}

    def __init__(self, *args, buyer: Buyer, supplier: Supplier, **kwargs):
        kept = kwargs.pop("initial", None) or {}
        usual = {"service_code": buyer.usual_service, "delivery_place": buyer.usual_delivery_place}
        initial = {**usual, "form_key": uuid.uuid4(), **kept}
        super().__init__(*args, initial=initial, **kwargs)
        self.instance.buyer, self.instance.supplier = buyer, supplier
        self.offer_services(buyer)

    def clean_reference(self):
        return one_line(self.cleaned_data["reference"])

    def place(self, lines: list[OrderLine], *, by) -> Order | None:
        """The new order; None, with an error to show, if its reference was taken a moment ago.

        The same form sent twice at once gives the order that the first one made.
        """
        self.instance.form_key = key_of(self.cleaned_data["form_key"]) or uuid.uuid4()
        try:
            self.instance.place(lines, by=by)
        except IntegrityError:
            made = Order.objects.for_buyers_of(by).filter(form_key=self.instance.form_key).first()
            if made is None:
                self.add_error("reference", REFERENCE_TAKEN)
            return made
        return self.instance


class ChangeForm(forms.ModelForm):
    """What may change of an order at any time. `verb` writes it, with its history."""

    verb: Callable[..., dict[str, tuple[str, str]]]
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["revision"] = self.instance.revision

    @property
    def about(self) -> str:
        return self.instance.reference

    def change(self, *, by) -> dict | None:
        """What changed; None, with an error to show, if somebody changed the order meanwhile."""
        typed = {name: self.cleaned_data[name] for name in self.Meta.fields if name in self.fields}
        order = Order.objects.get(pk=self.instance.pk)
        try:
            return self.verb(order, by=by, seen_revision=self.cleaned_data["revision"] or 0, **typed)
        except OrderChanged as error:
            self.add_error(None, str(error))
        for name, value in typed.items():
            if getattr(order, name) != value:
                self.add_error(name, f"Enregistré entre-temps\u00a0: «\u00a0{getattr(order, name) or 'vide'}\u00a0».")
        # As if the page had shown the order as it is now: sent once more, it is meant.
        self.data = self.data.copy()
        self.data[self.add_prefix("revision")] = order.revision
        return None


class ReferencesForm(ReferencesMixin, ChangeForm):
    """Engagement, service and contract of an order; `only` keeps one of the three."""

    verb = staticmethod(Order.change_references)

    class Meta:
        model = Order
        fields = ["engagement_number", "service_code", "contract_number"]
        help_texts = REFERENCE_HELP

    def __init__(self, *args, only: str = "", **kwargs):
        super().__init__(*args, **kwargs)
        for name in self.Meta.fields:
            if only and name != only:
                del self.fields[name]
        if "service_code" in self.fields:
            self.offer_services(self.instance.buyer)


class DeliveryForm(ChangeForm):
    """Where the goods go."""

    verb = staticmethod(Order.change_delivery)

    class Meta:
        model = Order
        fields = ["delivery_place"]
        field_classes = {"delivery_place": OneLineField}
