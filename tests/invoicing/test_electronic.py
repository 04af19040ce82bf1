"""A dropped Factur-X: read, told, kept, and deposited as the plain PDF its pages are."""

import hashlib
from datetime import date
from io import BytesIO

import pytest
from django.urls import reverse
from pypdf import PdfReader

from invoicing.checks import has_stop
from invoicing.lifecycle import Status
from invoicing.verdict import judge_invoice
from tests.invoicing import electronic
from tests.invoicing.conftest import confirm, deposit, drop, form_data, upload
from tests.invoicing.pdfs import an_invoice
from tests.invoicing.reading import hostile

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(order):
    """What the electronic invoice of this order says, as its page."""
    return {
        "kind": "FACTURE",
        "number": "F2026-0147",
        "issue_date": "2026-11-02",
        "supplier_siret": order.supplier.establishments.first().siret,
        "buyer_siret": order.buyer.recipient.siret,
        "engagement_number": order.engagement_number,
        "total_ht": "100.00",
        "total_tva": "5.50",
        "total_ttc": "105.50",
        "vat_lines": "5.5:100.00:5.50",
    }


@pytest.fixture
def taken(supplier_client, order, told):
    """Drop a PDF with an electronic invoice; gives the draft."""

    def take(make=electronic.facturx, **changes):
        response = deposit(supplier_client, make(an_invoice(order), electronic.cii(told, **changes)), order=order)
        assert response.status_code == 302, response.context["form"].errors
        return order.supplier.invoices.latest("pk")

    return take


def codes(invoice) -> set[str]:
    return {problem.code for problem in judge_invoice(invoice)}


def shown(client, invoice, page="confirm") -> str:
    return client.get(reverse(f"invoicing:{page}", args=[invoice.pk])).content.decode()


def fetch(client, address) -> tuple[int, str]:
    """The status of a download, and how the browser is told to take it."""
    answer = client.get(address)
    assert not answer.streaming or b"".join(answer.streaming_content).startswith(b"%PDF-")
    return answer.status_code, answer.headers.get("Content-Disposition", "")


def test_the_original_is_kept_and_a_copy_leaves(taken):
    invoice = taken()
    with invoice.document.open("rb") as original, invoice.to_send.file.open("rb") as copy:
        kept, leaving = original.read(), copy.read()
    assert hashlib.sha256(kept).hexdigest() == invoice.document_sha256
    assert "factur-x.xml" in PdfReader(BytesIO(kept)).attachments
    assert hashlib.sha256(leaving).hexdigest() == invoice.to_send.sha256 != invoice.document_sha256
    assert len(leaving) == invoice.to_send.size
    assert not PdfReader(BytesIO(leaving)).attachments
    assert electronic.pages_of(leaving) == electronic.pages_of(kept)


def test_a_plain_pdf_leaves_as_it_came(supplier_client, order):
    invoice = drop(supplier_client, order)
    assert not invoice.plain_document
    assert invoice.to_send == (invoice.document, invoice.document_sha256, invoice.document_size)


def test_the_supplier_is_told_before_he_confirms_and_has_both(taken, supplier_client):
    invoice = taken()
    page = shown(supplier_client, invoice)
    assert "Ce PDF contient une facture électronique" in page
    assert "l'original est conservé" in page
    assert "Lu dans la facture électronique jointe" in page
    for name in ("document", "plain"):
        address = reverse(f"invoicing:{name}", args=[invoice.pk])
        assert address in page
        assert fetch(supplier_client, address)[1].startswith("attachment")
    assert confirm(supplier_client, invoice).status_code == 302
    invoice.refresh_from_db()
    assert invoice.status == Status.TO_REVIEW
    assert reverse("invoicing:plain", args=[invoice.pk]) in shown(supplier_client, invoice, "detail")


def test_the_copy_is_for_those_who_may_see_the_invoice(taken, people):
    address = reverse("invoicing:plain", args=[taken().pk])
    answers = {name: fetch(getattr(people, name), address)[0] for name in vars(people)}
    assert {name for name, status in answers.items() if status == 200} == {"supplier", "agent"}
    assert answers["stranger"] == answers["other_supplier"] == answers["buyer"] == 404


