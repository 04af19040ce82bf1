"""What people declare of an invoice that its supplier carries himself: which step, on which day, as they read it."""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from invoicing.ball import Viewer
from invoicing.fields import DayField
from invoicing.forms import ActedAsField
from invoicing.lifecycle import OFFICIAL_LABELS, Status, buyer_label
from invoicing.models import Invoice, InvoiceEvent
from invoicing.review import without_ibans
from invoicing.typography import french
from suppliers.days import date_format

S = Status

# Steps that a person can read on Chorus Pro, in their usual order. The buyer says what is his to say.
STEPS = [status for status in OFFICIAL_LABELS if status != S.ROUTING]
BUYERS_STEPS = [status for status in STEPS if status not in {S.DEPOSITED, S.COMPLETED}]
# What usually comes next: the form opens on it.
LIKELY_NEXT = {
    S.DEPOSITED: S.AVAILABLE,
    S.ROUTING: S.AVAILABLE,
    S.TO_REROUTE: S.AVAILABLE,
    S.SUSPENDED: S.COMPLETED,
    **dict.fromkeys([S.AVAILABLE, S.ACKNOWLEDGED, S.SERVICE_DONE, S.COMPLETED], S.ORDERED),
    S.ORDERED: S.AT_ACCOUNTANT,
    S.AT_ACCOUNTANT: S.PAID,
    S.BOOKED: S.PAID,
}
# Chorus Pro demands a reason for these too.
WITH_MOTIVE = {S.SUSPENDED, S.TO_REROUTE, S.REJECTED}

FUTURE = french("Cette date est dans le futur : donnez le jour où c'est arrivé.")
NO_MOTIVE = french("Recopiez le motif de l'acheteur : il dit ce qu'il faut corriger.")
NO_MOTIVE_OF_YOURS = french("Donnez votre motif : il dit au fournisseur ce qu'il faut corriger.")


def may_declare(invoice: Invoice, reader: Viewer) -> bool:
    """Whether this person may say where it stands; the first step, the deposit, is not the buyer's to say."""
    if invoice.status in {S.TO_SELF_DEPOSIT, S.OUTSIDE}:
        return reader.acts_for_supplier
    return invoice.is_declared and (reader.acts_for_supplier or reader.is_buyer)


class DayForm(forms.Form):
    """« Je l'ai déposée le … », « Je l'ai envoyée le … »: a day between the invoice's own and today."""

    on = DayField(label="Date", initial=timezone.localdate)
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, invoice: Invoice, ask_who: bool = False, **kwargs):
        kwargs.setdefault("initial", {"revision": invoice.revision})
        super().__init__(*args, **kwargs)
        self.invoice = invoice
        if ask_who and (field := ActedAsField(invoice.supplier)).has_names:
            field.label = french("Qui déclare ?")
            self.fields["acted_as"] = field

    def clean_on(self):
        on, first = self.cleaned_data["on"], self.earliest()
        if on > timezone.localdate():
            raise ValidationError(FUTURE)
        if first and on < first:
            raise ValidationError(french(f"Cette date est trop tôt : {self.because} du {date_format(first, 'j F Y')}."))
        return on

    because = "la facture est"

    def earliest(self) -> date | None:
        return self.invoice.issue_date


class ReceivedForm(DayForm):
    """« J'ai reçu le paiement le … »: a day between the invoice's own and today."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["on"].label = "Argent reçu le"


class DeclareForm(DayForm):
    """A step read on Chorus Pro, its day, and the motive where there is one."""

    because = "la facture a été déclarée déposée à la date"
    status = forms.ChoiceField(label="Où en est la facture sur Chorus Pro")
    comment = forms.CharField(
        label="Motif de l'acheteur",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=french("À recopier si la facture est suspendue, à recycler ou rejetée."),
    )
    field_order = ("status", "on", "comment", "acted_as")

    def __init__(self, *args, is_buyer: bool, **kwargs):
        super().__init__(*args, **kwargs)
        self.no_motive = NO_MOTIVE_OF_YOURS if is_buyer else NO_MOTIVE
        steps, words = (BUYERS_STEPS, buyer_label) if is_buyer else (STEPS, lambda status: status.label)
        said = {status: self.invoice.avoir_label(status) or words(status) for status in steps}
        self.fields["status"].choices = [(status.value, step_label(status, said[status])) for status in steps]
        self.initial["status"] = likely_next(Status(self.invoice.status), steps)
        self.fields["on"].label = "Depuis le"
        if is_buyer:
            self.fields["comment"].label = "Votre motif"
            self.fields["comment"].help_text = french("Obligatoire si la facture est suspendue, à recycler ou rejetée.")

    def earliest(self) -> date | None:
        if self.data.get("status") == S.DEPOSITED:
            self.because = DayForm.because
            return super().earliest()
        return deposited_on(self.invoice) or super().earliest()

    def clean_comment(self):
        return without_ibans(self.cleaned_data["comment"])

    def clean(self):
        data = super().clean()
        if data.get("status") in WITH_MOTIVE and not data.get("comment"):
            self.add_error("comment", self.no_motive)
        return data


def likely_next(status: Status, steps: list[Status]) -> Status:
    """The next of the usual steps that this person may say."""
    following = LIKELY_NEXT.get(status, status)
    return following if following in steps or following == status else likely_next(following, steps)


def step_label(status: Status, words: str) -> str:
    """Chorus Pro's own word first, since that is what the person reads there; then ours, where they differ."""
    official = OFFICIAL_LABELS[status]
    return official if words == official else f"{official} ({words[0].lower()}{words[1:]})"


def deposited_on(invoice: Invoice) -> date | None:
    told = invoice.events.filter(kind=InvoiceEvent.Kind.DECLARED, to_status=S.DEPOSITED).order_by("pk").last()
    return timezone.localdate(told.occurred_at) if told else None
