"""The journal of imports: who, when, which file, what came of it. The file itself is kept for a while only."""

import uuid
from datetime import timedelta
from pathlib import PurePath

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


def import_path(imported, filename):
    """A name without meaning."""
    return f"imports/{timezone.now():%Y/%m}/{uuid.uuid4().hex}{PurePath(filename).suffix.lower()[:5]}"


class ImportQuerySet(models.QuerySet):
    def due(self):
        """Confirmed, and carried out by nobody who still lives."""
        idle = timezone.now() - timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT)
        unclaimed = Q(claimed_at__isnull=True) | Q(claimed_at__lt=idle)
        return self.filter(unclaimed, confirmed_at__isnull=False, finished_at__isnull=True).order_by("confirmed_at")


class Import(models.Model):
    """One file that was given in. Counts are what it would do until it is done, then what it did.

    `report`: titles, refused rows with their cells and reasons, the first changes; forgotten with the file.
    """

    kind = models.CharField("liste", max_length=20)
    name = models.CharField("nom du fichier", max_length=200)
    file = models.FileField("fichier", upload_to=import_path, max_length=200, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="donné par")
    created_at = models.DateTimeField("donné le", auto_now_add=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="confirmé par"
    )
    confirmed_at = models.DateTimeField("confirmé le", null=True, blank=True)
    claimed_at = models.DateTimeField("pris le", null=True, blank=True)
    finished_at = models.DateTimeField("terminé le", null=True, blank=True)
    rows = models.PositiveIntegerField("lignes", default=0)
    created = models.PositiveIntegerField("créés", default=0)
    updated = models.PositiveIntegerField("modifiés", default=0)
    unchanged = models.PositiveIntegerField("inchangés", default=0)
    refused = models.PositiveIntegerField("lignes refusées", default=0)
    report = models.JSONField("détail", default=dict)

    objects = ImportQuerySet.as_manager()

    class Meta:
        verbose_name = "import"
        ordering = ["-pk"]

    def __str__(self):
        return self.name

    @property
    def is_kept(self) -> bool:
        """Whether file and report are still here."""
        return bool(self.file)

    @property
    def state(self) -> str:
        if self.finished_at:
            return "terminé"
        if self.confirmed_at:
            return "en cours"
        return "à confirmer" if self.is_kept else "jamais confirmé"

    def confirm(self, *, by) -> bool:
        """False when that was done before, or the file is gone."""
        waiting = Import.objects.filter(pk=self.pk, confirmed_at__isnull=True).exclude(file="")
        return bool(waiting.update(confirmed_at=timezone.now(), confirmed_by=by))

    def claim(self) -> bool:
        """Take it; False when another worker was faster."""
        self.claimed_at, before = timezone.now(), self.claimed_at
        return bool(Import.objects.due().filter(pk=self.pk, claimed_at=before).update(claimed_at=self.claimed_at))

    def release(self) -> None:
        """Let whoever comes next have it."""
        Import.objects.filter(pk=self.pk, claimed_at=self.claimed_at).update(claimed_at=None)

    def finish(self, counts: dict[str, int], report: dict) -> None:
        """What came of it, unless another worker took over meanwhile."""
        mine = Import.objects.filter(pk=self.pk, claimed_at=self.claimed_at, finished_at__isnull=True)
        mine.update(finished_at=timezone.now(), report=report, **counts)

    def forget(self) -> None:
        """The file and what was quoted of it; the line of the journal stays."""
        self.file.delete(save=False)
        self.report = {}
        self.save(update_fields=["file", "report"])
