"""Public buyers, and what Chorus Pro asks of those who bill them."""

from datetime import date, timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from orders.signals import buyer_changed
from suppliers.days import date_format
from suppliers.models import AlreadyDecided, MembershipRequest
from suppliers.models.houses import AnyInvitation, AnyMemberChange, House, HouseQuerySet
from suppliers.validators import validate_siret, validate_year

# Chorus Pro's field lengths (bon de commande 50, code service 100, marché 50).
ENGAGEMENT_MAX, SERVICE_MAX, CONTRACT_MAX = 50, 100, 50
PLACE_MAX = 100


class Requires(models.TextChoices):
    """What a recipient wants on every invoice, as its settings on Chorus Pro say."""

    NOTHING = "nothing", "rien de particulier"
    SERVICE = "service", "un code service"
    ENGAGEMENT = "engagement", "un numéro d'engagement"
    EITHER = "either", "un code service ou un numéro d'engagement"
    BOTH = "both", "un code service et un numéro d'engagement"


READING_PATIENCE = timedelta(hours=1)

# SIRETs of the State's central administration. Its other services cannot be told from their SIRET: collèges and lycées
# share its first digit.
STATE_PREFIX = "110"


class RecipientQuerySet(models.QuerySet):
    def of_the_state(self):
        """Those whose engagements Chorus Pro publishes; as `Recipient.is_of_the_state`."""
        by_siret = Q(is_state_service__isnull=True, siret__startswith=STATE_PREFIX)
        return self.filter(by_siret | Q(is_state_service=True))

    def asked_to_be_read(self):
        """Those that staff want read again now; a request that nobody could answer for so long is forgotten."""
        unanswered = Q(synced_at__isnull=True) | Q(synced_at__lt=F("reading_asked_at"))
        return self.filter(unanswered, reading_asked_at__gte=timezone.now() - READING_PATIENCE)


class Recipient(models.Model):
    """One structure of Chorus Pro that receives invoices. `is_known` is None until Chorus Pro was asked."""

    siret = models.CharField("SIRET", max_length=14, unique=True, validators=[validate_siret])
    name = models.CharField("nom sur Chorus Pro", max_length=200, blank=True)
    is_known = models.BooleanField("connu de Chorus Pro", null=True, blank=True)
    is_active = models.BooleanField("actif", default=True)
    requires = models.CharField("exige", max_length=12, choices=Requires, default=Requires.NOTHING)
    reports_payment = models.BooleanField("communique la mise en paiement", default=True)
    # Chorus Pro does not tell it in any answer we know: staff may say so, else the SIRET does.
    is_state_service = models.BooleanField(
        "service de l'État",
        null=True,
        blank=True,
        help_text="«\u00a0Inconnu\u00a0»\u00a0: d'après le SIRET, qui commence par 110 pour l'administration centrale.",
    )
    synced_at = models.DateTimeField("vérifié sur Chorus Pro le", null=True, blank=True)
    synced_from = models.CharField("vérifié dans l'environnement", max_length=20, blank=True)
    reading_asked_at = models.DateTimeField("relecture demandée le", null=True, blank=True, editable=False)

    objects = RecipientQuerySet.as_manager()

    class Meta:
        verbose_name = "destinataire Chorus Pro"
        verbose_name_plural = "destinataires Chorus Pro"
        ordering = ["name", "siret"]
        constraints = [
            models.CheckConstraint(condition=Q(requires__in=Requires.values), name="recipient_requires_is_known")
        ]

    def __str__(self):
        return f"{self.name or 'Destinataire'} ({self.siret})"

    @property
    def is_of_the_state(self) -> bool:
        return self.siret.startswith(STATE_PREFIX) if self.is_state_service is None else self.is_state_service

    @property
    def is_reading_asked(self) -> bool:
        return Recipient.objects.asked_to_be_read().filter(pk=self.pk).exists()

    def ask_reading(self) -> None:
        """What Chorus Pro says of it, now rather than at night. Whoever reads it pulls what was asked."""
        self.reading_asked_at = timezone.now()
        self.save(update_fields=["reading_asked_at"])

    def wants_engagement(self, service_code: str = "") -> bool:
        """Whether an invoice with this service code must carry an engagement number."""
        if self.requires in (Requires.ENGAGEMENT, Requires.BOTH):
            return True
        if not service_code:
            return self.requires == Requires.EITHER
        # All the services rather than a filter: lists prefetch them, and one order then costs no query.
        return any(service.engagement_required for service in self.services.all() if service.code == service_code)

    def wants_service(self, engagement_number: str = "") -> bool:
        """Whether an invoice with this engagement number must carry a service code."""
        return self.requires in (Requires.SERVICE, Requires.BOTH) or (
            self.requires == Requires.EITHER and not engagement_number
        )


# Reserved by Chorus Pro for invoices between public bodies: never offered, never accepted.
PSEUDO_SERVICE = "FACTURES_PUBLIQUES"


class RecipientServiceQuerySet(models.QuerySet):
    def usable(self):
        return self.filter(is_active=True).exclude(code__iexact=PSEUDO_SERVICE)


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


