"""Who has the ball, in one plain sentence said to the one who reads it: supplier, buyer or agent.

Written of an invoice; `Invoice.tell` says the same of an avoir.
"""

from dataclasses import dataclass

from django.db.models import Model
from django.utils import timezone

from invoicing import replies, review
from invoicing.lifecycle import DEDUCTED, ON_CHORUS, SETTLED, Status, buyer_label
from invoicing.models import Invoice
from invoicing.verdict import waits_for_order
from suppliers.days import date_format

S = Status

FOR_SUPPLIER = {
    S.DRAFT: "À vous : vérifiez ce qui a été lu, puis transmettez {la_facture} au Département.",
    S.TO_REVIEW: "Au Département : un agent vérifie {la_facture}. Vous n'avez rien à faire ; "
    "le délai de paiement n'a pas encore commencé.",
    S.RETURNED: "À vous : corrigez {la_facture}, puis transmettez-{la} de nouveau.",
    S.APPROVED: "Au portail : {la_facture} va partir vers Chorus Pro. Vous n'avez rien à faire.",
    S.SENDING: "Au portail : {la_facture} part vers Chorus Pro. Vous n'avez rien à faire.",
    S.TO_SELF_DEPOSIT: "À vous : rien ne retient plus {la_facture}, déposez-{la} sur Chorus Pro.",
    S.OUTSIDE: "À vous : cet acheteur n'est pas sur Chorus Pro, envoyez-lui {la_facture} vous-même.",
    S.WITHDRAWN: "Rien à faire : vous avez retiré {cette_facture}, {elle} ne partira pas.",
    S.DEPOSITED: "À Chorus Pro : {la_facture} est déposé{e}, {elle} va être acheminé{e} vers l'acheteur.",
    S.ROUTING: "À Chorus Pro : {la_facture} est en route vers l'acheteur.",
    S.AVAILABLE: "À l'acheteur : {la_facture} est arrivé{e} chez lui, le délai de paiement court.",
    S.ACKNOWLEDGED: "À l'acheteur : il a pris {la_facture} en compte.",
    S.SERVICE_DONE: "À l'acheteur : il a attesté la livraison, il lui reste à demander le paiement.",
    S.SUSPENDED: "À vous : l'acheteur attend une réponse. Le délai de paiement est interrompu.",
    S.COMPLETED: "À l'acheteur : votre réponse lui est parvenue.",
    S.TO_REROUTE: "À vous : {la_facture} n'est pas arrivé{e} au bon destinataire. "
    "Corrigez-le, {elle} garde son numéro.",
    S.ORDERED: "Au comptable public : l'acheteur lui a demandé de payer.",
    S.AT_ACCOUNTANT: "Au comptable public : il a reçu la demande de paiement.",
    S.BOOKED: "Au comptable public : il a enregistré {la_facture}.",
    S.PAID: "Rien à faire : le virement est ordonné, il arrive sous quelques jours.",
    S.REJECTED: "À vous : l'acheteur a refusé {la_facture}. Lisez son motif ci-dessous.",
}
# Nobody is paid for an avoir.
AVOIR_FOR_SUPPLIER = {
    S.TO_REVIEW: "Au Département : un agent vérifie l'avoir. Vous n'avez rien à faire.",
    S.SUSPENDED: "À vous : l'acheteur attend une réponse.",
}
# Said to the others where the supplier has the ball, or where « vous » would be somebody else.
FOR_OTHERS = {
    S.DRAFT: "Au fournisseur : {la_facture} est encore un brouillon.",
    S.TO_REVIEW: "Au Département : un agent vérifie {la_facture} avant son dépôt.",
    S.RETURNED: "Au fournisseur : il corrige {la_facture}.",
    S.APPROVED: "Au portail : {la_facture} va partir vers Chorus Pro.",
    S.SENDING: "Au portail : {la_facture} part vers Chorus Pro.",
    S.TO_SELF_DEPOSIT: "Au fournisseur : il dépose lui-même {la_facture} sur Chorus Pro.",
    S.OUTSIDE: "Au fournisseur : il envoie lui-même {la_facture} à l'acheteur.",
    S.WITHDRAWN: "Rien à faire : le fournisseur a retiré {cette_facture}.",
    S.SUSPENDED: "Au fournisseur : l'acheteur attend sa réponse.",
    S.COMPLETED: "À l'acheteur : la réponse du fournisseur lui est parvenue.",
    S.TO_REROUTE: "Au fournisseur : le destinataire de {la_facture} est à corriger.",
    S.REJECTED: "Au fournisseur : l'acheteur a refusé {la_facture}.",
}
FOR_BUYER = {
    S.AVAILABLE: "À vous : {la_facture} vous attend sur Chorus Pro, le délai de paiement court.",
    S.ACKNOWLEDGED: "À vous : vous avez pris {la_facture} en compte.",
    S.SERVICE_DONE: "À vous : vous avez attesté la livraison, il reste à demander le paiement.",
    S.SUSPENDED: "Au fournisseur : vous attendez sa réponse.",
    S.COMPLETED: "À vous : la réponse du fournisseur vous est parvenue.",
    S.ORDERED: "Au comptable public : vous lui avez demandé de payer.",
    S.REJECTED: "Au fournisseur : vous avez refusé {la_facture}.",
}
FOR_AGENT = {S.TO_REVIEW: "À vous : vérifiez {la_facture}, puis laissez-{la} partir ou renvoyez-{la}."}

