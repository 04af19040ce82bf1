"""What suppliers and newcomers tell us, judged in French."""

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import capfirst

from suppliers.identifiers import clean_digits, clean_iban, vat_number_of
from suppliers.models import Depositor, Mail, MembershipRequest, Partner, Rhythm, Supplier, User, VatRegime
from suppliers.models.houses import House
from suppliers.validators import validate_iban, validate_rib, validate_siret, validate_vat_number

MAX_PENDING_REQUESTS = 5


class SiretField(forms.CharField):
    """A SIRET typed with any spaces; gives 14 digits."""

    default_validators = [validate_siret]

    def to_python(self, value):
        return clean_digits(super().to_python(value))


class IbanField(forms.CharField):
    default_validators = [validate_iban]

    def to_python(self, value):
        return clean_iban(super().to_python(value))


class MembershipRequestForm(forms.ModelForm):
    """A person asks to act for the holder of a SIRET. The answer is the same whether we know this SIRET or not."""

    siret = SiretField(
        label="SIRET",
        max_length=30,
        help_text="14 chiffres. Celui de votre exploitation, ou de l'établissement pour lequel vous commandez.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    class Meta:
        model = MembershipRequest
        fields = ["kind", "siret", "company_name", "person_name", "phone"]
        widgets = {
            "kind": forms.RadioSelect,
            "person_name": forms.TextInput(attrs={"autocomplete": "name"}),
            "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        }
        labels = {"kind": "Vous êtes", "person_name": "Vos prénom et nom", "phone": "Téléphone"}
        help_texts = {
            "phone": "Un agent vous appelle avant de répondre, à ce numéro ou à celui que le Département connaît."
        }

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.user = user
        self.fields["company_name"].label = "Nom de l'exploitation ou de l'établissement"
        self.fields["person_name"].initial = user.get_full_name()

    def clean(self):
        cleaned = super().clean()
        pending = self.pending()
        if not self.repeats(cleaned) and pending.count() >= MAX_PENDING_REQUESTS:
            raise ValidationError(
                "Vous avez déjà cinq demandes en attente. Attendez la réponse du Département avant d'en envoyer."
            )
        return cleaned

    def pending(self):
        return self.instance.user.membership_requests.filter(status=MembershipRequest.Status.PENDING)

    def repeats(self, cleaned) -> bool:
        """The same question already waits: the button was pressed twice, or the person came back."""
        return self.pending().filter(kind=cleaned.get("kind"), siret=cleaned.get("siret")).exists()

    def save(self, commit=True):
        return None if self.repeats(self.cleaned_data) else super().save(commit)


def own_vat_number(typed: str, siren: str, *, whose: str) -> str:
    """Without its spaces; empty, or the number of this very company."""
    number = clean_iban(typed)
    if number:
        validate_vat_number(number)
    if number and number[4:] != siren:
        raise ValidationError(f"Ce numéro de TVA est celui d'une autre entreprise\u00a0: il doit finir par {whose}.")
    return number


class IdentityForm(forms.ModelForm):
    """Only what changed since the page was shown is written: see `show_hidden_initial`."""

    vat_regime = forms.ChoiceField(
        label="Régime de TVA",
        choices=[(value, capfirst(label)) for value, label in VatRegime.choices if value],
        widget=forms.RadioSelect,
        help_text="Votre comptable ou votre centre de gestion le connaît. Les contrôles de vos factures en dépendent.",
    )

    class Meta:
        model = Supplier
        fields = ["name", "vat_regime", "vat_number", "contact_name", "phone"]
        labels = {"vat_number": "Numéro de TVA", "phone": "Téléphone", "contact_name": "Personne à joindre"}
        widgets = {"phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].label = "Raison sociale"
        self.fields[
            "vat_number"
        ].help_text = f"Si vous en avez un. Avec votre SIREN, il s'écrit {vat_number_of(self.instance.siren)}."
        for field in self.fields.values():
            field.show_hidden_initial = True

    def clean_vat_number(self):
        return own_vat_number(self.cleaned_data["vat_number"], self.instance.siren, whose="votre SIREN")

    def save(self, *, by):
        self.instance.change_identity(self.changed_data, by=by)
        return self.instance


class IbanForm(forms.Form):
    iban = IbanField(
        label="IBAN",
        max_length=60,
        help_text="En entier, tel qu'il figure sur votre relevé d'identité bancaire.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    rib = forms.FileField(
        label="RIB",
        required=False,
        validators=[validate_rib],
        help_text="Le relevé que donne votre banque, en PDF ou en photo. Il est demandé avant de confirmer l'IBAN.",
    )


class PartnersForm(forms.Form):
    names = forms.CharField(
        label="Associés",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Un nom par ligne. Celui qui dépose une facture choisira le sien. Laissez vide si vous êtes seul.",
    )

    def clean_names(self) -> list[str]:
        names = [" ".join(line.split()) for line in self.cleaned_data["names"].splitlines()]
        names = list(dict.fromkeys(name for name in names if name))
        if any(len(name) > Partner._meta.get_field("name").max_length for name in names):
            raise ValidationError("Un de ces noms est trop long. Écrivez un seul nom par ligne.")
        return names


class InvitationForm(forms.Form):
    """Says nothing of whether the address has an account; of who is a member, his colleagues know."""

    email = forms.EmailField(
        label="Adresse e-mail de la personne",
        max_length=254,
        help_text="Sa propre adresse\u00a0: elle seule pourra accepter.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args, house: House, **kwargs):
        super().__init__(*args, **kwargs)
        self.house = house

    def clean_email(self):
        email = self.cleaned_data["email"].lower()
        if self.house.members.filter(user__email=email).exists():
            raise ValidationError("Cette personne agit déjà pour vous\u00a0: il n'y a rien à faire.")
        return email


class ChorusBoxForm(forms.Form):
    """« J'utilise Chorus Pro », who deposits, and the mandate when it is the portal and none is in force."""

    uses_chorus = forms.BooleanField(label="J'utilise Chorus Pro", required=False)
    depositor = forms.ChoiceField(
        label="Qui dépose vos factures sur Chorus Pro\u00a0?",
        choices=[choice for choice in Depositor.choices if choice[0]],
        widget=forms.RadioSelect,
        required=False,
    )
    signs = forms.BooleanField(label="Je signe ce mandat", required=False)
    signatory = forms.CharField(
        label="Prénom et nom du signataire",
        max_length=200,
        required=False,
        help_text="La personne qui a le pouvoir d'engager l'exploitation.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def __init__(self, *args, has_mandate: bool, **kwargs):
        super().__init__(*args, **kwargs)
        self.has_mandate = has_mandate

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("uses_chorus") and not cleaned.get("depositor") and not self.errors:
            self.add_error("depositor", "Dites qui dépose vos factures\u00a0: le portail, ou vous-même.")
        if self.wants_portal(cleaned) and not self.has_mandate:
            self._need_signature(cleaned)
        return cleaned

    def wants_portal(self, cleaned) -> bool:
        return bool(cleaned.get("uses_chorus")) and cleaned.get("depositor") == Depositor.PORTAL

    def _need_signature(self, cleaned):
        if not cleaned.get("signs"):
            self.add_error("signs", "Cochez cette case\u00a0: sans mandat, le portail ne peut pas déposer pour vous.")
        if not cleaned.get("signatory"):
            self.add_error("signatory", "Écrivez le nom de la personne qui signe.")


class RhythmForm(forms.ModelForm):
    mail_rhythm = forms.ChoiceField(
        label="Quand voulez-vous recevoir nos messages\u00a0?", choices=Rhythm, widget=forms.RadioSelect
    )

    class Meta:
        model = User
        fields = ["mail_rhythm"]

    def save(self, commit=True):
        """What already waits follows the new choice."""
        with transaction.atomic():
            self.instance.save(update_fields=["mail_rhythm"])
            Mail.objects.follow_rhythm(self.instance)
        return self.instance
