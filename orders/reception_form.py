"""What arrived, as the buyer types it: a few words on each line."""

import time

from django import forms
from django.conf import settings
from django.core.files.base import ContentFile

from orders.differences import LineReceived
from orders.forms import OneLineField
from orders.lines import AmountField, quantity_of
from orders.models import Order, OrderLine, Reception
from orders.models.receptions import newest_of
from suppliers.confined.child import Refused
from suppliers.confined.limits import Limits
from suppliers.confined.slots import Busy
from suppliers.photos import cleaned
from suppliers.validators import validate_photo

Outcome = Reception.Outcome
CHOOSE = "Dites d'abord ce qu'il en est\u00a0: reçu conforme, reçu en partie ou refusé."
WHY_REFUSED = "Dites en quelques mots pourquoi\u00a0: le fournisseur lira ce motif."
# No photograph is kept larger: it shows a crate, and a telephone on the land downloads it.
PHOTO_KEPT_BYTES = 1_000_000
# For all photographs of one post, so that a page full of hostile ones still answers.
PHOTOS_SECONDS = 12
NO_TIME = (
    "Le site n'a pas eu le temps de lire cette photo\u00a0: rien n'est enregistré. Enregistrez de nouveau dans un "
    "instant, avec moins de photos à la fois."
)
PHOTO_REFUSED = {
    "photo-broken": "Cette photo est abîmée\u00a0: elle ne s'ouvre pas. Reprenez-la, ou choisissez l'image d'origine.",
    "photo-too-heavy": "Cette photo est trop lourde à lire. Reprenez-la avec l'appareil photo de votre téléphone.",
}


class ReceptionForm(forms.Form):
    """One line. Left as it is, it says nothing new."""

    outcome = forms.ChoiceField(label="Réception", choices=Outcome, widget=forms.RadioSelect, required=False)
    quantity = AmountField(label="Quantité reçue en tout", required=False, max_digits=12, decimal_places=3)
    reason = OneLineField(label="Motif", max_length=300, required=False)
    photo = forms.FileField(
        label="Photo (facultatif)",
        help_text="JPG ou PNG. Le fournisseur la verra.",
        required=False,
        validators=[validate_photo],
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png"}),
    )

    def __init__(self, data=None, files=None, *, line: OrderLine, known: Reception | None, until: float):
        """`until`: when, on the monotonic clock, the photographs of the page must be read."""
        super().__init__(data, files, prefix=f"ligne-{line.pk}", initial=_first_values(line, known))
        self.line, self.received, self.until = line, LineReceived(line, known), until
        self.fields["quantity"].help_text = f"Pour «\u00a0Reçu en partie\u00a0», sur {quantity_of(line)}."

    @property
    def about(self) -> str:
        return self.line.description

    def clean_photo(self) -> ContentFile | None:
        """Only its pixels: neither the place where it was taken nor what else is hidden in a file."""
        if not (sent := self.cleaned_data["photo"]):
            return None
        try:
            return ContentFile(cleaned(sent.read(), _limits(self.until)), name="photo.jpg")
        except Busy:
            raise forms.ValidationError(NO_TIME, code="busy") from None
        except Refused as refused:
            said = PHOTO_REFUSED.get(str(refused), PHOTO_REFUSED["photo-broken"])
            raise forms.ValidationError(said, code="photo") from None

    def clean(self):
        outcome, reason = self.cleaned_data.get("outcome"), self.cleaned_data.get("reason")
        if not outcome and any(self.cleaned_data.values()):
            self.add_error("outcome", CHOOSE)
        if outcome == Outcome.PART and "quantity" not in self.errors:
            self._check_part(self.cleaned_data.get("quantity"))
        if outcome == Outcome.REFUSED and not reason and "reason" not in self.errors:
            self.add_error("reason", WHY_REFUSED)

    def _check_part(self, quantity) -> None:
        if quantity is None or not 0 < quantity < self.line.quantity:
            self.add_error("quantity", f"Écrivez la quantité reçue\u00a0: moins de {quantity_of(self.line)}.")

    def said(self) -> Reception | None:
        """Only of a valid form; None when nothing is said of this line."""
        if not (outcome := self.cleaned_data["outcome"]):
            return None
        more = {name: self.cleaned_data[name] for name in ("quantity", "reason")}
        return Reception.of(self.line, outcome, photo=self.cleaned_data["photo"] or "", **more)


def _limits(until: float) -> Limits:
    return Limits(
        readers=settings.READERS,
        workplace=str(settings.READERS_ROOT),
        file_size=PHOTO_KEPT_BYTES,
        patience=PHOTOS_SECONDS,
        until=until,
    )


def _first_values(line: OrderLine, known: Reception | None) -> dict:
    """Nothing where another quantity was ordered since: what arrived must not change with it."""
    if known is None or known.ordered != line.quantity:
        return {}
    quantity = known.quantity if known.outcome == Outcome.PART else None
    return {"outcome": known.outcome, "quantity": quantity, "reason": known.reason}


def forms_of(order: Order, data=None, files=None) -> list[ReceptionForm]:
    newest, until = newest_of(order), time.monotonic() + PHOTOS_SECONDS
    return [ReceptionForm(data, files, line=line, known=newest.get(line.pk), until=until) for line in order.lines.all()]
