"""The queue of the agents, and what they decide. The admin shows it; nothing here knows HTTP."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django import forms
from django.conf import settings
from django.db.models import Q, TextChoices
from django.utils import timezone

from invoicing import replies
from invoicing.lifecycle import Status, TransitionError
from invoicing.models import AWAITS_CALL, Invoice, InvoiceEvent, Reply
from invoicing.review import Line, changed_references, count_problems, history, in_words, status_label, without_ibans
from invoicing.typography import french
from suppliers.decisions import IbanCallForm

S = Status

# Where « Bon à déposer » may lead; while an invoice is still there, the decision can be taken back.
LET_GO = (S.APPROVED, S.TO_SELF_DEPOSIT, S.OUTSIDE)


# Those that show nothing to look at come first, to be let go at once; the others follow, the oldest first.
QUEUE_ORDER = ("-is_clean", "status_at", "pk")


def queue():
    """What waits for an agent, as he goes through it."""
    return Invoice.objects.to_review().with_risk().order_by(*QUEUE_ORDER)


class Place(NamedTuple):
    """Where an invoice stands, or stood, in the queue."""

    is_clean: bool
    since: datetime
    pk: int

    @classmethod
    def of(cls, invoice: Invoice) -> "Place":
        """As it was read by `with_risk`."""
        return cls(invoice.is_clean, invoice.status_at, invoice.pk)


def next_in_queue(place: Place) -> Invoice | None:
    """The invoice that comes after this place, by its key alone; from the end back to the start."""
    others = queue().exclude(pk=place.pk).only("pk")
    later = Q(status_at__gt=place.since) | Q(status_at=place.since, pk__gt=place.pk)
    behind = Q(later, is_clean=place.is_clean) | (Q(is_clean=False) if place.is_clean else Q())
    return others.filter(behind).first() or others.first()


class Decision(TextChoices):
    APPROVE = "approve", "Bon à déposer"
    RETURN = "return", "Renvoyer au fournisseur"
    TAKE_BACK = "take_back", "Reprendre la décision"


WILL = {
    S.APPROVED: "{Elle} partira vers Chorus Pro dans {delay} ; d'ici là, la décision peut être reprise.",
    S.TO_SELF_DEPOSIT: "Le portail n'a pas de mandat : le fournisseur {la} déposera lui-même sur Chorus Pro.",
    S.OUTSIDE: "L'acheteur n'est pas sur Chorus Pro : le fournisseur {la} lui enverra lui-même.",
}
DONE_MAYBE = {
    S.TO_SELF_DEPOSIT: "Le fournisseur l'a peut-être déjà déposé{e}. Appelez-le avant de reprendre la décision.",
    S.OUTSIDE: "Le fournisseur l'a peut-être déjà envoyé{e}. Appelez-le avant de reprendre la décision.",
}

REPLIES = {
    Reply.Kind.ANSWER: ("Répondre à l'acheteur", "invoicing:reply"),
    Reply.Kind.REROUTE: ("Corriger le destinataire", "invoicing:reply"),
    Reply.Kind.ACKNOWLEDGE: ("Refaire, ou ne pas refaire", "invoicing:redo"),
}
LEADS_TO = {Decision.APPROVE: LET_GO, Decision.RETURN: (S.RETURNED,), Decision.TAKE_BACK: (S.TO_REVIEW,)}

OTHER = "other"
# Written to the supplier, who reads them as they are.
REASONS = {
    "engagement": "Le numéro d'engagement est absent ou n'est pas le bon.",
    "service": "Le code service est absent ou n'est pas le bon.",
    "recipient": "Le destinataire n'est pas le bon.",
    "amounts": "Les montants ne correspondent pas à la commande.",
    "vat": "La TVA est à revoir.",
    "mentions": "Il manque une mention obligatoire.",
    "account": "Le compte bancaire est à confirmer.",
    "twice": "Ce document a déjà été reçu.",
    "unreadable": "Le document est illisible ou incomplet.",
    OTHER: "Autre motif (à préciser)",
}


class DecisionForm(forms.Form):
    """A decision on the revision the agent had before his eyes; a return says why."""

    decision = forms.ChoiceField(choices=Decision)
    revision = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    # The last event on the page, to tell what came after it; 0 when there was none.
    seen_event = forms.IntegerField(required=False, min_value=0, max_value=2**63 - 1)
    reason = forms.ChoiceField(
        label="Motif",
        required=False,
        choices=[("", "Choisir un motif…"), *REASONS.items()],
        widget=forms.Select(attrs={"accesskey": "r"}),
    )
    detail = forms.CharField(
        label="Précisions",
        required=False,
        max_length=1000,
        help_text=french("Le fournisseur les lira telles quelles : dites ce qu'il doit corriger."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean(self):
        data = super().clean()
        if data.get("decision") == Decision.RETURN:
            if data.get("reason") == "":
                self.add_error("reason", french("Choisissez un motif : le fournisseur doit savoir quoi corriger."))
            if data.get("reason") == OTHER and data.get("detail") == "":
                self.add_error("detail", "Précisez le motif en une phrase.")
        return data

    @property
    def return_fields(self):
        return [self["reason"], self["detail"]]

    @property
    def reason_text(self) -> str:
        reason, detail = self.cleaned_data["reason"], without_ibans(self.cleaned_data["detail"])
        return detail if reason == OTHER else f"{REASONS[reason]} {detail}".strip()

    def carry_out(self, invoice: Invoice, *, by) -> None:
        """Raises TransitionError, with a sentence for the agent, when the invoice cannot be decided on (any more)."""
        decision, seen = self.cleaned_data["decision"], self.cleaned_data["revision"]
        if decision == Decision.APPROVE:
            let_go(invoice, by=by, seen_revision=seen)
        elif decision == Decision.RETURN:
            must_be(invoice, [S.TO_REVIEW])
            invoice.send_back(by=by, reason=self.reason_text, seen_revision=seen)
        else:
            must_be(invoice, LET_GO)
            invoice.take_back(by=by, seen_revision=seen)

    def was_carried_out(self, invoice: Invoice, *, by) -> bool:
        """The same person pressed twice: the invoice is exactly where the first press put it."""
        if invoice.status not in LEADS_TO[self.cleaned_data["decision"]]:
            return False
        last = invoice.events.filter(kind=InvoiceEvent.Kind.STATUS).last()
        return bool(last and last.by_id == by.pk and invoice.revision == self.cleaned_data["revision"] + 1)


def happened_since(invoice: Invoice, seen_event: int) -> list[Line]:
    """What the history gained after this event, as it came."""
    return [line for line in reversed(history(invoice)) if line.event.pk > seen_event]


def must_be(invoice: Invoice, statuses) -> None:
    if invoice.status not in statuses:
        label = status_label(invoice.status)
        raise TransitionError(invoice.tell("{Cette_facture} est maintenant « {status} ».", status=label))


def let_go(invoice: Invoice, *, by, seen_revision: int, label="") -> Status:
    """Approve what no check stops; returns where it went. Raises TransitionError."""
    must_be(invoice, [S.TO_REVIEW])
    if invoice.has_stop:
        raise TransitionError(invoice.tell("Un contrôle bloque {cette_facture} : renvoyez-{la} au fournisseur."))
    return invoice.approve(by=by, label=label, seen_revision=seen_revision)


def let_go_unopened(invoice: Invoice, *, by, seen_revision: int | None, label="") -> Status:
    """Approve from the list: only what shows nothing to look at, as it stood on the agent's screen."""
    must_be(invoice, [S.TO_REVIEW])
    if seen_revision != invoice.revision:
        raise TransitionError(invoice.tell("{Cette_facture} a changé depuis l'affichage de la liste."))
    if invoice.awaits_iban_call:
        raise TransitionError(french(AWAITS_CALL))
    if invoice.is_off_order:
        raise TransitionError("Hors commande, à ouvrir avant de décider.")
    if invoice.verdict or not invoice.verdict_at:
        raise TransitionError(f"{count_problems(invoice)}, à ouvrir avant de décider.")
    if changed_references(invoice):
        raise TransitionError("L'acheteur a modifié la commande, à ouvrir avant de décider.")
    return let_go(invoice, by=by, label=label, seen_revision=seen_revision)


