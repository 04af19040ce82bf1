"""A supplier's own technical account: entered, replaced and removed by him, used for his establishments alone.

The password goes in and never comes out: no page, event, log or traceback holds it.
"""

import re
from datetime import date, datetime, time

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from chorus.accounts import forget_retired
from chorus.checkup import ask_for_check
from chorus.conf import configuration
from chorus.models import PASSWORD_LIFE, TechnicalAccount
from invoicing.typography import french
from suppliers.models import Supplier, User


def are_offered() -> bool:
    return configuration().is_on and configuration().own_accounts


def current(supplier: Supplier) -> TechnicalAccount | None:
    """The one that serves here; None when he gave none."""
    return TechnicalAccount.objects.filter(
        supplier=supplier, environment=configuration().environment, is_active=True
    ).first()


@sensitive_variables()
def enter(supplier: Supplier, *, login: str, password: str, renewed_on: date, by: User) -> None:
    """Store it in place of the one before, and ask for the proof that it works.

    Another login retires the former account: its password serves on only to look for what left by it in doubt.
    """
    key = {"environment": configuration().environment, "supplier": supplier}
    values = {
        "password": password,
        "password_expires_at": dies_at(renewed_on),
        "is_active": True,
        "retired_at": None,
        "entered_at": timezone.now(),
        "entered_by": by,
        "blocked_since": None,
        "blocked_reason": "",
    }
    with transaction.atomic():
        Supplier.objects.select_for_update().get(pk=supplier.pk)  # Two forms at once: one after the other.
        others = TechnicalAccount.objects.filter(**key, is_active=True).exclude(login=login)
        others.update(is_active=False, retired_at=timezone.now())
        account, _ = TechnicalAccount.objects.update_or_create(**key, login=login, defaults=values)
        account.probe_at_once()
    ask_for_check(supplier)


def dies_at(renewed_on: date) -> datetime:
    return timezone.make_aware(datetime.combine(renewed_on + PASSWORD_LIFE, time()))


def remove(supplier: Supplier) -> bool:
    """Stop using it and wipe every password he gave; rows that deposits point at stay. False when there was none.

    What left by it and has no answer yet is looked for with the password, which is wiped right after.
    """
    own = TechnicalAccount.objects.filter(supplier=supplier)
    removed = own.filter(is_active=True).exists()
    for account in own:
        try:
            with transaction.atomic():
                account.delete()
        except ProtectedError:
            _retire(account)
    forget_retired()
    if removed:
        ask_for_check(supplier)
    return removed


def _retire(account: TechnicalAccount) -> None:
    with transaction.atomic():
        account.structures.all().delete()
        TechnicalAccount.objects.filter(pk=account.pk, retired_at__isnull=True).update(retired_at=timezone.now())
        TechnicalAccount.objects.filter(pk=account.pk).update(is_active=False)


def is_still_needed(supplier: Supplier) -> bool:
    """Whether a password that he removed serves until something that left by it is found."""
    return TechnicalAccount.objects.filter(supplier=supplier, is_active=False).exclude(password="").exists()


class OwnAccountForm(forms.Form):
    """What Chorus Pro showed once, when the technical account was made or its password renewed."""

    login = forms.CharField(
        label="Identifiant technique",
        max_length=120,
        help_text=french("Il ressemble à TECH_1_12345678900012@cpro.fr."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}),
    )
    password = forms.CharField(
        label="Mot de passe technique",
        max_length=200,
        strip=False,
        help_text="Il est chiffré et ne sera jamais réaffiché, ni à vous, ni au Département.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    renewed_on = forms.DateField(
        label="Mot de passe créé ou renouvelé le",
        help_text="Il expire 424 jours plus tard. Nous vous préviendrons.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        initial=timezone.localdate,
    )

    def __init__(self, *args, environment: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.environment = environment

    def clean_login(self) -> str:
        login = self.cleaned_data["login"]
        if re.search(r"[\s:]", login):
            raise ValidationError(french("Un identifiant technique n'a ni espace ni deux-points : recopiez-le."))
        # A wrong password under the portal's login could lock it for everybody.
        if TechnicalAccount.objects.of_portal().filter(environment=self.environment, login__iexact=login).exists():
            raise ValidationError(french("Cet identifiant est celui du portail : donnez celui de votre compte."))
        return login

    def clean_renewed_on(self) -> date:
        renewed_on, today = self.cleaned_data["renewed_on"], timezone.localdate()
        if renewed_on > today:
            raise ValidationError("Cette date est dans le futur. Donnez le jour où vous avez reçu le mot de passe.")
        if renewed_on + PASSWORD_LIFE <= today:
            raise ValidationError("Ce mot de passe a plus de 424 jours. Renouvelez-le sur Chorus Pro, puis revenez.")
        return renewed_on
