"""People, the producers' legal units, and what they told us about Chorus Pro."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from suppliers.bank import PHONE_QUARANTINE, IbanCall, IbanNotice, PhoneChange, rib_path
from suppliers.encryption import EncryptedTextField, keyed_hash
from suppliers.identifiers import clean_iban, mask_iban
from suppliers.mandate import MANDATE_TEXT, MANDATE_VERSION
from suppliers.signals import account_heard, deposit_stopped
from suppliers.validators import validate_siren, validate_siret

__all__ = ["IbanCall", "IbanNotice", "PhoneChange"]


class UserManager(BaseUserManager):
    def create_user(self, email, password=None, **fields):
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password) if password else user.set_unusable_password()
        user.save(using=self._db)
        return user

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """A person. Signs in with an e-mailed code or a password; is never deleted, since events name him."""

    username = None
    email = models.EmailField("adresse e-mail", unique=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []
    objects = UserManager()

    class Meta:
        verbose_name = "utilisateur"
        verbose_name_plural = "utilisateurs"

    def __str__(self):
        return self.get_full_name() or self.email


class VatRegime(models.TextChoices):
    UNKNOWN = "", "à préciser"
    NORMAL = "normal", "TVA facturée (régime normal ou simplifié agricole)"
    FRANCHISE = "franchise", "franchise en base de TVA"
    FARM_FLAT_RATE = "flat_rate", "remboursement forfaitaire agricole"
    EXEMPT = "exempt", "exonéré de TVA"


class Depositor(models.TextChoices):
    """Who carries the invoice to Chorus Pro when the box is ticked."""

    NOBODY = "", "—"
    PORTAL = "portal", "Agrilocal18 dépose pour moi"
    SELF = "self", "Je dépose moi-même (logiciel, comptable, plateforme agréée)\u00a0: suivi seulement"


class SupplierQuerySet(models.QuerySet):
    def for_user(self, user):
        return self.filter(members__user=user)

    def mandated(self):
        """Suppliers whose invoices the portal may send: validated, box ticked, mandate in force."""
        in_force = Mandate.objects.filter(supplier=OuterRef("pk"), revoked_at__isnull=True)
        return self.filter(Exists(in_force), validated_at__isnull=False, uses_chorus=True, depositor=Depositor.PORTAL)


class Supplier(models.Model):
    """A legal unit (SIREN) that sells on Agrilocal18."""

    name = models.CharField("raison sociale", max_length=200)
    siren = models.CharField("SIREN", max_length=9, unique=True, validators=[validate_siren])
    vat_regime = models.CharField("régime de TVA", max_length=20, choices=VatRegime, blank=True, default="")
    vat_number = models.CharField("numéro de TVA", max_length=20, blank=True)
    iban = EncryptedTextField("IBAN", blank=True)
    iban_hash = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    iban_changed_at = models.DateTimeField("IBAN donné le", null=True, blank=True, editable=False)
    rib = models.FileField("RIB", upload_to=rib_path, max_length=200, blank=True, editable=False)
    iban_confirmed_at = models.DateTimeField("IBAN confirmé le", null=True, blank=True, editable=False)
    iban_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    iban_confirmed_how = models.CharField("IBAN confirmé comment", max_length=200, blank=True, editable=False)
    contact_name = models.CharField("personne à joindre", max_length=120, blank=True)
    phone = models.CharField("téléphone", max_length=30, blank=True)
    uses_chorus = models.BooleanField("J'utilise Chorus Pro", default=False)
    depositor = models.CharField("qui dépose", max_length=10, choices=Depositor, blank=True, default="")
    box_changed_at = models.DateTimeField("case modifiée le", null=True, blank=True, editable=False)
    box_changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
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
        constraints = [
            models.CheckConstraint(condition=Q(vat_regime__in=VatRegime.values), name="supplier_vat_regime_is_known"),
            models.CheckConstraint(condition=Q(depositor__in=Depositor.values), name="supplier_depositor_is_known"),
            models.CheckConstraint(
                condition=Q(uses_chorus=True) | Q(depositor=""), name="supplier_without_box_has_no_depositor"
            ),
        ]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        fields = kwargs.get("update_fields")
        if fields is None or "iban" in fields:
            self.iban_hash = keyed_hash(self.iban) if self.iban else ""
            if fields is not None:
                kwargs["update_fields"] = {*fields, "iban_hash"}
        super().save(*args, **kwargs)

    @property
    def masked_iban(self) -> str:
        return mask_iban(self.iban)

    @property
    def missing_from_profile(self) -> list[str]:
        """What the producer has not told us yet, in his words."""
        told = {"Chorus Pro": self.box_changed_at, "IBAN": self.iban, "régime de TVA": self.vat_regime}
        return [words for words, value in told.items() if not value]

    @property
    def mandate(self):
        """The mandate in force, or None."""
        return self.mandates.filter(revoked_at__isnull=True).first()

    @property
    def is_mandated(self) -> bool:
        return Supplier.objects.filter(pk=self.pk).mandated().exists()

    @property
    def deposits_himself(self) -> bool:
        return self.uses_chorus and self.depositor == Depositor.SELF

    def answer_box(self, *, uses_chorus: bool, depositor: str, by: User, signatory: str = "") -> None:
        """Record the box, who deposits, and the mandate that goes with it; whatever stops is told at once."""
        depositor = depositor if uses_chorus else Depositor.NOBODY
        now = timezone.now()
        with transaction.atomic():
            before = Supplier.objects.select_for_update().get(pk=self.pk)
            changed = (before.uses_chorus, before.depositor) != (uses_chorus, depositor)
            self.uses_chorus, self.depositor = uses_chorus, depositor
            self.box_changed_at, self.box_changed_by = now, by
            if changed:
                self.save(update_fields=["uses_chorus", "depositor", "box_changed_at", "box_changed_by"])
                self.box_changes.create(by=by, uses_chorus=uses_chorus, depositor=depositor)
            if depositor == Depositor.PORTAL:
                self._sign_mandate(by, signatory, now)
            else:
                self._revoke_mandate(by, now)

    def _sign_mandate(self, by, signatory, now):
        if not self.mandate:
            self.mandates.create(
                text=MANDATE_TEXT, version=MANDATE_VERSION, signed_at=now, signed_by=by, signatory=signatory or str(by)
            )

    def _revoke_mandate(self, by, now):
        if self.mandates.filter(revoked_at__isnull=True).update(revoked_at=now, revoked_by=by):
            deposit_stopped.send(Supplier, supplier=self, by=by)

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

    # --- The account: who gave it, and whether somebody telephoned ---

    def change_iban(self, iban: str, *, rib=None) -> bool:
        """A new account counts as unconfirmed until somebody telephoned; the same one changes nothing but its RIB."""
        if iban == self.iban:
            if rib:
                self.rib = rib
                self.save(update_fields=["rib"])
            return False
        with transaction.atomic():
            self._take_account(iban, rib=rib or "", iban_changed_at=timezone.now())
            self.tell_members(IbanNotice.What.CHANGED, iban)
            account_heard.send(Supplier, supplier=self, iban_hash=self.iban_hash, denied=False)
        return True

    def _take_account(self, iban: str, **values) -> None:
        """Confirmed by nobody unless `values` say so."""
        columns = {
            "iban": iban,
            "iban_confirmed_at": None,
            "iban_confirmed_by": None,
            "iban_confirmed_how": "",
        } | values
        for name, value in columns.items():
            setattr(self, name, value)
        self.save(update_fields=list(columns))

    def record_call(self, iban: str, *, outcome: str, phone: str, person: str, called_at, by: User, rib="") -> IbanCall:
        """Record the call-back about an account (never « verified »: we only telephoned). A confirmed one becomes the
        account of the profile; one the person does not know is confirmed no more."""
        iban = clean_iban(iban)
        with transaction.atomic():
            call = self.iban_calls.create(
                iban_hash=keyed_hash(iban), masked_iban=mask_iban(iban), outcome=outcome, phone=phone, person=person,
                called_at=called_at, by=by, rib=rib or self.rib_of(iban),
            )  # fmt: skip
            if outcome == IbanCall.Outcome.CONFIRMED:
                self._take_account(
                    iban, rib=call.rib.name, iban_changed_at=self.account_since(iban) or called_at,
                    iban_confirmed_at=called_at, iban_confirmed_by=by, iban_confirmed_how=call.in_words,
                )  # fmt: skip
            elif outcome == IbanCall.Outcome.DENIED and iban == self.iban:
                self._take_account(iban)
            if outcome != IbanCall.Outcome.UNREACHED:
                self.tell_members(outcome, iban)
            denied = outcome == IbanCall.Outcome.DENIED
            account_heard.send(Supplier, supplier=self, iban_hash=call.iban_hash, denied=denied)
        return call

    def what_was_said_of(self, iban: str) -> str:
        """« confirmed » or « denied » by telephone, or empty: nobody answered yet. Compared by keyed hash."""
        asked = keyed_hash(clean_iban(iban))
        last = self.iban_calls.filter(iban_hash=asked).exclude(outcome=IbanCall.Outcome.UNREACHED).first()
        if last and last.outcome == IbanCall.Outcome.DENIED:
            return last.outcome
        # An account that was changed back is a changed one: its former call confirms it no more.
        is_confirmed = self.iban_confirmed_at if asked == self.iban_hash else last
        return IbanCall.Outcome.CONFIRMED if is_confirmed else ""

    def account_since(self, iban: str):
        """When the profile took this account; None for another one."""
        return self.iban_changed_at if clean_iban(iban) == self.iban else None

    def rib_of(self, iban: str):
        """The RIB we have for this account: the profile's, or one of an earlier call; empty when there is none."""
        if clean_iban(iban) == self.iban and self.rib:
            return self.rib.name
        earlier = self.iban_calls.filter(iban_hash=keyed_hash(clean_iban(iban))).exclude(rib="").first()
        return earlier.rib.name if earlier else ""

    def phone_known_before(self, moment) -> str:
        """The number to call about an account that came at `moment`: the one known well before; may be empty."""
        phone = self.phone
        for change in self.phone_changes.filter(at__gt=moment - PHONE_QUARANTINE):
            if phone == change.new:
                phone = change.old
        return phone

    def change_identity(self, columns: list[str], *, by: User) -> None:
        """Write what a member of the supplier's changed; a number he replaces is remembered."""
        with transaction.atomic():
            former = Supplier.objects.select_for_update().get(pk=self.pk).phone
            self.save(update_fields=columns)
            if "phone" in columns and former != self.phone:
                self.phone_changes.create(old=former, new=self.phone, by=by)

    def tell_members(self, what: str, iban: str) -> None:
        """A row for each member, once a day at most for the same thing; a sweep sends the mails."""
        masked, day = mask_iban(iban), timezone.now() - timedelta(days=1)
        told = self.iban_notices.filter(what=what, masked_iban=masked, created_at__gt=day).values("user")
        members = User.objects.filter(supplier_memberships__supplier=self, is_active=True).exclude(pk__in=told)
        IbanNotice.objects.bulk_create(
            IbanNotice(supplier=self, user=member, what=what, masked_iban=masked) for member in members
        )


