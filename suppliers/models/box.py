"""« J'utilise Chorus Pro »: the box, who deposits, and the mandate that goes with it."""

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from suppliers.mandate import MANDATE_TEXT, MANDATE_VERSION
from suppliers.models.users import User
from suppliers.signals import deposit_stopped


class Depositor(models.TextChoices):
    """Who carries the invoice to Chorus Pro when the box is ticked."""

    NOBODY = "", "—"
    PORTAL = "portal", "Ce portail dépose pour moi"
    SELF = "self", "Je dépose moi-même (logiciel, comptable, plateforme agréée)\u00a0: suivi seulement"


class Box(models.Model):
    """A supplier's answer, changed by `answer_box` alone. Part of the supplier."""

    uses_chorus = models.BooleanField("J'utilise Chorus Pro", default=False)
    depositor = models.CharField("qui dépose", max_length=10, choices=Depositor, blank=True, default="")
    box_changed_at = models.DateTimeField("case modifiée le", null=True, blank=True, editable=False)
    box_changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )

    class Meta:
        abstract = True

    @property
    def mandate(self):
        """The mandate in force, or None."""
        return next((mandate for mandate in self.mandates.all() if mandate.revoked_at is None), None)

    @property
    def is_mandated(self) -> bool:
        return type(self).objects.filter(pk=self.pk).mandated().exists()

    @property
    def lacks_account(self) -> bool:
        """He answered that he does not use Chorus Pro."""
        return bool(self.box_changed_at) and not self.uses_chorus

    @property
    def deposits_himself(self) -> bool:
        return self.uses_chorus and self.depositor == Depositor.SELF

    def answer_box(self, *, uses_chorus: bool, depositor: str, by: User, signatory: str = "") -> None:
        """Record the box, who deposits, and the mandate that goes with it; whatever stops is told at once."""
        depositor = depositor if uses_chorus else Depositor.NOBODY
        now = timezone.now()
        with transaction.atomic():
            before = type(self).objects.select_for_update().get(pk=self.pk)
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
            deposit_stopped.send(type(self), supplier=self, by=by)


class BoxChange(models.Model):
    """Who answered « J'utilise Chorus Pro », when, and what."""

    supplier = models.ForeignKey(
        "suppliers.Supplier",
        models.CASCADE,
        related_name="box_changes",
        verbose_name="fournisseur",
    )
    at = models.DateTimeField("le", auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="par", related_name="+")
    uses_chorus = models.BooleanField("utilise Chorus Pro")
    depositor = models.CharField("qui dépose", max_length=10, choices=Depositor, blank=True)

    class Meta:
        verbose_name = "réponse sur Chorus Pro"
        verbose_name_plural = "réponses sur Chorus Pro"
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{'oui' if self.uses_chorus else 'non'}, le {self.at:%d/%m/%Y}"


class Mandate(models.Model):
    """The supplier's permission to deposit in his name: the very text that was signed, by whom and when."""

    supplier = models.ForeignKey(
        "suppliers.Supplier",
        models.CASCADE,
        related_name="mandates",
        verbose_name="fournisseur",
    )
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