def test_there_is_no_copy_to_download_where_none_was_needed(supplier_client, order):
    invoice = drop(supplier_client, order)
    assert supplier_client.get(reverse("invoicing:plain", args=[invoice.pk])).status_code == 404


@pytest.mark.parametrize(
    ("changes", "besides"),
    [
        ({"number": "F-9"}, set()),
        ({"issue_date": "2026-01-01"}, set()),
        ({"issue_date": "2027-01-01"}, set()),
        ({"total_ttc": "1.00"}, set()),
        ({"total_ttc": "211.00"}, set()),
        ({"total_ht": "200.00", "total_tva": "11.00", "total_ttc": "211.00", "vat_lines": ""}, set()),
        ({"total_ttc": "1.00", "vat_lines": "7:100.00:7.00"}, {"vat-rate-unusual", "vat-rate-unlikely"}),
    ],
)
def test_it_is_stopped_once_when_page_and_xml_differ(taken, changes, besides):
    invoice = taken(**changes)
    assert codes(invoice) == {"electronic-differs"} | besides
    assert has_stop(judge_invoice(invoice))


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("380", set()),
        ("384", {"kind-unknown"}),
        ("386", {"kind-unknown"}),
        ("389", {"kind-unknown"}),
        ("381", {"electronic-differs", "origin-missing"}),
        ("261", {"electronic-differs", "origin-missing", "kind-unknown"}),
    ],
    ids=["invoice", "corrective", "advance", "self-billed", "avoir", "self-billed avoir"],
)
def test_a_document_of_another_kind_is_told_by_its_code(taken, code, found):
    assert codes(taken(code=code)) == found


@pytest.mark.parametrize(("lines", "differ"), [(["60.00", "40.00"], False), (["60.00", "39.00"], True)])
def test_electronic_lines_that_do_not_make_the_total_stop(taken, lines, differ):
    problems = {problem.code: problem for problem in judge_invoice(taken(lines=lines))}
    assert set(problems) == ({"lines-sum-differs"} if differ else set())
    assert has_stop(problems.values()) == differ


def test_no_copy_is_promised_of_a_pdf_that_must_be_made_anew(taken, supplier_client):
    assert "Nous déposerons une copie" in shown(supplier_client, taken())
    assert "Nous déposerons une copie" not in shown(supplier_client, taken(number="F-9"))


def test_another_account_in_the_xml_is_stopped_and_never_stored_whole(supplier_client, order, told):
    page = an_invoice(order, lines=["IBAN FR76 1131 5000 0112 3456 7890 138"])
    xml = electronic.cii(told, iban="FR2012421242124212421242124")
    deposit(supplier_client, electronic.facturx(page, xml), order=order)
    invoice = order.supplier.invoices.get()
    assert codes(invoice) == {"electronic-differs"}
    assert "21242124212421" not in str(invoice.reading) + str(invoice.verdict)
    assert "00112345" not in str(invoice.reading) + str(invoice.verdict)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda pdf, xml: hostile.with_signature(electronic.facturx(pdf, xml)), "electronic-signed"),
        (lambda pdf, xml: hostile.with_signature(pdf), None),
        (lambda pdf, xml: hostile.with_signature(electronic.marked(pdf)), None),
        (lambda pdf, xml: hostile.encrypted(pdf, "", "owner", "AES-256"), None),
        (
            lambda pdf, xml: hostile.encrypted(hostile.with_signature(pdf), "", "owner", "AES-256"),
            "locked-signed",
        ),
    ],
)
def test_what_is_signed_stays_as_it_is_or_stops(taken, make, code):
    invoice = taken(make)
    assert codes(invoice) & {"electronic-signed", "locked-signed", "hidden-kept"} == ({code} if code else set())
    assert bool(invoice.plain_document) == (invoice.reading["is_locked"] and not invoice.reading["signed"])


