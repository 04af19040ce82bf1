"""Everything an agent reads about one invoice before he decides. Nothing here writes."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.conf import settings
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.timesince import timesince

from invoicing.credit_notes import counted, net_of
from invoicing.lifecycle import Status
from invoicing.models import BilledOrder, Invoice, InvoiceEvent
from invoicing.typography import euros, french
from orders.models import Order
from suppliers.days import date_format
from suppliers.encryption import keyed_hash
from suppliers.identifiers import clean_iban, format_siret, mask_iban
from suppliers.models import Depositor, IbanCall
from suppliers.typography import how_many

S = Status

# The labels of Status speak to the producer (« À vérifier par vous »); an agent reads these instead.
AGENT_LABELS = {
    S.DRAFT: "Brouillon chez le fournisseur",
    S.TO_REVIEW: "À vérifier",
    S.RETURNED: "Renvoyée au fournisseur",
    S.TO_SELF_DEPOSIT: "À déposer par le fournisseur",
    S.SUSPENDED: french("Suspendue : réponse du fournisseur attendue"),
}
# What the checks call a part of the review page that is more than one fact.
SECTIONS = {"orders": "desk-orders", "pdf": "desk-pages"}
IBAN_IN_TEXT = re.compile(r"\b[A-Z]{2}\d{2}(?:[\s.-]?[0-9A-Z]{4}){3,7}(?:[\s.-]?[0-9A-Z]{1,3})?\b", re.IGNORECASE)


def status_label(status: str) -> str:
    return AGENT_LABELS.get(status) or Status(status).label


def state_of(invoice: Invoice) -> str:
    """Its status, whether a person said so, what was asked for, and since when it is only the last one known."""
    told = invoice.avoir_label(invoice.status) or status_label(invoice.status)
    told += " (déclaré)" if invoice.is_declared else ""
    if invoice.asked_for:
        told += f", {invoice.asked_for_label[0].lower()}{invoice.asked_for_label[1:]} par le fournisseur"
    stopped = invoice.follow_stopped_at
    return told + (f", suivi arrêté le {day(timezone.localtime(stopped))}" if stopped else "")


def in_words(since: datetime, now: datetime | None = None) -> str:
    """« 2 jours », « 3 heures »: the time between the two."""
    now = now or timezone.now()
    return "moins d'une minute" if (now - since).total_seconds() < 60 else timesince(since, now, depth=1)


def without_ibans(text: str) -> str:
    """Reasons stay for years and are read by many: an account number in them is shown in part only."""
    return IBAN_IN_TEXT.sub(lambda found: mask_iban(found[0]), text)


# --- The verdict ---


def count_problems(invoice: Invoice) -> str:
    """The verdict in a few words."""
    if not invoice.verdict_at:
        return "Pas encore contrôlée"
    if not invoice.verdict:
        return "Rien à signaler"
    stops = sum(problem.get("level") == "stop" for problem in invoice.verdict)
    levels = [(stops, "blocage"), (len(invoice.verdict) - stops, "avertissement")]
    return ", ".join(how_many(n, word) for n, word in levels if n)


def passed_over(invoice: Invoice) -> str:
    """Who handed it over in spite of the warnings, and when; empty when nobody had to."""
    if not invoice.passed_over:
        return ""
    # Handed over by a person, not brought back to the desk by a program.
    told = invoice.events.filter(to_status=S.TO_REVIEW, by__isnull=False).select_related("by").order_by("occurred_at")
    event = told.filter(from_status__in=[S.DRAFT, S.RETURNED]).last()
    if event is None:
        return ""
    return f"{event.acted_as or event.by}, le {date_format(timezone.localtime(event.occurred_at), 'j F Y à H:i')}"


def changed_references(invoice: Invoice) -> list[str]:
    """What the buyer gave or changed on the orders after the invoice had copied it, one sentence each."""
    told = []
    for order in (billed.order for billed in invoice.billed_orders.all()):
        for name in ("engagement_number", "service_code"):
            ours, theirs = getattr(invoice, name), getattr(order, name)
            if theirs and theirs != ours:
                label = capfirst(Order._meta.get_field(name).verbose_name)
                here = "« {ours} » sur {la_facture}" if ours else "absent de {la_facture}"
                sentence = f"{{label}} : « {{theirs}} » sur la commande {{order}}, {here}."
                told.append(invoice.tell(sentence, label=label, theirs=theirs, order=order.reference, ours=ours))
    return told


# --- The orders ---


@dataclass(frozen=True)
class Billing:
    """One billed order, in euros before tax: what was ordered, billed here, and billed by other invoices."""

    order: Order
    ordered: Decimal
    here: Decimal
    elsewhere: Decimal

    @property
    def difference(self) -> Decimal:
        """Above zero when more was billed than ordered, other invoices included."""
        return self.here + self.elsewhere - self.ordered

    @property
    def difference_in_words(self) -> str:
        if not self.difference:
            return "aucun"
        return f"{euros(abs(self.difference))} {'de trop' if self.difference > 0 else 'restent à facturer'}"


def billings(invoice: Invoice) -> list[Billing]:
    billed = invoice.billed_orders.select_related("order", "invoice").prefetch_related(
        "order__lines", Prefetch("order__billings", BilledOrder.objects.select_related("invoice"))
    )
    return [
        Billing(
            order=line.order,
            ordered=line.order.total_ht,
            here=line.counted_ht,
            elsewhere=sum(
                (other.counted_ht for other in line.order.billings.all() if other.invoice_id != invoice.pk), Decimal(0)
            ),
        )
        for line in billed
    ]


# --- The facts; what is empty is left out, unless a check speaks of it ---


@dataclass(frozen=True)
class Fact:
    """One line of what the invoice says. `field`: as the checks call it, empty where they never speak of it."""

    label: str
    value: str
    field: str = ""
    problems: tuple[dict, ...] = ()

    @property
    def anchor(self) -> str:
        return f"fact-{self.field}"


def facts(invoice: Invoice) -> list[Fact]:
    """Each with what the checks found about it."""
    told = [replace(fact, problems=problems_of(invoice, fact.field)) for fact in all_facts(invoice)]
    return [replace(fact, value=fact.value or "absent") for fact in told if fact.value or fact.problems]


def problems_of(invoice: Invoice, field: str) -> tuple[dict, ...]:
    return tuple(problem for problem in invoice.verdict if field and problem.get("field") == field)


def summary(invoice: Invoice) -> list[tuple[dict, str]]:
    """Each problem of the verdict with the anchor of what it is about; empty where that is the whole invoice."""
    anchors = {fact.field: fact.anchor for fact in all_facts(invoice) if fact.field} | SECTIONS
    return [(problem, anchors.get(problem.get("field", ""), "")) for problem in invoice.verdict]


def all_facts(invoice: Invoice) -> list[Fact]:
    recipient = invoice.recipient
    return [
        Fact("Type", capfirst(invoice.get_kind_display()), "kind"),
        Fact("Numéro", invoice.number, "number"),
        Fact("Facture d'origine", origin_in_words(invoice), "origin_number"),
        Fact("Date de la facture d'origine", day(invoice.origin_date), "origin_date"),
        Fact(invoice.tell("Date de {la_facture}"), day(invoice.issue_date), "issue_date"),
        Fact("Livraisons", ", ".join(iso_day(given) for given in invoice.delivery_dates), "delivery_dates"),
        Fact("Bons de livraison", ", ".join(invoice.delivery_notes)),
        Fact("Échéance", day(invoice.due_date), "due_date"),
        *amounts(invoice),
        *credits(invoice),
        Fact("Numéro d'engagement", invoice.engagement_number, "engagement_number"),
        Fact("Code service", invoice.service_code, "service_code"),
        Fact("Numéro de marché", invoice.contract_number),
        Fact("Hors commande", invoice.get_no_order_display(), "no_order"),
        Fact("Livraison inconnue de l'acheteur depuis le", day(local(invoice.disowned_at))),
        Fact("Fournisseur", with_siret(invoice.supplier.name, invoice.establishment), "supplier_siret"),
        Fact("Qui dépose", depositor(invoice)),
        Fact(invoice.tell("IBAN de {la_facture}"), printed_iban(invoice), "iban"),
        Fact("IBAN du profil", known_iban(invoice)),
        Fact("Destinataire Chorus Pro", with_siret(recipient.name, recipient) if recipient else "aucun", "buyer_siret"),
        Fact("Ce destinataire exige", recipient.get_requires_display() if recipient else ""),
        Fact("Connu de Chorus Pro", directory(recipient) if recipient else ""),
    ]


def origin_in_words(invoice: Invoice) -> str:
    """Its number, and where the portal knows it to stand."""
    state = f", {status_label(invoice.origin.status).lower()}" if invoice.origin else ""
    return f"{invoice.origin_number}{state}" if invoice.origin_number else ""


def credits(invoice: Invoice) -> list[Fact]:
    """The avoirs on it, and what they leave to pay."""
    notes = counted(invoice.credit_notes.order_by("pk"))
    told = [f"Avoir {note.number} de {money(abs(note.total_ttc))} ({state_of(note)})" for note in notes]
    return [Fact("Avoirs", "\n".join(told)), Fact("Net après avoir", money(net_of(invoice, notes)))] if told else []


def amounts(invoice: Invoice) -> list[Fact]:
    named = ("total_ht", "total_tva", "total_ttc", "net_to_pay")
    labels = ("Total HT", "TVA", "Total TTC", "Net à payer")
    totals = [Fact(label, money(getattr(invoice, name)), name) for label, name in zip(labels, named, strict=True)]
    rates = french("\n".join(f"{rate(line)} % : {vat_line(line)}" for line in invoice.vat_lines))
    return [*totals, Fact("TVA par taux", rates, "vat_lines")]


def rate(line: dict) -> str:
    """« 5,5 » for 5.50, as everywhere else."""
    written = str(line.get("rate")).replace(".", ",")
    return written.rstrip("0").rstrip(",") if "," in written else written


def vat_line(line: dict) -> str:
    return f"{money(line.get('tax'))} sur {money(line.get('base'))}"


def money(amount) -> str:
    """Amounts in JSON are strings; whatever is not a number is shown as it is."""
    if amount in (None, ""):
        return ""
    try:
        return euros(Decimal(str(amount)))
    except InvalidOperation:
        return str(amount)


def local(at: datetime | None) -> datetime | None:
    return timezone.localtime(at) if at else None


def day(value) -> str:
    return date_format(value, "j F Y") if value else ""


def iso_day(given: str) -> str:
    try:
        return day(date.fromisoformat(given))
    except (TypeError, ValueError):
        return str(given)


def with_siret(name: str, holder) -> str:
    return f"{name}, SIRET\u00a0{format_siret(holder.siret)}" if holder else name


def depositor(invoice: Invoice) -> str:
    supplier = invoice.supplier
    if not supplier.uses_chorus:
        return "Pas encore de compte Chorus Pro"
    return {Depositor.PORTAL: settings.SITE["name"], Depositor.SELF: "Le fournisseur lui-même"}.get(
        supplier.depositor, "À préciser"
    )


def printed_iban(invoice: Invoice) -> str:
    """Masked, compared with the profile's, and what was said of it on the telephone."""
    if not invoice.iban:
        return ""
    same = keyed_hash(clean_iban(invoice.iban)) == invoice.supplier.iban_hash
    place = "le même que celui du profil" if same else "différent de celui du profil"
    return f"{mask_iban(invoice.iban)}, {place}, {SAID[invoice.supplier.what_was_said_of(invoice.iban)]}"


