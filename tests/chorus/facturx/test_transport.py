"""A Factur-X on its way: who gets one, what leaves, and what keeps an invoice a plain PDF. Through HTTP."""

import hashlib
import io
import logging
from datetime import date
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from facturx import get_facturx_xml_from_pdf

from chorus import deposit, desk
from chorus.api import Chorus
from chorus.facturx import document
from chorus.models import Breaker, FacturxSupplier, Submission, Transport
from invoicing import ball
from invoicing.lifecycle import Status
from invoicing.opening import reading_limits
from suppliers.confined.slots import reader_slot
from suppliers.models import VatRegime
from tests.chorus.facturx.conftest import UNTAXED, the_submission
from tests.chorus.facturx.makers import IBAN, read_back
from tests.factories import MemberFactory, SupplierFactory, UserFactory
from tests.invoicing.pdfs import a_pdf

pytestmark = pytest.mark.django_db(transaction=True)

ST = Submission.Status


@pytest.fixture
def sent(monkeypatch):
    """The files that left, as they left."""
    files, whole = [], Chorus.deposit_flux

    def kept(self, name, content, **more):
        files.append((name, content))
        return whole(self, name, content, **more)

    monkeypatch.setattr(Chorus, "deposit_flux", kept)
    return files


def test_it_is_taken_reported_and_deposited_once(simulator, facturx, confirmed, sweep):
    invoice = confirmed()
    sweep()
    invoice.refresh_from_db()
    assert (invoice.status, the_submission(invoice).status) == (Status.SENDING, ST.AWAITING)
    assert simulator.calls().get("factures/soumettre") is None
    sweep(times=3)
    invoice.refresh_from_db()
    (stored,) = simulator.invoices()
    submission = the_submission(invoice)
    assert invoice.status == Status.DEPOSITED
    assert (submission.cpp_id, submission.flow_state) == (stored["cpp_id"], "IN_INTEGRE")
    assert stored["flow_number"] == submission.flow_number
    assert (stored["number"], stored["engagement_number"]) == (invoice.number, invoice.engagement_number)
    assert len(simulator.fluxes()) == 1


def test_our_own_readers_at_work_are_no_failure_of_chorus_pro(
    simulator, facturx, confirmed, sweep, tmp_path, monkeypatch, settings
):
    settings.READERS, settings.READERS_ROOT = 1, tmp_path
    monkeypatch.setattr(document, "PATIENCE", 0.01)
    invoice = confirmed()
    with reader_slot(reading_limits(0, by_worker=False)):
        sweep(times=2 * deposit.ATTEMPTS)
    waiting = the_submission(invoice)
    assert (waiting.status, waiting.strikes, Breaker.objects.count()) == (ST.QUEUED, 0, 0)
    sweep()
    assert the_submission(invoice).status == ST.AWAITING


def test_the_bytes_that_left_are_known_and_the_original_stays(simulator, facturx, confirmed, sweep, sent):
    invoice = confirmed()
    sweep()
    ((name, content),) = sent
    submission = the_submission(invoice)
    assert name == f"{invoice.number}.pdf"
    assert submission.sent_sha256 == hashlib.sha256(content).hexdigest() != invoice.document_sha256
    with invoice.document.open("rb") as original:
        assert hashlib.sha256(original.read()).hexdigest() == invoice.document_sha256
    assert simulator.fluxes()[0]["sha256"] == submission.sent_sha256


def test_the_xml_says_what_was_frozen_and_the_account_to_pay(facturx, confirmed, sweep, sent):
    invoice = confirmed()
    sweep()
    frozen = the_submission(invoice).payload
    said = read_back(get_facturx_xml_from_pdf(io.BytesIO(sent[0][1]))[1])
    assert said == {**frozen, "BT-84": IBAN}


def test_the_account_is_neither_stored_nor_logged(facturx, confirmed, sweep, caplog):
    caplog.set_level(logging.DEBUG)
    invoice = confirmed()
    sweep(times=2)
    row = Submission.objects.values().get(pk=the_submission(invoice).pk)
    assert IBAN not in str(row)
    assert IBAN not in caplog.text


def test_supplier_and_agent_read_how_it_was_sent(facturx, confirmed, sweep, supplier):
    invoice = confirmed()
    sweep()
    invoice.refresh_from_db()
    reader = ball.viewer(invoice, MemberFactory(supplier=supplier).user)
    assert "contrôle" in ball.sentence(invoice, reader, ball.transport(invoice))
    assert any("Factur-X" in event.reason for event in invoice.timeline())
    assert "compte rendu" in desk.what_to_do(the_submission(invoice))


def plain(invoice) -> Submission:
    submission = the_submission(invoice)
    assert (submission.transport, submission.status) == (Transport.PDF, ST.DEPOSITED)
    assert submission.sent_sha256 == invoice.document_sha256
    return submission


def test_it_is_off_by_default(simulator, facturx, confirmed, sweep, patient):
    patient(FACTURX=False)
    invoice = confirmed()
    sweep()
    assert plain(invoice).plain_because == ""
    assert simulator.fluxes() == []