# What people declared, where it is said otherwise than what Chorus Pro tells.
DECLARED_DEPOSITED = "À Chorus Pro : {la_facture} y est déposé{e}, d'après une déclaration."
DECLARED_FOR_SUPPLIER = {
    S.SUSPENDED: "À vous : l'acheteur attend une réponse. Répondez-lui sur Chorus Pro, puis déclarez-le ici.",
    S.TO_REROUTE: "À vous : corrigez le destinataire sur Chorus Pro, puis déclarez ici l'étape suivante.",
}
MISSING_FOR_SUPPLIER = "À vous : nous ne trouvons pas {cette_facture} sur Chorus Pro. Voyez ci-dessous que faire."
MISSING_FOR_OTHERS = "Au fournisseur : nous ne trouvons pas {cette_facture} sur Chorus Pro, malgré sa déclaration."
SENT_OUTSIDE = "À l'acheteur : {la_facture} lui a été envoyé{e} le {day}, hors Chorus Pro."
STOPPED_BY_YOU = "À vous : vous avez arrêté l'envoi. Corrigez {la_facture}, puis transmettez-{la} de nouveau."
STOPPED_BY_SUPPLIER = "Au fournisseur : il a arrêté l'envoi pour corriger {la_facture}."
IN_DOUBT = "En cours de vérification : nous nous assurons que Chorus Pro a bien reçu {la_facture}. Rien à faire."
REPORT_AWAITED = (
    "En cours de vérification : Chorus Pro a pris ce fichier et le contrôle, cela peut durer quelques "
    "heures. Rien à faire."
)
LATE = "Au portail : l'envoi est retardé, rien à faire de votre côté."
ATTACH_ORDER = "À vous : rattachez une commande à {la_facture}, il lui manque votre numéro d'engagement."
ORDER_AWAITED = "À l'acheteur : il doit rattacher une commande à {la_facture}, dont le numéro d'engagement manque."
DISOWNED_FOR_SUPPLIER = (
    "Au Département : l'acheteur dit ne pas connaître cette livraison. Appelez-le ; si {la_facture} est une erreur, "
    "retirez-{la}."
)
DISOWNED_FOR_BUYER = "Au Département et au fournisseur : vous dites ne pas connaître cette livraison."
DISOWNED_FOR_AGENT = "À vous : l'acheteur dit ne pas connaître cette livraison. Appelez-le, puis renvoyez {la_facture}."
CREDIT_NOTE = "À l'acheteur : avoir à déduire de ce qu'il doit."
RECEIVED = "Rien à faire : l'argent est reçu depuis le {day}, d'après le fournisseur."
OVERDUE = "À l'acheteur ou à son comptable : le délai de paiement s'est achevé le {day}."
OVERDUE_ASKED = " Avez-vous été payé ? Dites-le ci-dessous."
TREATED = "À personne : l'acheteur a refusé, et ce refus est traité."
UNTICKED_BY_YOU = (
    "vous avez décoché « J'utilise Chorus Pro ». {La_facture} y reste ; cochez la case dans votre profil pour que son "
    "suivi reprenne."
)
UNSEEN_BY_US = (
    "le portail n'a plus accès à votre structure sur Chorus Pro. {La_facture} y reste ; vérifiez la connexion dans "
    "votre profil pour que son suivi reprenne."
)
UNTICKED = "le fournisseur a décoché « J'utilise Chorus Pro »."
UNSEEN = "aucun compte n'a plus accès à la structure du fournisseur sur Chorus Pro."
REFERENCE_WANTED = (
    "À vous : le fournisseur vous demande le bon SIRET, service ou numéro d'engagement. Donnez-le sur la commande, ou "
    "appelez-le."
)
CORRECTION_LEAVES = "Au portail : la correction part vers Chorus Pro. Rien à faire."
CORRECTION_LEFT = "À Chorus Pro : la correction lui est transmise, il va la confirmer. Rien à faire."
ANSWER_LEAVES = "Au portail : la réponse part vers Chorus Pro. Rien à faire."
ANSWER_LEFT = "À Chorus Pro : la réponse lui est transmise, il va la confirmer. Rien à faire."
LAST_REPORTED = "Au comptable public. Dernière étape communiquée par cet acheteur."


