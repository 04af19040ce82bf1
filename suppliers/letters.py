"""A letter as it leaves: text and HTML, French, links to nowhere but the portal."""

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from suppliers.models.mail import Mail
from suppliers.typography import french


def letter(mails: Sequence[Mail]) -> EmailMultiAlternatives:
    """One thing with its button, or a digest: a line and a link for each. All of them are the same person's.

    Who answers reaches the Département, not the address that nobody reads.
    """
    answered_by = settings.SITE["contact_email"]
    for mail in mails:
        # Not saved: what opens a door stands in the letter alone.
        mail.path = mail.path_in_letter
    subject = mails[0].subject if len(mails) == 1 else french(f"{settings.SITE['name']} : {len(mails)} nouvelles")
    context = {"mails": mails, "portal": settings.SITE, "subject": subject, "rhythm_path": reverse("mail_rhythm")}
    message = EmailMultiAlternatives(
        " ".join(subject.splitlines()),
        render_to_string("mail/letter.txt", context).strip() + "\n",
        to=[mails[0].to],
        reply_to=[answered_by] if answered_by else None,
        headers={"Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string("mail/letter.html", context), "text/html")
    return message
