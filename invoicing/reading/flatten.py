"""A copy of the PDF that is only its pages: without attached files, metadata of Factur-X and PDF/A-3, protection.

Runs in the child only. Chorus Pro reads a PDF with an electronic invoice in it as a « flux », not as the plain PDF we
deposit. The invoice that people see stays the same to the pixel: it is drawn before and after, and compared.
"""

from io import BytesIO
from pathlib import Path

import pypdfium2 as pdfium
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject

from invoicing.reading import pages, structure

# Wherever they stand: on the catalog, a page, a picture, an annotation. Metadata go whole: what they claim (PDF/A) is
# no longer so; title and author stay in the document's information.
HIDDEN = ("/AF", "/EF", "/EmbeddedFiles", "/Metadata", "/Collection")
# Pixels of the pictures that are compared.
WIDTH = 500


class NotFlat(Exception):
    """The copy is not what was wanted: something is still in it, or a page looks different."""


def write_plain(document: pdfium.PdfDocument, source: Path, target: Path) -> None:
    """Write the copy of an opened document beside it. Raises NotFlat, or whatever the libraries raise."""
    reader = structure.open_reader(source)
    strip(reader)
    writer = PdfWriter(clone_from=reader)
    whole = BytesIO()
    writer.write(whole)
    # In one piece: a disk or a limit that is full then raises, and does not cut the end off.
    target.write_bytes(whole.getvalue())
    _prove(document, target)


def strip(reader: PdfReader) -> None:
    """Take out of an opened document what its pages do not show. A copy made of it then holds nothing of it."""
    for item in structure.dictionaries(reader.trailer, skipped=()):
        for name in HIDDEN:
            item.pop(NameObject(name), None)


def _prove(document: pdfium.PdfDocument, target: Path) -> None:
    reader = PdfReader(target)
    left = {name for item in structure.dictionaries(reader.trailer, skipped=()) for name in HIDDEN if name in item}
    if left or reader.is_encrypted:
        raise NotFlat("something is still in it")
    with pages.open_document(target) as copy:
        if len(copy) != len(document):
            raise NotFlat("other pages")
        for number in range(len(document)):
            if pages.shades(document, number, WIDTH) != pages.shades(copy, number, WIDTH):
                raise NotFlat("a page looks different")
