"""What Chorus Pro tells of an invoice: facts, recorded whatever we believed. Part of the invoice."""

from datetime import datetime

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from invoicing.lifecycle import ON_CHORUS, SETTLED, Status, TransitionError, may_move
from invoicing.models.events import InvoiceEvent
from invoicing.models.life import MOVED_MEANWHILE
from invoicing.signals import status_given

FOLLOW_STOPPED, FOLLOW_RESUMED = "Suivi arrêté", "Suivi repris"


class News(models.Model):
    """Its deposit, every status that follows, the lines of its history, and whether we may read them at all."""

    # Chorus Pro's own clock for the status it gave last: the only one that news are compared with.
    chorus_status_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Since when no account of ours may read its state on Chorus Pro any more; what is shown is the last we knew.
    follow_stopped_at = models.DateTimeField("suivi arrêté le", null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    def mark_deposited(self) -> None:
        """Chorus Pro has it. A fact: it is recorded whatever we believed, and staff are told when it does not fit."""
        try:
            if self.status in ON_CHORUS:
                raise TransitionError(MOVED_MEANWHILE)
            self.move_to(Status.DEPOSITED, seen_revision=self.revision)
        except TransitionError:
            self._be_deposited_whatever_we_believed()

    def _be_deposited_whatever_we_believed(self) -> None:
        """Compare-and-set on what was just read, read again until it holds: one move, one event."""
        self.refresh_from_db()
        while self.is_declared or self.status not in ON_CHORUS:
            with transaction.atomic():
                self._be_deposited_as_it_stands()
            self.refresh_from_db()

    def _be_deposited_as_it_stands(self) -> None:
        source, now = self.status, timezone.now()
        unmoved = type(self).objects.filter(pk=self.pk, status=source, declared_at=self.declared_at)
        if not unmoved.update(status=Status.DEPOSITED, status_at=now, declared_at=None, revision=F("revision") + 1):
            return
        self.events.create(
            kind=InvoiceEvent.Kind.STATUS, from_status=source, to_status=Status.DEPOSITED, occurred_at=now
        )
        if self.is_declared and source in SETTLED:
            self.flag(f"« {self.get_status_display()} » était déclaré : Chorus Pro dit maintenant où elle en est.")
        elif not self.is_declared and not may_move(source, Status.DEPOSITED):
            self.flag(f"Déposée sur Chorus Pro alors qu'elle était « {self.get_status_display()} » sur le portail.")

    def apply_news(self, status: Status | None, at: datetime, *, word: str, comment="") -> bool:
        """Take over the status Chorus Pro gives, if newer than the one we have. Never fails for a reason of ours.

        `word` is Chorus Pro's own, `status` what it means, None for a word nobody knows: then our status stays and
        staff are told. Returns whether anything was applied. The history lines are kept by `add_history`.
        """
        source = Status(self.status)
        newer = Q(chorus_status_at__isnull=True) | Q(chorus_status_at__lt=at)
        if status:
            # Two changes within Chorus Pro's clock tick: what it says now is what counts.
            newer |= Q(chorus_status_at=at) & ~Q(status=status)
        older = type(self).objects.filter(newer, pk=self.pk, status__in=ON_CHORUS)
        values = {"status": status, "status_at": at} if status else {}
        with transaction.atomic():
            applied = older.update(chorus_status_at=at, declared_at=None, revision=F("revision") + 1, **values)
            if applied and not status:
                self.flag(f"Chorus Pro annonce « {word} », un état que le portail ne connaît pas.", occurred_at=at)
            elif applied and source in SETTLED and status != source:
                self.flag(
                    f"« {source.label} » est devenu « {status.label} » : {comment or 'sans motif'}", occurred_at=at
                )
            if applied:
                self.refresh_from_db()
                if status:
                    status_given.send(type(self), invoice=self, label="")
            self.count_payment_days()
        return bool(applied)

    def add_history(self, external_id: str, status: Status | None, at: datetime, *, label: str, comment="") -> bool:
        """Keep one line of Chorus Pro's history, once whatever happens. Returns whether it was new."""
        _, created = InvoiceEvent.objects.get_or_create(
            external_id=external_id,
            defaults={
                "invoice": self,
                "kind": InvoiceEvent.Kind.NEWS,
                "to_status": status or "",
                "label": label,
                "reason": comment,
                "occurred_at": at,
            },
        )
        return created

    def stop_following(self, reason: str) -> bool:
        """Nobody of ours may read it on Chorus Pro any more. False when that was known."""
        return self._follow(stopped_before=False, at=timezone.now(), label=FOLLOW_STOPPED, reason=reason)

    def resume_following(self) -> bool:
        """It is read again, and what was missed has been caught up."""
        return self._follow(stopped_before=True, at=None, label=FOLLOW_RESUMED)

    def _follow(self, *, stopped_before: bool, at: datetime | None, label: str, reason="") -> bool:
        unchanged = type(self).objects.filter(
            pk=self.pk, status__in=ON_CHORUS, follow_stopped_at__isnull=not stopped_before
        )
        with transaction.atomic():
            if not unchanged.update(follow_stopped_at=at):
                return False
            self.events.create(
                kind=InvoiceEvent.Kind.NOTE, label=label, reason=reason, occurred_at=at or timezone.now()
            )
        self.follow_stopped_at = at
        return True