class Buyer(House):
    """The canteen that people know. Its recipient on Chorus Pro may be another body, or none."""

    space = "orders"
    for_members = "suivre ses commandes et ses factures"

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
    usual_delivery_place = models.CharField("lieu de livraison habituel", max_length=PLACE_MAX, blank=True)
    payment_delay = models.PositiveSmallIntegerField(
        "délai de paiement", choices=PaymentDelay, default=PaymentDelay.THIRTY
    )
    invoice_deadline = models.DateField(
        "prend les factures de l'année jusqu'au",
        null=True,
        blank=True,
        help_text="À changer chaque année\u00a0: passé ce jour, le fournisseur est averti avant de déposer.",
        validators=[validate_year],
    )

    objects = HouseQuerySet.as_manager()

    class Meta:
        verbose_name = "acheteur"
        ordering = ["name"]
        permissions = [("import_buyer", "Peut importer des acheteurs")]

    # What the history calls a change of the days on which nobody is there.
    CLOSURE = "closure"

    def __str__(self):
        return self.name

    @property
    def path(self) -> str:
        return reverse("orders:buyer", args=[self.pk])

    # --- What its people and agents change, with its history ---

    def change(self, *, by, **values) -> None:
        """Set these fields; what is as it was is not touched, nor told."""
        with transaction.atomic():
            stored = Buyer.objects.select_for_update().get(pk=self.pk)
            changed = [name for name, value in values.items() if getattr(stored, name) != value]
            old = {name: stored.in_words(name) for name in changed}
            for name in changed:
                setattr(stored, name, values[name])
                stored.note(name, old[name], stored.in_words(name), by=by)
            if changed:
                stored.save(update_fields=changed)
                buyer_changed.send(Buyer, buyer=stored, columns=set(changed))

    def close(self, first_day: date, last_day: date, *, by) -> None:
        """Nobody is there on these days. The same days said twice are one closure."""
        with transaction.atomic():
            closure, is_new = self.closures.get_or_create(first_day=first_day, last_day=last_day)
            if is_new:
                self.note(self.CLOSURE, "", str(closure), by=by)

    def reopen(self, closure_pk: int, *, by) -> None:
        """Take a closure back; taken back twice, it is taken back."""
        with transaction.atomic():
            closure = self.closures.select_for_update().filter(pk=closure_pk).first()
            if closure:
                self.note(self.CLOSURE, str(closure), "", by=by)
                closure.delete()

    def note_closures(self, before: dict[int, str], *, by) -> None:
        """Tell what became of the closures since `before`: their words, by primary key."""
        after = self.closures_in_words()
        for pk in sorted(before.keys() | after.keys()):
            old, new = before.get(pk, ""), after.get(pk, "")
            if old != new:
                self.note(self.CLOSURE, old, new, by=by)

    def closures_in_words(self) -> dict[int, str]:
        return {closure.pk: str(closure) for closure in self.closures.all()}

    def note(self, field: str, old: str, new: str, *, by) -> None:
        self.changes.create(field=field, old=old, new=new, by=by)

    def in_words(self, field: str) -> str:
        """A field as people read it."""
        display = getattr(self, f"get_{field}_display", None)
        value = display() if display else getattr(self, field)
        return date_format(value, "j F Y") if isinstance(value, date) else str(value or "")


class BuyerClosure(models.Model):
    """Days on which nobody is there: holidays of a collège, works."""

    buyer = models.ForeignKey(Buyer, models.CASCADE, related_name="closures")
    first_day = models.DateField("premier jour", validators=[validate_year])
    last_day = models.DateField("dernier jour", validators=[validate_year])

    class Meta:
        verbose_name = "fermeture"
        ordering = ["first_day"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=models.F("first_day")),
                name="closure_ends_after_it_begins",
                violation_error_message="Le dernier jour ne peut pas précéder le premier.",
            )
        ]

    def __str__(self):
        return f"du {self.first_day:%d/%m/%Y} au {self.last_day:%d/%m/%Y}"


class BuyerMember(models.Model):
    """A person who acts for a buyer."""

    buyer = models.ForeignKey(Buyer, models.CASCADE, related_name="members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="buyer_memberships", verbose_name="personne"
    )
    created_at = models.DateTimeField("depuis le", auto_now_add=True)

    class Meta:
        verbose_name = "membre"
        constraints = [models.UniqueConstraint(fields=["buyer", "user"], name="member_once_per_buyer")]

    def __str__(self):
        return f"{self.user} ({self.buyer})"


class BuyerInvitation(AnyInvitation):
    mail_kind = "buyer_invitation"

    house = models.ForeignKey(Buyer, models.CASCADE, related_name="invitations", verbose_name="acheteur")


class BuyerMemberChange(AnyMemberChange):
    mail_kind = "buyer_people"

    house = models.ForeignKey(Buyer, models.CASCADE, related_name="member_changes", verbose_name="acheteur")


class BuyerMembershipRequestManager(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(kind=MembershipRequest.Kind.BUYER)


class BuyerMembershipRequest(MembershipRequest):
    """Somebody says he acts for a public buyer. The agent says which one: a SIRET may pay for several canteens."""

    objects = BuyerMembershipRequestManager()

    class Meta:
        proxy = True
        verbose_name = "demande de rattachement à un acheteur"
        verbose_name_plural = "demandes de rattachement à un acheteur"

    def accept(self, *, by, contact_made: str, buyer: Buyer) -> Buyer:
        """Make the person a member of this buyer, in one transaction; raises AlreadyDecided."""
        with transaction.atomic():
            if not self.decide(self.Status.ACCEPTED, by=by, contact_made=contact_made):
                raise AlreadyDecided
            buyer.admit(self.user, by=by)
        return buyer
