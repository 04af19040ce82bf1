"""« Dossier de preuve »: what the portal kept of an invoice, read back from the PDF."""

import datetime
import hashlib
import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from chorus import deposit
from chorus.models import Submission
from chorus.tasks import deposit_sweep
from invoicing.deposits import Deposit
from invoicing.lifecycle import Status
from invoicing.models import Invoice
from tests.chorus.by_hand import deposit_by_hand, left_to_supplier
from tests.chorus.returning import come_back, cpp_id, people_of, post
from tests.factories import BuyerFactory, InvoiceFactory, MemberFactory, OrderFactory, SupplierFactory
from tests.invoicing.conftest import drop
from tests.invoicing.pdfs import an_invoice
from tests.people import signed_in

pytestmark = pytest.mark.django_db

IBAN = "FR7630006000011234567890189"


@pytest.fixture
def invoice(approved):
    return approved()


def proof(client, invoice):
    return client.get(reverse("chorus:proof_pack", args=[invoice.pk]))


def printed(client, invoice) -> str:
    """Its text, without the line breaks and the places where a long word may be broken."""
    pages = PdfReader(io.BytesIO(b"".join(proof(client, invoice).streaming_content))).pages
    text = " ".join(page.extract_text() for page in pages).replace("\u200b", "")
    return " ".join(text.replace("\n", " ").split())


def test_it_is_for_whoever_may_open_the_invoice():
    invoice = InvoiceFactory(status=Status.TO_REVIEW)
    people = people_of(invoice)
    for client in [people.supplier, people.buyer, people.agent]:
        answer = proof(client, invoice)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        assert answer["Content-Disposition"] == f'attachment; filename="dossier-{invoice.number}.pdf"'
        assert "no-store" in answer["Cache-Control"]
    for client in [people.other_supplier, people.stranger]:
        assert proof(client, invoice).status_code == 404


def test_a_draft_has_none_for_its_buyer():
    invoice = InvoiceFactory()
    people = people_of(invoice)
    assert proof(people.buyer, invoice).status_code == 404
    assert "Rien n'est déposé sur Chorus Pro" in printed(people.supplier, invoice)


def test_what_went_on_because_nobody_looked_was_not_reviewed():
    invoice = InvoiceFactory(status=Status.TO_REVIEW, status_at=timezone.now() - datetime.timedelta(days=10))
    people = people_of(invoice)
    invoice.take_over(by=people.supplier.user, to=Status.TO_SELF_DEPOSIT, seen_revision=1)
    assert "Vérification de la forme pas faite" in printed(people.supplier, invoice)
    looked_at = InvoiceFactory(status=Status.TO_REVIEW, order=invoice.orders.get())
    looked_at.approve(by=people.agent.user)
    assert "Vérification de la forme le" in printed(people.supplier, looked_at)


def test_it_tells_what_left_and_what_chorus_pro_said(invoice, simulator):
    come_back(simulator, invoice, "SUSPENDUE", "Il manque le bon de livraison")
    text = printed(people_of(invoice).supplier, invoice)
    for said in [
        "SANS VALEUR",
        "Il ne certifie ni la dette ni la livraison",
        invoice.number,
        "105,50 €",
        invoice.engagement_number,
        invoice.billed_orders.get().order.reference,
        hashlib.sha256(Path(invoice.document.path).read_bytes()).hexdigest(),
        "C'est l'original, octet pour octet",
        str(cpp_id(invoice)),
        "Simulateur, sans valeur",
        "par Camille Exemple",
        "L'acheteur attend votre réponse (Suspendue), dit par Chorus Pro",
        "Déposée sur Chorus Pro (Déposée), dit par Chorus Pro",
        "Il manque le bon de livraison",
        "délai interrompu",
    ]:
        assert said in text, said


def test_the_buyer_reads_no_name_of_the_other_house(invoice):
    deposit_sweep()
    text = printed(people_of(invoice).buyer, invoice)
    assert "Version 2026-11, signé le" in text
    assert "Camille Exemple" not in text


def test_the_copy_that_left_is_told_from_the_original(invoice):
    content = b"%PDF-1.4 copie"
    Invoice.objects.filter(pk=invoice.pk).update(
        plain_document=invoice.document.storage.save("copie.pdf", io.BytesIO(content)),
        plain_sha256=hashlib.sha256(content).hexdigest(),
        plain_size=len(content),
    )
    deposit_sweep()
    invoice.refresh_from_db()
    text = printed(people_of(invoice).supplier, invoice)
    assert Submission.objects.get().sent_sha256 == invoice.plain_sha256
    assert "C'est la copie ci-dessus, octet pour octet" in text
    assert text.count(invoice.plain_sha256) == 2
    assert invoice.document_sha256 in text


def test_what_was_found_is_not_said_to_be_the_file_that_never_left(invoice):
    left_to_supplier(invoice)
    deposit_by_hand(invoice)
    Invoice.objects.filter(pk=invoice.pk).update(status=Status.APPROVED, send_after=timezone.now())
    deposit_sweep()
    text = printed(people_of(invoice).supplier, invoice)
    assert Submission.objects.get().status == Submission.Status.DEPOSITED
    assert "Il ne sait pas quel fichier y est" in text
    assert "octet pour octet" not in text


