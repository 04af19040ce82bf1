"""Answers and their files as agents read them, and admin pages that can be heard and reached."""

import re

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invoicing.models import Attachment, Reply
from tests.factories import InvoiceFactory, MemberFactory, OrderFactory, RecipientFactory, UserFactory
from tests.invoicing.at_desk import read, staff

pytestmark = pytest.mark.django_db

REPLIES, FILES = "/admin/invoicing/reply/", "/admin/invoicing/attachment/"


def answered(**values):
    invoice = InvoiceFactory(**values)
    return Reply.objects.create(
        invoice=invoice, kind=Reply.Kind.REROUTE, recipient=RecipientFactory(), engagement_number="EJ-NOUVEAU",
        comment="Voici.", by=UserFactory(), state=Reply.State.SENT,
    )  # fmt: skip


def attached(reply, name="bon.html"):
    return Attachment.objects.create(
        invoice=reply.invoice, reply=reply, file=ContentFile(b"<script>alert(1)</script>", name=name), name=name,
        kind="03", size=25, sha256="e" * 64,
    )  # fmt: skip


@pytest.fixture
def agent(client):
    client.force_login(staff("view_reply", "view_attachment", "view_invoice"))
    return client


def test_an_answer_is_read_with_its_files_and_found_by_what_people_know(agent):
    reply = answered()
    attached(reply)
    other = answered()
    shown = read(agent.get(f"{REPLIES}{reply.pk}/change/"))
    for words in ("Voici.", "EJ-NOUVEAU", "Télécharger bon.html"):
        assert words in shown
    invoice = reply.invoice
    for words in (invoice.number, invoice.establishment.siret, invoice.engagement_number, reply.recipient.siret):
        found = agent.get(REPLIES, {"q": words}).context["cl"].result_list
        assert [row.pk for row in found] == [reply.pk], words
    assert other


def test_a_file_is_only_ever_downloaded(agent):
    attachment = attached(answered())
    shown = agent.get(f"{FILES}{attachment.pk}/change/").content.decode()
    assert "Bon de livraison" in shown
    assert "(25\u00a0octets)" in shown
    assert attachment.file.name not in shown
    address = re.search(r'href="(/factures/\d+/piece/\d+/)"', shown)[1]
    answer = agent.get(address)
    assert answer.getvalue() == b"<script>alert(1)</script>"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert agent.get(FILES, {"q": attachment.invoice.number}).context["cl"].result_count == 1


@pytest.mark.parametrize("address", [REPLIES, FILES])
def test_nobody_writes_here_and_others_stay_outside(client, admin_client, address):
    attachment = attached(answered())
    row = attachment.reply if address == REPLIES else attachment
    for act in ("change", "delete"):
        assert (
            admin_client.post(f"{address}{row.pk}/{act}/", {"name": "x", "comment": "x", "post": "yes"}).status_code
            == 403
        )
    assert admin_client.get(f"{address}add/").status_code == 403
    client.force_login(staff("view_supplier"))
    assert client.get(address).status_code == 403
    client.force_login(MemberFactory().user)
    assert client.get(address).status_code == 302
    attachment.refresh_from_db()
    assert attachment.name == "bon.html"


@pytest.mark.parametrize("address", [REPLIES, FILES])
def test_more_rows_cost_no_more_queries(agent, address):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert agent.get(address).status_code == 200
        return len(captured)

    for _ in range(3):
        attached(answered())
    few = queries()
    for _ in range(27):
        attached(answered())
    assert queries() == few


def test_every_field_of_an_inline_and_its_delete_box_have_a_name(admin_client):
    order = OrderFactory()
    page = admin_client.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', page))
    fields = set(re.findall(r'<(?:input|select|textarea)(?![^>]*type="hidden")[^>]* id="(id_lines-\d+-[^"]+)"', page))
    assert any(field.endswith("-DELETE") for field in fields)
    assert fields - labelled == set()
