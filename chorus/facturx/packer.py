"""The child: puts factur-x.xml into one untrusted PDF under limits, and ends.

It imports neither Django nor the rest of the portal. What it makes has the structure of PDF/A-3 (metadata, embedded and
associated file); that the pages themselves follow PDF/A depends on the software that wrote them and is not proved here.
"""

import io
from pathlib import Path

from suppliers.confined.child import take_job

NAME = "factur-x.xml"
# PDF/A-3 is built on this version.
PDF_VERSION = "%PDF-1.7"


class Unpackable(Exception):
    """Why this PDF must stay as it is; one of the codes of `document.REASONS`."""


def main(folder: str) -> None:
    place = Path(folder)
    take_job(place)
    try:
        packed = pack((place / "invoice.pdf").read_bytes(), (place / NAME).read_bytes())
    except Unpackable as problem:
        (place / "refusal").write_text(str(problem))
    except Exception:
        (place / "refusal").write_text("broken")
    else:
        (place / "packed.pdf").write_bytes(packed)


def pack(pdf: bytes, xml: bytes) -> bytes:
    """The PDF with the XML embedded, described and associated as Factur-X wants it."""
    from facturx import generate_from_file

    # The library writes the result into the file it was given.
    file = io.BytesIO(_prepared(pdf))
    generate_from_file(file, xml, flavor="factur-x", level="basicwl", check_xsd=False, lang="fr-FR")
    packed = file.getvalue()
    faults = packaging_faults(packed, xml)
    if faults:
        raise ValueError(", ".join(faults))
    return packed


def _prepared(pdf: bytes) -> bytes:
    """The same pages, without attachments, and with the identifier that PDF/A demands."""
    from pypdf import PdfReader, PdfWriter

    reader = PdfReader(io.BytesIO(pdf), strict=False)
    if reader.is_encrypted:
        raise Unpackable("encrypted")
    if _is_signed(reader):
        raise Unpackable("signed")
    # Taken off before the copy, which then holds nothing of them.
    for attachments in ("/AF", "/Names"):
        reader.root_object.pop(attachments, None)
    writer = PdfWriter(clone_from=reader)
    writer.generate_file_identifiers()
    writer.pdf_header = PDF_VERSION
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _is_signed(reader) -> bool:
    from invoicing.reading.structure import dictionaries

    return any("/ByteRange" in item for item in dictionaries(reader.trailer))


def packaging_faults(pdf: bytes, xml: bytes) -> list[str]:
    """What is missing in the structure that Factur-X wants: file name, relation, metadata, profile, identifier."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(pdf))
    root = reader.root_object
    associated = [item.get_object() for item in root.get("/AF", [])]
    metadata = root["/Metadata"].get_object().get_data().decode() if "/Metadata" in root else ""
    stands = {
        "version": reader.pdf_header == PDF_VERSION,
        "encrypted": not reader.is_encrypted,
        "identifier": "/ID" in reader.trailer,
        "embedded file": {name: list(content) for name, content in reader.attachments.items()} == {NAME: [xml]},
        "associated file": [str(item.get("/UF")) for item in associated] == [NAME],
        "relation": [item.get("/AFRelationship") for item in associated] == ["/Data"],
        **{needed: needed in metadata for needed in METADATA},
    }
    return [name for name, fine in stands.items() if not fine]


METADATA = (
    "<pdfaid:part>3</pdfaid:part>",
    "<pdfaid:conformance>B</pdfaid:conformance>",
    "<fx:DocumentType>INVOICE</fx:DocumentType>",
    f"<fx:DocumentFileName>{NAME}</fx:DocumentFileName>",
    "<fx:Version>1.0</fx:Version>",
    "<fx:ConformanceLevel>BASIC WL</fx:ConformanceLevel>",
)
