"""Browsers of people who are signed in, and where they go."""

from django.test import Client
from django.urls import reverse


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    client.user = user
    return client


def address(name, invoice, *more) -> str:
    """A page of this invoice."""
    return reverse(f"invoicing:{name}", args=[invoice.pk, *more])
