"""Accounts, attachments, and « Vérifier la connexion »: which step fails, and nobody else's business."""

import pytest
from django.db import connection
from django.urls import reverse

from chorus import accounts
from chorus.models import Connection, PisteApplication, TechnicalAccount
from chorus.simulator import world
from chorus.tasks import deposit_sweep, directory_sweep
from tests.factories import MemberFactory, SupplierFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def check(supplier) -> Connection:
    accounts.ask_for_check(supplier)
    assert Connection.objects.get(supplier=supplier).is_being_checked
    deposit_sweep()
    return Connection.objects.get(supplier=supplier)


def test_an_attached_supplier_is_connected(supplier):
    checked = check(supplier)
    assert checked.works
    assert not checked.is_being_checked


def test_a_supplier_nobody_attached_is_told_so(account):
    assert check(SupplierFactory(siren="100000041")).failing_step == Connection.Step.ATTACHMENT


def test_a_refused_account_is_told_apart_from_a_refused_application(supplier, simulator, portal):
    simulator.trouble("wrong_password", times=None)
    assert check(supplier).failing_step == Connection.Step.ACCOUNT
    simulator.calm()
    portal.CHORUS = {**portal.CHORUS, "CLIENT_SECRET": "00000000-0000-4000-8000-000000000000"}
    PisteApplication.objects.all().delete()
    assert check(supplier).failing_step == Connection.Step.APPLICATION


def test_a_silent_chorus_is_nobodys_fault(supplier, simulator):
    simulator.trouble("html_error", times=None)
    assert check(supplier).failing_step == Connection.Step.UNREACHABLE


def test_without_an_account_the_portal_is_not_connected(portal):
    accounts.ask_for_check(SupplierFactory())
    accounts.check_connections()
    assert Connection.objects.get().failing_step == Connection.Step.OFF


def test_attachments_follow_what_chorus_lists(account, simulator):
    account.structures.create(siret="10000004100010", cpp_id=1, name="Plus rattachée")
    simulator.attach("10000004100010")
    directory_sweep()
    sirets = set(account.structures.values_list("siret", flat=True))
    assert sirets == {*world.PLATFORM_ACCOUNT.suppliers, "10000004100010"}
    assert not account.structures.filter(cpp_id=1).exists()


def test_a_member_asks_for_the_check_and_a_stranger_gets_404(client, supplier):
    member = MemberFactory(supplier=supplier).user
    url = reverse("chorus:verify", args=[supplier.pk])
    client.force_login(UserFactory())
    assert client.post(url).status_code == 404
    client.force_login(member)
    assert client.get(url).status_code == 405
    assert client.post(url).status_code == 302
    assert Connection.objects.get(supplier=supplier).is_being_checked


def test_the_password_is_unreadable_in_the_database(account):
    with connection.cursor() as cursor:
        cursor.execute("SELECT password FROM chorus_technicalaccount")
        (stored,) = cursor.fetchone()
    assert world.PLATFORM_ACCOUNT.password not in stored
    assert TechnicalAccount.objects.get().password == world.PLATFORM_ACCOUNT.password


def test_the_token_is_shared_and_unreadable_in_the_database(supplier, simulator):
    check(supplier)
    check(supplier)
    assert simulator.calls()["token"] == 1
    token = PisteApplication.objects.get().token
    with connection.cursor() as cursor:
        cursor.execute("SELECT token FROM chorus_pisteapplication")
        assert token not in cursor.fetchone()[0]
