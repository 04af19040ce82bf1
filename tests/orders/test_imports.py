"""Orders out of one export of Agrilocal: what is taken, what is kept, what is refused and in which words."""

import datetime
import re
from decimal import Decimal

import pytest
from django.core.checks import run_checks
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoicing.lifecycle import Status
from orders.models import Order, OrderLine, Reception
from suppliers.identifiers import is_siret
from suppliers.importing import runs
from suppliers.models import Import
from tests.at_once import at_once
from tests.factories import (
    AgentFactory,
    BuyerFactory,
    BuyerMemberFactory,
    InvoiceFactory,
    OrderFactory,
    RecipientFactory,
    SupplierFactory,
    UserFactory,
    luhn_complete,
    siret,
)
from tests.importing import TITLES, as_csv, as_xlsx, give_in, imported, reasons, row_of
from tests.people import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent():
    return signed_in(AgentFactory())


@pytest.fixture
def buyer(db):
    return BuyerFactory()


@pytest.fixture
def supplier(db):
    return SupplierFactory()


@pytest.fixture
def row(buyer, supplier):
    return lambda **other: row_of(buyer, supplier, **other)


def lines(order) -> list[tuple]:
    return [(line.description, line.quantity, line.unit, line.unit_price, line.vat_rate) for line in order.lines.all()]


def counts(of: Import) -> tuple[int, int, int, int]:
    return of.created, of.updated, of.unchanged, of.refused


# --- What is taken ---


def test_rows_of_one_reference_make_one_order(agent, row, buyer, supplier):
    rows = [
        row(delivery_on="09/11/2026", engagement_number="EJ-9", delivery_place="Cuisine"),
        row(reference="AGL-78"),
        row(description="Crème", quantity="1 234,50", unit="pot", unit_price="0,1234", vat_rate="20 %"),
    ]
    assert counts(imported(agent, "orders", rows)) == (2, 0, 0, 0)
    order = Order.objects.get(reference="AGL-77")
    assert (order.buyer, order.supplier, order.created_by) == (buyer, supplier, agent.user)
    assert (order.ordered_on, order.delivery_on) == (datetime.date(2026, 11, 2), datetime.date(2026, 11, 9))
    assert (order.engagement_number, order.delivery_place) == ("EJ-9", "Cuisine")
    assert lines(order) == [
        ("Pommes de terre", Decimal(20), "kg", Decimal(5), Decimal("5.5")),
        ("Crème", Decimal("1234.5"), "pot", Decimal("0.1234"), Decimal(20)),
    ]


def test_an_xlsx_gives_the_same(agent, row):
    typed = row(reference="AGL-90") | {
        TITLES["quantity"]: 12.5,
        TITLES["vat_rate"]: 0.055,
        TITLES["ordered_on"]: datetime.date(2026, 11, 2),
        TITLES["buyer_siret"]: int(row()[TITLES["buyer_siret"]]),
    }
    give_in(agent, "orders", as_xlsx([typed]), "export.xlsx")
    assert Import.objects.get().created == 1
    agent.post(reverse("admin:suppliers_import_confirm", args=[Import.objects.get().pk]))
    runs.sweep()
    assert lines(Order.objects.get()) == [
        ("Pommes de terre", Decimal("12.5"), "kg", Decimal(5), Decimal("5.5")),
    ]


def test_titles_are_those_of_the_settings(agent, row, settings):
    settings.ORDERS_IMPORT_COLUMNS = {"reference": "N° Agrilocal"}
    typed = {"n° AGRILOCAL" if title == TITLES["reference"] else title: cell for title, cell in row().items()}
    assert counts(imported(agent, "orders", [typed])) == (1, 0, 0, 0)


@pytest.mark.parametrize(("columns", "problems"), [({"unit": "Condt"}, []), ({"units": "Condt"}, ["orders.E001"])])
def test_a_column_nobody_reads_is_told_at_the_start(settings, columns, problems):
    settings.ORDERS_IMPORT_COLUMNS = columns
    assert [found.id for found in run_checks() if found.id.startswith("orders.")] == problems


