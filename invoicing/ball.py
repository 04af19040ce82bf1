"""Who has the ball, in one plain sentence said to the one who reads it: supplier, buyer or agent."""

from dataclasses import dataclass

from django.db.models import Model
from django.utils import timezone
from django.utils.formats import date_format

from invoicing import replies, review
from invoicing.lifecycle import ON_CHORUS, Ball, Status
from invoicing.models import Invoice, Kind
from invoicing.typography import french

S = Status

FOR_SUPPLIER = {
    S.DRAFT: "À vous : vérifiez ce qui a été lu, puis transmettez la facture au Département.",
    S.TO_REVIEW: "Au Département : un agent vérifie la facture. Vous n'avez rien à faire ; "
    "le délai de paiement n'a pas encore commencé.",
    S.RETURNED: "À vous : corrigez la facture, puis transmettez-la de nouveau.",
    S.APPROVED: "Au portail : la facture va partir vers Chorus Pro. Vous n'avez rien à faire.",
    S.SENDING: "Au portail : la facture part vers Chorus Pro. Vous n'avez rien à faire.",
    S.TO_SELF_DEPOSIT: "À vous : le Département a vérifié la facture, déposez-la sur Chorus Pro.",
    S.OUTSIDE: "À vous : cet acheteur n'est pas sur Chorus Pro, envoyez-lui la facture vous-même.",
    S.WITHDRAWN: "Rien à faire : vous avez retiré cette facture, elle ne partira pas.",
    S.DEPOSITED: "À Chorus Pro : la facture est déposée, elle va être acheminée vers l'acheteur.",
    S.ROUTING: "À Chorus Pro : la facture est en route vers l'acheteur.",
    S.AVAILABLE: "À l'acheteur : la facture est arrivée chez lui, le délai de paiement court.",
    S.ACKNOWLEDGED: "À l'acheteur : il a pris la facture en compte.",
    S.SERVICE_DONE: "À l'acheteur : il a attesté la livraison, il lui reste à demander le paiement.",
    S.SUSPENDED: "À vous : l'acheteur attend une réponse. Le délai de paiement est interrompu.",
    S.COMPLETED: "À l'acheteur : votre réponse lui est parvenue.",
    S.TO_REROUTE: "À vous : la facture n'est pas arrivée au bon destinataire. Corrigez-le, elle garde son numéro.",
    S.ORDERED: "Au comptable public : l'acheteur lui a demandé de payer.",
    S.AT_ACCOUNTANT: "Au comptable public : il a reçu la demande de paiement.",
    S.BOOKED: "Au comptable public : il a enregistré la facture.",
    S.PAID: "Rien à faire : le virement est ordonné, il arrive sous quelques jours.",
    S.REJECTED: "À vous : l'acheteur a refusé la facture. Lisez son motif ci-dessous.",
}
# Said to the others where the supplier has the ball, or where « vous » would be somebody else.
FOR_OTHERS = {
    S.DRAFT: "Au fournisseur : la facture est encore un brouillon.",
    S.TO_REVIEW: "Au Département : un agent vérifie la facture avant son dépôt.",
    S.RETURNED: "Au fournisseur : il corrige la facture.",
    S.APPROVED: "Au portail : la facture va partir vers Chorus Pro.",
    S.SENDING: "Au portail : la facture part vers Chorus Pro.",
    S.TO_SELF_DEPOSIT: "Au fournisseur : il dépose lui-même la facture sur Chorus Pro.",
    S.OUTSIDE: "Au fournisseur : il envoie lui-même la facture à l'acheteur.",
    S.WITHDRAWN: "Rien à faire : le fournisseur a retiré cette facture.",
    S.SUSPENDED: "Au fournisseur : l'acheteur attend sa réponse.",
    S.COMPLETED: "À l'acheteur : la réponse du fournisseur lui est parvenue.",
    S.TO_REROUTE: "Au fournisseur : le destinataire de la facture est à corriger.",
    S.REJECTED: "Au fournisseur : l'acheteur a refusé la facture.",
}
FOR_BUYER = {
    S.AVAILABLE: "À vous : la facture vous attend sur Chorus Pro, le délai de paiement court.",
    S.ACKNOWLEDGED: "À vous : vous avez pris la facture en compte.",
    S.SERVICE_DONE: "À vous : vous avez attesté la livraison, il reste à demander le paiement.",
    S.SUSPENDED: "Au fournisseur : vous attendez sa réponse.",
    S.COMPLETED: "À vous : la réponse du fournisseur vous est parvenue.",
    S.ORDERED: "Au comptable public : vous lui avez demandé de payer.",
    S.REJECTED: "Au fournisseur : vous avez refusé la facture.",
}
# The labels of Status speak to the producer; a buyer reads these instead.
BUYER_LABELS = {
    S.RETURNED: "En correction chez le fournisseur",
    S.TO_SELF_DEPOSIT: "À déposer par le fournisseur",
    S.OUTSIDE: "Hors Chorus Pro",
    S.ROUTING: "En route vers vous",
    S.AVAILABLE: "Arrivée chez vous",
    S.SUSPENDED: "Réponse du fournisseur attendue",
    S.COMPLETED: "Réponse du fournisseur reçue",
    S.REJECTED: "Refusée",
}
FOR_AGENT = {S.TO_REVIEW: "À vous : vérifiez la facture, puis laissez-la partir ou renvoyez-la."}

