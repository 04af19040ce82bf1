"""Public buyers, what Chorus Pro asks of those who bill them, and their orders."""

from decimal import ROUND_HALF_UP, Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from orders.signals import references_changed
from suppliers.models import Supplier
from suppliers.validators import validate_recipient_siret

CENT = Decimal("0.01")
# The portal's own tolerance of Chorus Pro's field lengths (reference: bon de commande 50, code service 100).
ENGAGEMENT_MAX, SERVICE_MAX, CONTRACT_MAX = 50, 100, 50


def to_cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


class Requires(models.TextChoices):
    """What a recipient wants on every invoice, as its settings on Chorus Pro say."""

    NOTHING = "nothing", "rien de particulier"
    SERVICE = "service", "un code service"
    ENGAGEMENT = "engagement", "un numéro d'engagement"
    EITHER = "either", "un code service ou un numéro d'engagement"
    BOTH = "both", "un code service et un numéro d'engagement"


class Recipient(models.Model):
    """One structure of Chorus Pro that receives invoices. `is_known` is None until Chorus Pro was asked."""

    siret = models.CharField("SIRET", max_length=14, unique=True, validators=[validate_recipient_siret])
    name = models.CharField("nom sur Chorus Pro", max_length=200, blank=True)
    is_known = models.BooleanField("connu de Chorus Pro", null=True, blank=True)
    is_active = models.BooleanField("actif", default=True)
    requires = models.CharField("exige", max_length=12, choices=Requires, default=Requires.NOTHING)
    reports_payment = models.BooleanField("communique la mise en paiement", default=True)
    synced_at = models.DateTimeField("vérifié sur Chorus Pro le", null=True, blank=True)
    synced_from = models.CharField("vérifié dans l'environnement", max_length=20, blank=True)

    class Meta:
        verbose_name = "destinataire Chorus Pro"
        verbose_name_plural = "destinataires Chorus Pro"
        ordering = ["name", "siret"]
        constraints = [
            models.CheckConstraint(condition=Q(requires__in=Requires.values), name="recipient_requires_is_known")
        ]

    def __str__(self):
        return f"{self.name or 'Destinataire'} ({self.siret})"

    def wants_engagement(self, service_code: str = "") -> bool:
        """Whether an invoice with this service code must carry an engagement number."""
        if self.requires in (Requires.ENGAGEMENT, Requires.BOTH):
            return True
        service = self.services.filter(code=service_code).first() if service_code else None
        return bool(service and service.engagement_required) or (self.requires == Requires.EITHER and not service_code)

    def wants_service(self, engagement_number: str = "") -> bool:
        """Whether an invoice with this engagement number must carry a service code."""
        return self.requires in (Requires.SERVICE, Requires.BOTH) or (
            self.requires == Requires.EITHER and not engagement_number
        )


# Reserved by Chorus Pro for invoices between public bodies: never offered, never accepted.
PSEUDO_SERVICE = "FACTURES_PUBLIQUES"


class RecipientServiceQuerySet(models.QuerySet):
    def usable(self):
        return self.filter(is_active=True).exclude(code=PSEUDO_SERVICE)


class RecipientService(models.Model):
    """A service of a recipient to which invoices may be addressed."""

    recipient = models.ForeignKey(Recipient, models.CASCADE, related_name="services")
    code = models.CharField("code service", max_length=SERVICE_MAX)
    label = models.CharField("libellé", max_length=200, blank=True)
    is_active = models.BooleanField("actif", default=True)
    engagement_required = models.BooleanField("exige un numéro d'engagement", default=False)

    objects = RecipientServiceQuerySet.as_manager()

    class Meta:
        verbose_name = "service du destinataire"
        verbose_name_plural = "services du destinataire"
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["recipient", "code"], name="service_once_per_recipient")]

    def __str__(self):
        return f"{self.code} — {self.label}" if self.label else self.code


class BuyerQuerySet(models.QuerySet):
    def for_user(self, user):
        return self.filter(members__user=user)


class Buyer(models.Model):
    """The canteen that people know. Its recipient on Chorus Pro may be another body, or none."""

    class Kind(models.TextChoices):
        COLLEGE = "college", "collège"
        LYCEE = "lycee", "lycée"
        EHPAD = "ehpad", "EHPAD"
        COMMUNE = "commune", "commune"
        CCAS = "ccas", "CCAS"
        HOSPITAL = "hospital", "établissement de santé"
        OTHER = "other", "autre"

    class PaymentDelay(models.IntegerChoices):
        THIRTY = 30, "30 jours"
        FIFTY = 50, "50 jours (établissement public de santé)"
        SIXTY = 60, "60 jours (entreprise publique)"

    name = models.CharField("nom", max_length=200)
    kind = models.CharField("type", max_length=10, choices=Kind, default=Kind.OTHER)
    recipient = models.ForeignKey(
        Recipient, models.PROTECT, null=True, blank=True, related_name="buyers", verbose_name="destinataire Chorus Pro"
    )
    contact_name = models.CharField("personne à joindre", max_length=120, blank=True)
    phone = models.CharField("téléphone", max_length=30, blank=True)
    email = models.EmailField("adresse e-mail", blank=True)
    city = models.CharField("commune", max_length=100, blank=True)
    usual_service = models.CharField("code service habituel", max_length=SERVICE_MAX, blank=True)
    payment_delay = models.PositiveSmallIntegerField(
        "délai de paiement", choices=PaymentDelay, default=PaymentDelay.THIRTY
    )

    objects = BuyerQuerySet.as_manager()

    class Meta:
        verbose_name = "acheteur"
        ordering = ["name"]

    def __str__(self):
        return self.name