def test_another_pdf_takes_its_copy_along(taken, supplier_client, order):
    invoice = taken()
    for content in (an_invoice(order, lines=["Autre"]), electronic.marked(an_invoice(order))):
        address = reverse("invoicing:replace", args=[invoice.pk])
        revision = supplier_client.get(address).context["form"]["revision"].value()
        supplier_client.post(address, {"document": upload(content), "revision": revision})
        invoice.refresh_from_db()
        assert invoice.document_size == len(content)
        assert bool(invoice.plain_document) == invoice.reading["is_marked"]
        assert bool(invoice.plain_sha256) == invoice.reading["is_marked"]


def test_a_self_depositor_is_given_the_copy(taken, supplier_client):
    invoice = taken()
    type(invoice).objects.filter(pk=invoice.pk).update(status=Status.TO_SELF_DEPOSIT)
    assert f'href="{reverse("invoicing:plain", args=[invoice.pk])}">Télécharger le PDF à déposer' in shown(
        supplier_client, invoice, "detail"
    )


# --- What a program guessed from a picture ---


@pytest.fixture
def guessed(supplier_client, order):
    """A draft whose values were recognised in a picture."""
    invoice = drop(supplier_client, order)
    invoice.reading["guessed"] = True
    invoice.save(update_fields=["reading"])
    return invoice


def test_what_was_guessed_is_handed_over_only_once_compared(guessed, supplier_client):
    answer = confirm(supplier_client, guessed)
    assert "compared" in answer.context["form"].errors
    guessed.refresh_from_db()
    assert guessed.status == Status.DRAFT
    assert "guessed-text" in codes(guessed)
    assert confirm(supplier_client, guessed, compared="on").status_code == 302
    guessed.refresh_from_db()
    assert guessed.status == Status.TO_REVIEW


def test_what_was_guessed_may_be_saved_before_it_is_compared(guessed, supplier_client):
    address = reverse("invoicing:confirm", args=[guessed.pk])
    assert supplier_client.post(address, form_data(supplier_client, guessed, action="save")).status_code == 302


def test_a_text_that_was_written_asks_for_no_comparison(supplier_client, order):
    page = supplier_client.get(reverse("invoicing:confirm", args=[drop(supplier_client, order).pk]))
    assert "compared" not in page.context["form"].fields


def test_the_one_button_leads_to_the_page_when_values_were_guessed(guessed, supplier_client, order):
    type(guessed).objects.filter(pk=guessed.pk).update(engagement_number="")
    guessed.refresh_from_db()
    address = reverse("invoicing:take_number", args=[guessed.pk])
    answer = supplier_client.post(address, {"revision": guessed.revision})
    assert answer.url == reverse("invoicing:confirm", args=[guessed.pk])
    guessed.refresh_from_db()
    assert (guessed.status, guessed.engagement_number) == (Status.DRAFT, order.engagement_number)


ADVICE = "reprenez la photo"
UNREAD = {"number": "", "issue_date": None, "total_ht": None}


@pytest.mark.parametrize(
    ("kept", "empty", "advised"),
    [
        ({"guessed": True}, {}, False),
        ({"guessed": True}, {**UNREAD, "issue_date": date(2026, 11, 2)}, False),
        ({"guessed": True}, UNREAD, True),
        ({}, UNREAD, False),
    ],
    ids=["legible", "two lack", "three lack", "no picture"],
)
def test_a_blurred_photograph_gets_one_advice_before_all_notices(supplier_client, order, kept, empty, advised):
    invoice = drop(supplier_client, order)
    type(invoice).objects.filter(pk=invoice.pk).update(reading=invoice.reading | kept, **empty)
    page = supplier_client.get(reverse("invoicing:confirm", args=[invoice.pk])).content.decode()
    assert (ADVICE in page) is advised
    before_notices = page.split('<details class="more"', 1)[0]
    assert ("manque" in before_notices) is (bool(empty) and not advised)


def test_a_picture_no_program_could_read_is_to_be_typed(supplier_client, order, settings):
    settings.OCR = "0"
    invoice = drop(supplier_client, order)
    type(invoice).objects.filter(pk=invoice.pk).update(reading=invoice.reading | {"has_text": False}, **UNREAD)
    page = supplier_client.get(reverse("invoicing:confirm", args=[invoice.pk])).content.decode()
    assert "tapez vous-même les valeurs en la regardant" in page
    assert ADVICE not in page
