"""What an agent must say before he decides: whom he spoke to, and how."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MinLengthValidator

from suppliers.models import Supplier


class DecisionForm(forms.Form):
    """`decision` comes from the button that was pressed."""

    ACCEPT, REFUSE = "accept", "refuse"

    decision = forms.ChoiceField(choices=[(ACCEPT, "accepter"), (REFUSE, "refuser")], widget=forms.HiddenInput)
    contact_made = forms.CharField(
        label="Contact pris",
        max_length=300,
        validators=[MinLengthValidator(5, "Dites qui vous avez joint, comment et quand.")],
        help_text="Qui avez-vous joint, comment et quand\u00a0? Pas par e-mail, et à un numéro connu par ailleurs.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class IbanCallForm(forms.Form):
    """Confirms the very account that was read out: a change made meanwhile must be telephoned about again."""

    seen = forms.CharField(widget=forms.HiddenInput)
    how = forms.CharField(
        label="Rappel effectué",
        max_length=200,
        validators=[MinLengthValidator(5, "Dites qui vous avez joint, à quel numéro et quand.")],
        help_text="Qui avez-vous joint, à quel numéro et quand\u00a0? Pas un numéro donné avec le nouvel IBAN.",
    )

    def __init__(self, *args, supplier: Supplier, **kwargs):
        super().__init__(*args, initial={"seen": supplier.iban_hash}, **kwargs)
        self.supplier = supplier

    def clean(self):
        cleaned = super().clean()
        if not self.supplier.iban:
            raise ValidationError("Ce fournisseur n'a pas donné d'IBAN\u00a0: il n'y a rien à confirmer.")
        if cleaned.get("seen") != self.supplier.iban_hash:
            raise ValidationError("L'IBAN a changé entre-temps\u00a0: rouvrez cette page et rappelez le fournisseur.")
        return cleaned
