"""What is told of an invoice, and to whom. Part of the invoice."""

from django.db import models
from django.utils import timezone

from invoicing.lifecycle import ON_CHORUS, Status
from invoicing.models.events import InvoiceEvent


class Timeline(models.Model):
    """Its remarks, the flags for staff, and the events everybody may read."""

    class Meta:
        abstract = True

    def note(self, text: str, *, by=None, acted_as="") -> InvoiceEvent:
        """A remark everybody who sees the invoice can read."""
        return self.events.create(
            kind=InvoiceEvent.Kind.NOTE, reason=text, by=by, acted_as=acted_as, occurred_at=timezone.now()
        )

    def flag(self, text: str, *, occurred_at=None) -> InvoiceEvent:
        """Something staff must know; they alone see it."""
        return self.events.create(kind=InvoiceEvent.Kind.FLAG, reason=text, occurred_at=occurred_at or timezone.now())

    def timeline(self) -> list[InvoiceEvent]:
        """As `whole_story`, with one line however often a thing was told."""
        shown: list[InvoiceEvent] = []
        for event in self.whole_story():
            repeated = shown and event.to_status and event.to_status == shown[-1].to_status and not event.reason
            if not repeated or event.kind == InvoiceEvent.Kind.DECLARED:
                shown.append(event)
        return shown

    def whole_story(self) -> list[InvoiceEvent]:
        """All that everybody may read, oldest first: no flag for staff.

        Chorus Pro tells the time of a status to the minute, so events of one minute stand in the order we learned them.
        """
        public = (
            self._still_believed()
            .exclude(kind=InvoiceEvent.Kind.FLAG)
            .exclude(from_status=Status.SENDING, to_status=Status.APPROVED)
            .select_related("by")
        )
        return sorted(public, key=lambda event: (event.occurred_at.replace(second=0, microsecond=0), event.pk))

    def _still_believed(self):
        """Every event, without the declarations that Chorus Pro's own news replaced."""
        if self.status in ON_CHORUS and not self.is_declared:
            return self.events.exclude(kind=InvoiceEvent.Kind.DECLARED)
        return self.events.all()
