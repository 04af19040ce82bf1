"""The part of the confirm form that says what the invoice bills: orders with amounts, or why there is none."""

from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError

from invoicing.fields import EuroField
from invoicing.models import NoOrder
from invoicing.offers import MOST_SOUGHT, groups, offers_for, order_choices, words_sought
from invoicing.typography import french
from orders.models import Buyer, Order

SEVERAL_BUYERS = french("Ces commandes sont de plusieurs acheteurs : faites une facture pour chacun.")
SOUGHT_BY = "Par sa référence, son acheteur ou son numéro d'engagement."
WHICH_CANTEEN = "Choisissez la cantine livrée : elle seule verra {cette_facture}."


class OrderFields(forms.Form):
    """Needs `invoice` before its fields are added."""

    def offer_orders(self):
        """An amount for each order that is billed or likely to be, an empty one is not billed; the others in a list."""
        self.sought = words_sought(self.data.get("sought_order", ""))
        self.offers = offers_for(self.invoice, posted=self.data, sought=self.sought)
        for offer in self.offers.shown:
            self.fields[offer.field] = EuroField(
                label=f"{offer.order.reference}, {offer.order.buyer}", required=False, help_text=offer.told
            )
            self.initial[offer.field] = offer.billed
        if self.offers.is_cut:
            self._let_search()
        if self.offers.listed:
            self._list_others()
        if not self.billed_orders:
            self._ask_why()
            self._ask_canteen()

    def _list_others(self):
        others = order_choices(offer.order for offer in self.offers.listed)
        self.fields["other_order"] = forms.ChoiceField(
            label="Une autre commande", required=False, choices=[("", "— Choisir —"), *others]
        )

    def _let_search(self):
        """One list does not hold them all."""
        is_vain = self.sought and not self.offers.listed
        self.fields["sought_order"] = forms.CharField(
            label="Chercher une autre commande",
            required=False,
            max_length=MOST_SOUGHT,
            widget=forms.TextInput(attrs={"type": "search"}),
            help_text=french(f"Aucune autre commande ne correspond à « {self.sought} ».") if is_vain else SOUGHT_BY,
        )

    @property
    def is_searching(self) -> bool:
        """By the button, or by the Enter key once other words were typed: that only shows other orders."""
        action = self.data.get("action")
        return action == "search" or (action == "enter" and self.sought != self.data.get("sought_before", ""))

    def _ask_why(self):
        self.fields["no_order"] = forms.ChoiceField(
            label=french("Aucune commande ne convient ? Dites pourquoi"),
            choices=NoOrder.choices,
            required=False,
            widget=forms.RadioSelect,
            help_text=self.invoice.tell(
                "« Hors commande », {la_facture} est montré{e} à l'acheteur : il peut y rattacher une commande, et "
                "donner ainsi le numéro d'engagement."
            ),
        )
        self.initial["no_order"] = self.invoice.no_order

    def _ask_canteen(self):
        """Several canteens may receive their invoices under one SIRET."""
        recipient = self.invoice.recipient
        canteens = recipient.buyers.all() if recipient else Buyer.objects.none()
        if len(canteens) > 1:
            self.fields["buyer"] = forms.ModelChoiceField(
                label="Cantine livrée", queryset=canteens, required=False, empty_label="— Choisir —"
            )
            self.initial["buyer"] = self.invoice.buyer_id

    @property
    def order_groups(self):
        """The offered orders with their fields, those under one number together, for the page."""
        return [
            (group.title, [(offer, self[offer.field]) for offer in group.offers]) for group in groups(self.offers.shown)
        ]

    @property
    def billed_orders(self) -> list[Order]:
        return [offer.order for offer in self.offers.shown if offer.billed is not None]

    def clean(self):
        data = super().clean()
        amounts = self.amounts(data)
        if len({order.buyer_id for order in amounts}) > 1:
            self.add_error(None, SEVERAL_BUYERS)
        if self.is_confirming and "buyer" in self.fields and not (amounts or data.get("buyer")):
            self.add_error("buyer", ValidationError(self.invoice.tell(WHICH_CANTEEN)))
        return data

    def amounts(self, data) -> dict[Order, Decimal]:
        """The orders with an amount; without one an order is not billed, unless its button or the list asked for it."""
        added = {self.data.get("action"), f"add-{data.get('other_order')}"}
        amounts = {
            offer.order: data.get(offer.field) or (offer.addition if offer.action in added else None)
            for offer in self.offers.all
        }
        return {order: amount for order, amount in amounts.items() if amount}