def test_nothing_is_written_before_it_is_confirmed(agent, row):
    assert "Rien n'est encore importé" in give_in(agent, "orders", as_csv([row()])).content.decode()
    runs.sweep()
    assert not Order.objects.exists()


def test_the_same_file_again_changes_nothing(agent, row):
    rows = [row(engagement_number="EJ-1"), row(description="Crème")]
    imported(agent, "orders", rows)
    before = Order.objects.get()
    with CaptureQueriesContext(connection) as queries:
        assert counts(imported(agent, "orders", rows)) == (0, 0, 1, 0)
    written = [query["sql"] for query in queries if re.match(r"(INSERT|UPDATE|DELETE)[^(]*orders_", query["sql"])]
    assert written == []
    after = Order.objects.get()
    assert after.revision == before.revision
    assert not after.changes.exists()


def test_an_invisible_sign_in_a_reference_makes_no_second_order(agent, row):
    imported(agent, "orders", [row()])
    rows = [row(reference="AGL-\u200b77", description="Pommes de terre\x01")]
    give_in(agent, "orders", as_csv(rows, "utf-8"))
    assert counts(Import.objects.latest("pk")) == (0, 0, 1, 0)


def test_a_new_export_updates_with_history(agent, row):
    imported(agent, "orders", [row(engagement_number="EJ-1"), row(description="Crème")])
    order = Order.objects.get()
    kept_line = order.lines.get(description="Pommes de terre")
    rows = [row(engagement_number="EJ-2", delivery_on="12/11/2026", quantity="18"), row(description="Beurre")]
    assert counts(imported(agent, "orders", rows)) == (0, 1, 0, 0)
    order = Order.objects.get()
    assert (order.engagement_number, order.delivery_on) == ("EJ-2", datetime.date(2026, 11, 12))
    assert {line.description: line.pk for line in order.lines.all()}["Pommes de terre"] == kept_line.pk
    assert set(order.lines.values_list("description", "quantity")) == {
        ("Pommes de terre", Decimal(18)),
        ("Beurre", Decimal(20)),
    }
    told = {change.field: (change.old, change.new, change.by) for change in order.changes.all()}
    assert told["engagement_number"] == ("EJ-1", "EJ-2", agent.user)
    assert told["delivery_on"] == ("", "12/11/2026", agent.user)
    assert set(told) == {"engagement_number", "delivery_on", "lines"}
    assert order.revision == 4


def test_invoices_learn_of_a_new_engagement_number(agent, row):
    imported(agent, "orders", [row(engagement_number="EJ-1")])
    invoice = InvoiceFactory(order=Order.objects.get(), status=Status.APPROVED)
    imported(agent, "orders", [row(engagement_number="EJ-2")])
    invoice.refresh_from_db()
    assert invoice.status == Status.TO_REVIEW


# --- What the portal keeps ---


@pytest.mark.parametrize("name", ["engagement_number", "service_code", "contract_number"])
@pytest.mark.parametrize("said", ["DE-LA-LISTE", "", "NOUVEAU"])
def test_what_was_keyed_in_the_portal_stays(agent, row, name, said):
    imported(agent, "orders", [row(**{name: "DE-LA-LISTE"})])
    order = Order.objects.get()
    order.change_references(by=agent.user, **{name: "SAISI"})
    done = imported(agent, "orders", [row(**{name: said}, delivery_place="Quai")])
    order.refresh_from_db()
    assert (getattr(order, name), order.delivery_place) == ("SAISI", "Quai")
    assert bool(done.report["kept"]) is bool(said)


def test_a_number_that_was_keyed_here_first_stays_when_the_file_knew_it_too(agent, row):
    imported(agent, "orders", [row()])
    Order.objects.get().change_references(by=agent.user, engagement_number="SAISI")
    for said in ("SAISI", "AUTRE"):
        imported(agent, "orders", [row(engagement_number=said)])
    assert Order.objects.get().engagement_number == "SAISI"