class BoxChange(models.Model):
    """Who answered « J'utilise Chorus Pro », when, and what."""

    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="box_changes")
    at = models.DateTimeField("le", auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="par", related_name="+")
    uses_chorus = models.BooleanField("utilise Chorus Pro")
    depositor = models.CharField("qui dépose", max_length=10, choices=Depositor, blank=True)

    class Meta:
        verbose_name = "réponse sur Chorus Pro"
        verbose_name_plural = "réponses sur Chorus Pro"
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.at:%d/%m/%Y}\u00a0: {'oui' if self.uses_chorus else 'non'}"


class Mandate(models.Model):
    """The supplier's permission to deposit in his name: the very text that was signed, by whom and when."""

    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="mandates")
    text = models.TextField("texte")
    version = models.CharField("version", max_length=20)
    signed_at = models.DateTimeField("signé le")
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="signé par", related_name="+")
    signatory = models.CharField("nom du signataire", max_length=200)
    revoked_at = models.DateTimeField("révoqué le", null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name="révoqué par", related_name="+"
    )

    class Meta:
        verbose_name = "mandat de dépôt"
        verbose_name_plural = "mandats de dépôt"
        ordering = ["-signed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["supplier"], condition=Q(revoked_at__isnull=True), name="one_mandate_in_force_per_supplier"
            )
        ]

    def __str__(self):
        return f"mandat {self.version} du {self.signed_at:%d/%m/%Y}"


class EstablishmentQuerySet(models.QuerySet):
    def open_on(self, day):
        return self.filter(opened_on__lte=day).exclude(closed_on__lt=day)


class Establishment(models.Model):
    """One SIRET of a supplier, with the days between which it may issue invoices."""

    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="establishments")
    siret = models.CharField("SIRET", max_length=14, unique=True, validators=[validate_siret])
    address = models.CharField("adresse", max_length=200, blank=True)
    postcode = models.CharField("code postal", max_length=10, blank=True)
    city = models.CharField("commune", max_length=100, blank=True)
    opened_on = models.DateField("ouvert le", default=timezone.localdate)
    closed_on = models.DateField("fermé le", null=True, blank=True)

    objects = EstablishmentQuerySet.as_manager()

    class Meta:
        verbose_name = "établissement"
        ordering = ["siret"]

    def __str__(self):
        return f"{self.siret} {self.city}".strip()


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
            supplier.members.get_or_create(user=self.user)
        return supplier

    def refuse(self, *, by: User, contact_made: str) -> None:
        if not self.decide(self.Status.REFUSED, by=by, contact_made=contact_made):
            raise AlreadyDecided


class AlreadyDecided(Exception):
    """Somebody else answered this request first."""
