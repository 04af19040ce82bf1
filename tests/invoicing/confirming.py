"""The confirm page: its address, its buttons, what it answers."""

from django.urls import reverse

from tests.invoicing.conftest import form_data


def address(invoice):
    return reverse("invoicing:confirm", args=[invoice.pk])


def save(client, invoice, **changes):
    return client.post(address(invoice), form_data(client, invoice, action="save", **changes))


def errors_of(response) -> str:
    assert response.status_code == 200
    return str(response.context["form"].errors)


def codes(invoice) -> set[str]:
    invoice.refresh_from_db()
    return {problem["code"] for problem in invoice.verdict}