def test_an_empty_reference_is_filled(agent, row):
    imported(agent, "orders", [row()])
    assert counts(imported(agent, "orders", [row(engagement_number="EJ-1", service_code="CUISINE")])) == (0, 1, 0, 0)
    order = Order.objects.get()
    assert (order.engagement_number, order.service_code) == ("EJ-1", "CUISINE")


def change_quantity(order, quantity, by):
    line = order.lines.get()
    line.quantity = quantity
    order.change_lines([line], by=by, seen_revision=order.revision)


def test_lines_changed_in_the_portal_survive_the_same_file(agent, row):
    imported(agent, "orders", [row()])
    change_quantity(Order.objects.get(), Decimal(15), agent.user)
    assert counts(imported(agent, "orders", [row()])) == (0, 0, 1, 0)
    assert OrderLine.objects.get().quantity == 15


def test_an_order_that_was_keyed_here_is_followed_from_its_first_import(agent, row, buyer, supplier):
    order = OrderFactory(reference="AGL-77", buyer=buyer, supplier=supplier, ordered_on=datetime.date(2026, 11, 2))
    assert counts(imported(agent, "orders", [row()])) == (0, 1, 0, 0)
    order = Order.objects.get(pk=order.pk)
    change_quantity(order, Decimal(15), agent.user)
    assert counts(imported(agent, "orders", [row()])) == (0, 0, 1, 0)
    assert OrderLine.objects.get().quantity == 15


def test_lines_changed_on_both_sides_are_for_a_person(agent, row):
    imported(agent, "orders", [row()])
    change_quantity(Order.objects.get(), Decimal(15), agent.user)
    done = imported(agent, "orders", [row(quantity="18")])
    assert "modifiées sur le portail" in reasons(done)[2]
    assert OrderLine.objects.get().quantity == 15


def test_lines_of_a_billed_order_stay(agent, row):
    imported(agent, "orders", [row()])
    InvoiceFactory(order=Order.objects.get(), status=Status.TO_REVIEW)
    done = imported(agent, "orders", [row(quantity="18", engagement_number="EJ-2")])
    assert "Une facture porte déjà sur cette commande" in reasons(done)[2]
    assert (OrderLine.objects.get().quantity, Order.objects.get().engagement_number) == (20, "")
    assert counts(imported(agent, "orders", [row(engagement_number="EJ-2")])) == (0, 1, 0, 0)


def test_a_reception_outlives_an_import(agent, row, buyer):
    imported(agent, "orders", [row(), row(description="Crème")])
    order = Order.objects.get()
    line, person = order.lines.first(), BuyerMemberFactory(buyer=buyer).user
    said = Reception.of(line, Reception.Outcome.PART, quantity=Decimal(12))
    Reception.objects.record(order, [said], by=person, seen_revision=order.revision)
    imported(agent, "orders", [row(quantity="18"), row(description="Crème")])
    assert (Reception.objects.get().line, Reception.objects.get().quantity) == (line, 12)
    done = imported(agent, "orders", [row(description="Crème")])
    assert "réception de « Pommes de terre »" in reasons(done)[2]
    assert Order.objects.get().lines.count() == 2


# --- What is refused, and why ---