class BuyerMember(models.Model):
    """A person who acts for a buyer."""

    buyer = models.ForeignKey(Buyer, models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="buyer_memberships")
    created_at = models.DateTimeField("depuis le", auto_now_add=True)

    class Meta:
        verbose_name = "membre"
        constraints = [models.UniqueConstraint(fields=["buyer", "user"], name="member_once_per_buyer")]

    def __str__(self):
        return f"{self.user} ({self.buyer})"


class OrderQuerySet(models.QuerySet):
    def for_buyers_of(self, user):
        return self.filter(buyer__members__user=user)

    def for_suppliers_of(self, user):
        return self.filter(supplier__members__user=user)

    def with_people(self):
        return self.select_related("buyer__recipient", "supplier").prefetch_related("lines")


class Order(models.Model):
    """What a buyer ordered from a supplier. An empty engagement number reads « à venir » where one is demanded."""

    reference = models.CharField("référence Agrilocal", max_length=40, unique=True)
    buyer = models.ForeignKey(Buyer, models.PROTECT, related_name="orders", verbose_name="acheteur")
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="orders", verbose_name="fournisseur")
    engagement_number = models.CharField("numéro d'engagement", max_length=ENGAGEMENT_MAX, blank=True)
    service_code = models.CharField("code service", max_length=SERVICE_MAX, blank=True)
    contract_number = models.CharField("numéro de marché", max_length=CONTRACT_MAX, blank=True)
    engagement_asked_at = models.DateTimeField("numéro demandé le", null=True, blank=True, editable=False)
    engagement_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    ordered_on = models.DateField("commandé le", default=timezone.localdate)
    delivery_on = models.DateField("livraison le", null=True, blank=True)
    created_at = models.DateTimeField("créée le", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = "commande"
        ordering = ["-ordered_on", "-pk"]
        indexes = [models.Index(fields=["supplier", "engagement_number"])]

    def __str__(self):
        return self.reference

    @property
    def total_ht(self) -> Decimal:
        return sum((line.total_ht for line in self.lines.all()), Decimal(0))

    @property
    def total_ttc(self) -> Decimal:
        """HT plus VAT, the VAT rounded once per rate as on an invoice."""
        bases: dict[Decimal, Decimal] = {}
        for line in self.lines.all():
            bases[line.vat_rate] = bases.get(line.vat_rate, Decimal(0)) + line.total_ht
        return self.total_ht + sum((to_cents(base * rate / 100) for rate, base in bases.items()), Decimal(0))

    @property
    def lacks_engagement(self) -> bool:
        """« À venir »: the recipient demands a number and the buyer has not given it yet."""
        recipient = self.buyer.recipient
        return bool(recipient and not self.engagement_number and recipient.wants_engagement(self.service_code))

    def change_references(self, *, by, **values: str) -> dict[str, tuple[str, str]]:
        """Set engagement_number, service_code or contract_number, keep the history and tell who listens.

        Returns the fields that changed with their old and new value.
        """
        with transaction.atomic():
            stored = Order.objects.select_for_update().get(pk=self.pk)
            changes = {
                name: (getattr(stored, name), new) for name, new in values.items() if getattr(stored, name) != new
            }
            for name, (old, new) in changes.items():
                setattr(self, name, new)
                self.changes.create(field=name, old=old, new=new, by=by)
            if changes:
                self.save(update_fields=list(changes))
                references_changed.send(Order, order=self, changes=changes, by=by)
        return changes

    def ask_engagement(self, *, by) -> None:
        self.engagement_asked_at, self.engagement_asked_by = timezone.now(), by
        self.save(update_fields=["engagement_asked_at", "engagement_asked_by"])


class OrderLine(models.Model):
    """A product of an order. Price before tax, VAT rate in percent."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    description = models.CharField("produit", max_length=200)
    quantity = models.DecimalField(
        "quantité", max_digits=12, decimal_places=3, validators=[MinValueValidator(Decimal("0.001"))]
    )
    unit = models.CharField("unité", max_length=20, default="kg")
    unit_price = models.DecimalField(
        "prix unitaire HT", max_digits=12, decimal_places=4, validators=[MinValueValidator(Decimal(0))]
    )
    vat_rate = models.DecimalField(
        "taux de TVA (%)",
        max_digits=4,
        decimal_places=2,
        default=Decimal("5.5"),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(30))],
    )

    class Meta:
        verbose_name = "ligne"
        ordering = ["pk"]

    def __str__(self):
        return f"{self.description} × {self.quantity} {self.unit}"

    @property
    def total_ht(self) -> Decimal:
        return to_cents(self.quantity * self.unit_price)


class OrderChange(models.Model):
    """One changed reference of an order: kept for good, since invoices were sent with the old one."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="changes")
    at = models.DateTimeField("le", auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="par"
    )
    field = models.CharField("donnée", max_length=30)
    old = models.CharField("avant", max_length=100, blank=True)
    new = models.CharField("après", max_length=100, blank=True)

    class Meta:
        verbose_name = "modification"
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.get_field_label()} : {self.old or '—'} → {self.new or '—'}"

    def get_field_label(self) -> str:
        return Order._meta.get_field(self.field).verbose_name