SAID = {
    "": "pas encore confirmé par téléphone",
    IbanCall.Outcome.CONFIRMED: "confirmé par téléphone",
    IbanCall.Outcome.DENIED: "non reconnu au téléphone",
}


def known_iban(invoice: Invoice) -> str:
    supplier = invoice.supplier
    if not supplier.iban:
        return "aucun"
    confirmed = supplier.iban_confirmed_at
    if not confirmed:
        return f"{supplier.masked_iban}, pas encore confirmé par téléphone"
    return f"{supplier.masked_iban}, IBAN confirmé par téléphone le {day(timezone.localtime(confirmed))}"


def directory(recipient) -> str:
    if recipient.is_known is None:
        return "pas encore demandé"
    if not recipient.is_known:
        return "non"
    return "oui" if recipient.is_active else "oui, mais inactif"


# --- What happened, and what this supplier sent before ---


@dataclass(frozen=True)
class Line:
    """One line of the history, as an agent reads it."""

    event: InvoiceEvent

    @property
    def title(self) -> str:
        status = self.event.to_status
        says_status = status in Status.values and self.event.title == Status(status).label
        return self._label(status) if says_status else capfirst(self.event.title)

    def _label(self, status: str) -> str:
        return self.event.invoice.avoir_label(status) or status_label(status)

    @property
    def who(self) -> str:
        if not self.event.by:
            return "Chorus Pro" if self.event.kind == InvoiceEvent.Kind.NEWS else "le portail"
        return f"{self.event.by}, au nom de {self.event.acted_as}" if self.event.acted_as else str(self.event.by)

    @property
    def is_flag(self) -> bool:
        return self.event.kind == InvoiceEvent.Kind.FLAG

    @property
    def is_declared(self) -> bool:
        return self.event.kind == InvoiceEvent.Kind.DECLARED

    @property
    def day_format(self) -> str:
        """People declare a day, not an hour."""
        return "j F Y" if self.is_declared else "j F Y à H:i"

    @property
    def said(self) -> str:
        recorded = date_format(timezone.localtime(self.event.recorded_at), "j F Y")
        return f"déclaré le {recorded} par" if self.is_declared else "par"


def history(invoice: Invoice) -> list[Line]:
    """Everything, newest first, with the flags that only staff see."""
    return [Line(event) for event in invoice.events.select_related("by").order_by("-occurred_at", "-pk")]


def previous_invoices(invoice: Invoice, limit=5) -> list[dict]:
    """The last ones of that supplier, drafts left out, each with its state and amount in words."""
    others = Invoice.objects.filter(supplier=invoice.supplier_id).exclude(pk=invoice.pk).exclude(status=S.DRAFT)
    latest = others.with_asked_for().select_related("buyer").defer("reading", "verdict").order_by("-pk")[:limit]
    return [
        {"invoice": one, "state": state_of(one), "day": day(one.issue_date), "ttc": money(one.total_ttc)}
        for one in latest
    ]