REFUSED = [
    ({"reference": ""}, "« Référence » : Cette case est vide"),
    ({"buyer_siret": "2,00000008E+13"}, "Excel a abîmé ce SIRET"),
    ({"buyer_siret": "12345678901234"}, "Ce SIRET n'est pas valable"),
    ({"buyer_siret": siret(1)}, "Aucun acheteur n'a le SIRET"),
    ({"supplier_siret": siret(2)}, "Aucun fournisseur n'a le SIRET"),
    ({"ordered_on": "31/11/2026"}, "Cette date n'est pas valable"),
    ({"ordered_on": "03/11/3026"}, "L'année 3026 n'est pas possible ici"),
    ({"delivery_on": "01/11/2026"}, "« Date de livraison » : La livraison ne peut pas précéder la commande"),
    ({"quantity": "douze"}, "Ce nombre n'est pas valable"),
    ({"quantity": "0"}, "trop petit"),
    ({"unit_price": "-1"}, "trop petit"),
    ({"unit_price": "1,23456"}, "trop de chiffres"),
    ({"vat_rate": "beaucoup"}, "Ce taux n'est pas valable"),
    ({"vat_rate": "120"}, "Ce taux n'est pas valable"),
    ({"description": "x" * 201}, "dépasse 200 caractères"),
    ({"service_code": "Factures_publiques"}, "réservé aux factures entre administrations"),
    ({"engagement_number": "x" * 51}, "dépasse 50 caractères"),
]


@pytest.mark.parametrize(("wrong", "told"), REFUSED, ids=[told for _, told in REFUSED])
def test_a_refused_row_says_why_and_the_others_pass(agent, row, wrong, told):
    done = imported(agent, "orders", [row(reference="AGL-1"), row(**wrong)])
    assert counts(done) == (1, 0, 0, 1)
    assert told in reasons(done)[3]
    assert reasons(done)[3].endswith(".")
    assert reasons(done)[3].count(told) == 1
    assert [order.reference for order in Order.objects.all()] == ["AGL-1"]


def test_one_bad_row_keeps_its_whole_order_out_and_each_row_says_why(agent, row):
    done = imported(agent, "orders", [row(), row(quantity="?"), row(description="Crème")])
    assert counts(done) == (0, 0, 0, 3)
    assert "Ce nombre" in reasons(done)[3]
    assert reasons(done)[2] == reasons(done)[4] == "La ligne 3 de la même commande est refusée. Corrigez-la."


def test_a_day_that_moves_does_not_cross_the_one_keyed_here(agent, row):
    imported(agent, "orders", [row(delivery_on="09/11/2026")])
    Order.objects.update(delivery_on=datetime.date(2026, 11, 3))
    done = imported(agent, "orders", [row(ordered_on="04/11/2026")])
    assert "La livraison ne peut pas précéder la commande" in reasons(done)[2]
    assert "du portail, où elle a été saisie" in reasons(done)[2]
    assert Order.objects.get().ordered_on == datetime.date(2026, 11, 2)


def test_rows_that_contradict_each_other_are_refused(agent, row):
    done = imported(agent, "orders", [row(engagement_number="EJ-1"), row(engagement_number="EJ-2")])
    assert "se contredisent dans la colonne « Numéro d'engagement »" in reasons(done)[2]


def test_an_order_does_not_change_hands(agent, row):
    imported(agent, "orders", [row()])
    for other in ({"buyer_siret": BuyerFactory().recipient.siret},
                  {"supplier_siret": SupplierFactory().establishments.get().siret}):  # fmt: skip
        assert "est déjà connue pour un autre" in reasons(imported(agent, "orders", [row(**other)]))[2]


def test_a_siret_of_several_canteens_needs_the_name(agent, row, buyer):
    BuyerFactory(recipient=buyer.recipient, name="Cantine de l'école")
    done = imported(agent, "orders", [row(), row(reference="AGL-78", buyer_name="CANTINE de l’ecole")])
    assert "Plusieurs acheteurs ont le SIRET" in reasons(done)[2]
    assert Order.objects.get().buyer.name == "Cantine de l'école"


def test_zeros_that_excel_took_off_are_put_back_where_the_siret_is_known(agent, row):
    known = luhn_complete(luhn_complete("00123456") + "0001")
    buyer = BuyerFactory(recipient=RecipientFactory(siret=known))
    done = imported(agent, "orders", [row(buyer_siret=known.lstrip("0"))])
    assert counts(done) == (1, 0, 0, 0), reasons(done)
    assert Order.objects.get().buyer == buyer


