"""The bytes of a Factur-X: the structure of PDF/A-3, and PDFs that must stay as they are."""

import io

import pytest
from facturx import get_facturx_xml_from_pdf
from pypdf import PdfReader, PdfWriter

from chorus.facturx import document, packer
from chorus.facturx.terms import NotExpressible, terms_of
from tests.chorus.facturx.makers import a_confirmed, read_back
from tests.invoicing.pdfs import a_pdf
from tests.invoicing.reading import hostile

GOOD = a_pdf("Facture F2026-0147", "Total TTC 105,50")


@pytest.fixture(scope="module")
def xml():
    return document.xml_of(terms_of(a_confirmed()))


@pytest.fixture(scope="module")
def packed(xml):
    return document.pack(GOOD, xml)


def test_it_carries_the_xml_and_the_same_page(packed):
    _, found = get_facturx_xml_from_pdf(packed)
    assert read_back(found) == terms_of(a_confirmed())
    assert "F2026-0147" in PdfReader(io.BytesIO(packed)).pages[0].extract_text()


def test_it_is_packed_as_pdf_a_3_wants(packed, xml):
    assert packer.packaging_faults(packed, xml) == []
    root = PdfReader(io.BytesIO(packed)).root_object
    (associated,) = (item.get_object() for item in root["/AF"])
    assert (associated["/UF"], associated["/AFRelationship"]) == ("factur-x.xml", "/Data")


def test_a_plain_pdf_lacks_all_of_it(xml):
    faults = packer.packaging_faults(GOOD, xml)
    assert {"version", "embedded file", "associated file", "relation", *packer.METADATA} <= set(faults)


def test_what_was_attached_before_is_not_sent_along(xml):
    attached = hostile.with_attachment(GOOD, "factur-x.xml", b"<another/>")
    packed = document.pack(attached, xml)
    assert packer.packaging_faults(packed, xml) == []
    assert b"<another/>" not in b"".join(stream(packed))


def stream(pdf: bytes):
    """The content of every stream of a PDF, reachable or not."""
    reader = PdfReader(io.BytesIO(pdf))
    for number in reader.xref[0]:
        item = reader.get_object(number)
        if hasattr(item, "get_data"):
            yield item.get_data()


@pytest.mark.parametrize(
    ("pdf", "words"),
    [
        (a_pdf("secret", password="mot de passe"), "protégé"),
        (b"%PDF-1.4 rien de plus", "pas pu"),
        (b"", "pas pu"),
    ],
    ids=["encrypted", "broken", "empty"],
)
def test_a_pdf_that_cannot_be_completed_is_left_as_it_is(xml, pdf, words):
    with pytest.raises(NotExpressible, match=words):
        document.pack(pdf, xml)


def test_a_signed_pdf_is_never_rewritten(xml):
    with pytest.raises(NotExpressible, match="signé"):
        document.pack(signed(GOOD), xml)


def signed(pdf: bytes) -> bytes:
    """A PDF with the marks of a signature."""
    from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject

    writer = PdfWriter(clone_from=io.BytesIO(pdf))
    numbers = ArrayObject([NumberObject(number) for number in (0, 10, 20, 30)])
    signature = DictionaryObject({NameObject("/Type"): NameObject("/Sig"), NameObject("/ByteRange"): numbers})
    field = DictionaryObject({NameObject("/FT"): NameObject("/Sig"), NameObject("/V"): signature})
    writer.root_object[NameObject("/AcroForm")] = DictionaryObject({NameObject("/Fields"): ArrayObject([field])})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.needs_shared
@pytest.mark.parametrize("sample", ["Facture_FR_MINIMUM", "Facture_FR_BASICWL", "Avoir_FR_type381_BASIC"])
def test_a_published_factur_x_can_be_packed_anew(shared, xml, sample):
    packed = document.pack((shared / "samples" / f"{sample}.pdf").read_bytes(), xml)
    assert packer.packaging_faults(packed, xml) == []


def test_a_fault_of_ours_quotes_nothing_of_the_invoice(caplog):
    terms = {**terms_of(a_confirmed()), "BT-3": "type FR7630006000011234567890189"}
    terms["BG-23"][0]["BT-116"] = "FR7630006000011234567890189"
    with pytest.raises(document.InvalidXml) as fault:
        document.xml_of(terms)
    assert "FR76" not in str(fault.value)
