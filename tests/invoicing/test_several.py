"""Several files at once, photographs, and a PDF that holds several invoices."""

import hashlib
import io

import pytest
from django.urls import reverse
from pypdf import PdfReader, PdfWriter

from invoicing.deposits import Deposit, Original, State, Upload, UploadPage
from invoicing.lifecycle import Status
from invoicing.models import Invoice
from invoicing.tasks import read_waiting
from tests.factories import OrderFactory
from tests.invoicing.conftest import deposit, upload
from tests.invoicing.pdfs import a_pdf, an_invoice
from tests.invoicing.photographs import heic, lying, photo

pytestmark = pytest.mark.django_db
PAGE = "/factures/deposer/"


def drop_all(client, *contents, names=(), **typed):
    files = [upload(content, name) for content, name in zip(contents, names or ["f.pdf"] * len(contents), strict=True)]
    return client.post(PAGE, {"order": "", "document": files, **typed})


def looked(client, address) -> int:
    answer = client.get(address)
    b"".join(getattr(answer, "streaming_content", ()))
    return answer.status_code


def text(response) -> str:
    return response.content.decode().replace("&#x27;", "'")


def bound(*contents: bytes) -> bytes:
    """One PDF with all these pages."""
    writer = PdfWriter()
    for content in contents:
        for page in PdfReader(io.BytesIO(content)).pages:
            writer.add_page(page)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


# --- Several files ---


def test_each_pdf_makes_its_draft_and_nothing_is_lost_when_one_fails(supplier_client, order):
    known = an_invoice(order, number="F1")
    deposit(supplier_client, known)
    response = drop_all(
        supplier_client,
        an_invoice(order, number="F2"),
        known,
        b"%PDF-1.4\n%%EOF",
        an_invoice(order, number="F3"),
        names=["deux.pdf", "un.pdf", "casse.pdf", "trois.pdf"],
    )
    page = text(supplier_client.get(response.url))
    numbers = dict(Invoice.objects.values_list("number", "pk"))
    assert set(numbers) == {"F1", "F2", "F3"}
    assert all(reverse("invoicing:confirm", args=[pk]) in page for pk in numbers.values())
    assert "déjà été déposé" in page
    assert "abîmé" in page
    assert "Fichier écarté" in page
    assert page.index("deux.pdf") < page.index("un.pdf") < page.index("casse.pdf") < page.index("trois.pdf")
    assert response.url not in text(supplier_client.get("/factures/"))


def test_the_same_post_twice_makes_them_once(supplier_client, order):
    both = [an_invoice(order, number="F1"), an_invoice(order, number="F2")]
    for _ in range(2):
        response = drop_all(supplier_client, *both)
    assert Invoice.objects.count() == 2
    assert text(supplier_client.get(response.url)).count("déjà été déposé") == 2


def test_there_is_a_bound_to_their_number_and_weight(supplier_client, order, settings):
    settings.DEPOSIT_FILES = 2
    response = drop_all(supplier_client, *[a_pdf(str(number)) for number in range(3)])
    assert "2 fichiers au plus" in str(response.context["form"].errors)
    settings.DEPOSIT_MAX_BYTES = 1500
    response = drop_all(supplier_client, a_pdf("1"), a_pdf("2"))
    assert "ensemble" in str(response.context["form"].errors)
    assert not Deposit.objects.exists()


def test_a_file_far_too_large_is_never_kept_whole(supplier_client, order, settings):
    settings.UPLOAD_MAX_FILE_BYTES = 200_000
    settings.INVOICE_MAX_BYTES = 100_000
    response = drop_all(supplier_client, b"%PDF-1.4\n" + b"0" * 900_000, an_invoice(order), names=["gros.pdf", "f.pdf"])
    assert "dépasse 10 Mo" in text(supplier_client.get(response.url))
    assert Invoice.objects.count() == 1
    assert sum(original.size for original in Original.objects.all()) < 100_000


def test_a_post_announced_as_too_long_is_refused_unread(supplier_client, settings):
    settings.UPLOAD_MAX_BYTES = 1000
    response = drop_all(supplier_client, b"%PDF-1.4\n" + b"0" * 5000)
    assert response.status_code == 413
    assert "trop lourd" in text(response)


# --- Photographs ---