def test_a_new_establishment_of_a_known_supplier_is_his(agent, row, supplier):
    other = next(siret for siret in (f"{supplier.siren}{n:05d}" for n in range(20, 400)) if is_siret(siret))
    assert counts(imported(agent, "orders", [row(supplier_siret=other)])) == (1, 0, 0, 0)
    assert Order.objects.get().supplier == supplier


def test_an_order_that_a_new_company_took_over_stays_with_it(agent, row, supplier):
    imported(agent, "orders", [row()])
    successor = SupplierFactory()
    Order.objects.update(supplier=successor)
    assert "pour un autre fournisseur" in reasons(imported(agent, "orders", [row(delivery_place="Quai")]))[2]
    supplier.successor = successor
    supplier.save(update_fields=["successor"])
    assert counts(imported(agent, "orders", [row(delivery_place="Quai")])) == (0, 1, 0, 0)
    assert Order.objects.get().supplier == successor


def test_a_row_wider_than_the_titles_is_refused(agent, row):
    content = as_csv([row()]).replace(b"Pommes de terre", b"Pommes; de terre")
    give_in(agent, "orders", content)
    assert "plus de cases que" in reasons(Import.objects.get())[2]


def test_a_file_without_a_column_is_refused_at_once(agent, row):
    typed = row()
    del typed["Produit"]
    page = give_in(agent, "orders", as_csv([typed])).content.decode()
    assert "pas de colonne «\u00a0Produit\u00a0»" in page
    assert not Import.objects.exists()


# --- Two at once, and many ---


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_the_same_file_at_once_make_no_double(row):
    by = UserFactory(is_staff=True, is_superuser=True)
    rows = [row(reference=f"AGL-{n}", engagement_number=f"EJ-{n}") for n in range(30)]
    client = signed_in(by)
    for _ in range(2):
        give_in(client, "orders", as_csv(rows))
    both = list(Import.objects.all())
    for one in both:
        one.confirm(by=by)
        one.refresh_from_db()
    at_once(*((lambda one=one: one.claim() and runs.carry_out(one)) for one in both))
    assert (Order.objects.count(), OrderLine.objects.count()) == (30, 30)
    assert [one.refused for one in Import.objects.all()] == [0, 0]


def test_a_number_keyed_while_the_import_runs_wins(agent, row, monkeypatch):
    """Between the plan and its writing somebody keys the number: the plan is made anew."""
    imported(agent, "orders", [row()])
    give_in(agent, "orders", as_csv([row(engagement_number="DE-LA-LISTE", delivery_place="Quai")]))
    latest = Import.objects.latest("pk")
    latest.confirm(by=agent.user)
    latest.refresh_from_db()
    dataset = runs.PlannedResource.dataset

    def meanwhile(self, table):
        made = dataset(self, table)
        Order.objects.get().change_references(by=agent.user, engagement_number="SAISI")
        return made

    monkeypatch.setattr(runs.PlannedResource, "dataset", meanwhile)
    runs.carry_out(latest)
    order = Order.objects.get()
    assert (order.engagement_number, order.delivery_place) == ("SAISI", "Quai")


def queries_of(agent, rows) -> int:
    with CaptureQueriesContext(connection) as queries:
        done = imported(agent, "orders", rows)
    assert done.refused == 0
    return len(queries)


def test_an_order_costs_a_few_queries_whatever_its_lines(agent, row):
    def rows(first, count, each):
        numbers = range(first, first + count)
        return [row(reference=f"AGL-{n}", description=f"P{k}") for n in numbers for k in range(each)]

    queries_of(agent, rows(0, 1, 1))
    few, many = queries_of(agent, rows(100, 10, 1)), queries_of(agent, rows(200, 20, 10))
    # Savepoints, the order, its lines at once, what the import brought.
    assert many - few <= 10 * 7
    again = queries_of(agent, rows(200, 20, 10))
    assert abs(queries_of(agent, rows(100, 10, 1)) - again) <= 2
