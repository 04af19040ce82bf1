"""The life of an invoice: its status, and the acts of people and of the portal that move it. Part of the invoice."""

from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from invoicing.lifecycle import EDITABLE, LET_GO, UNSENT, Status, TransitionError, may_move
from invoicing.models.events import InvoiceEvent
from invoicing.signals import status_given
from invoicing.typography import french
from invoicing.working_days import review_limit
from suppliers.models import Supplier

SENDING_STOPPED_LABEL = "Envoi arrêté par le fournisseur"
TAKEN_OVER_LABEL = "Reprise par le fournisseur : vérification trop longue"
# In these an agent's look plays no part: the invoice went on, or came back, because nobody looked.
UNREVIEWED_LABEL = "Sans vérification : délai dépassé"
REJECTION_ASKED_LABEL = "Rejet demandé à l'acheteur"
AWAITS_CALL = "L'IBAN imprimé attend d'être confirmé par téléphone : enregistrez d'abord le contre-appel."
# In REVIEW_DELAY: past them an invoice need not be looked over any more.
PATIENCE = 2
MOVED_MEANWHILE = "Ce document a changé entre-temps. Relisez-le avant de décider."


class Life(models.Model):
    """`status` has one writer: `move_to` and the verbs around it. Its moves stand in `invoicing.lifecycle`."""

    status = models.CharField("état", max_length=20, choices=Status, default=Status.DRAFT)
    status_at = models.DateTimeField("depuis le", default=timezone.now)
    # When an approved invoice may leave; until then the decision can be taken back.
    send_after = models.DateTimeField("part après le", null=True, blank=True, editable=False)
    # Once declared « à déposer par vos soins », the supplier may have sent it himself: look before sending.
    was_self_deposit = models.BooleanField(default=False, editable=False)
    # Codes of the warnings its supplier passed over when he handed it over; who and when, the event tells.
    passed_over = models.JSONField(default=list, blank=True, editable=False)
    revision = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True

    def move_to(
        self, status, *, by=None, label="", reason="", acted_as="", seen_revision=None, only: Q | None = None, **values
    ) -> InvoiceEvent:
        """Compare-and-set on the status (and on the revision a person saw), then the event, in one transaction.

        `label` says in the timeline what the status alone does not, `only` is a further condition on the row, `values`
        are further columns that change with the status. Raises TransitionError when the move is not in the table or
        when somebody else moved first.
        """
        source = Status(self.status)
        if not may_move(source, status):
            raise TransitionError(french(f"« {source.label} » ne peut pas devenir « {Status(status).label} »."))
        now = timezone.now()
        unchanged = type(self).objects.filter(only or Q(), pk=self.pk, status=source)
        if seen_revision is not None:
            unchanged = unchanged.filter(revision=seen_revision)
        # A move that is lost raises after it: inside another transaction this one needs no savepoint.
        with transaction.atomic(savepoint=False):
            moved = unchanged.update(status=status, status_at=now, revision=F("revision") + 1, **values)
            event = moved and self.events.create(
                kind=InvoiceEvent.Kind.STATUS,
                from_status=source,
                to_status=status,
                by=by,
                acted_as=acted_as,
                label=label,
                reason=reason,
                occurred_at=now,
            )
            if event:
                self._became(status=status, status_at=now, **values)
                status_given.send(type(self), invoice=self, label=label)
        if not event:
            raise TransitionError(MOVED_MEANWHILE)
        self._count_revision(seen_revision)
        return event

    def _became(self, **values) -> None:
        """Say here what an update wrote, without reading the whole row again."""
        for name, value in values.items():
            setattr(self, name, value)

    def _count_revision(self, seen: int | None) -> None:
        if seen is None:
            self.refresh_from_db(fields=["revision"])
        else:
            self.revision = seen + 1

    def _decide(self, status, sources, **values) -> None:
        """A person's move. The table also allows what only Chorus Pro may do: SENDING may become RETURNED by a refusal,
        but nobody takes back what is leaving."""
        if self.status not in sources:
            raise TransitionError(MOVED_MEANWHILE)
        self.move_to(status, **values)

    def confirm(self, *, by, acted_as="", reason="", seen_revision, passed_over: list[str] | None = None) -> None:
        """The supplier stands by what was read, in spite of these warnings; the review begins."""
        self._decide(
            Status.TO_REVIEW, EDITABLE, by=by, acted_as=acted_as, reason=reason, seen_revision=seen_revision,
            passed_over=passed_over or [],
        )  # fmt: skip

    def approve(self, *, by, label="", seen_revision=None) -> Status:
        """Let it go: to Chorus Pro if we may deposit it, else to whoever must. Returns where it went."""
        if self.awaits_iban_call:
            raise TransitionError(french(AWAITS_CALL))
        target = self.where_approval_leads()
        values = {
            Status.APPROVED: {"send_after": timezone.now() + timedelta(seconds=settings.SEND_DELAY)},
            Status.TO_SELF_DEPOSIT: {"was_self_deposit": True},
        }.get(target, {})
        self.move_to(target, by=by, label=label, seen_revision=seen_revision, **values)
        return target

    def is_past_review_delay(self, times: int = 1) -> bool:
        return self.status == Status.TO_REVIEW and self.status_at <= review_limit(times)

    def where_approval_leads(self) -> Status:
        if self.recipient_id is None or self.recipient.is_known is False:
            return Status.OUTSIDE
        return Status.APPROVED if self.supplier.is_mandated else Status.TO_SELF_DEPOSIT

    def send_back(self, *, by, reason: str, seen_revision=None) -> None:
        self._decide(Status.RETURNED, UNSENT, by=by, reason=reason, seen_revision=seen_revision)

    def take_back(self, *, by, seen_revision=None) -> None:
        """An agent changes his mind before the claim: the invoice is under review again."""
        reason = "Décision reprise avant l'envoi"
        self._decide(Status.TO_REVIEW, LET_GO, by=by, reason=reason, seen_revision=seen_revision)

    def cancel_sending(self, *, by, seen_revision=None) -> None:
        """The supplier stops it before the claim, to correct it."""
        self._decide(
            Status.RETURNED, [Status.APPROVED], by=by, label=SENDING_STOPPED_LABEL, seen_revision=seen_revision
        )

    @property
    def was_stopped_by_supplier(self) -> bool:
        """Whether its supplier stopped the sending himself: nobody sent it back."""
        if self.status != Status.RETURNED:
            return False
        last = self.events.filter(to_status=Status.RETURNED).last()
        return bool(last and last.label == SENDING_STOPPED_LABEL)

    def withdraw(self, *, by, acted_as="", seen_revision=None) -> None:
        self.move_to(Status.WITHDRAWN, by=by, acted_as=acted_as, seen_revision=seen_revision)

    @property
    def way_out(self) -> Status | None:
        """Where its supplier may take it himself, once its review took too long; None before.

        What a check stops Chorus Pro would refuse from him too: he corrects it. The call about an account guards what
        the portal sends in his name, not what he sends himself.
        """
        if not self.is_past_review_delay(PATIENCE):
            return None
        if self.has_stop:
            return Status.RETURNED
        return Status.OUTSIDE if self.where_approval_leads() == Status.OUTSIDE else Status.TO_SELF_DEPOSIT

    def take_over(self, *, by, to: str, seen_revision) -> None:
        """Its supplier does not wait for the review: he sends it `to` where the page offered."""
        if not to or to != self.way_out:
            raise TransitionError(MOVED_MEANWHILE)
        values = {"was_self_deposit": True} if to == Status.TO_SELF_DEPOSIT else {}
        self.move_to(Status(to), by=by, label=TAKEN_OVER_LABEL, seen_revision=seen_revision, **values)

    def hand_over(self, *, by, seen_revision) -> None:
        """Its supplier gave a mandate meanwhile and asks us to deposit it: the review begins anew."""
        if self.status != Status.TO_SELF_DEPOSIT or not self.supplier.is_mandated:
            raise TransitionError(MOVED_MEANWHILE)
        self.move_to(Status.TO_REVIEW, by=by, label="Dépôt confié au Département", seen_revision=seen_revision)

    def leave_to_supplier(self, *, by=None, reason="") -> None:
        """We may not deposit it (any more): the supplier does."""
        self.move_to(Status.TO_SELF_DEPOSIT, by=by, reason=reason, was_self_deposit=True)

    def mark_sending(self, *, seen_revision) -> None:
        """Claimed: nobody can take it back. The mandate may have ended since the approval, so it is looked at again."""
        self.move_to(Status.SENDING, seen_revision=seen_revision, only=Q(supplier__in=Supplier.objects.mandated()))

    def mark_waiting(self) -> None:
        """Chorus Pro never took it: it waits for the next attempt."""
        self.move_to(Status.APPROVED)

    def mark_waiting_if_sending(self) -> None:
        """As above, unless it went elsewhere meanwhile, whatever this copy says."""
        self.refresh_from_db(fields=["status", "revision"])
        if self.status == Status.SENDING:
            with suppress(TransitionError):
                self.mark_waiting()

    def mark_refused(self, reason: str, *, by=None) -> None:
        """Chorus Pro read it and said no, or an agent gave up sending it as it is: the supplier corrects it."""
        self.move_to(Status.RETURNED, reason=reason, by=by)