def test_a_file_that_was_refused_as_already_there_is_not_the_one_there(invoice):
    deposit_by_hand(invoice)
    deposit_sweep()
    deposit_sweep()
    text = printed(people_of(invoice).supplier, invoice)
    assert Submission.objects.get().said_duplicate
    assert "Il ne sait pas quel fichier y est" in text


def test_a_lost_answer_leaves_the_file_that_left(invoice, simulator):
    simulator.trouble("lost_answer", operation="soumettre")
    deposit_sweep()
    deposit_sweep()
    assert Submission.objects.get().status == Submission.Status.DEPOSITED
    assert "C'est l'original, octet pour octet" in printed(people_of(invoice).supplier, invoice)


def test_a_file_that_left_before_it_was_given_back_and_replaced_is_told(invoice, simulator):
    simulator.trouble("lost_answer", operation="soumettre")
    deposit.queue_ready()
    deposit.send_due()
    row = Submission.objects.get()
    row.hold("?")
    row.give_back(by=people_of(invoice).agent.user, reason="À refaire")
    new = {"document_sha256": "b" * 64, "status": Status.APPROVED, "send_after": timezone.now()}
    Invoice.objects.filter(pk=invoice.pk).update(**new)
    deposit_sweep()
    text = printed(people_of(invoice).supplier, invoice)
    assert Submission.objects.filter(status=Submission.Status.DEPOSITED).exclude(pk=row.pk).exists()
    assert invoice.document_sha256 in text
    assert "Le PDF a été remplacé depuis sur le portail" in text


def test_a_replaced_pdf_is_on_the_portal_since_it_came():
    order = OrderFactory()
    client = signed_in(MemberFactory(supplier=order.supplier).user)
    invoice = drop(client, order)
    new = SimpleUploadedFile("corrigee.pdf", an_invoice(order, ht="80,00", tva="4,40", ttc="84,40"))
    client.post(reverse("invoicing:replace", args=[invoice.pk]), {"document": new, "revision": invoice.revision})
    first = datetime.datetime(2026, 11, 3, 8, 15, tzinfo=datetime.UTC)
    Invoice.objects.update(created_at=first)
    Deposit.objects.filter(replaces=None).update(created_at=first)
    Deposit.objects.filter(replaces=invoice).update(created_at=first + datetime.timedelta(days=2))
    assert "Sur le portail depuis le 5 novembre 2026 à 9 h 15." in printed(client, invoice)


def test_answers_are_told_with_the_fingerprints_of_their_files(invoice, simulator):
    come_back(simulator, invoice, "SUSPENDUE", "Il manque le bon de livraison")
    people = people_of(invoice)
    slip = io.BytesIO(b"bon signe")
    slip.name = "bon.txt"
    assert post(people.supplier, invoice, comment="Le voici", files=[slip]).status_code == 302
    deposit_sweep()
    text = printed(people.buyer, invoice)
    assert hashlib.sha256(b"bon signe").hexdigest() in text
    assert "Le voici" in text


def test_the_mandate_is_the_one_under_which_it_left(invoice):
    deposit_sweep()
    supplier, user = invoice.supplier, people_of(invoice).agent.user
    supplier.answer_box(uses_chorus=False, depositor="", by=user)
    text = printed(people_of(invoice).agent, invoice)
    assert "signé le" in text
    assert "révoqué le" in text


def test_what_a_person_declared_is_said_so():
    invoice = InvoiceFactory(status=Status.TO_SELF_DEPOSIT)
    people = people_of(invoice)
    day = datetime.date(2026, 11, 3)
    invoice.declare(Status.DEPOSITED, on=day, by=people.supplier.user, acted_as="Jean", seen_revision=1)
    text = printed(people.supplier, invoice)
    assert "3 novembre 2026 : Déposée sur Chorus Pro, déclaré par Jean" in text
    assert "dit par Chorus Pro" not in text
    assert "D'après une déclaration" in text


def test_no_account_number_is_printed_in_full():
    invoice = InvoiceFactory(status=Status.TO_REVIEW, iban=IBAN)
    invoice.note("Mon compte est le FR76 3000 6000 0112 3456 7890 189, merci")
    text = printed(people_of(invoice).supplier, invoice)
    digits = "".join(text.split())
    assert IBAN not in digits
    assert "Compte imprimé" in text
    assert "merci" in text


@pytest.mark.odd_words
def test_hostile_words_are_printed_and_nothing_else():
    name = '#panic("x") $1$ <b>é</b> @ref \\ \u202e🍎漢\u0007' + "W" * 120
    supplier = SupplierFactory(name=name)
    order = OrderFactory(supplier=supplier, buyer=BuyerFactory(name='*Collège* `raw` #read("/etc/passwd")'))
    invoice = InvoiceFactory(order=order, status=Status.TO_REVIEW, document_name="a" * 190 + ".pdf", number="#1 <x>")
    text = printed(people_of(invoice).supplier, invoice)
    assert '#panic("x") $1$ <b>é</b> @ref \\' in text
    assert '*Collège* `raw` #read("/etc/passwd")' in text
    assert "W" * 120 in text.replace(" ", "")
    assert "a" * 190 + ".pdf" in text.replace(" ", "")
