"""What happened to an invoice. Part of the models, in a file of its own."""

from django.conf import settings
from django.db import models

from invoicing.lifecycle import OFFICIAL_LABELS, Status


class InvoiceEvent(models.Model):
    """One thing that happened: who, when, from what to what, why. Never changed, never deleted by a person."""

    class Kind(models.TextChoices):
        STATUS = "status", "changement d'état"
        NEWS = "news", "nouvelle de Chorus Pro"
        EDIT = "edit", "correction"
        NOTE = "note", "remarque"
        FLAG = "flag", "signalement"
        # Said by a person of what happened on Chorus Pro or elsewhere: never shown as Chorus Pro's news.
        DECLARED = "declared", "déclaration"

    invoice = models.ForeignKey("invoicing.Invoice", models.CASCADE, related_name="events", verbose_name="facture")
    kind = models.CharField("nature", max_length=10, choices=Kind)
    occurred_at = models.DateTimeField("le")
    recorded_at = models.DateTimeField("enregistré le", auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="par"
    )
    acted_as = models.CharField("au nom de", max_length=120, blank=True)
    from_status = models.CharField("de", max_length=20, blank=True)
    to_status = models.CharField("à", max_length=20, blank=True)
    label = models.CharField("libellé", max_length=120, blank=True)
    reason = models.TextField("motif", blank=True)
    # Environment and line id of Chorus Pro's history: what makes reading the same line twice harmless.
    external_id = models.CharField("repère chez Chorus Pro", max_length=80, null=True, blank=True, unique=True)

    class Meta:
        verbose_name = "événement"
        ordering = ["occurred_at", "pk"]
        indexes = [
            models.Index(fields=["invoice", "occurred_at"]),
            # What came back of late, of all the events there ever were.
            models.Index(fields=["to_status", "occurred_at"]),
        ]

    def __str__(self):
        return self.title

    @property
    def title(self) -> str:
        """What happened, as the timeline says it: in our words when Chorus Pro's news tell a status we know."""
        if self.label and self.kind != self.Kind.NEWS:
            return self.label
        if self.to_status in Status.values:
            return Status(self.to_status).label
        return self.label or self.get_kind_display()

    @property
    def official_label(self) -> str:
        """Chorus Pro's own word, in small beside ours; « déclaré » when a person said it."""
        if self.kind == self.Kind.DECLARED:
            return "déclaré"
        return OFFICIAL_LABELS.get(self.to_status, "") or (self.label if self.kind == self.Kind.NEWS else "")
