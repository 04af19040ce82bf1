"""Security keys (WebAuthn) as a second factor: allauth's forms, in our words."""

from collections.abc import Iterator
from contextlib import contextmanager

from allauth.core import context
from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as allauth_forms
from django import forms
from django.core.exceptions import ValidationError

from suppliers.typography import french

NAME_LENGTH = 60
REFUSED = "incorrect_code"
NOT_READ = "La clé n'a pas été lue. Recommencez, dans un navigateur où JavaScript est actif."
NOT_RECOGNISED = "La clé n'a pas été reconnue. Recommencez, ou choisissez une autre façon de confirmer que c'est vous."
# What the library that reads a key's answer raises of one that no browser gave.
MALFORMED = (ValueError, TypeError, AttributeError, LookupError, AssertionError)


def _answer() -> forms.JSONField:
    """What the key said, which the page's script fills in."""
    unread = dict.fromkeys(("required", "invalid"), NOT_READ)
    return forms.JSONField(label="Clé de sécurité", widget=forms.HiddenInput, error_messages=unread)


class AddKeyForm(allauth_forms.AddWebAuthnForm):
    # Not required: an empty one is given a name, since by then the key itself already knows of us.
    name = forms.CharField(
        label="Nom de la clé",
        max_length=NAME_LENGTH,
        required=False,
        help_text=french("Pour la reconnaître plus tard : « clé USB du bureau », « mon téléphone »."),
    )
    credential = _answer()

    def clean(self):
        with _refused_in_words():
            return super().clean()


class RenameKeyForm(allauth_forms.EditWebAuthnForm):
    name = forms.CharField(label="Nom de la clé", max_length=NAME_LENGTH)


class UseKeyForm(allauth_forms.AuthenticateWebAuthnForm):
    """At the door, and where a page asks again who it is."""

    credential = _answer()

    def clean_credential(self) -> Authenticator:
        try:
            with _refused_in_words():
                return super().clean_credential()
        except ValidationError as error:
            if error.code == REFUSED:
                self._tell_of_the_refusal()
            raise

    def _tell_of_the_refusal(self) -> None:
        """allauth tells of refused codes, not of refused keys."""
        refused = Authenticator(user=self.user, type=Authenticator.Type.WEBAUTHN)
        signals.authentication_failed.send(
            sender=Authenticator, request=context.request, user=self.user, authenticator=refused, reauthentication=False
        )


@contextmanager
def _refused_in_words() -> Iterator[None]:
    """allauth calls a refused key a wrong code, and lets through what a forged answer makes its library raise."""
    try:
        yield
    except MALFORMED as error:
        raise ValidationError(NOT_RECOGNISED, code=REFUSED) from error
    except ValidationError as error:
        if error.code != REFUSED:
            raise
        raise ValidationError(NOT_RECOGNISED, code=REFUSED) from error
