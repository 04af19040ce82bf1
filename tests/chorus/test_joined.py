"""Documents joined to an invoice leave with its deposit."""

import hashlib

import pytest
import requests
from django.core.files.base import ContentFile

from chorus.facturx import transport
from chorus.facturx.terms import NotExpressible
from chorus.tasks import deposit_sweep
from invoicing.lifecycle import Status
from invoicing.models import Attachment
from tests.chorus.returning import cpp_id

pytestmark = pytest.mark.django_db


def join(invoice, content=b"bon signe", sha256=""):
    return Attachment.objects.create(
        invoice=invoice, file=ContentFile(content, name="bon.pdf"), name="bon.pdf", kind="03", size=len(content),
        sha256=sha256 or hashlib.sha256(content).hexdigest(),
    )  # fmt: skip


def test_it_leaves_with_the_deposit(simulator, approved):
    invoice = approved()
    join(invoice)
    deposit_sweep()
    stored = {row["cpp_id"]: row for row in simulator.invoices()}[cpp_id(invoice)]
    assert (stored["extra_pieces"], stored["extra_names"]) == (1, "bon.pdf")
    page = requests.get(simulator.url, timeout=5).text
    assert "Pièces complémentaires</dt><dd>bon.pdf" in page


def test_without_one_nothing_is_added(simulator, approved):
    invoice = approved()
    deposit_sweep()
    assert simulator.invoices()[0]["extra_pieces"] == 0
    assert "Pièces complémentaires</dt><dd>aucune" in requests.get(simulator.url, timeout=5).text
    assert invoice.joined.count() == 0


def test_bytes_that_are_not_those_received_never_leave(simulator, approved):
    invoice = approved()
    join(invoice, sha256="0" * 64)
    deposit_sweep()
    invoice.refresh_from_db()
    assert invoice.status == Status.SENDING
    assert invoice.submissions.get().status == "held"
    assert simulator.invoices() == []


def test_a_factur_x_takes_no_companion(approved):
    invoice = approved()
    join(invoice)
    with pytest.raises(NotExpressible, match="PDF simple"):
        transport.freeze(invoice, 1)
