"""The journal of mails at the desk: read by all, sent again where it failed."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from suppliers.models import Mail
from suppliers.models.mail import ATTEMPTS
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def failed_mail(**values):
    fields = {
        "kind": "iban_changed",
        "about": 1,
        "subject": "Nouvel IBAN",
        "happened": "Un IBAN.",
        "attempts": ATTEMPTS,
    }
    return Mail.objects.create(user=UserFactory(), last_error="SMTPDataError 451", **{**fields, **values})


def test_the_journal_of_mails_is_searched_and_read(desk):
    shown, other = failed_mail(), failed_mail(kind="member", subject="Vous pouvez agir", attempts=0)
    address = reverse("admin:suppliers_mail_changelist")
    for query in (f"q={shown.user.email}", "nature=iban_changed", "etat=failed"):
        page = desk.get(f"{address}?{query}").content.decode()
        assert shown.subject in page
        assert "SMTPDataError 451" in page
        assert other.subject not in page
    page = reverse("admin:suppliers_mail_change", args=[shown.pk])
    assert "Un IBAN." in desk.get(page).content.decode()
    assert desk.post(page, {"subject": "Autre"}).status_code == 403


def test_only_what_failed_is_sent_again(desk):
    broken, gone = failed_mail(), failed_mail(attempts=1, sent_at=timezone.now())
    data = {"action": "resend", "_selected_action": [broken.pk, gone.pk]}
    page = desk.post(reverse("admin:suppliers_mail_changelist"), data, follow=True).content.decode()
    assert "Le courriel part dans la minute." in page
    assert {mail.pk: mail.attempts for mail in Mail.objects.all()} == {broken.pk: 0, gone.pk: 1}


def test_who_may_only_read_sends_nothing_again(client):
    reader, broken = UserFactory(is_staff=True), failed_mail()
    reader.user_permissions.add(Permission.objects.get(codename="view_mail"))
    client.force_login(reader)
    client.post(reverse("admin:suppliers_mail_changelist"), {"action": "resend", "_selected_action": [broken.pk]})
    broken.refresh_from_db()
    assert broken.attempts == ATTEMPTS
