"""Orders from one export of Agrilocal for all buyers: a row for each line, put together by their reference."""

from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from orders.forms import not_before, usable_code
from orders.importing.columns import SCALARS, RateCell, Said, SaidLine, amount, as_text, texts_of
from orders.importing.known import Known, Nobody, orders_by_reference
from orders.importing.plan import LINES_MOST, Changes, Unfit, changes_of, in_french, kept_in_french, lines_in_french
from orders.models import (
    CONTRACT_MAX,
    ENGAGEMENT_MAX,
    SERVICE_MAX,
    ImportedOrder,
    LinesLocked,
    Order,
    OrderChanged,
)
from orders.models.buyers import PLACE_MAX
from suppliers.identifiers import one_line
from suppliers.importing.columns import SiretCell, column, day, text
from suppliers.importing.kinds import Kind, known
from suppliers.importing.reading import Row
from suppliers.importing.resource import Plan, PlannedResource, Refusal
from suppliers.models import User
from suppliers.typography import french

REFERENCES = ("engagement_number", "service_code", "contract_number")
# What all rows of an order must agree on.
SHARED = ("buyer_siret", "buyer_name", "supplier_siret", *SCALARS)
# Somebody may change an order again and again while it is imported; more than this is no accident.
TRIES = 3


class OrderResource(PlannedResource):
    reference = column("Référence", text(40, required=True))
    buyer_siret = column("SIRET acheteur", SiretCell(restores_zeros=True))
    buyer_name = column("Acheteur", text(200))
    supplier_siret = column("SIRET fournisseur", SiretCell(restores_zeros=True))
    ordered_on = column("Date de commande", day(required=True))
    delivery_on = column("Date de livraison", day())
    delivery_place = column("Lieu de livraison", text(PLACE_MAX))
    engagement_number = column("Numéro d'engagement", text(ENGAGEMENT_MAX))
    service_code = column("Code service", text(SERVICE_MAX, validators=[usable_code]))
    contract_number = column("Numéro de marché", text(CONTRACT_MAX))
    description = column("Produit", text(200, required=True))
    quantity = column("Quantité", amount(3, least="0.001"))
    unit = column("Unité", text(20, required=True))
    unit_price = column("Prix unitaire HT", amount(4))
    vat_rate = column("Taux de TVA", RateCell())

    required = frozenset(
        [
            *("reference", "buyer_siret", "supplier_siret", "ordered_on"),
            *("description", "quantity", "unit", "unit_price", "vat_rate"),
        ]
    )

    def groups(self, rows: Iterable[Row]) -> list[list[Row]]:
        """Rows of one order need not stand together. Without a reference each stands for itself, to be refused."""
        together: dict[object, list[Row]] = {}
        for row in rows:
            together.setdefault(self._reference(row) or row.number, []).append(row)
        return list(together.values())

    def learn(self, rows: list[Row]) -> None:
        self.known = Known.of(
            references=map(self._reference, rows),
            buyers=(self.cell(row, "buyer_siret") for row in rows),
            suppliers=(self.cell(row, "supplier_siret") for row in rows),
        )

    def planned(self, rows: list[Row]) -> Plan:
        try:
            said = self._said(rows)
            return self._plan(rows, said, self.known.orders.get(said.reference))
        except (Nobody, Unfit) as error:
            raise Refusal(rows, str(error)) from None

    def values_of(self, row: Row) -> dict:
        values = super().values_of(row)
        try:
            not_before(values["ordered_on"], values["delivery_on"])
        except ValidationError as error:
            raise Refusal([row], f"Colonne « {self.titles['delivery_on']} » : {error.message}") from None
        return values

    def _reference(self, row: Row) -> str:
        return one_line(self.cell(row, "reference"))

    # --- What the rows say ---

    def _said(self, rows: list[Row]) -> Said:
        values = self._values(rows)
        if len(rows) > LINES_MOST:
            raise Refusal(rows, f"Une commande compte au plus {LINES_MOST} lignes. Coupez-la en deux références.")
        shared = {name: self._agreed(rows, values, name) for name in SHARED}
        return Said(
            reference=values[0]["reference"],
            **{name: shared.pop(name) or "" for name in ("buyer_siret", "buyer_name", "supplier_siret")},
            scalars=shared,
            lines=tuple(SaidLine.of(value) for value in values),
        )

    def _values(self, rows: list[Row]) -> list[dict]:
        """Of every row; a row that cannot be read keeps the whole order out, each of its rows told why."""
        values, faulty = [], {}
        for row in rows:
            try:
                values.append(self.values_of(row))
            except Refusal as refusal:
                faulty |= refusal.reasons
        if faulty:
            first = min(faulty)
            raise Refusal(rows, f"La ligne {first} de la même commande est refusée. Corrigez-la.", faulty=faulty)
        return values

    def _agreed(self, rows: list[Row], values: list[dict], name: str):
        said = {value[name] for value in values if value[name]}
        if len(said) > 1:
            raise Refusal(
                rows,
                f"Les lignes de cette commande se contredisent dans la colonne « {self.titles[name]} ». "
                "Corrigez-les, ou donnez à chaque commande sa référence.",
            )
        return said.pop() if said else None

    # --- What becomes of it ---

    def _plan(self, rows: list[Row], said: Said, order: Order | None) -> Plan:
        buyer, supplier = self.known.buyer(said.buyer_siret, said.buyer_name), self.known.supplier(said.supplier_siret)
        if order is None:
            new = Order(reference=said.reference, buyer=buyer, supplier=supplier, **_filled(said))
            told = french(f"{buyer}, {supplier} : {lines_in_french(said)}")
            return Plan(said.reference, True, [told], [], lambda by: self._place(rows, said, new, by))
        for label, here, named in (("acheteur", order.buyer, buyer), ("fournisseur", order.supplier, supplier)):
            # Agrilocal may go on naming the company that another one took over from.
            if here not in (named, getattr(named, "successor", None)):
                raise Unfit(
                    f"La commande {order} est déjà connue pour un autre {label} : {here}. Corrigez le SIRET, ou "
                    "donnez à cette commande une autre référence."
                )
        changes = changes_of(order, said)
        return Plan(
            said.reference,
            False,
            [french(change) for change in in_french(order, said, changes)],
            [french(kept) for kept in kept_in_french(order, changes)],
            lambda by: self._change(rows, said, order, changes, by),
        )

    def _place(self, rows: list[Row], said: Said, order: Order, by: User) -> None:
        try:
            with transaction.atomic():
                order.place([line.line() for line in said.lines], by=by)
                _note(ImportedOrder(order=order), said, _filled(said))
        except IntegrityError:
            # Another import, or a person, was faster with this reference.
            self._again(rows, said, by, TRIES)

    def _change(self, rows: list[Row], said: Said, order: Order, changes: Changes, by: User, tries=TRIES) -> None:
        try:
            with transaction.atomic():
                _write(order, changes, by)
                imported = ImportedOrder(order=order) if changes.is_first else order.imported
                _note(imported, said, changes.scalars)
        except (OrderChanged, LinesLocked):
            self._again(rows, said, by, tries)

    def _again(self, rows: list[Row], said: Said, by: User, tries: int) -> None:
        """Decide anew on the order as it is now."""
        order = orders_by_reference([said.reference]).get(said.reference)
        if order is None or not tries:
            raise Refusal(rows, "Cette commande change sans cesse sur le portail. Importez le fichier de nouveau.")
        try:
            changes = changes_of(order, said)
        except Unfit as error:
            raise Refusal(rows, str(error)) from None
        if changes:
            self._change(rows, said, order, changes, by, tries - 1)


