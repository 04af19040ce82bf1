"""One invoice: where it stands, what happened, and the one next thing to do."""

from functools import partial

from django.conf import settings
from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from invoicing import rejection, replies
from invoicing.ball import Viewer, label, search, sentence, transport, viewer
from invoicing.credit_notes import counted, may_be_credited, net_of, stage_of
from invoicing.declare_form import DayForm, ReceivedForm, may_declare
from invoicing.forms import AnswerForm
from invoicing.lifecycle import ON_CHORUS, SETTLED, Status, TransitionError, may_move
from invoicing.models import Invoice
from invoicing.models.life import PATIENCE
from invoicing.off_order import AttachForm, DisownForm
from invoicing.offers import words_sought
from invoicing.overdue import overdue
from invoicing.story import declaration, return_reason, story
from invoicing.typography import french
from invoicing.views.access import own, seen_revision, visible
from orders.models import Order

# Seconds between two looks of an open page, by what is expected to move.
SOON, LATER = 4, 20
LEAVING = {Status.APPROVED, Status.SENDING}


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    invoice = visible(request, pk)
    reader = viewer(invoice, request.user)
    context = _standing(invoice, reader) | {
        "answer": AnswerForm(),
        "day_form": _day_form(invoice, reader),
        "chorus_portal": settings.CHORUS_PORTAL_URL,
        "is_mandated": invoice.status == Status.TO_SELF_DEPOSIT and invoice.supplier.is_mandated,
        "billed": invoice.billed_orders.prefetch_related(Prefetch("order", Order.objects.with_differences())),
        **_credit(invoice, request.user),
        **_payment(invoice, reader),
        "pages": invoice.pages.all(),
        "originals": invoice.kept_originals if reader.acts_for_supplier else [],
        "attachments": invoice.attachments.select_related("reply"),
        "may_answer": _may_answer(invoice, reader),
        **_buyers_answer(invoice, reader, words_sought(request.GET.get("commande", ""))),
    }
    return render(request, "invoicing/detail.html", context)


def _credit(invoice: Invoice, user) -> dict:
    """The avoirs on this invoice with what they leave of it, or the invoice this avoir corrects, as far as shown."""
    seen = Invoice.objects.visible_to(user)
    notes = counted(seen.filter(origin=invoice).order_by("pk"))
    return {
        "notes": [(note, abs(note.total_ttc)) for note in notes],
        "net": net_of(invoice, notes),
        "origin": seen.filter(pk=invoice.origin_id).first() if invoice.origin_id else None,
        "stage": stage_of(invoice) if may_be_credited(invoice) else "",
    }


def _payment(invoice: Invoice, reader: Viewer) -> dict:
    """When it should be paid and, where the supplier said that it was not, what is owed."""
    if not invoice.may_be_paid or (invoice.status == Status.OUTSIDE and not invoice.sent_outside_on):
        return {}
    term, today, acts = invoice.payment_term(), timezone.localdate(), reader.acts_for_supplier
    unpaid = acts and invoice.unpaid_on and invoice.status != Status.PAID and term
    return {
        "shows_payment": True,
        "term": term,
        "is_past": bool(term and term.is_past(today)),
        "overdue": overdue(invoice, term, invoice.credit_notes.all(), today) if unpaid else None,
        "may_say": acts,
        "received_form": ReceivedForm(invoice=invoice, ask_who=reader.is_supplier) if acts else None,
    }


def _day_form(invoice: Invoice, reader: Viewer) -> DayForm | None:
    """« Je l'ai déposée le … », « Je l'ai envoyée le … »."""
    if invoice.status not in {Status.TO_SELF_DEPOSIT, Status.OUTSIDE}:
        return None
    return DayForm(invoice=invoice, ask_who=reader.is_supplier)


def _buyers_answer(invoice: Invoice, reader: Viewer, sought: str) -> dict:
    """The forms in which the buyer says what he knows of a delivery without order."""
    if not (reader.is_buyer and invoice.may_be_attached):
        return {}
    return {
        "attach_form": AttachForm(invoice=invoice, sought=sought),
        "disown_form": DisownForm(initial={"revision": invoice.revision}),
    }


@require_safe
def status(request: HttpRequest, pk: int) -> HttpResponse:
    """The moving part of the page, asked for by the page itself; nothing (204) as long as nothing changed."""
    invoice = visible(request, pk)
    context = _standing(invoice, viewer(invoice, request.user))
    if request.GET.get("vu") == context["seen"]:
        return HttpResponse(status=204)
    return render(request, "invoicing/_standing.html", context)