def test_photographs_make_one_invoice_and_are_kept(supplier_client, order):
    pictures = [lying(6), photo(kind="PNG")]
    response = drop_all(supplier_client, *pictures, names=["IMG_1.JPG", "IMG_2.png"])
    invoice = Invoice.objects.get()
    assert response.url == reverse("invoicing:confirm", args=[invoice.pk])
    assert (invoice.document_name, invoice.pages.count()) == ("IMG_1.pdf", 2)
    kept = [(one.name, one.sha256, one.size) for one in invoice.kept_originals]
    assert kept == [
        (name, hashlib.sha256(content).hexdigest(), len(content))
        for name, content in zip(["IMG_1.jpg", "IMG_2.png"], pictures, strict=True)
    ]
    for number, content in enumerate(pictures):
        answer = supplier_client.get(reverse("invoicing:original", args=[invoice.pk, number]))
        assert b"".join(answer.streaming_content) == content
        assert "attachment" in answer["Content-Disposition"]
    assert "2 photos" in invoice.events.get().reason
    assert invoice.document_size < 10_000_000


def test_photographs_and_pdfs_together_each_go_their_way(supplier_client, order):
    drop_all(supplier_client, photo(), an_invoice(order), photo(colour="red"), names=["a.jpg", "b.pdf", "c.jpg"])
    assert [one.originals.count() for one in Upload.objects.order_by("position")] == [2, 1]
    assert {invoice.pages.count() for invoice in Invoice.objects.all()} == {1, 2}


def test_the_same_photographs_again_lead_to_the_first(supplier_client, order):
    drop_all(supplier_client, photo(), photo(colour="red"))
    response = drop_all(supplier_client, photo(), photo(colour="red"))
    assert "déjà été déposé" in str(response.context["form"].errors)
    assert Invoice.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "said"), [(heic(), "Le plus compatible"), (photo()[:2000], "abîmée"), (b"GIF89a" * 50, "ni une photo")]
)
def test_a_photograph_nobody_can_take_is_a_sentence(supplier_client, order, settings, content, said):
    response = drop_all(supplier_client, content)
    assert said in str(response.context["form"].errors)
    assert not list(settings.MEDIA_ROOT.rglob("*.*"))


def test_a_photograph_may_replace_a_pdf_but_not_two_pdfs(supplier_client, order):
    deposit(supplier_client, an_invoice(order))
    invoice = Invoice.objects.get()
    address = reverse("invoicing:replace", args=[invoice.pk])
    two = [upload(a_pdf("1")), upload(a_pdf("2"))]
    response = supplier_client.post(address, {"revision": invoice.revision, "document": two})
    assert "un seul PDF" in str(response.context["form"].errors)
    both = [upload(photo(), "1.jpg"), upload(lying(3), "2.jpg")]
    assert supplier_client.post(address, {"revision": invoice.revision, "document": both}).status_code == 302
    assert invoice.pages.count() == 2
    assert invoice.number == "F2026-0147"


def test_originals_are_for_the_supplier_and_agents(people, order):
    drop_all(people.supplier, lying(8))
    invoice = Invoice.objects.get()
    Invoice.objects.filter(pk=invoice.pk).update(
        buyer=order.buyer, status=Status.TO_REVIEW, number_key="F", issue_year=2026, issue_date="2026-11-02",
        total_ttc=10, establishment=order.supplier.establishments.get(),
    )  # fmt: skip
    address = reverse("invoicing:original", args=[invoice.pk, 0])
    seen = {name: looked(client, address) for name, client in vars(people).items()}
    assert seen == {
        "supplier": 200, "agent": 200, "buyer": 404, "other_supplier": 404, "other_buyer": 404, "stranger": 404,
        "nobody": 302,
    }  # fmt: skip
    detail = reverse("invoicing:detail", args=[invoice.pk])
    assert address in text(people.supplier.get(detail))
    assert address not in text(people.buyer.get(detail))


# --- One PDF of several invoices ---


@pytest.fixture
def three(order):
    """Three invoices in one file, the second of two pages."""
    others = [OrderFactory(supplier=order.supplier, buyer=order.buyer) for _ in range(2)]
    one, two, last = [an_invoice(each, number=f"F-{n}") for n, each in enumerate([order, *others], 1)]
    return bound(one, two, a_pdf("Conditions de vente", "Page 2"), last)


@pytest.fixture
def asked(supplier_client, three):
    response = deposit(supplier_client, three)
    assert Upload.objects.get().state == State.ASKING
    return response.url


def answer(client, page, word):
    return client.post(
        reverse("invoicing:settle_upload", args=[Deposit.objects.get().pk, Upload.objects.get().pk]), {"answer": word}
    )


