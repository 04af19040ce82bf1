"""What people are told when an invoice moves: its supplier, its buyer, staff of a dangerous file."""

from collections.abc import Collection
from functools import partial

from django.dispatch import receiver
from django.urls import reverse
from django.utils.text import capfirst

from invoicing.deposits import Upload
from invoicing.lifecycle import REJECTABLE, Status
from invoicing.models import Invoice, InvoiceEvent
from invoicing.models.life import REJECTION_ASKED_LABEL, SENDING_STOPPED_LABEL, TAKEN_OVER_LABEL
from invoicing.signals import status_given
from orders.mails import BUYERS
from suppliers.mails import MEMBERS
from suppliers.models import Mail, User
from suppliers.models.mail import Kind, Told, kind, occasion_of

S = Status

# What a supplier took back himself nobody sent back to him.
OWN_ACTS = {SENDING_STOPPED_LABEL, TAKEN_OVER_LABEL}
# A return may come back; these come once.
ONCE = {S.PAID, S.REJECTED}
# Label, what happened to `invoice` (« la facture F-1 », « l'avoir A-1 ») by `buyer`, what to do, the button.
WORDS = {
    S.RETURNED: (
        "à corriger",
        "Avant de partir vers Chorus Pro, {invoice} est à corriger.",
        "Lisez pourquoi, corrigez ce qu'il faut, puis transmettez de nouveau au Département.",
        "Lire et corriger",
    ),
    S.SUSPENDED: (
        "réponse attendue",
        "{buyer} attend votre réponse sur {invoice}.",
        "Lisez ce qu'il demande, puis répondez-lui : rien n'avance d'ici là.",
        "Lire et répondre",
    ),
    S.TO_REROUTE: (
        "destinataire à corriger",
        "Sur Chorus Pro, {invoice} n'a pas le bon destinataire.",
        "Donnez le bon SIRET, le bon service ou le bon numéro d'engagement : le numéro ne change pas.",
        "Corriger le destinataire",
    ),
    S.REJECTED: (
        "refus de l'acheteur",
        "{buyer} refuse {invoice}.",
        "Lisez son motif : la page dit ensuite ce que vous pouvez faire.",
        "Lire le motif",
    ),
    S.PAID: (
        "virement ordonné",
        "Le virement est ordonné pour {invoice} : l'argent arrive sous quelques jours.",
        "Quand vous l'avez reçu, notez-le : une date à donner.",
        "Voir la facture",
    ),
}


def told_to_suppliers(invoices, occasion: str) -> set[tuple]:
    """(invoice, person, value of the column that makes the `occasion`) for everybody of their suppliers."""
    people = invoices.filter(supplier__members__isnull=False)
    return set(people.values_list("pk", "supplier__members__user", occasion))


def still_so(status: Status, invoices: Collection[int]) -> set[Told]:
    """In that status since the same moment; and its supplier has not done his part yet, nor told that he is paid."""
    concerned = Invoice.objects.filter(received_on=None) if status == S.PAID else Invoice.objects.to_do()
    rows = told_to_suppliers(concerned.filter(pk__in=invoices, status=status), "status_at")
    return {(invoice, user, _occasion(status, at)) for invoice, user, at in rows}


def _occasion(status: Status, at) -> str:
    return "" if status in ONCE else occasion_of(at)


def _kind(status: Status) -> Kind:
    label = f"facture\u00a0: {WORDS[status][0]}"
    return kind(f"invoice_{status}", label, MEMBERS, f"it becomes {status.name}", still=partial(still_so, status))


STATUS = {status: _kind(status) for status in WORDS}


@receiver(status_given)
def tell_supplier(invoice: Invoice, label: str, **kwargs) -> None:
    """Everybody of the supplier, but of what he did himself; an avoir is deducted, never paid."""
    status = Status(invoice.status)
    if status not in STATUS or label in OWN_ACTS or (status == S.PAID and invoice.is_avoir):
        return
    title, happened, to_do, action = WORDS[status]
    words = {
        "invoice": invoice.with_article,
        "buyer": f"L'acheteur ({invoice.buyer})" if invoice.buyer else "L'acheteur",
    }
    Mail.objects.tell(
        STATUS[status],
        invoice.supplier.people(),
        about=invoice.pk,
        occasion=_occasion(status, invoice.status_at),
        subject=f"{capfirst(str(invoice))} : {title}",
        happened=capfirst(happened.format(**words)),
        to_do=to_do,
        action=action,
        path=reverse("invoicing:detail", args=[invoice.pk]),
    )


