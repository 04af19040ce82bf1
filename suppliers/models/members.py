"""Who acts for a supplier, and who asks to."""

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from suppliers.mails import tell_refusal
from suppliers.models.houses import AnyInvitation, AnyMemberChange
from suppliers.models.suppliers import Supplier
from suppliers.models.users import User
from suppliers.validators import validate_siret


class Member(models.Model):
    """A person who acts for a supplier. One address may serve several partners: each act may name who did it."""

    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="supplier_memberships", verbose_name="personne"
    )
    created_at = models.DateTimeField("depuis le", auto_now_add=True)

    class Meta:
        verbose_name = "membre"
        constraints = [models.UniqueConstraint(fields=["supplier", "user"], name="member_once_per_supplier")]

    def __str__(self):
        return f"{self.user} ({self.supplier})"


class Invitation(AnyInvitation):
    mail_kind = "invitation"

    house = models.ForeignKey(Supplier, models.CASCADE, related_name="invitations", verbose_name="fournisseur")


class MemberChange(AnyMemberChange):
    mail_kind = "people"

    house = models.ForeignKey(Supplier, models.CASCADE, related_name="member_changes", verbose_name="fournisseur")


class Partner(models.Model):
    """A name to choose in « Qui dépose ? » where partners of a GAEC share one address."""

    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="partners")
    name = models.CharField("nom", max_length=120)

    class Meta:
        verbose_name = "associé"
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["supplier", "name"], name="partner_once_per_supplier")]

    def __str__(self):
        return self.name


class MembershipRequest(models.Model):
    """A registered person asks to act for the holder of a SIRET; an agent answers after another contact than e-mail."""

    class Kind(models.TextChoices):
        SUPPLIER = "supplier", "producteur"
        BUYER = "buyer", "acheteur public"

    class Status(models.TextChoices):
        PENDING = "pending", "à traiter"
        ACCEPTED = "accepted", "acceptée"
        REFUSED = "refused", "refusée"

    kind = models.CharField("demande comme", max_length=10, choices=Kind, default=Kind.SUPPLIER)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="membership_requests", verbose_name="compte"
    )
    siret = models.CharField("SIRET", max_length=14, validators=[validate_siret])
    company_name = models.CharField("nom de l'exploitation ou de l'établissement", max_length=200)
    person_name = models.CharField("vos prénom et nom", max_length=150)
    phone = models.CharField("téléphone", max_length=30)
    status = models.CharField("état", max_length=10, choices=Status, default=Status.PENDING, editable=False)
    created_at = models.DateTimeField("reçue le", auto_now_add=True)
    decided_at = models.DateTimeField("traitée le", null=True, blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    contact_made = models.CharField("contact pris (qui, comment, quand)", max_length=300, blank=True)

    class Meta:
        verbose_name = "demande de rattachement"
        verbose_name_plural = "demandes de rattachement"
        ordering = ["-created_at"]

    def __str__(self):
        return f"{self.company_name} ({self.user})"

    def decide(self, status: "MembershipRequest.Status", *, by: User, contact_made: str) -> bool:
        """Answer once; False when somebody answered before."""
        self.status, self.decided_at, self.decided_by = status, timezone.now(), by
        self.contact_made = contact_made
        return bool(
            MembershipRequest.objects.filter(pk=self.pk, status=self.Status.PENDING).update(
                status=status, decided_at=self.decided_at, decided_by=by, contact_made=contact_made
            )
        )

    def accept(self, *, by: User, contact_made: str) -> Supplier:
        """Make the person a member, of the supplier that has this SIREN or of a new one, in one transaction."""
        with transaction.atomic():
            if not self.decide(self.Status.ACCEPTED, by=by, contact_made=contact_made):
                raise AlreadyDecided
            supplier, _ = Supplier.objects.get_or_create(
                siren=self.siret[:9],
                defaults={"name": self.company_name, "contact_name": self.person_name, "phone": self.phone},
            )
            supplier.validate(by=by)
            supplier.establishments.get_or_create(siret=self.siret)
            supplier.admit(self.user, by=by)
        return supplier

    def refuse(self, *, by: User, contact_made: str) -> None:
        with transaction.atomic():
            if not self.decide(self.Status.REFUSED, by=by, contact_made=contact_made):
                raise AlreadyDecided
            tell_refusal(self)


class AlreadyDecided(Exception):
    """Somebody else answered this request first."""