def test_it_asks_before_it_cuts(supplier_client, asked):
    page = text(supplier_client.get(asked))
    assert "semble contenir 3 factures" in page
    assert "pages 2 à 3" in page
    assert "F-1" in page
    picture = reverse("invoicing:upload_page", args=[Deposit.objects.get().pk, Upload.objects.get().pk, 4])
    assert picture in page
    shown = supplier_client.get(picture)
    assert b"".join(shown.streaming_content).startswith(b"\xff\xd8\xff")
    assert not Invoice.objects.exists()
    assert "1 fichier attend votre réponse" in text(supplier_client.get("/factures/"))


def test_it_is_cut_by_number_and_the_original_stays(supplier_client, asked, three):
    answer(supplier_client, asked, "cut")
    assert "Lecture en cours" in text(supplier_client.get(asked))
    read_waiting()
    invoices = list(Invoice.objects.order_by("number"))
    assert [(invoice.number, invoice.pages.count()) for invoice in invoices] == [("F-1", 1), ("F-2", 2), ("F-3", 1)]
    assert len({invoice.document_sha256 for invoice in invoices}) == 3
    for invoice in invoices:
        with invoice.document.open("rb") as file:
            content = file.read()
        assert hashlib.sha256(content).hexdigest() == invoice.document_sha256
        assert len(PdfReader(io.BytesIO(content)).pages) == invoice.pages.count()
        download = supplier_client.get(reverse("invoicing:original", args=[invoice.pk, 0]))
        assert b"".join(download.streaming_content) == three
        assert "Découpée dans" in invoice.events.get().reason
    page = text(supplier_client.get(asked))
    shown = [page.index(reverse("invoicing:confirm", args=[invoice.pk])) for invoice in invoices]
    assert shown == sorted(shown)
    assert not UploadPage.objects.exists()


def test_the_whole_file_again_is_known(supplier_client, asked, three):
    answer(supplier_client, asked, "cut")
    read_waiting()
    response = deposit(supplier_client, three)
    assert "déjà été déposé" in str(response.context["form"].errors)


def test_it_may_be_one_invoice(supplier_client, asked, three):
    answer(supplier_client, asked, "whole")
    invoice = Invoice.objects.get()
    assert (invoice.document_sha256, invoice.pages.count()) == (hashlib.sha256(three).hexdigest(), 4)
    assert invoice.kept_originals == []
    assert supplier_client.get(asked).url == reverse("invoicing:confirm", args=[invoice.pk])


def test_it_may_be_given_up(supplier_client, asked, settings):
    answer(supplier_client, asked, "none")
    assert "renoncé" in text(supplier_client.get(asked))
    assert not list(settings.MEDIA_ROOT.rglob("*.*"))


def test_two_answers_count_once(supplier_client, asked):
    answer(supplier_client, asked, "cut")
    for word in ("whole", "none", "cut", "maybe"):
        answer(supplier_client, asked, word)
    read_waiting()
    assert Invoice.objects.count() == 3


@pytest.mark.parametrize("name", ["other_supplier", "buyer", "agent", "stranger"])
def test_nobody_else_sees_or_answers_it(people, asked, name):
    client = getattr(people, name)
    pks = [Deposit.objects.get().pk, Upload.objects.get().pk]
    assert client.get(asked).status_code == 404
    assert client.get(reverse("invoicing:upload_page", args=[*pks, 1])).status_code == 404
    assert answer(client, asked, "cut").status_code == 404
    assert Upload.objects.get().state == State.ASKING


def test_a_signed_pdf_is_not_cut(supplier_client, asked):
    Upload.objects.update(is_signed=True)
    page = text(supplier_client.get(asked))
    assert "casserait la signature" in page
    assert 'value="cut"' not in page
    answer(supplier_client, asked, "cut")
    assert Upload.objects.get().state == State.ASKING


@pytest.mark.parametrize(
    "pages",
    [
        lambda order: [an_invoice(order, number="F-1"), an_invoice(order, number="F-1")],
        lambda order: [an_invoice(order, number="F-1"), a_pdf("Bon de livraison n° BL-77", "Date : 02/11/2026")],
        lambda order: [a_pdf("Couverture"), an_invoice(order, number="F-1"), an_invoice(order, number="F-2")],
        lambda order: [an_invoice(order, number=number) for number in ("F-1", "F-2", "F-1")],
        lambda order: [an_invoice(order, number="F-1"), a_pdf("Facture n° F-2", "Rappel de votre facture")],
    ],
    ids=["same number", "delivery note", "cover", "comes back", "no total"],
)
def test_in_doubt_it_is_one_invoice(supplier_client, order, pages):
    deposit(supplier_client, bound(*pages(order)))
    assert Invoice.objects.count() == 1
