"""What arrived, as the buyer types it: a few words on each line."""

from django import forms

from orders.differences import LineReceived
from orders.forms import OneLineField
from orders.lines import AmountField, quantity_of
from orders.models import Order, OrderLine, Reception
from orders.models.receptions import newest_of
from suppliers.validators import validate_photo

Outcome = Reception.Outcome
CHOOSE = "Dites d'abord ce qu'il en est\u00a0: reçu conforme, reçu en partie ou refusé."
WHY_REFUSED = "Dites en quelques mots pourquoi\u00a0: le fournisseur lira ce motif."


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

    def __init__(self, data=None, files=None, *, line: OrderLine, known: Reception | None):
        super().__init__(data, files, prefix=f"ligne-{line.pk}", initial=_first_values(line, known))
        self.line, self.received = line, LineReceived(line, known)
        self.fields["quantity"].help_text = f"Pour «\u00a0Reçu en partie\u00a0», sur {quantity_of(line)}."

    @property
    def about(self) -> str:
        return self.line.description

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


def _first_values(line: OrderLine, known: Reception | None) -> dict:
    """Nothing where another quantity was ordered since: what arrived must not change with it."""
    if known is None or known.ordered != line.quantity:
        return {}
    quantity = known.quantity if known.outcome == Outcome.PART else None
    return {"outcome": known.outcome, "quantity": quantity, "reason": known.reason}


def forms_of(order: Order, data=None, files=None) -> list[ReceptionForm]:
    newest = newest_of(order)
    return [ReceptionForm(data, files, line=line, known=newest.get(line.pk)) for line in order.lines.all()]
