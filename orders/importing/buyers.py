"""Buyers with their recipient on Chorus Pro. One SIRET may pay for several canteens: the name says which."""

from collections import Counter
from collections.abc import Iterable

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction

from orders.models import Buyer, Recipient
from suppliers.identifiers import clean_digits, format_siret
from suppliers.importing.columns import SiretCell, alike, column, text
from suppliers.importing.kinds import Kind, known
from suppliers.importing.reading import Row
from suppliers.importing.resource import Plan, PlannedResource, Refusal, differing, log, portions, told, twice
from suppliers.models import User
from suppliers.typography import french

# What the buyer's own people say of it, and what staff know.
CONTACT, FACTS = ("contact_name", "phone", "email"), ("kind", "city")


class KindCell(forms.CharField):
    """« collège », « EHPAD »: the words the portal shows."""

    def clean(self, value):
        written = super().clean(value)
        if not written:
            return ""
        for kind in Buyer.Kind:
            if alike(kind.label) == alike(written):
                return kind.value
        offered = ", ".join(str(label) for label in Buyer.Kind.labels)
        raise ValidationError(french(f"Ce type n'est pas connu. Écrivez l'un de ceux-ci : {offered}."))


class EmailCell(forms.EmailField):
    default_error_messages = {"invalid": "Cette adresse n'est pas valable. Écrivez-la ainsi\u00a0: nom@exemple.fr."}


class BuyerResource(PlannedResource):
    siret = column("SIRET", SiretCell(), "recipient__siret")
    name = column("Nom", text(200, required=True), "name")
    kind = column("Type", KindCell(required=False), "get_kind_display")
    city = column("Commune", text(100), "city")
    contact_name = column("Personne à joindre", text(120), "contact_name")
    phone = column("Téléphone", text(30), "phone")
    email = column("Adresse e-mail", EmailCell(required=False), "email")

    required = frozenset(["siret", "name"])

    def groups(self, rows: Iterable[Row]) -> list[list[Row]]:
        return self.together(rows, "siret", "name")

    def learn(self, rows: list[Row]) -> None:
        self.times = Counter(clean_digits(self.cell(row, "siret")) for row in rows)
        self.known = {}
        for some in portions(self.times):
            for buyer in Buyer.objects.filter(recipient__siret__in=some).select_related("recipient"):
                self.known.setdefault(buyer.recipient.siret, []).append(buyer)

    def planned(self, rows: list[Row]) -> Plan:
        twice(rows, "acheteur")
        said = self.values_of(rows[0])
        buyer = _named(rows, said, self.known.get(said["siret"], []))
        if buyer is None and self.times[said["siret"]] > 1:
            raise Refusal(rows, _another(said["siret"]))
        plan = Plan(f"{said['name']} ({said['siret']})", is_new=buyer is None)
        if buyer is None:
            plan.changes = ["nouvel acheteur"]
        else:
            plan.changes = told(buyer, _wanted(buyer, said))
            plan.kept = told(buyer, differing(buyer, said, CONTACT), kept=True)
        plan.carry_out = lambda by: _write(rows, said, by)
        return plan


def _named(rows: list[Row], said: dict, there: list[Buyer]) -> Buyer | None:
    """The one that is meant among those of this SIRET; raises Refusal when another one bears it."""
    named = [buyer for buyer in there if alike(buyer.name) == alike(said["name"])]
    if len(named) == 1:
        return named[0]
    if there:
        names = ", ".join(f"« {buyer} »" for buyer in there)
        raise Refusal(rows, f"Ce SIRET est déjà celui de {names}. Écrivez le même nom, ou créez l'acheteur à la main.")
    return None


def _another(siret: str) -> str:
    return (
        f"Plusieurs lignes donnent le SIRET {format_siret(siret)} sous d'autres noms. N'en gardez qu'une, et créez les "
        "autres acheteurs à la main."
    )


def _wanted(buyer: Buyer, said: dict) -> dict[str, str]:
    lacking = {name: said[name] for name in CONTACT if said[name] and not getattr(buyer, name)}
    return lacking | differing(buyer, said, FACTS)


def _write(rows: list[Row], said: dict, by: User) -> None:
    """Decided anew on the rows as they are now. The recipient's row keeps two imports from making the buyer twice."""
    with transaction.atomic():
        recipient, _ = Recipient.objects.get_or_create(siret=said["siret"], defaults={"name": said["name"]})
        Recipient.objects.select_for_update().get(pk=recipient.pk)
        buyer = _named(rows, said, list(recipient.buyers.all()))
        is_new = buyer is None
        if is_new:
            given = {name: said[name] for name in ("name", *CONTACT, *FACTS) if said[name]}
            buyer = Buyer.objects.create(recipient=recipient, **given)
        buyer.change(by=by, **_wanted(buyer, said))
        log(by, buyer, is_new=is_new)


BUYERS = known(
    Kind(
        name="buyers",
        label="Acheteurs",
        thing="acheteur",
        things="acheteurs",
        row="acheteur",
        right="orders.import_buyer",
        resource=BuyerResource,
    )
)
