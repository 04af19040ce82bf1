"""What a supplier, or an agent for him, wants told to Chorus Pro about an invoice that came back. Part of the models.

Nothing here calls anybody: chorus pulls the rows that wait, carries them, and writes what became of them.
"""

import uuid
from datetime import timedelta
from pathlib import PurePath

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from invoicing.lifecycle import Status, TransitionError
from invoicing.typography import french
from orders.models import ENGAGEMENT_MAX, SERVICE_MAX, Recipient
from suppliers.identifiers import format_siret

COMMENT_MAX = 2000
NAME_MAX = 50


def attachment_path(attachment, filename):
    """A name without meaning: what the supplier called his file is kept in `name`."""
    return f"attachments/{timezone.now():%Y/%m}/{uuid.uuid4().hex}{PurePath(filename).suffix.lower()}"


class Reply(models.Model):
    """One answer to one return of an invoice. `state` is written by chorus through `mark_sent` and `mark_refused`."""

    class Kind(models.TextChoices):
        ANSWER = "answer", "réponse à l'acheteur"
        REROUTE = "reroute", "destinataire corrigé"
        ACKNOWLEDGE = "acknowledge", "rejet traité"

    class State(models.TextChoices):
        WAITING = "waiting", "en route"
        SENT = "sent", "transmise"
        REFUSED = "refused", "refusée"

    # The status in which each kind makes sense; Chorus Pro refuses it in any other.
    ANSWERS = {
        Kind.ANSWER: Status.SUSPENDED,
        Kind.REROUTE: Status.TO_REROUTE,
        Kind.ACKNOWLEDGE: Status.REJECTED,
    }

    invoice = models.ForeignKey("invoicing.Invoice", models.PROTECT, related_name="replies", verbose_name="facture")
    kind = models.CharField("nature", max_length=12, choices=Kind)
    comment = models.CharField("commentaire", max_length=COMMENT_MAX, blank=True)
    # Where a rerouted invoice goes; its number and amounts stay.
    recipient = models.ForeignKey(
        Recipient, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="nouveau destinataire"
    )
    service_code = models.CharField("code service", max_length=SERVICE_MAX, blank=True)
    engagement_number = models.CharField("numéro d'engagement", max_length=ENGAGEMENT_MAX, blank=True)
    # The new invoice in place of a rejected one; none when it will not be redone.
    redone_as = models.ForeignKey(
        "invoicing.Invoice", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="refaite par"
    )
    # Which return it answers: the date Chorus Pro gave to it.
    about = models.DateTimeField("retour du", null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")
    acted_as = models.CharField("au nom de", max_length=120, blank=True)
    created_at = models.DateTimeField("écrite le", default=timezone.now)
    state = models.CharField("état", max_length=10, choices=State, default=State.WAITING)
    refusal = models.TextField("motif du refus", blank=True)

    class Meta:
        verbose_name = "réponse"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["invoice"], condition=Q(state="waiting"), name="one_waiting_reply"),
            models.CheckConstraint(condition=Q(state__in=["waiting", "sent", "refused"]), name="reply_state_is_known"),
            models.CheckConstraint(
                condition=Q(kind="reroute", recipient__isnull=False)
                | Q(kind__in=["answer", "acknowledge"], recipient__isnull=True),
                name="reroute_has_recipient",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.get_state_display()}"

    def mark_sent(self) -> None:
        """Chorus Pro took it. What it makes of the invoice's status is read back with the news."""
        Reply.objects.filter(pk=self.pk).update(state=self.State.SENT)
        if self.kind == self.Kind.REROUTE:
            self._correct_invoice()

    def _correct_invoice(self) -> None:
        """The invoice now goes where Chorus Pro sends it."""
        type(self.invoice).objects.filter(pk=self.invoice_id).update(
            recipient=self.recipient_id,
            buyer=self._who_receives(),
            service_code=self.service_code,
            engagement_number=self.engagement_number,
            revision=F("revision") + 1,
        )

    def _who_receives(self) -> int | None:
        """The canteen whose recipient it goes to now, so that it finds the invoice in its list; else as before."""
        canteens = set(self.recipient.buyers.values_list("pk", flat=True))
        if self.invoice.buyer_id in canteens or len(canteens) != 1:
            return self.invoice.buyer_id
        return canteens.pop()

    def mark_refused(self, reason: str, *, by=None) -> None:
        """Chorus Pro, a check of ours or an agent said no: the supplier reads why and may write another."""
        if Reply.objects.filter(pk=self.pk, state=self.State.WAITING).update(state=self.State.REFUSED, refusal=reason):
            now = timezone.now()
            self.invoice.events.create(kind="note", label=NOT_TAKEN_LABEL, reason=reason, by=by, occurred_at=now)


class Attachment(models.Model):
    """A file sent with a reply, or without one with the invoice itself. Untrusted: never shown, only downloaded."""

    invoice = models.ForeignKey("invoicing.Invoice", models.PROTECT, related_name="attachments", verbose_name="facture")
    reply = models.ForeignKey(
        Reply, models.PROTECT, null=True, blank=True, related_name="attachments", verbose_name="réponse"
    )
    file = models.FileField("fichier", upload_to=attachment_path, max_length=200)
    name = models.CharField("nom", max_length=NAME_MAX)
    kind = models.CharField("nature", max_length=30)
    size = models.PositiveIntegerField("taille (octets)")
    sha256 = models.CharField("empreinte SHA-256", max_length=64)

    class Meta:
        verbose_name = "pièce jointe"
        verbose_name_plural = "pièces jointes"
        ordering = ["pk"]

    def __str__(self):
        return self.name


