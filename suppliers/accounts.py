"""How people come in: allauth's doors, with our words and our membership requests."""

from allauth.account.adapter import DefaultAccountAdapter
from django import forms


class AccountAdapter(DefaultAccountAdapter):
    pass


class SignupForm(forms.Form):
    def signup(self, request, user):
        pass
