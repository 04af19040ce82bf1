"""The electronic invoice inside a PDF (Factur-X, ZUGFeRD, XRechnung): CII or UBL made fields, compared with the pages.

Runs in the child only: the XML is as untrusted as the PDF.
"""

from collections.abc import Callable, Sequence
from pathlib import PurePath

from lxml import etree

from invoicing.reading.facturx import cii, ubl
from invoicing.reading.facturx.merge import Merged, merge
from invoicing.reading.facturx.tree import Node, parse

__all__ = ["Merged", "merge", "parse", "read"]

# What the standards call the file; other names are tried after these.
USUAL_NAMES = ("factur-x.xml", "facturx.xml", "zugferd-invoice.xml", "xrechnung.xml", "cii.xml", "invoice.xml")
READERS: dict[str, Callable[[Node], dict[str, str]]] = {
    "CrossIndustryInvoice": cii.read,
    "CrossIndustryDocument": cii.read,
    "Invoice": ubl.read,
    "CreditNote": ubl.read,
}


def read(files: Sequence[tuple[str, bytes]]) -> dict[str, str]:
    """The fields of the first of these files that is an invoice; empty when none is. Raises Refused for a hostile one.

    Amounts as « 1234.56 » as the XML signs them, dates as 2026-11-18, names as in the package's docstring.
    """
    for _, content in sorted(files, key=lambda file: _rank(file[0])):
        root = parse(content)
        if root is not None:
            fields = _fields(root)
            if fields:
                return fields
    return {}


def _rank(name: str) -> int:
    name = PurePath(name).name.lower()
    return USUAL_NAMES.index(name) if name in USUAL_NAMES else len(USUAL_NAMES)


def _fields(root: Node) -> dict[str, str]:
    reader = READERS.get(etree.QName(root).localname)
    found = reader(root) if reader else {}
    return {name: value for name, value in found.items() if value}