IN_DOUBT = "En cours de vérification : nous nous assurons que Chorus Pro a bien reçu la facture. Rien à faire."
LATE = "Au portail : l'envoi est retardé, rien à faire de votre côté."
CREDIT_NOTE = "À l'acheteur : avoir à déduire de ce qu'il doit."
TREATED = "À personne : l'acheteur a refusé la facture, ce refus est traité."
LAST_REPORTED = "Au comptable public. Dernière étape communiquée par cet acheteur."


@dataclass(frozen=True)
class Viewer:
    """As what somebody reads an invoice; one person may be several."""

    is_supplier: bool
    is_buyer: bool
    is_agent: bool


def viewer(invoice: Invoice, user) -> Viewer:
    return Viewer(
        is_supplier=invoice.supplier.members.filter(user=user).exists(),
        is_buyer=bool(invoice.buyer_id) and invoice.buyer.members.filter(user=user).exists(),
        is_agent=user.has_perm("invoicing.view_invoice"),
    )


def label(status: str, reader: Viewer) -> str:
    """The status in two or three words, to the one who reads it."""
    if reader.is_supplier:
        return Status(status).label
    return buyer_label(status) if reader.is_buyer else review.status_label(status)


def buyer_label(status: str) -> str:
    return BUYER_LABELS.get(Status(status)) or Status(status).label


def sentence(invoice: Invoice, reader: Viewer, submission: Model | None = None) -> str:
    """« À l'acheteur : la facture est arrivée chez lui… »."""
    return french(_exception(invoice, submission) or _usual(Status(invoice.status), reader))


def _usual(status: Status, reader: Viewer) -> str:
    if reader.is_supplier:
        return FOR_SUPPLIER[status]
    own = FOR_BUYER if reader.is_buyer else FOR_AGENT
    return own.get(status) or FOR_OTHERS.get(status) or FOR_SUPPLIER[status]


def _exception(invoice: Invoice, submission: Model | None) -> str:
    if invoice.ball == Ball.BUYER and invoice.engagement_asked_at:
        asked = date_format(timezone.localtime(invoice.engagement_asked_at), "j F Y")
        return f"À l'acheteur : le numéro d'engagement lui a été demandé le {asked}."
    if submission is not None and invoice.status in {S.APPROVED, S.SENDING}:
        return {"in_doubt": IN_DOUBT, "blocked": LATE, "held": LATE}.get(submission.status, "")
    if invoice.status == S.REJECTED and replies.is_treated(invoice):
        return TREATED
    if invoice.kind == Kind.CREDIT_NOTE and invoice.status in ON_CHORUS - {S.SUSPENDED, S.TO_REROUTE, S.REJECTED}:
        return CREDIT_NOTE
    if invoice.status == S.ORDERED and not (invoice.recipient and invoice.recipient.reports_payment):
        return LAST_REPORTED
    return ""


def transport(invoice: Invoice) -> Model | None:
    """The latest sending of an invoice on its way out. Reached by the relation's name: invoicing knows no chorus."""
    if invoice.status not in {S.APPROVED, S.SENDING}:
        return None
    return invoice.submissions.order_by("-pk").first()
