"""What an agent must say before he decides: whom he spoke to, and how."""

from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MinLengthValidator
from django.utils import timezone

from suppliers.encryption import keyed_hash
from suppliers.identifiers import clean_iban
from suppliers.models import IbanCall, Supplier
from suppliers.validators import validate_rib, validate_year

KNOWN_BEFORE = (
    "Celui que nous connaissions avant cet IBAN. S'il ne répond plus, corrigez-le d'abord dans la fiche du "
    "fournisseur, d'après une source sûre."
)
RIB_KNOWN = "Le fournisseur l'a déjà joint\u00a0; n'en ajoutez un que pour le remplacer."
RIB_WANTED = "PDF ou photo (JPG, PNG), 5 Mo au plus. Il doit porter le nom du fournisseur et ce même IBAN."


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
    """The call about one account: the very one that was on the page, a change made meanwhile is telephoned about again.

    `since`: when the account came. Only a number known before is offered; without any, the agent says where he took it.
    """

    seen = forms.CharField(widget=forms.HiddenInput)
    phone = forms.CharField(label="Numéro appelé", max_length=100)
    person = forms.CharField(
        label="Personne jointe", max_length=120, required=False, help_text="Prénom et nom de qui a répondu."
    )
    called_at = forms.DateTimeField(
        label="Appelée le",
        initial=timezone.localtime,
        validators=[validate_year],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%d/%m/%Y %H:%M"],
    )
    outcome = forms.ChoiceField(label="Réponse", choices=IbanCall.Outcome, widget=forms.RadioSelect)
    rib = forms.FileField(label="RIB", required=False, validators=[validate_rib])

    def __init__(self, *args, supplier: Supplier, iban: str, since=None, **kwargs):
        self.supplier, self.iban = supplier, clean_iban(iban)
        self.known_phone = supplier.phone_known_before(since or timezone.now())
        super().__init__(*args, initial={"seen": self._account(), "phone": self.known_phone}, **kwargs)
        if self.known_phone:
            self.fields["phone"].disabled = True
            self.fields["phone"].help_text = KNOWN_BEFORE
        else:
            self.fields["phone"].help_text = (
                "Aucun numéro n'était connu avant cet IBAN\u00a0: prenez-le ailleurs que dans la demande "
                "ou la facture, et dites où (annuaire, site de la chambre d'agriculture…)."
            )
        self.has_rib = bool(supplier.rib_of(self.iban))
        self.fields["rib"].help_text = RIB_KNOWN if self.has_rib else RIB_WANTED

    def _account(self) -> str:
        return keyed_hash(self.iban) if self.iban else ""

    def clean_called_at(self):
        called = self.cleaned_data["called_at"]
        if called > timezone.now() + timedelta(minutes=1):
            raise ValidationError("Cet appel est dans l'avenir\u00a0: notez-le une fois passé.")
        return called

    def clean(self):
        data = super().clean()
        if not self.iban:
            raise ValidationError("Ce fournisseur n'a pas donné d'IBAN\u00a0: il n'y a rien à confirmer.")
        if data.get("seen") != self._account():
            raise ValidationError("L'IBAN a changé entre-temps\u00a0: rouvrez cette page et rappelez le fournisseur.")
        outcome = data.get("outcome")
        if outcome in (IbanCall.Outcome.CONFIRMED, IbanCall.Outcome.DENIED) and not data.get("person"):
            self.add_error("person", "Dites qui vous avez joint.")
        if outcome == IbanCall.Outcome.CONFIRMED and not (data.get("rib") or self.has_rib):
            self.add_error("rib", "Joignez le RIB\u00a0: un IBAN n'est confirmé qu'avec lui.")
        return data

    def record(self, *, by) -> IbanCall:
        data = {name: self.cleaned_data[name] for name in ("outcome", "phone", "person", "called_at")}
        return self.supplier.record_call(self.iban, **data, by=by, rib=self.cleaned_data.get("rib") or "")