TOLD_LABELS = {
    Reply.Kind.ANSWER: "Réponse à l'acheteur",
    Reply.Kind.REROUTE: "Destinataire corrigé",
    Reply.Kind.ACKNOWLEDGE: "Rejet traité",
}
NOT_TAKEN_LABEL = "La réponse n'a pas pu être transmise"
ALREADY = "{Cette_facture} a changé depuis l'ouverture de la page, ou une réponse est déjà en route."


def write(invoice, *, kind: str, by, seen_revision: int, comment="", acted_as="", files=(), **more) -> Reply:
    """Keep a reply for chorus to carry. `files` are unsaved attachments whose file is already stored; `more` is the
    recipient, service_code and engagement_number of a reroute, or the invoice that a rejected one is redone_as.

    Raises TransitionError when the invoice changed since `seen_revision`, or does not wait for this kind of reply.
    """
    waiting = invoice.__class__.objects.filter(
        pk=invoice.pk, revision=seen_revision, status=Reply.ANSWERS[Reply.Kind(kind)]
    )
    with transaction.atomic():
        if not waiting.update(revision=F("revision") + 1) or waiting_reply(invoice):
            raise TransitionError(invoice.tell(ALREADY))
        reply = Reply.objects.create(
            invoice=invoice,
            kind=kind,
            comment=comment,
            about=invoice.chorus_status_at,
            by=by,
            acted_as=acted_as,
            **more,
        )
        for attachment in files:
            attachment.invoice, attachment.reply = invoice, reply
            attachment.save()
        invoice.events.create(
            kind="note", label=TOLD_LABELS[kind], reason=told(reply, files), by=by, acted_as=acted_as,
            occurred_at=timezone.now(),
        )  # fmt: skip
    invoice.refresh_from_db()
    return reply


def told(reply: Reply, files) -> str:
    """All it says, in words: where the invoice goes, by what it is redone, the comment, the names of the files."""
    names = ", ".join(attachment.name for attachment in files)
    return "\n".join(
        filter(None, [_route(reply), _redone(reply), reply.comment, names and french(f"Pièces jointes : {names}")])
    )


def _route(reply: Reply) -> str:
    if not reply.recipient:
        return ""
    service, engagement = reply.service_code or "aucun", reply.engagement_number or "aucun"
    return french(f"SIRET : {format_siret(reply.recipient.siret)}, service : {service}, engagement : {engagement}")


def _redone(reply: Reply) -> str:
    if reply.kind != Reply.Kind.ACKNOWLEDGE:
        return ""
    if not reply.redone_as:
        return not_redone(reply.invoice)
    return french(f"{'Avoir refait' if reply.invoice.is_avoir else 'Facture refaite'} : {reply.redone_as}.")


def not_redone(invoice) -> str:
    return invoice.tell("{Cette_facture} ne sera pas refait{e}.")


def waiting_reply(invoice) -> Reply | None:
    return invoice.replies.filter(state=Reply.State.WAITING).first()


def current_reply(invoice) -> Reply | None:
    """The last reply to the return the invoice is in now; None when nobody answered it yet."""
    return invoice.replies.filter(about=invoice.chorus_status_at, kind=kind_for(invoice)).order_by("-pk").first()


def kind_for(invoice) -> str:
    """The kind of reply the invoice waits for where it stands now; empty when it waits for none.

    What people declared is answered where they read it, on Chorus Pro; a refused invoice is redone all the same.
    """
    if invoice.is_declared and invoice.status != Status.REJECTED:
        return ""
    return next((kind for kind, wanted in Reply.ANSWERS.items() if wanted == invoice.status), "")


def may_reply(invoice) -> bool:
    """Whether the invoice waits for an answer and none is on its way or taken."""
    if invoice.follow_stopped_at or not kind_for(invoice) or waiting_reply(invoice):
        return False
    if invoice.status == Status.REJECTED:
        # Final, whoever told it first: what was redone while people declared it stays redone when Chorus Pro tells.
        return not is_treated(invoice)
    reply = current_reply(invoice)
    return reply is None or reply.state == Reply.State.REFUSED


def is_treated(invoice) -> bool:
    """Whether a rejected invoice was redone or given up."""
    return invoice.replies.filter(kind=Reply.Kind.ACKNOWLEDGE).exclude(state=Reply.State.REFUSED).exists()


def is_delayed(reply: Reply | None) -> bool:
    """Whether it is stuck on its way for now. Reached by the relation's name: invoicing knows no chorus."""
    carried = getattr(reply, "submission", None) if reply and reply.state == Reply.State.WAITING else None
    return bool(carried and carried.status in {"in_doubt", "blocked", "held"})


ASKED_LABEL = "Bonne référence demandée à l'acheteur"


class AskedFor(models.TextChoices):
    """What a supplier asked for about the return his invoice is in: said beside its status, to everybody."""

    RECIPIENT = "recipient", "Changement de destinataire demandé"
    REFERENCE = "reference", "Bonne référence demandée"


def ask_buyer(invoice, *, by, acted_as="") -> bool:
    """Ask, where the buyer reads it, for the right SIRET, service or engagement. False when asked within a day."""
    recent = timezone.now() - timedelta(days=1)
    if invoice.events.filter(label=ASKED_LABEL, occurred_at__gte=recent).exists():
        return False
    invoice.events.create(kind="note", label=ASKED_LABEL, by=by, acted_as=acted_as, occurred_at=timezone.now())
    return True
