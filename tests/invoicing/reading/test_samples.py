"""French Factur-X published as examples: read without error, and as their pages show."""

import pytest

from invoicing.reading import read_invoice
from tests.conftest import SHARED

INVOICE = {
    "kind": "FACTURE",
    "number": "FA-2017-0010",
    "issue_date": "2017-11-13",
    "due_date": "2017-12-13",
    "supplier_siret": "99999999800010",
    "total_ht": "624.90",
    "total_tva": "46.25",
    "total_ttc": "671.15",
    "net_to_pay": "470.15",
    "iban": "FR2012421242124212421242124",
}
CREDIT_NOTE = {
    "kind": "AVOIR",
    "number": "AV-2017-0005",
    "origin_number": "FA-2017-0010",
    "issue_date": "2017-11-16",
    "total_ht": "-218.48",
    "total_tva": "-14.99",
    "total_ttc": "-233.47",
}


@pytest.mark.needs_shared
@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("Facture_FR_MINIMUM.pdf", INVOICE),
        ("Facture_FR_BASICWL.pdf", INVOICE),
        ("Avoir_FR_type381_BASIC.pdf", CREDIT_NOTE),
    ],
)
def test_it_reads_the_published_examples(name, printed):
    reading = read_invoice((SHARED / "samples" / name).read_bytes())
    assert reading.refusal is None
    assert reading.embedded_xml
    assert {field: reading.fields[field].value for field in printed} == printed
