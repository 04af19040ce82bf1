"""What the supplier drops, reads over, and answers. Forms judge what was typed; the checks judge the invoice."""

from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError

from invoicing import billing, proposals
from invoicing.drafting import Checked
from invoicing.fields import DayField, DaysField, EuroField, SiretField
from invoicing.intake import Claim
from invoicing.models import NUMBER_MAX, Invoice, Kind
from invoicing.review import without_ibans
from invoicing.typography import euros, french
from orders.models import ENGAGEMENT_MAX, SERVICE_MAX, Order
from suppliers.models import Establishment, Supplier

ORDER_PREFIX = "order-"
NO_PDF = french("Choisissez la facture en PDF : sans elle, rien ne peut partir.")


class PdfField(forms.FileField):
    """One PDF. Whether it is one is for the intake to say, in sentences of its own."""

    widget = forms.FileInput(attrs={"accept": "application/pdf,.pdf"})
    default_error_messages = {"required": NO_PDF, "missing": NO_PDF, "invalid": NO_PDF}

    def __init__(self, **kwargs):
        super().__init__(allow_empty_file=True, **kwargs)


class ActedAsField(forms.ChoiceField):
    """« Qui dépose ? », where partners share one address."""

    def __init__(self, supplier: Supplier, **kwargs):
        names = list(supplier.partners.values_list("name", flat=True))
        choices = [("", "— Choisir —"), *((name, name) for name in names)]
        super().__init__(label=french("Qui dépose ?"), choices=choices, **kwargs)
        self.has_names = bool(names)