def test_only_the_chosen_suppliers_send_one(simulator, facturx, confirmed, sweep):
    facturx.supplier = SupplierFactory()
    facturx.save()
    invoice = confirmed()
    sweep()
    plain(invoice)
    assert simulator.fluxes() == []


def test_what_was_switched_off_meanwhile_is_still_followed(simulator, facturx, confirmed, sweep, patient):
    invoice = confirmed()
    sweep()
    patient(FACTURX=False)
    FacturxSupplier.objects.all().delete()
    sweep(times=2)
    invoice.refresh_from_db()
    assert invoice.status == Status.DEPOSITED
    assert simulator.calls().get("factures/soumettre") is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"vat_lines": []}, "détail de la TVA"),
        ({"content": b"%PDF-1.4 rien de plus"}, "n'a pas pu être complété"),
        ({"content": a_pdf("secret", password="mot de passe")}, "protégé"),
        ({"reading": {"signed": True}}, "signé"),
        ({"vat_lines": [{"rate": "beaucoup"}]}, "Données imprévues"),
        ({"iban": "FR1420041010050500013M02606"}, "n'est pas celui du fournisseur"),
    ],
    ids=["rates", "broken", "encrypted", "signed", "odd data", "another account"],
)
def test_what_cannot_be_one_leaves_as_a_plain_pdf_with_the_reason(simulator, facturx, confirmed, sweep, values, words):
    invoice = confirmed(**values)
    sweep()
    assert words in plain(invoice).plain_because
    assert simulator.fluxes() == []


@pytest.mark.parametrize(("iban", "confirmed_at"), [(IBAN, None), ("", "2026-11-01T00:00Z")])
def test_an_account_nobody_confirmed_is_not_sent(simulator, facturx, confirmed, sweep, supplier, iban, confirmed_at):
    supplier.iban, supplier.iban_confirmed_at = iban, confirmed_at
    supplier.save(update_fields=["iban", "iban_confirmed_at"])
    invoice = confirmed()
    sweep()
    assert "IBAN" in plain(invoice).plain_because


@pytest.mark.parametrize("regime", [VatRegime.FRANCHISE, VatRegime.FARM_FLAT_RATE, VatRegime.EXEMPT])
def test_chorus_takes_an_invoice_without_vat(simulator, facturx, confirmed, sweep, supplier, regime):
    supplier.vat_regime = regime
    supplier.save(update_fields=["vat_regime"])
    invoice = confirmed(**UNTAXED)
    sweep(times=3)
    invoice.refresh_from_db()
    assert (invoice.status, the_submission(invoice).transport) == (Status.DEPOSITED, Transport.FACTURX)


@pytest.mark.parametrize("sign", [1, -1])
def test_chorus_takes_a_credit_note(simulator, facturx, confirmed, sweep, sign):
    origin = confirmed(number="F-1", number_key="F1", issue_date=date(2026, 10, 1), status=Status.PAID)
    amounts = {
        "total_ht": sign * Decimal(100),
        "total_tva": sign * Decimal("5.5"),
        "total_ttc": sign * Decimal("105.5"),
    }
    lines = [{"rate": "5.50", "base": str(sign * 100), "tax": str(sign * Decimal("5.5"))}]
    invoice = confirmed(kind="AVOIR", origin_number=origin.number, net_to_pay=None, vat_lines=lines, **amounts)
    sweep(times=3)
    invoice.refresh_from_db()
    (stored,) = simulator.invoices()
    assert (invoice.status, stored["kind"], Decimal(str(stored["total_ttc"]))) == (
        Status.DEPOSITED,
        "AVOIR",
        Decimal("105.5"),
    )
    assert the_submission(invoice).payload["BG-3"] == [{"BT-25": "F-1", "BT-26": "2026-10-01"}]


def test_a_demand_the_invoice_does_not_meet_is_noticed_before_it_leaves(simulator, facturx, confirmed, sweep, college):
    college.recipient.requires = "both"
    college.recipient.save()
    invoice = confirmed()
    sweep()
    invoice.refresh_from_db()
    assert invoice.status == Status.RETURNED
    assert simulator.fluxes() == []


# --- The switch ---


def test_only_superusers_switch_it(client, facturx):
    add, rows = "/admin/chorus/facturxsupplier/add/", "/admin/chorus/facturxsupplier/"
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    client.post(add, {"supplier": SupplierFactory().pk})
    assert FacturxSupplier.objects.count() == 2
    agent = UserFactory(is_staff=True)
    agent.user_permissions.add(Permission.objects.get(codename="view_facturxsupplier"))
    client.force_login(agent)
    assert client.get(rows).status_code == 200
    assert client.post(add, {"supplier": SupplierFactory().pk}).status_code == 403
    assert client.post(f"{rows}{facturx.pk}/delete/", {"post": "yes"}).status_code == 403
    assert FacturxSupplier.objects.count() == 2
