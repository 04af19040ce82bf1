"""Suppliers out of a list, their list as a file, who may do it, and the journal of it all."""

import csv
import datetime
import hashlib
import io
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from suppliers.importing import runs
from suppliers.models import Establishment, Import, Supplier
from tests.factories import BuyerFactory, SupplierFactory, UserFactory, luhn_complete, siren, siret
from tests.importing import as_csv, give_in, imported, reasons, row_of
from tests.people import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent():
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name="Agents"))
    return signed_in(user)


def farm(**other) -> dict[str, str]:
    return {"SIRET": siret(42), "Raison sociale": "Ferme du Val", "Commune": "Vierzon"} | other


# --- Suppliers ---


def test_a_supplier_nobody_knew_waits_to_be_validated(agent):
    done = imported(agent, "suppliers", [farm(Téléphone="02 00 00 00 09", **{"Ouvert le": "01/03/2019"})])
    assert (done.created, done.refused) == (1, 0)
    supplier = Supplier.objects.get()
    assert (supplier.name, supplier.siren, supplier.phone) == ("Ferme du Val", siren(42), "02 00 00 00 09")
    place = supplier.establishments.get()
    assert (place.siret, place.city, place.opened_on) == (siret(42), "Vierzon", datetime.date(2019, 3, 1))
    assert (supplier.validated_at, supplier.uses_chorus, supplier.depositor, supplier.iban) == (None, False, "", "")
    assert not supplier.mandates.exists()


def test_a_farm_may_be_old_but_not_of_antiquity(agent):
    done = imported(
        agent, "suppliers", [farm(**{"Ouvert le": "24/06/1899"}), farm(SIRET=siret(43), **{"Ouvert le": "24/06/0199"})]
    )
    assert (done.created, done.refused) == (1, 1)
    assert str(Supplier.objects.get().establishments.get().opened_on) == "1899-06-24"


def test_what_the_supplier_said_of_himself_stays(agent):
    supplier = SupplierFactory(name="Earl des Prés", phone="02 00 00 00 01", contact_name="")
    before = Supplier.objects.filter(pk=supplier.pk).values(
        "uses_chorus", "depositor", "validated_at", "vat_regime", "name", "phone", "iban_hash"
    )
    said = list(before)
    row = farm(SIRET=supplier.establishments.get().siret, Téléphone="06 66 66 66 66", **{"Personne à joindre": "Alix"})
    done = imported(agent, "suppliers", [row])
    assert list(before.all()) == said
    assert supplier.mandates.filter(revoked_at=None).count() == 1
    supplier.refresh_from_db()
    assert (supplier.contact_name, supplier.establishments.get().city) == ("Alix", "Vierzon")
    assert "06 66 66 66 66" in str(done.report["kept"])
    assert "Earl des Prés" in str(done.report["kept"])


def test_a_column_of_what_is_the_suppliers_own_is_not_read(agent):
    own = {"IBAN": "FR7630006000011234567890189", "J'utilise Chorus Pro": "oui", "Validé le": "01/01/2026"}
    imported(agent, "suppliers", [farm(**own)])
    supplier = Supplier.objects.get()
    assert (supplier.iban, supplier.uses_chorus, supplier.validated_at) == ("", False, None)


def test_the_same_list_again_changes_nothing(agent):
    rows = [farm(), farm(SIRET=siret(43), **{"Raison sociale": "Gaec du Bois"})]
    imported(agent, "suppliers", rows)
    done = imported(agent, "suppliers", rows)
    assert (done.created, done.updated, done.unchanged, done.refused) == (0, 0, 2, 0)
    assert (Supplier.objects.count(), Establishment.objects.count()) == (2, 2)


