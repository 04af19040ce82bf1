"""How people come in: allauth's doors, with our words."""

import time

from allauth.account import app_settings
from allauth.account import forms as allauth_forms
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.fields import PasswordField
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context as core_context
from allauth.mfa.adapter import DefaultMFAAdapter
from django import forms
from django.conf import settings
from django.urls import reverse

from suppliers.encryption import decrypt_if_encrypted, encrypt

# How one shows that it is still he, the first one unasked: a key before codes, of which some serve only once.
WAYS = {
    "reauthenticate": "Mon mot de passe",
    "mfa_reauthenticate:webauthn": "Ma clé de sécurité",
    "mfa_reauthenticate": "Un code de mon application ou de récupération",
}


class AccountAdapter(DefaultAccountAdapter):
    def send_mail(self, template_prefix, email, context):
        """Our templates sign with the site's own name and contact, not with a host name."""
        login_url = core_context.request.build_absolute_uri(reverse("account_login"))
        super().send_mail(template_prefix, email, {**context, "portal": settings.SITE, "login_url": login_url})

    def is_reauthentication_required(self, *, app, **kwargs):
        """allauth counts none but what was given on its page that asks again, so that who has just come in by his
        password was asked for it twice. A code from the mailbox does not count: its reader may not be its owner."""
        return super().is_reauthentication_required(app=app, **kwargs) and not _was_sure_just_now(core_context.request)

    def get_reauthentication_methods(self, user):
        ways = {way["id"]: way for way in super().get_reauthentication_methods(user)}
        return [ways[name] | {"description": words} for name, words in WAYS.items() if name in ways]


def _was_sure_just_now(request) -> bool:
    since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    records = get_authentication_records(request, request.user)
    return any(record["method"] in ("password", "mfa") and record["at"] > since for record in records)


class FactorAdapter(DefaultMFAAdapter):
    """Secrets of second factors are stored like IBANs, and read as they were before, too: processes of the former
    version may still write them so while a new one is put in place."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "add_email_blocked": "Ce compte a une double authentification\u00a0: désactivez-la, puis ajoutez l'adresse.",
        "cannot_delete_authenticator": "Cette double authentification ne peut pas être désactivée.",
        "cannot_generate_recovery_codes": "Réglez d'abord une double authentification, puis demandez des codes.",
        "unverified_email": "Confirmez d'abord votre adresse e-mail, puis réglez la double authentification.",
    }

    def encrypt(self, text):
        return encrypt(text)

    def decrypt(self, encrypted_text):
        return decrypt_if_encrypted(encrypted_text)

    def get_public_key_credential_rp_entity(self):
        """Browsers show the site's name beside its address, which a key is bound to."""
        return super().get_public_key_credential_rp_entity() | {"name": settings.SITE["name"]}


class LoginForm(allauth_forms.LoginForm):
    """One field, the address; a password only for those who have one. Left empty, a code is sent."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # allauth drops the field because nobody chooses a password when signing up.
        self.fields["password"] = PasswordField(label="Mot de passe", required=False, autocomplete="current-password")
        _in_plain_words(self.fields["login"])


class SignupForm(allauth_forms.SignupForm):
    first_name = forms.CharField(label="Prénom (facultatif)", max_length=150, required=False)
    last_name = forms.CharField(label="Nom (facultatif)", max_length=150, required=False)
    field_order = ["email", "first_name", "last_name"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _in_plain_words(self.fields["email"])


class InvitedSignupForm(SignupForm):
    """The address is that of the invitation, whatever is posted."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].disabled = True
        self.fields["email"].help_text = "L'adresse invitée\u00a0: elle ne se change pas ici."


class AddEmailForm(allauth_forms.AddEmailForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _in_plain_words(self.fields["email"], label="Nouvelle adresse e-mail")


class ResetPasswordForm(allauth_forms.ResetPasswordForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _in_plain_words(self.fields["email"])


class RequestLoginCodeForm(allauth_forms.RequestLoginCodeForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _in_plain_words(self.fields["email"])


def _in_plain_words(field, label="Adresse e-mail"):
    field.label = label
    field.help_text = "Par exemple\u00a0: prenom.nom@exemple.fr"
    field.widget.attrs.pop("placeholder", None)