class DepositForm(forms.Form):
    """A PDF, and what helps to place it. Everything but the file may be left to the order or to the PDF."""

    document = PdfField(label="Facture en PDF", help_text="10 Mo au plus.")
    supplier = forms.ModelChoiceField(label="Pour quelle exploitation", queryset=Supplier.objects.none())
    order = forms.ModelChoiceField(
        label="Commande facturée",
        queryset=Order.objects.none(),
        required=False,
        help_text=french("Pour plusieurs commandes, choisissez-en une : les autres s'ajoutent à l'étape suivante."),
    )
    buyer_siret = SiretField(
        label="SIRET de l'acheteur",
        required=False,
        help_text="Repris de la commande ou lu dans le PDF si vous le laissez vide.",
    )
    engagement_number = forms.CharField(
        label="Numéro d'engagement",
        required=False,
        max_length=ENGAGEMENT_MAX,
        help_text=french("Donné par l'acheteur ; repris de la commande ou lu dans le PDF si vous le laissez vide."),
    )

    def __init__(self, *args, user, order: Order | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.order = order
        suppliers = Supplier.objects.for_user(user)
        self.only_supplier = order.supplier if order else _only(suppliers)
        if self.only_supplier:
            del self.fields["supplier"]
            self._ask_who(self.only_supplier)
        else:
            self.fields["supplier"].queryset = suppliers
        self._offer_orders(Order.objects.for_suppliers_of(user))
        self._take_from(order)

    def _ask_who(self, supplier):
        field = ActedAsField(supplier)
        if field.has_names:
            self.fields["acted_as"] = field

    def _offer_orders(self, orders):
        field = self.fields["order"]
        field.queryset = orders
        left = billing.to_bill(orders)
        if self.order and self.order not in left:
            left = [self.order, *left]
        field.choices = [("", "Je la choisirai ensuite"), *((order.pk, order_label(order)) for order in left)]

    def _take_from(self, order):
        if order:
            self.initial |= {"order": order.pk} | billing.common_references([order])

    def clean(self):
        data = super().clean()
        order, supplier = data.get("order"), data.get("supplier")
        if order and supplier and order.supplier_id != supplier.pk:
            self.add_error("order", "Cette commande est celle d'une autre de vos exploitations.")
        return data

    def claim(self) -> Claim:
        data = self.cleaned_data
        return Claim(
            supplier=data.get("supplier") or self.only_supplier,
            order=data["order"],
            buyer_siret=data["buyer_siret"],
            engagement_number=data["engagement_number"],
            acted_as=data.get("acted_as", ""),
        )


class ReplaceForm(forms.Form):
    document = PdfField(label="Nouveau PDF", help_text="10 Mo au plus. La facture garde son numéro.")
    revision = forms.IntegerField(widget=forms.HiddenInput)


class ConfirmForm(forms.Form):
    """Everything the invoice says, prefilled. Anything may be missing: the verdict tells what must be there."""

    kind = forms.ChoiceField(label="Type de document", choices=[(kind.value, kind.label.capitalize()) for kind in Kind])
    number = forms.CharField(label="Numéro de la facture", required=False, max_length=NUMBER_MAX)
    origin_number = forms.CharField(
        label="Facture d'origine",
        required=False,
        max_length=NUMBER_MAX,
        help_text=french("Pour un avoir seulement : le numéro de la facture qu'il corrige."),
    )
    issue_date = DayField(label="Date de la facture", required=False)
    delivery_dates = DaysField(
        label="Dates de livraison", required=False, help_text="Séparez plusieurs dates par une virgule."
    )
    due_date = DayField(label="Échéance", required=False)
    total_ht = EuroField(label="Total HT", required=False)
    total_tva = EuroField(label="TVA", required=False)
    total_ttc = EuroField(label="Total TTC", required=False)
    net_to_pay = EuroField(label="Net à payer", required=False)
    establishment = forms.ModelChoiceField(
        label="Votre établissement", queryset=Establishment.objects.none(), required=False
    )
    buyer_siret = SiretField(label="SIRET de l'acheteur", required=False)
    engagement_number = forms.CharField(label="Numéro d'engagement", required=False, max_length=ENGAGEMENT_MAX)
    service_code = forms.CharField(label="Code service", required=False, max_length=SERVICE_MAX)
    revision = forms.IntegerField(widget=forms.HiddenInput)

    COLUMNS = (
        *("kind", "number", "origin_number", "issue_date", "delivery_dates", "due_date", "total_ht", "total_tva"),
        *("total_ttc", "net_to_pay", "engagement_number", "service_code"),
    )

    def __init__(self, data=None, *, invoice: Invoice):
        super().__init__(data, initial=self._initial(invoice))
        self.invoice = invoice
        self._offer_establishments()
        self._offer_services()
        self._offer_orders()
        self._ask_who()
        self._say_origins()

    def _initial(self, invoice):
        return {
            **{name: getattr(invoice, name) for name in self.COLUMNS},
            "establishment": invoice.establishment_id,
            "buyer_siret": invoice.recipient.siret if invoice.recipient else "",
            "revision": invoice.revision,
        }

    def _offer_establishments(self):
        own = self.invoice.supplier.establishments.all()
        if self.invoice.establishment_id and len(own) == 1:
            del self.fields["establishment"]
        else:
            self.fields["establishment"].queryset = own

    def _offer_services(self):
        """A list to choose from, as soon as Chorus Pro told us the recipient's services."""
        recipient = self.invoice.recipient
        usable = list(recipient.services.usable()) if recipient else []
        if not usable:
            return
        choices = {"": "— Aucun —", **{service.code: str(service) for service in usable}}
        current = self.invoice.service_code
        choices.setdefault(current, current)
        self.fields["service_code"] = forms.ChoiceField(
            label="Code service", required=False, choices=list(choices.items())
        )

    def _offer_orders(self):
        """One amount for each order that is billed or may be; an empty one is not billed."""
        billed = {row.order_id: row.amount_ht for row in self.invoice.billed_orders.all()}
        self.orders: dict[str, Order] = {}
        for order in self._orders_to_show(billed):
            name = f"{ORDER_PREFIX}{order.pk}"
            remaining = billing.remaining_ht(order, besides=self.invoice)
            self.orders[name] = order
            self.fields[name] = EuroField(
                label=f"{order.reference}, {order.buyer}",
                required=False,
                help_text=french(f"Reste à facturer : {euros(max(remaining, Decimal(0)))} HT"),
            )
            self.initial[name] = billed.get(order.pk)

    def _orders_to_show(self, billed):
        orders = self.invoice.supplier.orders.all()
        if self.invoice.buyer_id:
            orders = orders.filter(buyer=self.invoice.buyer_id)
        chosen = billing.recent(self.invoice.supplier.orders.filter(pk__in=billed))
        return [*chosen, *(order for order in billing.to_bill(orders) if order.pk not in billed)]

    def _ask_who(self):
        field = ActedAsField(self.invoice.supplier, required=False)
        if field.has_names:
            self.fields["acted_as"] = field
            last = self.invoice.events.exclude(acted_as="").last()
            self.initial["acted_as"] = last.acted_as if last else ""

    def _say_origins(self):
        """« Repris de la commande », « Lu en page 1 » beside each value that nobody typed."""
        found = proposals.found_in(self.invoice.reading)
        billed = [order for name, order in self.orders.items() if self.initial.get(name) is not None]
        ordered = billing.common_references(billed)
        for name in (*self.COLUMNS, "buyer_siret"):
            origin = proposals.origin_of(name, self.initial.get(name), found=found, ordered=ordered)
            self.fields[name].help_text = origin or self.fields[name].help_text

    @property
    def billed_fields(self):
        return [self[name] for name in self.orders]

    @property
    def is_confirming(self) -> bool:
        return self.data.get("action") == "confirm"

    def clean_acted_as(self):
        name = self.cleaned_data["acted_as"]
        if self.is_confirming and not name:
            raise ValidationError(french("Dites qui confirme cette facture."))
        return name

    def clean(self):
        data = super().clean()
        buyers = {order.buyer_id for order in self._amounts(data)}
        if len(buyers) > 1:
            self.add_error(None, french("Ces commandes sont de plusieurs acheteurs : faites une facture pour chacun."))
        return data

    def _amounts(self, data) -> dict[Order, Decimal]:
        """The orders with an amount; an empty one or zero is not billed."""
        return {order: data[name] for name, order in self.orders.items() if data.get(name)}

    def checked(self) -> Checked:
        data = self.cleaned_data
        values = {name: data[name] for name in self.COLUMNS}
        values["establishment"] = data.get("establishment") or self.invoice.establishment
        if values["kind"] != Kind.CREDIT_NOTE:
            values["origin_number"] = ""
        return Checked(values=values, buyer_siret=data["buyer_siret"], amounts=self._amounts(data))

    def renew(self) -> "ConfirmForm":
        """The same typed values on the invoice as it is stored now, ready to be saved over it knowingly."""
        data = self.data.copy()
        self.invoice.refresh_from_db()
        data["revision"] = self.invoice.revision
        return ConfirmForm(data, invoice=self.invoice)


class AnswerForm(forms.Form):
    """A word to whoever has the invoice in hand. Account numbers are kept in part only."""

    text = forms.CharField(
        label="Votre message",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=french("Il est ajouté à l'historique de la facture ; le Département et l'acheteur peuvent le lire."),
        error_messages={"required": "Écrivez votre message avant de l'envoyer."},
    )

    def clean_text(self):
        return without_ibans(self.cleaned_data["text"])


def order_label(order: Order) -> str:
    left = f"reste {euros(order.remaining_ht)} HT" if order.is_to_bill else "entièrement facturée"
    return f"{order.reference} — {order.buyer} — {left}"


def _only(suppliers):
    """The one supplier of somebody who acts for a single one."""
    found = list(suppliers[:2])
    return found[0] if len(found) == 1 else None