def call_form(invoice: Invoice, *posted) -> IbanCallForm | None:
    """The call about the account this invoice prints, as long as it awaits one and is on the desk."""
    if invoice.status != S.TO_REVIEW or not invoice.awaits_iban_call:
        return None
    supplier = invoice.supplier
    since = supplier.account_since(invoice.iban) or invoice.created_at
    return IbanCallForm(*posted, supplier=supplier, iban=invoice.iban, since=since)


def record_call(invoice: Invoice, form: IbanCallForm, *, by) -> None:
    """Keep the call with the supplier, and tell it in the invoice's own history."""
    call = form.record(by=by)
    invoice.note(french(f"Contre-appel sur l'IBAN {call.masked_iban} : {call.get_outcome_display()}."), by=by)


def hint(invoice: Invoice) -> str:
    """What « Bon à déposer » will do, or for how long what it did can be undone."""
    if invoice.status == S.TO_REVIEW:
        return invoice.tell(WILL[invoice.where_approval_leads()], delay=delay_in_words())
    if invoice.status == S.APPROVED:
        left = invoice.send_after - timezone.now() if invoice.send_after else timedelta(0)
        if left <= timedelta(0):
            return invoice.tell("{Elle} peut partir vers Chorus Pro d'un instant à l'autre.")
        left_in_words = in_words(timezone.now(), invoice.send_after)
        return invoice.tell("{Elle} peut partir vers Chorus Pro dans {left}.", left=left_in_words)
    return invoice.tell(DONE_MAYBE.get(invoice.status, ""))


def delay_in_words() -> str:
    now = timezone.now()
    return in_words(now, now + timedelta(seconds=settings.SEND_DELAY))


def acts_for_supplier(invoice: Invoice) -> list[tuple[str, str]]:
    """What an agent may do in the supplier's name: words, and the name of the page where he does it."""
    if invoice.status == S.TO_SELF_DEPOSIT:
        return [("Déclarer le dépôt", "invoicing:detail")]
    if invoice.status == S.OUTSIDE and not invoice.sent_outside_on:
        return [("Déclarer l'envoi à l'acheteur", "invoicing:detail")]
    declared = [("Déclarer une étape", "invoicing:declare")] if invoice.is_declared else []
    answer = [REPLIES[replies.kind_for(invoice)]] if replies.may_reply(invoice) else []
    return declared + answer