# --- « Hors commande » ---


def still_unknown(invoices: Collection[int]) -> set[Told]:
    waiting = Invoice.objects.awaiting_buyers_word().filter(pk__in=invoices, buyer__members__isnull=False)
    return {(invoice, user, "") for invoice, user in waiting.values_list("pk", "buyer__members__user")}


OFF_ORDER = kind("off_order", "facture sans commande", BUYERS, "such an invoice is handed over", still=still_unknown)


@receiver(status_given)
def tell_buyer(invoice: Invoice, **kwargs) -> None:
    if invoice.status == S.TO_REVIEW and invoice.is_off_order and invoice.buyer:
        Mail.objects.tell(
            OFF_ORDER,
            invoice.buyer.people(),
            about=invoice.pk,
            subject=f"{invoice.supplier} vous facture une livraison sans commande",
            happened=f"{invoice.supplier} vous facture une livraison sans commande sur Agrilocal ({invoice}).",
            to_do="Rattachez-la à une commande, ou dites que vous ne connaissez pas cette livraison.",
            action="Répondre",
            path=reverse("invoicing:detail", args=[invoice.pk]),
        )


# --- Deposited by mistake ---


def still_to_reject(invoices: Collection[int]) -> set[Told]:
    asked = InvoiceEvent.objects.filter(
        label=REJECTION_ASKED_LABEL, invoice__in=invoices, invoice__status__in=REJECTABLE
    )
    rows = asked.filter(invoice__buyer__members__isnull=False)
    return {
        (invoice, user, str(event))
        for event, invoice, user in rows.values_list("pk", "invoice", "invoice__buyer__members__user")
    }


REJECTION = kind(
    "rejection_asked", "rejet demandé", BUYERS, "an agent asks for it: it was deposited by mistake", at_once=True,
    still=still_to_reject,
)  # fmt: skip
MISTAKEN = "Le Département vous demande de rejeter {invoice} de {supplier} : {elle} a été déposé{e} par erreur."
REJECT_IT = "Lisez pourquoi, puis rejetez-{la} sur Chorus Pro."


def tell_rejection_asked(invoice: Invoice, request: InvoiceEvent) -> str:
    """Gives what was written to everybody of the buyer; empty when nobody of his signs in here."""
    people = list(invoice.buyer.people()) if invoice.buyer else []
    happened = invoice.tell(MISTAKEN, invoice=invoice.with_article, supplier=invoice.supplier)
    to_do = invoice.tell(REJECT_IT)
    Mail.objects.tell(
        REJECTION,
        people,
        about=invoice.pk,
        occasion=str(request.pk),
        subject=f"{capfirst(str(invoice))} : à rejeter sur Chorus Pro",
        happened=happened,
        to_do=to_do,
        action="Lire le motif",
        path=reverse("invoicing:detail", args=[invoice.pk]),
    )
    return f"{', '.join(str(person) for person in people)} : {happened} {to_do}" if people else ""


# --- Dangerous files ---

INFECTED = kind(
    "infected_file", "fichier dangereux refusé", "who may review invoices", "the scanner found it", at_once=True
)


def tell_infected(upload: Upload) -> None:
    supplier = upload.deposit.supplier
    Mail.objects.tell(
        INFECTED,
        User.objects.staff_to_tell("invoicing.review_invoice"),
        about=upload.pk,
        subject="Un fichier dangereux a été refusé",
        happened=f"L'antivirus a trouvé un programme dangereux dans un fichier déposé pour {supplier}. "
        "Le fichier a été refusé et n'a pas été gardé.",
        to_do="Prévenez le fournisseur par téléphone.",
        action="Ouvrir la fiche du fournisseur",
        path=reverse("admin:suppliers_supplier_change", args=[supplier.pk]),
    )
