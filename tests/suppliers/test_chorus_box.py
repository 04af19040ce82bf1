import pytest
from django.urls import reverse
from django.utils.html import escape

from invoicing.lifecycle import Status
from suppliers.mandate import MANDATE_TEXT, MANDATE_VERSION
from suppliers.models import Depositor, Supplier
from tests.factories import InvoiceFactory, MemberFactory, OrderFactory, SupplierFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def newcomer(db):
    """No account on Chorus Pro yet."""
    return MemberFactory(supplier=SupplierFactory(no_account=True))


SIGNED = {"uses_chorus": "on", "depositor": "portal", "signs": "on", "signatory": "Camille Exemple"}


def answer(client, member, data):
    client.force_login(member.user)
    reply = client.post(reverse("suppliers:chorus_box", args=[member.supplier_id]), data)
    member.supplier = Supplier.objects.get(pk=member.supplier_id)
    return reply


def test_it_shows_the_whole_mandate_before_it_is_signed(client, newcomer):
    client.force_login(newcomer.user)
    page = client.get(reverse("suppliers:chorus_box", args=[newcomer.supplier_id])).content.decode()
    for paragraph in MANDATE_TEXT.strip().split("\n\n"):
        assert escape(paragraph) in page


def test_it_signs_the_mandate(client, newcomer):
    assert answer(client, newcomer, SIGNED).status_code == 302
    supplier, mandate = newcomer.supplier, newcomer.supplier.mandate
    assert supplier.is_mandated
    assert (mandate.text, mandate.version) == (MANDATE_TEXT, MANDATE_VERSION)
    assert (mandate.signatory, mandate.signed_by) == ("Camille Exemple", newcomer.user)
    assert (supplier.box_changed_by, supplier.box_changes.get().by) == (newcomer.user, newcomer.user)


@pytest.mark.parametrize("missing", ["signs", "signatory", "depositor"])
def test_it_wants_the_answer_whole(client, newcomer, missing):
    reply = answer(client, newcomer, {**SIGNED, missing: ""})
    assert missing in reply.context["form"].errors
    assert not newcomer.supplier.uses_chorus
    assert not newcomer.supplier.mandates.exists()


def test_depositing_oneself_needs_no_mandate(client, newcomer):
    answer(client, newcomer, {"uses_chorus": "on", "depositor": "self"})
    assert newcomer.supplier.deposits_himself
    assert not newcomer.supplier.mandates.exists()


def test_unticking_forgets_who_deposits(client, newcomer):
    answer(client, newcomer, SIGNED)
    answer(client, newcomer, {"depositor": "portal"})
    assert (newcomer.supplier.uses_chorus, newcomer.supplier.depositor) == (False, Depositor.NOBODY)
    assert newcomer.supplier.mandate is None
    assert newcomer.supplier.mandates.get().revoked_by == newcomer.user


def test_the_same_answer_twice_signs_once(client, newcomer):
    answer(client, newcomer, SIGNED)
    answer(client, newcomer, SIGNED)
    assert newcomer.supplier.mandates.count() == 1
    assert newcomer.supplier.box_changes.count() == 1


def test_coming_back_signs_a_new_mandate(client, newcomer):
    answer(client, newcomer, SIGNED)
    answer(client, newcomer, {"uses_chorus": "on", "depositor": "self"})
    assert "signs" in answer(client, newcomer, {"uses_chorus": "on", "depositor": "portal"}).context["form"].errors
    answer(client, newcomer, SIGNED)
    assert newcomer.supplier.mandates.count() == 2
    assert newcomer.supplier.is_mandated


@pytest.mark.parametrize("data", [{}, {"uses_chorus": "on", "depositor": "self"}])
def test_revoking_stops_what_has_not_left(client, data):
    member = MemberFactory()
    order = OrderFactory(supplier=member.supplier)
    approved = InvoiceFactory(order=order, status=Status.APPROVED)
    gone = InvoiceFactory(order=order, status=Status.DEPOSITED)
    answer(client, member, data)
    approved.refresh_from_db()
    gone.refresh_from_db()
    assert (approved.status, gone.status) == (Status.TO_SELF_DEPOSIT, Status.DEPOSITED)
    assert approved.events.get().by == member.user


def test_an_unchanged_answer_stops_nothing(client):
    member = MemberFactory()
    approved = InvoiceFactory(order=OrderFactory(supplier=member.supplier), status=Status.APPROVED)
    answer(client, member, {"uses_chorus": "on", "depositor": "portal"})
    approved.refresh_from_db()
    assert approved.status == Status.APPROVED


def test_the_profile_tells_who_answered_what(client, newcomer):
    answer(client, newcomer, SIGNED)
    page = client.get(reverse("suppliers:supplier", args=[newcomer.supplier_id])).content.decode()
    assert "signé par Camille Exemple" in page
    assert f"{newcomer.user}&nbsp;: oui" in page


@pytest.mark.parametrize(
    "values",
    [{"validated_at": None}, {"uses_chorus": False, "depositor": ""}, {"depositor": "self"}],
)
def test_only_a_whole_permission_mandates(supplier, values):
    assert supplier.is_mandated
    Supplier.objects.filter(pk=supplier.pk).update(**values)
    assert not supplier.is_mandated


def test_a_revoked_mandate_does_not_mandate(supplier, alice):
    supplier.answer_box(uses_chorus=True, depositor=Depositor.SELF, by=alice)
    assert not supplier.is_mandated
