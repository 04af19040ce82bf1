"""An account nobody telephoned about holds the invoice back: at the desk, in the list, in the model."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from invoicing.lifecycle import Status, TransitionError
from invoicing.models import InvoiceEvent, Kind
from invoicing.verdict import judge_and_keep
from suppliers.models import Mail
from tests.factories import MemberFactory, UserFactory
from tests.invoicing.at_desk import approve_chosen, decide, page, read, sit_down, staff, stored, waiting
from tests.invoicing.conftest import confirm, drop

pytestmark = pytest.mark.django_db
IBAN, OTHER = "FR7630006000011234567890189", "FR7610107001011234567890129"
AWAITS = "attend d'être confirmé par téléphone"


@pytest.fixture
def desk(client):
    return sit_down(client)


def minute(moment) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def call(client, invoice, **values):
    """What the agent says of his call, on the review page as it stands."""
    shown = client.get(page(invoice)).context["call"]
    data = {
        "seen": shown["seen"].value() if shown else "",
        "outcome": "confirmed",
        "person": "Camille Exemple",
        "called_at": minute(timezone.now()),
        "rib": SimpleUploadedFile("rib.pdf", b"%PDF-1.4 RIB"),
        **values,
    }
    return client.post(reverse("admin:invoicing_invoice_call", args=[invoice.pk]), data, follow=True)


def confirmed(supplier, iban, **values):
    return supplier.record_call(
        iban,
        **{"outcome": "confirmed", "phone": supplier.phone, "person": "Camille", "rib": "rib/x.pdf", **values},
        called_at=timezone.now(),
        by=UserFactory(),
    )


@pytest.mark.parametrize("account", ["first", "changed", "given and not called about", "denied"])
def test_nothing_is_let_go_before_the_call(desk, account):
    invoice = waiting(iban=IBAN)
    if account == "changed":
        confirmed(invoice.supplier, OTHER)
    elif account == "given and not called about":
        invoice.supplier.change_iban(IBAN)
    elif account == "denied":
        confirmed(invoice.supplier, IBAN)
        confirmed(invoice.supplier, IBAN, outcome="denied")
    invoice = stored(invoice)
    assert AWAITS in read(desk.get(page(invoice)))
    assert decide(desk, invoice, "approve").status_code == 409
    assert stored(invoice).status == Status.TO_REVIEW


def test_the_model_itself_refuses(desk):
    invoice = waiting(iban=IBAN)
    with pytest.raises(TransitionError, match="contre-appel"):
        invoice.approve(by=desk.agent)


def test_the_page_says_whom_to_call_and_where(desk):
    invoice = waiting(iban=IBAN)
    supplier = invoice.supplier
    supplier.phone_changes.create(old="02 48 00 00 01", new=supplier.phone, by=UserFactory())
    shown = read(desk.get(page(invoice)))
    assert 'value="02 48 00 00 01"' in shown
    assert "ne les lui lisez pas" in shown
    assert "FR76 •••• 0189" in shown
    assert IBAN not in shown


def test_after_the_call_it_may_leave(desk, django_capture_on_commit_callbacks):
    invoice = waiting(iban=IBAN)
    judge_and_keep(invoice)
    with django_capture_on_commit_callbacks(execute=True):
        assert "Le contre-appel est enregistré." in read(call(desk, invoice))
    recorded = invoice.supplier.iban_calls.get()
    assert (recorded.by, recorded.person, recorded.phone) == (desk.agent, "Camille Exemple", "02 00 00 00 01")
    invoice = stored(invoice)
    assert "iban-first" not in {problem["code"] for problem in invoice.verdict}
    assert "IBAN confirmé par téléphone le" in read(desk.get(page(invoice)))
    decide(desk, invoice, "approve")
    assert stored(invoice).status == Status.APPROVED


def test_the_call_about_another_account_changes_nothing(desk):
    invoice = waiting(iban=IBAN)
    confirmed(invoice.supplier, OTHER)
    assert decide(desk, stored(invoice), "approve").status_code == 409


def test_the_history_tells_the_call_with_the_account_masked(desk):
    invoice = waiting(iban=IBAN)
    call(desk, invoice, outcome="unreached", rib="")
    told = InvoiceEvent.objects.filter(invoice=invoice).last()
    assert told.by == desk.agent
    assert "•••• 0189" in told.reason.replace("\u00a0", " ")
    assert "Personne n'a répondu" in told.reason
    assert stored(invoice).awaits_iban_call


def test_a_call_without_rib_is_refused_and_what_was_typed_stays(desk):
    invoice = waiting(iban=IBAN)
    answer = call(desk, invoice, rib="")
    assert answer.status_code == 422
    assert "Joignez le RIB" in read(answer)
    assert 'value="Camille Exemple"' in read(answer)
    assert stored(invoice).awaits_iban_call


def test_only_those_who_decide_record_a_call(client):
    client.force_login(staff("view_invoice"))
    invoice = waiting(iban=IBAN)
    assert client.get(page(invoice)).status_code == 200
    url = reverse("admin:invoicing_invoice_call", args=[invoice.pk])
    assert client.post(url, {"outcome": "confirmed"}).status_code == 403
    client.force_login(MemberFactory(supplier=invoice.supplier).user)
    assert client.post(url, {"outcome": "confirmed"}).status_code in (302, 403, 404)
    assert not invoice.supplier.iban_calls.exists()


def test_in_bulk_it_is_skipped_and_named(desk):
    held, clean = waiting(iban=IBAN, number="AVEC-IBAN"), waiting(number="SANS-IBAN")
    shown = read(approve_chosen(desk, [held, clean]))
    assert f"AVEC-IBAN : L'IBAN imprimé {AWAITS}" in shown or ("AVEC-IBAN" in shown and AWAITS in shown)
    assert stored(held).status == Status.TO_REVIEW
    assert stored(clean).status == Status.APPROVED


def test_a_credit_note_awaits_no_call(desk):
    assert not waiting(iban=IBAN, kind=Kind.CREDIT_NOTE).awaits_iban_call


def test_what_was_let_go_comes_back_when_the_account_is_denied(desk, django_capture_on_commit_callbacks):
    invoice = waiting(iban=IBAN)
    confirmed(invoice.supplier, IBAN)
    stored(invoice).approve(by=desk.agent)
    with django_capture_on_commit_callbacks(execute=True):
        confirmed(invoice.supplier, IBAN, outcome="denied")
    invoice = stored(invoice)
    assert invoice.status == Status.TO_REVIEW
    assert "iban-denied" in {problem["code"] for problem in invoice.verdict}


def test_the_supplier_may_confirm_and_all_members_are_told(supplier_client, order):
    other = MemberFactory(supplier=order.supplier).user
    invoice = drop(supplier_client, order, lines=[f"IBAN : {IBAN}"])
    confirm(supplier_client, invoice)
    invoice = stored(invoice)
    assert invoice.status == Status.TO_REVIEW
    assert invoice.awaits_iban_call
    told = Mail.objects.filter(kind="iban_printed")
    assert {mail.user for mail in told} == {supplier_client.user, other}
    assert not any(IBAN[-4:] in text for mail in told for text in (mail.subject, mail.happened, mail.to_do))


def test_a_call_in_the_future_is_no_call(desk):
    invoice = waiting(iban=IBAN)
    assert call(desk, invoice, called_at=minute(timezone.now() + timedelta(hours=2))).status_code == 422


def test_warnings_the_supplier_passed_over_are_kept_and_shown(supplier_client, order):
    invoice = drop(supplier_client, order, lines=[f"IBAN : {IBAN}"])
    confirm(supplier_client, invoice)
    assert stored(invoice).passed_over == ["iban-first"]
    supplier_client.force_login(staff("view_invoice"))
    assert f"Maintenu par {supplier_client.user}, le " in read(supplier_client.get(page(invoice)))
