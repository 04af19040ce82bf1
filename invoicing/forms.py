"""What the supplier drops, reads over, and answers. Forms judge what was typed; the checks judge the invoice."""

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from invoicing import billing
from invoicing.deposits import Deposit
from invoicing.dropped import together
from invoicing.fields import SiretField, files_of
from invoicing.offers import order_choices
from invoicing.review import without_ibans
from invoicing.typography import french
from orders.models import ENGAGEMENT_MAX, Order
from suppliers.models import Supplier

ORDER_PREFIX = "order-"
NO_FILE = french("Choisissez la facture, en PDF ou en photo : sans elle, rien ne peut partir.")
FILES_HELP = french(
    "PDF de 10 Mo au plus, un par facture ; vous pouvez en choisir plusieurs. Les photos choisies ensemble font les "
    "pages d'une seule facture, dans l'ordre où vous les choisissez."
)
ONE_INVOICE = french("Choisissez un seul PDF, ou les photos d'une seule facture.")


class InvoiceFilesInput(forms.FileInput):
    """Files, or pictures straight from the camera, under one name. « capture » on the first would shut out the rest."""

    allow_multiple_selected = True
    template_name = "invoicing/_files_input.html"

    def __init__(self):
        super().__init__(attrs={"accept": "application/pdf,image/jpeg,image/png", "multiple": True})

    def use_required_attribute(self, initial):
        """Either box may stay empty: without JavaScript a browser would refuse a picture taken with the other one."""
        return False


class InvoiceFilesField(forms.FileField):
    """PDFs and photographs, in the order they were chosen. What they are is for the intake to say, in sentences of its
    own; here only their number and their weight count."""

    widget = InvoiceFilesInput
    default_error_messages = {"required": NO_FILE, "missing": NO_FILE, "invalid": NO_FILE}

    def __init__(self, *, only_one=False, **kwargs):
        super().__init__(allow_empty_file=True, **kwargs)
        self.only_one = only_one

    def clean(self, data, initial=None):
        files = files_of(data)
        if not files:
            raise ValidationError(NO_FILE)
        if len(files) > settings.DEPOSIT_FILES:
            raise ValidationError(french(f"Déposez {settings.DEPOSIT_FILES} fichiers au plus à la fois."))
        if sum(file.size for file in files) > settings.DEPOSIT_MAX_BYTES:
            raise ValidationError(
                french(f"Ces fichiers dépassent {settings.DEPOSIT_MAX_BYTES // 10**6} Mo ensemble : déposez-en moins.")
            )
        if self.only_one and len(together(files)) > 1:
            raise ValidationError(ONE_INVOICE)
        return [super(InvoiceFilesField, self).clean(file, initial) for file in files]


class ActedAsField(forms.ChoiceField):
    """« Qui dépose ? », where partners share one address."""

    def __init__(self, supplier: Supplier, **kwargs):
        names = list(supplier.partners.values_list("name", flat=True))
        choices = [("", "— Choisir —"), *((name, name) for name in names)]
        super().__init__(label=french("Qui dépose ?"), choices=choices, **kwargs)
        self.has_names = bool(names)


# Typed by whoever wants to; the order or the PDF says them.
FOLDED = ("buyer_siret", "engagement_number")


class DepositForm(forms.Form):
    """Files, and what helps to place them. Everything but the file may be left to the order or to the PDF."""

    document = InvoiceFilesField(label="Votre facture, en PDF ou en photo", help_text=FILES_HELP)
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
        # Whoever has more of them finds the others by searching, and begins from the order.
        self.lists_not_all = len(left) >= billing.LOOKED_THROUGH
        if self.order and self.order not in left:
            left = [self.order, *left]
        field.choices = [("", "Je la choisirai ensuite"), *order_choices(left)]

    def _take_from(self, order):
        if order:
            self.initial |= {"order": order.pk} | billing.common_references([order])

    @property
    def asked(self) -> list[forms.BoundField]:
        """What is asked of everybody."""
        return [field for field in self.visible_fields() if field.name not in FOLDED]

    @property
    def folded(self) -> list[forms.BoundField]:
        """What the order or the PDF usually says."""
        return [self[name] for name in FOLDED]

    @property
    def is_unfolded(self) -> bool:
        """What was typed, or is wrong, stays in sight."""
        return self.is_bound and any(field.errors or field.value() for field in self.folded)

    def clean(self):
        data = super().clean()
        order, supplier = data.get("order"), data.get("supplier")
        if order and supplier and order.supplier_id != supplier.pk:
            self.add_error("order", "Cette commande est celle d'une autre de vos exploitations.")
        return data

    def deposit(self, *, by) -> Deposit:
        """What was said of the files; still unsaved."""
        data = self.cleaned_data
        return Deposit(
            by=by,
            supplier=data.get("supplier") or self.only_supplier,
            order=data["order"],
            buyer_siret=data["buyer_siret"],
            engagement_number=data["engagement_number"],
            acted_as=data.get("acted_as", ""),
        )


class ReplaceForm(forms.Form):
    document = InvoiceFilesField(
        label="Nouveau PDF, ou photos", help_text="10 Mo au plus. La facture garde son numéro.", only_one=True
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def deposit(self, invoice, *, by) -> Deposit:
        return Deposit(by=by, supplier=invoice.supplier, replaces=invoice, seen_revision=self.cleaned_data["revision"])


class AnswerForm(forms.Form):
    """A word to whoever has the invoice in hand. Account numbers are kept in part only."""

    text = forms.CharField(
        label="Votre message",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=french("Il est ajouté à l'historique ; le Département et l'acheteur peuvent le lire."),
        error_messages={"required": "Écrivez votre message avant de l'envoyer."},
    )

    def clean_text(self):
        return without_ibans(self.cleaned_data["text"])


def _only(suppliers):
    """The one supplier of somebody who acts for a single one."""
    found = list(suppliers[:2])
    return found[0] if len(found) == 1 else None
