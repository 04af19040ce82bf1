"""Suppliers, a row for each establishment. What they say of themselves (name, box, mandate, account) is theirs."""

from collections.abc import Iterable

from django.db import transaction

from suppliers.identifiers import clean_digits
from suppliers.importing.columns import SiretCell, column, day, text
from suppliers.importing.kinds import Kind, known
from suppliers.importing.reading import Row
from suppliers.importing.resource import Plan, PlannedResource, differing, log, portions, told, twice
from suppliers.models import Establishment, Supplier, User
from suppliers.validators import validate_year_of_farm

PLACE = ("address", "postcode", "city")
CONTACT = ("contact_name", "phone")


class SupplierResource(PlannedResource):
    siret = column("SIRET", SiretCell(), "siret")
    name = column("Raison sociale", text(200, required=True), "supplier__name")
    address = column("Adresse", text(200), "address")
    postcode = column("Code postal", text(10), "postcode")
    city = column("Commune", text(100), "city")
    opened_on = column("Ouvert le", day(validator=validate_year_of_farm), "opened_on")
    contact_name = column("Personne à joindre", text(120), "supplier__contact_name")
    phone = column("Téléphone", text(30), "supplier__phone")

    required = frozenset(["siret", "name"])

    def groups(self, rows: Iterable[Row]) -> list[list[Row]]:
        return self.together(rows, "siret")

    def learn(self, rows: list[Row]) -> None:
        self.known, self.suppliers = {}, {}
        for some in portions(clean_digits(self.cell(row, "siret")) for row in rows):
            for place in Establishment.objects.filter(siret__in=some).select_related("supplier"):
                self.known[place.siret] = place
            for supplier in Supplier.objects.filter(siren__in={siret[:9] for siret in some}):
                self.suppliers[supplier.siren] = supplier

    def planned(self, rows: list[Row]) -> Plan:
        twice(rows, "établissement")
        said = self.values_of(rows[0])
        establishment = self.known.get(said["siret"])
        supplier = establishment.supplier if establishment else self.suppliers.get(said["siret"][:9])
        plan = Plan(f"{said['name']} ({said['siret']})", is_new=establishment is None)
        if supplier is None:
            plan.changes = ["nouveau fournisseur, à valider"]
        elif establishment is None:
            plan.changes = [f"nouvel établissement de {supplier}"]
        if establishment:
            plan.changes += told(establishment, differing(establishment, said, PLACE))
        if supplier:
            plan.changes += told(supplier, _lacking(supplier, said))
            plan.kept = told(supplier, differing(supplier, said, ("name", *CONTACT)), kept=True)
        plan.carry_out = lambda by: _write(said, by)
        return plan


def _lacking(supplier: Supplier, said: dict) -> dict[str, str]:
    return {name: said[name] for name in CONTACT if said[name] and not getattr(supplier, name)}


def _write(said: dict, by: User) -> None:
    """Decided anew on the rows as they are now, so that nothing doubles and nobody's word is lost."""
    with transaction.atomic():
        supplier, is_new = _supplier(said)
        lacking = _lacking(supplier, said)
        for name, value in lacking.items():
            setattr(supplier, name, value)
        if lacking:
            supplier.change_identity(list(lacking), by=by)
        place = {name: said[name] for name in (*PLACE, "opened_on")}
        establishment, _ = supplier.establishments.get_or_create(siret=said["siret"], defaults=place)
        changed = differing(establishment, said, PLACE)
        for name, value in changed.items():
            setattr(establishment, name, value)
        establishment.save(update_fields=list(changed))
        log(by, supplier, is_new=is_new)


def _supplier(said: dict) -> tuple[Supplier, bool]:
    holder = Supplier.objects.select_for_update().filter(establishments__siret=said["siret"]).first()
    if holder:
        return holder, False
    identity = {name: said[name] for name in ("name", *CONTACT)}
    supplier, is_new = Supplier.objects.get_or_create(siren=said["siret"][:9], defaults=identity)
    return Supplier.objects.select_for_update().get(pk=supplier.pk), is_new


SUPPLIERS = known(
    Kind(
        name="suppliers",
        label="Fournisseurs",
        thing="établissement",
        things="établissements",
        row="établissement",
        right="suppliers.import_supplier",
        resource=SupplierResource,
    )
)
