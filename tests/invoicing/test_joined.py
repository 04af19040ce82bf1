"""« Joindre le bon de livraison (facultatif) »: documents that leave with the invoice."""

import io

import pytest
from django.urls import reverse

from invoicing.lifecycle import Status
from invoicing.models import Attachment
from tests.invoicing.confirming import address, errors_of, save
from tests.invoicing.conftest import confirm, drop
from tests.people import address as page_of

pytestmark = pytest.mark.django_db


def a_file(content=b"bon signe", name="bon.pdf"):
    file = io.BytesIO(content)
    file.name = name
    return file


@pytest.fixture
def invoice(supplier_client, order):
    return drop(supplier_client, order)


def test_one_act_joins_and_hands_over(supplier_client, invoice):
    assert confirm(supplier_client, invoice, joined=[a_file()]).status_code == 302
    invoice.refresh_from_db()
    assert invoice.status == Status.TO_REVIEW
    note = invoice.joined.get()
    with note.file.open() as kept:
        assert (note.name, note.kind, kept.read()) == ("bon.pdf", "03", b"bon signe")
    assert [event.reason for event in invoice.events.filter(label="Document joint")] == ["bon.pdf"]
    assert "bon.pdf" in supplier_client.get(page_of("detail", invoice)).content.decode()


def test_nothing_joined_is_fine(supplier_client, invoice):
    confirm(supplier_client, invoice)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.joined.count()) == (Status.TO_REVIEW, 0)


def test_it_is_taken_off_again_with_its_file(supplier_client, invoice, django_capture_on_commit_callbacks):
    save(supplier_client, invoice, joined=[a_file()])
    note = invoice.joined.get()
    assert "Retirer un document joint" in supplier_client.get(address(invoice)).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        save(supplier_client, invoice, taken_off=[note.pk])
    assert not invoice.joined.exists()
    assert not note.file.storage.exists(note.file.name)


def test_another_invoices_document_is_not_taken_off(supplier_client, invoice, an_invoice_of):
    other = Attachment.objects.create(invoice=an_invoice_of(), file="x", name="x.pdf", kind="03", size=1, sha256="0")
    save(supplier_client, invoice, joined=[a_file()])
    assert "taken_off" in errors_of(save(supplier_client, invoice, taken_off=[other.pk]))
    assert Attachment.objects.filter(pk=other.pk).exists()


@pytest.mark.parametrize(
    "files", [[a_file(name="virus.exe")], [a_file(b"")], [a_file(bytes([n]), f"{n}.pdf") for n in range(4)]]
)
def test_what_chorus_pro_would_not_take_is_not_joined(supplier_client, invoice, files):
    for file in files:
        file.seek(0)
    answer = save(supplier_client, invoice, joined=files)
    assert "joined" in errors_of(answer)
    assert "Votre navigateur oublie les fichiers" in answer.content.decode()
    assert not invoice.joined.exists()


def test_who_comes_too_late_joins_nothing(supplier_client, invoice, settings):
    answer = save(supplier_client, invoice, revision=invoice.revision - 1, joined=[a_file()])
    assert "pendant que vous la lisiez" in answer.content.decode()
    assert not invoice.joined.exists()


def test_it_is_for_whoever_may_open_the_invoice(people, an_invoice_of, supplier_client, order):
    invoice = drop(supplier_client, order)
    confirm(supplier_client, invoice, joined=[a_file()])
    at = reverse("invoicing:attachment", args=[invoice.pk, invoice.joined.get().pk])
    clients = [people.supplier, people.buyer, people.agent, people.other_supplier, people.other_buyer, people.stranger]
    codes = []
    for client in clients:
        answer = client.get(at)
        codes.append(answer.status_code)
        b"".join(answer)
    assert codes == [200, 200, 200, 404, 404, 404]