def _filled(said: Said) -> dict:
    return {name: value for name, value in said.scalars.items() if value}


def _write(order: Order, changes: Changes, by: User) -> None:
    """Through the verbs, so that history and invoices learn of it; on the revision the plan was made of."""
    references = {name: value for name, value in changes.scalars.items() if name in REFERENCES}
    others = {name: value for name, value in changes.scalars.items() if name not in REFERENCES}
    if references:
        order.change_references(by=by, seen_revision=order.revision, **references)
    if others:
        order.change_delivery(by=by, seen_revision=order.revision, **others)
    if changes.lines is not None:
        order.change_lines(changes.lines, by=by, seen_revision=order.revision)


def _note(imported: ImportedOrder, said: Said, written: dict) -> None:
    """For the next import. What the file says and nobody had to write may have been keyed here: it is not noted."""
    imported.brought |= {name: as_text(value) for name, value in written.items()}
    imported.lines, imported.at = texts_of(said.lines), timezone.now()
    imported.save()


ORDERS = known(
    Kind(
        name="orders",
        label="Commandes",
        thing="commande",
        things="commandes",
        row="ligne de commande",
        right="orders.import_order",
        resource=OrderResource,
        titles=lambda: settings.ORDERS_IMPORT_COLUMNS,
    )
)
