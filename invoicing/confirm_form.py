"""The form in which the supplier reads an invoice over: every value prefilled, none demanded."""

from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html

from invoicing import billing, proposals
from invoicing.drafting import Checked
from invoicing.fields import AccountField, DayField, DaysField, EuroField, NotesField, SiretField
from invoicing.forms import ActedAsField
from invoicing.joined import JoinedFields
from invoicing.models import NUMBER_MAX, Invoice, Kind
from invoicing.notices import NoticedForm
from invoicing.order_fields import OrderFields
from invoicing.proposals import Spot
from invoicing.reading import Found
from invoicing.typography import french
from orders.models import ENGAGEMENT_MAX, PSEUDO_SERVICE, SERVICE_MAX, Order
from suppliers.models import Establishment


class ConfirmForm(OrderFields, JoinedFields, NoticedForm):
    """Everything the invoice says, prefilled. Anything may be missing: the verdict tells what must be there."""

    kind = forms.ChoiceField(label="Type de document", choices=[(kind.value, kind.label.capitalize()) for kind in Kind])
    number = forms.CharField(label="Numéro de {la_facture}", required=False, max_length=NUMBER_MAX)
    origin_number = forms.CharField(
        label="Facture d'origine",
        required=False,
        max_length=NUMBER_MAX,
        help_text=french("Pour un avoir seulement : le numéro de la facture qu'il corrige."),
    )
    origin_date = DayField(label="Date de la facture d'origine", required=False)
    issue_date = DayField(label="Date de {la_facture}", required=False)
    delivery_dates = DaysField(
        label="Dates de livraison", required=False, help_text="Séparez plusieurs dates par une virgule."
    )
    delivery_notes = NotesField(
        label="Bons de livraison", required=False, help_text="Séparez plusieurs numéros par une virgule."
    )
    due_date = DayField(label="Échéance", required=False)
    total_ht = EuroField(label="Total HT", required=False)
    total_tva = EuroField(label="TVA", required=False)
    total_ttc = EuroField(label="Total TTC", required=False)
    net_to_pay = EuroField(label="Net à payer", required=False)
    iban = AccountField(
        label="IBAN imprimé sur {la_facture}",
        required=False,
        help_text=french("Corrigez-le s'il a été mal lu : c'est sur ce compte que l'acheteur paiera."),
    )
    establishment = forms.ModelChoiceField(
        label="Votre établissement",
        queryset=Establishment.objects.none(),
        required=False,
        empty_label="— Choisir —",
    )
    buyer_siret = SiretField(label="SIRET de l'acheteur", required=False)
    engagement_number = forms.CharField(label="Numéro d'engagement", required=False, max_length=ENGAGEMENT_MAX)
    service_code = forms.CharField(label="Code service", required=False, max_length=SERVICE_MAX)
    compared = forms.BooleanField(
        label="J'ai comparé chaque valeur avec l'image de {la_facture}",
        required=False,
        help_text="Un programme a reconnu les caractères de cette image, et peut se tromper.",
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)

    COLUMNS = (
        *("kind", "number", "origin_number", "origin_date", "issue_date", "delivery_dates", "delivery_notes"),
        *("due_date", "total_ht", "total_tva", "total_ttc", "net_to_pay", "iban"),
        *("engagement_number", "service_code"),
    )

    def __init__(self, data=None, files=None, *, invoice: Invoice):
        super().__init__(data, files, initial=self._initial(invoice))
        self.invoice = invoice
        for field in self.fields.values():
            field.label = invoice.tell(field.label or "")
        self.pages = list(invoice.pages.all())
        for page in self.pages:
            page.spots = []
        self._offer_establishments()
        self._offer_services()
        self.offer_orders()
        self.offer_joined()
        self._ask_who()
        if not invoice.reading.get("guessed"):
            del self.fields["compared"]
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
        if current.upper() != PSEUDO_SERVICE:
            choices.setdefault(current, current)
        self.fields["service_code"] = forms.ChoiceField(
            label="Code service", required=False, choices=list(choices.items())
        )

    def _ask_who(self):
        field = ActedAsField(self.invoice.supplier, required=False)
        if field.has_names:
            self.fields["acted_as"] = field
            last = self.invoice.events.exclude(acted_as="").last()
            self.initial["acted_as"] = last.acted_as if last else ""

    def _say_origins(self):
        """« Repris de la commande », « Lu en page 1 » beside each value that nobody typed."""
        found = proposals.found_in(self.invoice.reading)
        ordered = billing.common_references(self.billed_orders)
        for name in (*self.COLUMNS, "buyer_siret"):
            value = self.initial.get(name)
            origin = proposals.origin_of(name, value, found=found, ordered=ordered)
            if proposals.is_as_read(name, value, found):
                origin = self._pointing(name, origin, found[name])
            self.fields[name].help_text = origin or self.fields[name].help_text
        if "iban" in found and self.invoice.iban and proposals.prints_account(self.invoice.reading, self.invoice.iban):
            read = proposals.place_in_words(found["iban"])
            origin = self._pointing("iban", f"{read[:1].upper()}{read[1:]}", found["iban"])
            self.fields["iban"].help_text = format_html("{}. {}", origin, self.fields["iban"].help_text)

    def _pointing(self, name: str, origin: str, read: Found) -> str:
        """The same words, as a link to the spot on the page's picture if there is one."""
        pictures = {page.number: page for page in self.pages}
        if read.page not in pictures:
            return origin
        spot = Spot.of(name, read)
        pictures[read.page].spots.append(spot)
        return format_html('<a href="#{}">{}</a>', spot.id, origin)

    @property
    def is_confirming(self) -> bool:
        return self.data.get("action") == "confirm"

    def clean_acted_as(self):
        name = self.cleaned_data["acted_as"]
        if self.is_confirming and not name:
            raise ValidationError(self.invoice.tell("Dites qui confirme {cette_facture}."))
        return name

    def clean_compared(self):
        """What a program guessed from a picture is never handed over unread."""
        if self.is_confirming and not self.cleaned_data["compared"]:
            raise ValidationError("Comparez les valeurs avec l'image, puis cochez cette case.")
        return self.cleaned_data["compared"]

    def checked(self) -> Checked:
        data = self.cleaned_data
        values = {name: data[name] for name in self.COLUMNS}
        values["establishment"] = data.get("establishment") or self.invoice.establishment
        if values["kind"] != Kind.CREDIT_NOTE:
            values |= {"origin_number": "", "origin_date": None}
        else:
            values["due_date"] = None  # It is deducted, not paid.
        amounts = self.amounts(data)
        return Checked(
            values=values,
            buyer_siret=self._buyer_siret(data["buyer_siret"], amounts),
            amounts=amounts,
            no_order=data.get("no_order", ""),
            buyer=data.get("buyer"),
        )

    def _buyer_siret(self, typed: str, amounts: dict[Order, Decimal]) -> str:
        """An order that is added says who receives the invoice, unless another SIRET was typed beside it."""
        is_added = not amounts.keys() <= set(self.billed_orders)
        return "" if is_added and typed == self.initial["buyer_siret"] else typed

    def renew(self) -> "ConfirmForm":
        """The same typed values on the invoice as it is stored now, ready to be saved over it knowingly."""
        data = self.data.copy()
        self.invoice.refresh_from_db()
        data["revision"] = self.invoice.revision
        return ConfirmForm(data, invoice=self.invoice)