@dataclass(frozen=True)
class Viewer:
    """As what somebody reads an invoice; one person may be several."""

    is_supplier: bool
    is_buyer: bool
    is_agent: bool
    may_review: bool

    @property
    def acts_for_supplier(self) -> bool:
        return self.is_supplier or self.may_review


def viewer(invoice: Invoice, user) -> Viewer:
    return Viewer(
        is_supplier=invoice.supplier.members.filter(user=user).exists(),
        is_buyer=bool(invoice.buyer_id) and invoice.buyer.members.filter(user=user).exists(),
        is_agent=user.has_perm("invoicing.view_invoice"),
        may_review=user.has_perm("invoicing.review_invoice"),
    )


def label(invoice: Invoice, status: str, reader: Viewer) -> str:
    """A status of the invoice in two or three words, to the one who reads it."""
    if special := invoice.avoir_label(status):
        return special
    if reader.is_supplier:
        return Status(status).label
    return buyer_label(status) if reader.is_buyer else review.status_label(status)


def sentence(invoice: Invoice, reader: Viewer, submission: Model | None = None) -> str:
    """« À l'acheteur : la facture est arrivée chez lui… »."""
    special = _stopped(invoice, reader) or _exception(invoice, reader, submission)
    return invoice.tell(special or _usual(invoice, reader))


def _stopped(invoice: Invoice, reader: Viewer) -> str:
    """Why its state is no longer read, and how that may change."""
    if not invoice.follow_stopped_at:
        return ""
    day = date_format(timezone.localtime(invoice.follow_stopped_at), "j F Y")
    unticked = not invoice.supplier.uses_chorus
    if reader.is_supplier:
        return f"Suivi arrêté le {day} : {UNTICKED_BY_YOU if unticked else UNSEEN_BY_US}"
    if reader.is_buyer:
        return (
            f"Suivi arrêté le {day} : le portail ne lit plus l'état de {{cette_facture}}. Suivez-{{la}} sur Chorus Pro."
        )
    return f"Suivi arrêté le {day} : {UNTICKED if unticked else UNSEEN} L'état affiché est le dernier connu."


def _usual(invoice: Invoice, reader: Viewer) -> str:
    status = Status(invoice.status)
    if reader.is_supplier:
        return (invoice.is_avoir and AVOIR_FOR_SUPPLIER.get(status)) or FOR_SUPPLIER[status]
    own = FOR_BUYER if reader.is_buyer else FOR_AGENT
    return own.get(status) or FOR_OTHERS.get(status) or FOR_SUPPLIER[status]


