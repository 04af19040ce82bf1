"""People at the agents' desk, the invoices before them, and the buttons they press."""

import html

from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from invoicing.lifecycle import Status
from invoicing.models import Invoice
from tests.factories import InvoiceFactory, UserFactory

QUEUE = "/admin/invoicing/invoice/"


def staff(*codenames):
    """A person of the Département with exactly these permissions."""
    person = UserFactory(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return person


def agent():
    return staff("view_invoice", "review_invoice", "view_invoiceevent")


def sit_down(client):
    """The browser of an agent; `.agent` is who he is."""
    client.agent = agent()
    client.force_login(client.agent)
    return client


def waiting(**values):
    """An invoice that an agent has to look at, and that shows nothing wrong."""
    return InvoiceFactory(**{"status": Status.TO_REVIEW, "verdict_at": timezone.now(), **values})


def problem(level="warn", message="La date de livraison manque."):
    return {"code": "x", "level": level, "message": message, "remedy": "Ajoutez-la.", "field": ""}


def page(invoice):
    return reverse("admin:invoicing_invoice_change", args=[invoice.pk])


def decide(client, invoice, decision, *, revision=None, follow=False, **values):
    """Press a button of the review page, as it was when `invoice` was loaded."""
    data = {"decision": decision, "revision": invoice.revision if revision is None else revision, **values}
    return client.post(reverse("admin:invoicing_invoice_decide", args=[invoice.pk]), data, follow=follow)


def send_back(client, invoice, reason="amounts", detail="", **options):
    return decide(client, invoice, "return", reason=reason, detail=detail, **options)


def approve_chosen(client, invoices, **seen):
    """Tick these in the list and let them go; `seen` gives other revisions than those that were on the screen."""
    data = {"action": "approve_chosen", "index": "0", "_selected_action": [invoice.pk for invoice in invoices]}
    data |= {f"seen-{invoice.pk}": invoice.revision for invoice in invoices} | seen
    return client.post(QUEUE, data, follow=True)


def stored(invoice):
    return Invoice.objects.get(pk=invoice.pk)


def read(response) -> str:
    """The page as a person reads it: no entities, and no telling one space from another."""
    return html.unescape(response.content.decode()).replace("\u00a0", " ").replace("\u202f", " ")