def test_many_rows_are_shown_for_the_queries_of_a_few(agent):
    costs = []
    for count in (3, 60):
        with CaptureQueriesContext(connection) as queries:
            give_in(agent, "suppliers", as_csv([farm(SIRET=siret(800 + n)) for n in range(count)]))
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_two_establishments_of_one_siren_are_one_supplier(agent):
    second = luhn_complete(siren(42) + "0002")
    done = imported(agent, "suppliers", [farm(), farm(SIRET=second, Commune="Bourges")])
    assert done.created == 2
    assert set(Supplier.objects.get().establishments.values_list("siret", "city")) == {
        (siret(42), "Vierzon"),
        (second, "Bourges"),
    }


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([farm(SIRET=siret(42)[:13])], "13 chiffres au lieu de 14"),
        ([farm(SIRET="9,00000421E+13")], "Excel a abîmé"),
        ([farm(**{"Raison sociale": " "})], "Cette case est vide"),
        ([farm(), farm(Commune="Bourges")], "Les lignes 2, 3 donnent le même établissement"),
    ],
)
def test_a_refused_row_says_why(agent, rows, told):
    assert told in reasons(imported(agent, "suppliers", rows))[2]
    assert not Supplier.objects.exists()


def test_the_desk_shows_in_its_history_what_came_from_a_file(agent):
    imported(agent, "suppliers", [farm()])
    entry = LogEntry.objects.get()
    assert (entry.user, entry.get_edited_object(), entry.change_message) == (
        agent.user, Supplier.objects.get(), "Import"
    )  # fmt: skip


# --- The list as a file ---


def exported(client, name, wanted="csv") -> list[dict]:
    answer = client.get(reverse(f"admin:{name}_export", args=[wanted]))
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_a_formula_in_a_name_is_a_text_in_the_file_and_itself_again_after(agent):
    supplier = SupplierFactory(name="=HYPERLINK(1)")
    (row,) = exported(agent, "suppliers_supplier")
    assert row["Raison sociale"] == "'=HYPERLINK(1)"
    assert (row["SIRET"], row["Ouvert le"]) == (supplier.establishments.get().siret, "01/01/2020")
    done = imported(agent, "suppliers", [row])
    assert (done.unchanged, done.report["kept"]) == (1, [])


@pytest.mark.parametrize("name", ["suppliers_supplier", "orders_buyer"])
@pytest.mark.parametrize(("wanted", "status"), [("csv", 200), ("xlsx", 200), ("html", 404)])
def test_lists_are_exported_in_the_formats_we_know(agent, name, wanted, status):
    BuyerFactory()
    assert agent.get(reverse(f"admin:{name}_export", args=[wanted])).status_code == status


# --- Who may ---


def person(*rights: str):
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return signed_in(user)


@pytest.mark.parametrize("rights", [[], ["view_import"], ["view_import", "view_supplier", "change_supplier"]])
def test_without_the_right_nothing_opens(rights, agent):
    imported(agent, "suppliers", [farm()])
    kept, other = Import.objects.get(), person(*rights)
    assert give_in(other, "suppliers", as_csv([farm(SIRET=siret(43))])).status_code == 403
    for page in ("confirm", "refused"):
        address = reverse(f"admin:suppliers_import_{page}", args=[kept.pk])
        assert other.post(address).status_code == 403
    shown = other.get(reverse("admin:suppliers_import_change", args=[kept.pk]), follow=True)
    assert kept.sha256 not in shown.content.decode()
    assert Import.objects.count() == 1


def test_the_right_to_one_list_opens_no_other(agent):
    buyer, supplier = BuyerFactory(), SupplierFactory()
    give_in(agent, "orders", as_csv([row_of(buyer, supplier)]))
    other, of_orders = person("view_import", "import_supplier"), Import.objects.get()
    give_in(other, "orders", as_csv([row_of(buyer, supplier)]))
    assert Import.objects.get() == of_orders
    assert other.post(reverse("admin:suppliers_import_confirm", args=[of_orders.pk])).status_code == 404
    give_in(other, "suppliers", as_csv([farm()]))
    assert Import.objects.filter(kind="suppliers", by=other.user).count() == 1


