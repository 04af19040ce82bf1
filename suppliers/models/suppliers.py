"""The producers' legal units and their establishments."""

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from suppliers.identifiers import format_siret
from suppliers.models.bank_account import BankAccount
from suppliers.models.box import Box, Depositor, Mandate
from suppliers.models.houses import House, HouseQuerySet
from suppliers.models.users import User
from suppliers.signals import identity_changed
from suppliers.validators import validate_siren, validate_siret, validate_year_of_farm


class VatRegime(models.TextChoices):
    UNKNOWN = "", "à préciser"
    NORMAL = "normal", "TVA facturée (régime normal ou simplifié agricole)"
    FRANCHISE = "franchise", "franchise en base de TVA"
    FARM_FLAT_RATE = "flat_rate", "remboursement forfaitaire agricole"
    EXEMPT = "exempt", "exonéré de TVA"


class SupplierQuerySet(HouseQuerySet):
    def mandated(self):
        """Suppliers whose invoices the portal may send: validated, box ticked, mandate in force."""
        in_force = Mandate.objects.filter(supplier=OuterRef("pk"), revoked_at__isnull=True)
        return self.filter(Exists(in_force), validated_at__isnull=False, uses_chorus=True, depositor=Depositor.PORTAL)


class Supplier(BankAccount, Box, House):
    """A legal unit (SIREN) that sells on Agrilocal18."""

    space = "suppliers"
    for_members = "déposer et suivre ses factures"

    name = models.CharField("raison sociale", max_length=200)
    siren = models.CharField("SIREN", max_length=9, unique=True, validators=[validate_siren])
    vat_regime = models.CharField("régime de TVA", max_length=20, choices=VatRegime, blank=True, default="")
    vat_number = models.CharField("numéro de TVA", max_length=20, blank=True)
    contact_name = models.CharField("personne à joindre", max_length=120, blank=True)
    phone = models.CharField("téléphone", max_length=30, blank=True)
    validated_at = models.DateTimeField("validé le", null=True, blank=True)
    validated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="validé par"
    )
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors", verbose_name="repris par"
    )
    created_at = models.DateTimeField("créé le", auto_now_add=True)

    objects = SupplierQuerySet.as_manager()

    class Meta:
        verbose_name = "fournisseur"
        ordering = ["name"]
        permissions = [("import_supplier", "Peut importer des fournisseurs")]
        constraints = [
            models.CheckConstraint(condition=Q(vat_regime__in=VatRegime.values), name="supplier_vat_regime_is_known"),
            models.CheckConstraint(condition=Q(depositor__in=Depositor.values), name="supplier_depositor_is_known"),
            models.CheckConstraint(
                condition=Q(uses_chorus=True) | Q(depositor=""), name="supplier_without_box_has_no_depositor"
            ),
            models.CheckConstraint(condition=~Q(successor=F("pk")), name="supplier_does_not_succeed_himself"),
        ]

    def __str__(self):
        return self.name

    @property
    def missing_from_profile(self) -> list[str]:
        """What the producer has not told us yet, in his words."""
        told = {"Chorus Pro": self.box_changed_at, "IBAN": self.iban, "régime de TVA": self.vat_regime}
        return [words for words, value in told.items() if not value]

    @property
    def heir(self) -> "Supplier":
        """Who sells what it sold: itself, or the last of those who took over from it."""
        last = self
        while last.successor:
            last = last.successor
        return last

    @property
    def path(self) -> str:
        return reverse("suppliers:supplier", args=[self.pk])

    def validate(self, *, by: User) -> bool:
        """An agent knows who this is; False when that was said before."""
        self.validated_at, self.validated_by = timezone.now(), by
        return bool(
            Supplier.objects.filter(pk=self.pk, validated_at__isnull=True).update(
                validated_at=self.validated_at, validated_by=by
            )
        )

    def name_partners(self, names: list[str]) -> None:
        with transaction.atomic():
            self.partners.exclude(name__in=names).delete()
            for name in names:
                self.partners.get_or_create(name=name)

    def change_identity(self, columns: list[str], *, by: User) -> None:
        """Write what a member of the supplier's changed; a number he replaces is remembered."""
        with transaction.atomic():
            former = Supplier.objects.select_for_update().get(pk=self.pk).phone
            self.write_identity(columns)
            if "phone" in columns and former != self.phone:
                self.phone_changes.create(old=former, new=self.phone, by=by)

    def write_identity(self, columns: list[str]) -> None:
        self.save(update_fields=columns)
        identity_changed.send(type(self), supplier=self, columns=set(columns))


class EstablishmentQuerySet(models.QuerySet):
    def open_on(self, day):
        return self.exclude(opened_on__gt=day).exclude(closed_on__lt=day)


class Establishment(models.Model):
    """One SIRET of a supplier, with the days between which it may issue invoices."""

    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="establishments")
    siret = models.CharField("SIRET", max_length=14, unique=True, validators=[validate_siret])
    address = models.CharField("adresse", max_length=200, blank=True)
    postcode = models.CharField("code postal", max_length=10, blank=True)
    city = models.CharField("commune", max_length=100, blank=True)
    opened_on = models.DateField(
        "ouvert le", null=True, blank=True, help_text="Vide\u00a0: depuis toujours.", validators=[validate_year_of_farm]
    )
    closed_on = models.DateField("fermé le", null=True, blank=True, validators=[validate_year_of_farm])

    objects = EstablishmentQuerySet.as_manager()

    class Meta:
        verbose_name = "établissement"
        ordering = ["siret"]

    def __str__(self):
        return ", ".join(filter(None, [format_siret(self.siret), self.city]))
