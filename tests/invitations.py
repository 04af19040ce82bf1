"""People who are invited to a supplier or a buyer, and their browsers."""

import re

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import mail
from django.urls import reverse

from suppliers.models import User
from suppliers.outbox import send_due
from tests.people import signed_in

ADDRESS = "nouvelle@example.org"


def act(client, house, page="members", *more, **data):
    return client.post(reverse(f"{house.space}:{page}", args=[house.pk, *more]), data)


def invite(client, house, email=ADDRESS):
    return act(client, house, email=email)


def read(client, house) -> str:
    return client.get(house.members_path).content.decode().replace("&#x27;", "'")


def letter_to(address=ADDRESS):
    """What leaves now for this address, the last one if there are several."""
    mail.outbox.clear()
    send_due()
    return [letter for letter in mail.outbox if letter.to == [address]][-1]


def link_in(letter) -> str:
    return re.search(r"(?<= )https?://\S+/invitation/\S+", letter.body)[0].removeprefix(settings.SITE["url"])


def account(email=ADDRESS, *, verified=True, **values) -> User:
    user = User.objects.create_user(email, **values)
    EmailAddress.objects.create(user=user, email=email, verified=verified, primary=True)
    return user


def come(link, user):
    """Somebody signed in opens the link and presses « Accepter »."""
    client = signed_in(user)
    client.get(link)
    client.answer = client.post(reverse("invitation"))
    return client