@pytest.mark.parametrize("name", ["suppliers_supplier", "orders_buyer", "orders_order"])
def test_each_list_leads_to_its_import_whoever_may(agent, name):
    page, link = reverse(f"admin:{name}_changelist"), reverse("admin:suppliers_import_add")
    assert f"{link}?liste" in agent.get(page).content.decode()
    looking = person("view_supplier", "view_buyer", "view_order")
    assert f"{link}?liste" not in looking.get(page).content.decode()


def test_exports_need_the_right_to_look(agent):
    SupplierFactory()
    assert person("view_buyer").get(reverse("admin:suppliers_supplier_export", args=["csv"])).status_code == 403
    assert person("view_supplier").get(reverse("admin:suppliers_supplier_export", args=["csv"])).status_code == 200


# --- The journal ---


def test_the_journal_says_who_when_what(agent):
    content = as_csv([farm(), farm(SIRET="?")])
    give_in(agent, "suppliers", content, "liste d'été.csv")
    entry = Import.objects.get()
    assert (entry.by, entry.name, entry.rows) == (agent.user, "liste d'été.csv", 2)
    assert entry.sha256 == hashlib.sha256(content).hexdigest()
    assert "été" not in entry.file.name
    assert (entry.state, entry.created, entry.refused) == ("à confirmer", 1, 1)
    listed = agent.get(reverse("admin:suppliers_import_changelist")).content.decode()
    assert "liste d&#x27;été.csv" in listed
    agent.post(reverse("admin:suppliers_import_confirm", args=[entry.pk]))
    entry.refresh_from_db()
    assert (entry.state, entry.confirmed_by) == ("en cours", agent.user)
    runs.sweep()
    entry.refresh_from_db()
    assert entry.state == "terminé"
    assert agent.post(reverse("admin:suppliers_import_delete", args=[entry.pk])).status_code == 403


def test_refused_rows_are_given_back_with_their_cells_and_the_reason(agent):
    give_in(agent, "suppliers", as_csv([farm(SIRET="?", Commune="=Bourges"), farm()]))
    answer = agent.get(reverse("admin:suppliers_import_refused", args=[Import.objects.get().pk]))
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), delimiter=";")
    assert (row["Ligne"], row["SIRET"], row["Commune"]) == ("2", "?", "'=Bourges")
    assert "Ce SIRET n'est pas valable" in row["Motif"]


def test_who_confirms_twice_imports_once(agent):
    done = imported(agent, "suppliers", [farm()])
    agent.post(reverse("admin:suppliers_import_confirm", args=[done.pk]))
    runs.sweep()
    done.refresh_from_db()
    assert (done.created, Supplier.objects.count()) == (1, 1)


def test_a_worker_that_died_is_followed_by_another(agent, settings):
    give_in(agent, "suppliers", as_csv([farm()]))
    entry = Import.objects.get()
    entry.confirm(by=agent.user)
    entry.refresh_from_db()
    assert entry.claim()
    runs.sweep()
    assert not Supplier.objects.exists()
    late = timezone.now() - timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT + 1)
    Import.objects.update(claimed_at=late)
    runs.sweep()
    assert Supplier.objects.count() == 1


def test_files_are_forgotten_and_the_journal_stays(agent, settings):
    done = imported(agent, "suppliers", [farm(), farm(SIRET="?")])
    storage, name = done.file.storage, done.file.name
    runs.forget(timezone.now() + timedelta(days=settings.IMPORTS_KEPT_DAYS - 1))
    assert storage.exists(name)
    runs.forget(timezone.now() + timedelta(days=settings.IMPORTS_KEPT_DAYS + 1))
    done.refresh_from_db()
    assert (storage.exists(name), done.report, done.rows, done.state) == (False, {}, 2, "terminé")
    assert agent.get(reverse("admin:suppliers_import_change", args=[done.pk])).status_code == 200


def test_a_file_too_large_or_of_another_kind_is_not_read(agent, settings):
    settings.IMPORT_MAX_BYTES = 20
    for content, name, told in [(as_csv([farm()]), "a.csv", "dépasse"), (b"x", "a.pdf", "ni un CSV ni un XLSX")]:
        assert told in give_in(agent, "suppliers", content, name).content.decode()
    assert not Import.objects.exists()