def _standing(invoice: Invoice, reader: Viewer) -> dict:
    """Who has the ball, why, what to do next, what happened."""
    sending, reply = transport(invoice), replies.current_reply(invoice)
    lines, looked_for = story(invoice, reader), search(invoice)
    return {
        "invoice": invoice,
        "reader": reader,
        "label": label(invoice, invoice.status, reader),
        "sentence": sentence(invoice, reader, sending),
        "reason": return_reason(invoice),
        "rejection_asked": rejection.asked(invoice) if reader.is_buyer else None,
        "story": lines,
        "declaration": declaration(invoice, lines),
        "search": looked_for,
        "may_declare": may_declare(invoice, reader),
        "may_take_back": invoice.is_declared and reader.acts_for_supplier,
        "may_cancel": reader.is_supplier and invoice.status == Status.APPROVED,
        "way_out": invoice.way_out if reader.is_supplier else None,
        "review_delay": settings.REVIEW_DELAY * PATIENCE,
        "may_withdraw": reader.is_supplier and may_move(invoice.status, Status.WITHDRAWN),
        "minutes_left": minutes_left(invoice),
        "reply": reply,
        "delayed": replies.is_delayed(reply),
        "sees_drafts": reader.is_supplier or reader.is_agent,
        "may_reply": replies.may_reply(invoice) and reader.acts_for_supplier,
        "interval": _interval(invoice),
        # Changes with everything this part shows, the transport's own state included.
        "seen": f"{invoice.revision}-{invoice.events.count()}-{sending.status if sending else ''}"
        f"-{reply.state if reply else ''}{replies.is_delayed(reply):d}-{looked_for.state if looked_for else ''}",
    }


def minutes_left(invoice: Invoice) -> int:
    """Whole minutes, at least one, before an approved invoice may leave; 0 once it may."""
    if invoice.status != Status.APPROVED or not invoice.send_after:
        return 0
    seconds = (invoice.send_after - timezone.now()).total_seconds()
    return max(0, -int(-seconds // 60))


def _interval(invoice: Invoice) -> int:
    if invoice.status in LEAVING:
        return SOON
    return LATER if invoice.status in (ON_CHORUS - SETTLED) | {Status.TO_REVIEW} else 0


def _may_answer(invoice: Invoice, reader: Viewer) -> bool:
    return reader.is_supplier and invoice.status in {Status.TO_REVIEW, Status.RETURNED}


@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """A word of the supplier, to answer the reason of a return or to explain."""
    invoice = own(request, pk)
    form = AnswerForm(request.POST)
    if not _may_answer(invoice, viewer(invoice, request.user)):
        messages.info(request, invoice.tell("{Cette_facture} n'attend pas de message de votre part."))
    elif not form.is_valid():
        messages.error(request, " ".join(form.errors["text"]))
    elif _said_just_now(invoice, form.cleaned_data["text"], request.user):
        messages.info(request, french("Votre message était déjà enregistré."))
    else:
        invoice.note(form.cleaned_data["text"], by=request.user)
        messages.success(request, invoice.tell("Votre message est ajouté à {la_facture}."))
    return redirect("invoicing:detail", pk)


def _said_just_now(invoice: Invoice, text: str, user) -> bool:
    """A button pressed twice says it once."""
    last = invoice.events.filter(by=user).last()
    return bool(last and last.reason == text)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, Invoice.withdraw, "{La_facture} est retiré{e} : {elle} ne partira pas.")


@require_POST
def cancel_sending(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, Invoice.cancel_sending, "L'envoi est annulé : vous pouvez corriger {la_facture}.")


TAKEN_OVER = {
    Status.TO_SELF_DEPOSIT: "{La_facture} est à déposer par vos soins : voyez ci-dessous comment.",
    Status.OUTSIDE: "{La_facture} est à envoyer par vos soins : voyez ci-dessous comment.",
    Status.RETURNED: "{La_facture} est à vous : corrigez-{la}, puis transmettez-{la} de nouveau.",
}


@require_POST
def take_over(request: HttpRequest, pk: int) -> HttpResponse:
    to = request.POST.get("to", "")
    return _act(request, pk, partial(Invoice.take_over, to=to), TAKEN_OVER.get(to, ""))


def _act(request: HttpRequest, pk: int, verb, done: str) -> HttpResponse:
    """Carry out one verb on the revision that was seen; whoever comes too late is told so."""
    invoice = own(request, pk)
    try:
        verb(invoice, by=request.user, seen_revision=seen_revision(request))
        messages.success(request, invoice.tell(done))
    except TransitionError as moved:
        messages.warning(request, str(moved))
    return redirect("invoicing:detail", pk)