def _exception(invoice: Invoice, reader: Viewer, submission: Model | None) -> str:
    if invoice.waits_for_engagement:
        asked = date_format(timezone.localtime(invoice.engagement_asked_at), "j F Y")
        return f"À l'acheteur : le numéro d'engagement lui a été demandé le {asked}."
    if invoice.status == S.TO_REVIEW and invoice.disowned_at:
        return _disowned(reader)
    if waits_for_order(invoice):
        return ATTACH_ORDER if reader.is_buyer else ORDER_AWAITED
    if invoice.is_declared:
        return _declared(invoice, reader)
    if invoice.sent_outside_on:
        return SENT_OUTSIDE.replace("{day}", date_format(invoice.sent_outside_on, "j F Y"))
    if invoice.was_stopped_by_supplier:
        return STOPPED_BY_YOU if reader.is_supplier else STOPPED_BY_SUPPLIER
    if submission is not None and invoice.status in {S.APPROVED, S.SENDING}:
        told = {"in_doubt": IN_DOUBT, "awaiting": REPORT_AWAITED, "blocked": LATE, "held": LATE}
        return told.get(submission.status, "")
    if invoice.status == S.REJECTED and replies.is_treated(invoice):
        return TREATED
    if invoice.asked_for == replies.AskedFor.REFERENCE and reader.is_buyer and replies.may_reply(invoice):
        return REFERENCE_WANTED
    if invoice.status in {S.SUSPENDED, S.TO_REROUTE}:
        return _answered(invoice)
    if invoice.received_on and invoice.may_be_paid:
        return RECEIVED.format(day=date_format(invoice.received_on, "j F Y"))
    if invoice.is_overdue() and reader.is_supplier and invoice.status in ON_CHORUS - SETTLED:
        asked = "" if invoice.unpaid_on else OVERDUE_ASKED
        return OVERDUE.format(day=date_format(invoice.pay_by, "j F Y")) + asked
    if invoice.is_avoir and invoice.status in DEDUCTED:
        return CREDIT_NOTE
    if invoice.status == S.ORDERED and not (invoice.recipient and invoice.recipient.reports_payment):
        return LAST_REPORTED
    return ""


def _disowned(reader: Viewer) -> str:
    if reader.is_supplier:
        return DISOWNED_FOR_SUPPLIER
    return DISOWNED_FOR_BUYER if reader.is_buyer else DISOWNED_FOR_AGENT


def _answered(invoice: Invoice) -> str:
    """Once answered, the supplier has done his part, although Chorus Pro still shows the return."""
    reply = replies.current_reply(invoice)
    if reply is None:
        return ""
    is_route = reply.kind == replies.Reply.Kind.REROUTE
    leaves, left = (CORRECTION_LEAVES, CORRECTION_LEFT) if is_route else (ANSWER_LEAVES, ANSWER_LEFT)
    return {replies.Reply.State.WAITING: leaves, replies.Reply.State.SENT: left}.get(reply.state, "")


def _declared(invoice: Invoice, reader: Viewer) -> str:
    """Nothing is answered here for what people declared: they do it where they read it."""
    if is_missing(search(invoice)) and invoice.status not in SETTLED:
        return MISSING_FOR_SUPPLIER if reader.is_supplier else MISSING_FOR_OTHERS
    if invoice.status == S.DEPOSITED:
        return DECLARED_DEPOSITED
    if invoice.status == S.REJECTED and replies.is_treated(invoice):
        return TREATED
    return DECLARED_FOR_SUPPLIER.get(Status(invoice.status), "") if reader.is_supplier else ""


def search(invoice: Invoice) -> Model | None:
    """How it is looked for on Chorus Pro since the last declaration; None when no account of ours sees its supplier.
    Reached by the relation's name, as `transport`."""
    looked_for = getattr(invoice, "search", None) if invoice.is_declared else None
    return looked_for if looked_for and looked_for.asked_at >= invoice.declared_at else None


def is_missing(looked_for: Model | None) -> bool:
    return bool(looked_for and looked_for.state == "not_found")


def transport(invoice: Invoice) -> Model | None:
    """The latest sending of an invoice on its way out. Reached by the relation's name: invoicing knows no chorus."""
    if invoice.status not in {S.APPROVED, S.SENDING}:
        return None
    return invoice.submissions.order_by("-pk").first()
