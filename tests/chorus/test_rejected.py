"""A rejected invoice is redone under a new number, or given up; either way the rejection is acknowledged, once."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from chorus.models import Return, Submission
from chorus.tasks import deposit_sweep, news_sweep
from invoicing.lifecycle import Status
from invoicing.models import Invoice, Reply
from tests.chorus.killed_worker import kill_a_worker_at, points_without_file
from tests.chorus.returning import address, come_back, cpp_id, people_of
from tests.invoicing.pdfs import an_invoice

pytestmark = pytest.mark.django_db(transaction=True)

MOTIVE = "Code service erroné"
ACKNOWLEDGE = "factures/traiterRejet"
OLD, NEW = "F2026-0147", "F2026-0148"


@pytest.fixture
def rejected(simulator, approved):
    return come_back(simulator, approved(number=OLD, number_key="F2026-0147"), "REJETEE", MOTIVE)


@pytest.fixture
def people(rejected):
    return people_of(rejected)


def redo(client, invoice, content=None, **typed):
    content = content or an_invoice(invoice.orders.get(), number=NEW)
    data = {"revision": invoice.revision, "document": SimpleUploadedFile("facture.pdf", content), **typed}
    return client.post(address("redo", invoice), data)


def give_up(client, invoice, **typed):
    data = {"abandon-revision": invoice.revision, "abandon-comment": "Trop petite somme", **typed}
    return client.post(address("give_up", invoice), data)


def text_of(client, page, invoice) -> str:
    return client.get(address(page, invoice)).content.decode()


def test_a_rejected_invoice_is_redone_under_a_new_number(simulator, rejected, people):
    assert address("redo", rejected) in text_of(people.supplier, "detail", rejected)
    page = text_of(people.supplier, "redo", rejected)
    assert MOTIVE in page
    assert "Mettez la bonne sur le nouveau PDF" in page
    response = redo(people.supplier, rejected)
    new = Invoice.objects.exclude(pk=rejected.pk).get()
    assert response.url == address("confirm", new)
    assert (new.status, new.number, new.orders.get()) == (Status.DRAFT, NEW, rejected.orders.get())
    assert OLD in new.events.get(kind="note").reason
    assert MOTIVE in new.events.get(kind="note").reason

    deposit_sweep()
    assert simulator.invoices()[0]["rejection_handled"]
    rejected.refresh_from_db()
    assert rejected.status == Status.REJECTED
    assert address("detail", new) in text_of(people.supplier, "detail", rejected)
    assert address("detail", new) not in text_of(people.buyer, "detail", rejected)
    assert address("redo", rejected) not in text_of(people.supplier, "detail", rejected)


def test_the_rejected_pdf_is_caught(rejected, people):
    with rejected.document.open("rb") as document:
        response = redo(people.supplier, rejected, document.read())
    assert "Ce PDF porte encore le numéro rejeté" in response.content.decode()
    assert not Reply.objects.exists()


def test_so_is_another_pdf_with_the_rejected_number(rejected, people):
    response = redo(people.supplier, rejected, an_invoice(rejected.orders.get(), number=OLD))
    assert "Ce PDF porte encore le numéro rejeté" in response.content.decode()
    assert Invoice.objects.count() == 1
    assert not Reply.objects.exists()


@pytest.mark.parametrize(("content", "said"), [(b"pas un PDF", "PDF"), (b"", "vide")])
def test_a_file_that_is_no_invoice_gets_a_french_sentence(rejected, people, content, said):
    document = SimpleUploadedFile("facture.pdf", content)
    response = people.supplier.post(address("redo", rejected), {"revision": rejected.revision, "document": document})
    assert response.status_code == 200
    assert said in " ".join(response.context["form"].errors["document"])
    assert Invoice.objects.count() == 1


def test_a_rejected_invoice_is_given_up_for_good(simulator, rejected, people):
    assert give_up(people.supplier, rejected).status_code == 302
    deposit_sweep()
    news_sweep()
    assert simulator.invoices()[0]["rejection_handled"]
    page = text_of(people.supplier, "detail", rejected)
    assert "ne sera pas refaite" in page
    assert "Trop petite somme" in page
    assert address("redo", rejected) not in page
    assert rejected not in Invoice.objects.to_do()
    assert people.supplier.get(address("redo", rejected)).status_code == 302


def test_what_is_not_treated_stays_to_do(rejected, people):
    assert rejected in Invoice.objects.to_do()
    assert people.supplier.get(reverse("invoicing:supplier_home")).status_code == 200
    assert people.supplier.get(address("reply", rejected)).url == address("redo", rejected)


def test_twice_posted_is_once_treated(simulator, rejected, people):
    seen = Invoice.objects.get(pk=rejected.pk)
    assert [redo(people.supplier, seen).status_code for _ in range(2)] == [302, 302]
    assert give_up(people.agent, seen).status_code == 302
    deposit_sweep()
    deposit_sweep()
    assert (Invoice.objects.count(), Reply.objects.count()) == (2, 1)
    assert simulator.calls()[ACKNOWLEDGE] == 1


def test_an_aged_page_stores_nothing(rejected, people):
    response = redo(people.supplier, rejected, revision=rejected.revision - 1)
    assert "a changé depuis" in response.content.decode()
    give_up(people.supplier, rejected, **{"abandon-revision": rejected.revision - 1})
    assert Invoice.objects.count() == 1
    assert not Reply.objects.exists()


@pytest.mark.parametrize("trouble", ["lost_answer", "drop", "html_error"])
def test_a_lost_answer_ends_acknowledged(simulator, rejected, people, trouble):
    give_up(people.supplier, rejected)
    simulator.trouble(trouble, operation="traiterRejet")
    for _ in range(5):
        deposit_sweep()
    assert simulator.invoices()[0]["rejection_handled"]
    assert Reply.objects.get().state == Reply.State.SENT
    assert Return.objects.get(kind=Submission.Kind.ACKNOWLEDGE).cpp_id == cpp_id(rejected)


@pytest.mark.parametrize("point", points_without_file())
def test_a_worker_killed_anywhere_acknowledges(simulator, rejected, people, point):
    """`traiterRejet` leaves no trace that could be looked for: said twice, it is the same as once."""
    give_up(people.supplier, rejected)
    kill_a_worker_at(point)
    for _ in range(5):
        deposit_sweep()
    assert simulator.invoices()[0]["rejection_handled"]
    assert Reply.objects.get().state == Reply.State.SENT
    (taken,) = simulator.answers()
    assert taken["count"] in (1, 2)


def test_a_rejection_the_buyer_took_back_is_refused(simulator, rejected, people):
    give_up(people.supplier, rejected)
    simulator.play(cpp_id(rejected), "MISE_A_DISPOSITION", force=True)
    deposit_sweep()
    assert "a changé d'état" in Reply.objects.get().refusal
    assert not simulator.invoices()[0]["rejection_handled"]


def test_only_the_supplier_and_deciding_agents_treat_it(rejected, people):
    for name in ("other_supplier", "buyer", "onlooker", "stranger"):
        client = getattr(people, name)
        assert client.get(address("redo", rejected)).status_code == 404
        assert redo(client, rejected).status_code == 404
        assert give_up(client, rejected).status_code == 404
    assert not Reply.objects.exists()
    assert redo(people.agent, rejected).status_code == 302
    assert Reply.objects.get().by == people.agent.user


def test_a_wrong_reference_is_asked_for_beside_the_new_invoice(rejected, people):
    page = text_of(people.supplier, "redo", rejected)
    assert "Demander le bon numéro ou service" in page
    assert people.supplier.post(address("ask_buyer", rejected), follow=True).status_code == 200
    assert rejected.events.filter(label="Bonne référence demandée à l'acheteur").count() == 1


def test_an_agent_leaves_the_new_draft_to_its_supplier(rejected, people):
    response = people.agent.post(
        address("redo", rejected),
        {
            "revision": rejected.revision,
            "document": SimpleUploadedFile("facture.pdf", an_invoice(rejected.orders.get(), number=NEW)),
        },
        follow=True,
    )
    assert response.status_code == 200
    assert "brouillon du fournisseur" in response.content.decode()
    assert Reply.objects.get().acted_as == str(rejected.supplier)
