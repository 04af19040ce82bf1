"""The agents' desk: what waits for a look, the look itself, the decision. No field is ever edited by hand here."""

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from invoicing import desk, rejection
from invoicing.board.counting import pictures
from invoicing.desk import Decision, DecisionForm, Place
from invoicing.desk_filters import AgeFilter, BuyerFilter, CauseFilter, PaymentFilter
from invoicing.lifecycle import REJECTABLE, Status, TransitionError
from invoicing.models import Invoice, InvoiceEvent, Kind
from invoicing.rejection import RejectionForm
from invoicing.reply_admin import AttachmentAdmin, ReplyAdmin  # noqa: F401 — registered by being imported
from invoicing.review import (
    Line,
    billings,
    changed_references,
    count_problems,
    facts,
    history,
    in_words,
    passed_over,
    previous_invoices,
    state_of,
    status_label,
    summary,
)
from invoicing.typography import euros, french
from invoicing.verdict import waits_for_order
from suppliers.identifiers import clean_digits, mask_iban
from suppliers.lists import WIDE, ChosenAsSeen, OpeningFilter, ReadOnlyAdmin, shortened, skipped


class StatusFilter(OpeningFilter):
    title = "état"
    opening = Status.TO_REVIEW.value

    def lookups(self, request, model_admin):
        others = [status for status in Status if status != Status.TO_REVIEW]
        return [
            *((status.value, status_label(status)) for status in [Status.TO_REVIEW, *others]),
            (self.everything, "Toutes"),
        ]


class VerdictFilter(admin.SimpleListFilter):
    title = "verdict"
    parameter_name = "verdict"

    def lookups(self, request, model_admin):
        return [("clean", "Rien à signaler"), ("doubtful", "À regarder de près")]

    def queryset(self, request, queryset):
        if self.value() == "clean":
            return queryset.filter(is_clean=True)
        return queryset.filter(is_clean=False) if self.value() == "doubtful" else queryset


class OffOrderFilter(admin.SimpleListFilter):
    title = "commande"
    parameter_name = "commande"

    def lookups(self, request, model_admin):
        return [("hors", "Hors commande"), ("inconnue", "Livraison inconnue de l'acheteur")]

    def queryset(self, request, queryset):
        if self.value() == "hors":
            return queryset.exclude(no_order="")
        return queryset.filter(disowned_at__isnull=False) if self.value() == "inconnue" else queryset


def and_phone(name: str, phone: str):
    link = '{}<br><a class="desk-call" href="tel:{}">{}</a>'
    return format_html(link, name, clean_digits(phone), phone) if phone else name


def shows_queue(request) -> bool:
    chosen = request.GET.get(StatusFilter.parameter_name, StatusFilter.opening)
    return chosen == StatusFilter.opening and not request.GET.get(SEARCH_VAR)


@admin.register(Invoice)
class InvoiceAdmin(ChosenAsSeen, ReadOnlyAdmin):
    seen = "revision"
    actions = ["approve_chosen"]
    list_display = ["named", "waiting", "verdict_in_short", "ttc", "supplier_to_call", "buyer_to_call", "state"]
    list_filter = [StatusFilter, AgeFilter, VerdictFilter, OffOrderFilter, PaymentFilter, BuyerFilter]
    search_fields = [
        "number",
        "number_key",
        "engagement_number",
        "establishment__siret",
        "recipient__siret",
        "supplier__siren",
        "supplier__name",
        "buyer__name",
    ]
    search_help_text = "Numéro de facture, SIRET, numéro d'engagement, nom du fournisseur ou de l'acheteur."

    # --- The list ---

    def get_queryset(self, request):
        # What was read in the PDF and the encrypted IBANs are heavy, and no list shows them.
        people = Invoice.objects.with_people().with_asked_for().with_risk().defer("reading", "iban", "supplier__iban")
        return people.prefetch_related("billed_orders__order")

    def get_ordering(self, request):
        return desk.QUEUE_ORDER if shows_queue(request) else ["-pk"]

    def get_list_display(self, request):
        return self.list_display[:-1] if shows_queue(request) else self.list_display

    @admin.display(description="facture", ordering="number")
    def named(self, invoice):
        kind = "Avoir " if invoice.kind == Kind.CREDIT_NOTE else ""
        name = format_html('<span class="desk-name">{}{}</span>', kind, invoice.number or "sans numéro")
        return format_html('{}<br><span class="quiet">Hors commande</span>', name) if invoice.is_off_order else name

    @admin.display(description="fournisseur", ordering="supplier__name")
    def supplier_to_call(self, invoice):
        return and_phone(invoice.supplier.name, invoice.supplier.phone)

    @admin.display(description="acheteur", ordering="buyer__name")
    def buyer_to_call(self, invoice):
        return and_phone(invoice.buyer.name, invoice.buyer.phone) if invoice.buyer else None

    @admin.display(description="TTC", ordering="total_ttc")
    def ttc(self, invoice):
        return euros(invoice.total_ttc) if invoice.total_ttc is not None else None

    @admin.display(description="depuis", ordering="status_at")
    def waiting(self, invoice):
        told = in_words(invoice.status_at)
        late = invoice.is_past_review_delay()
        return format_html('{}<br><strong class="desk-late">délai dépassé</strong>', told) if late else told

    @admin.display(description="verdict")
    def verdict_in_short(self, invoice):
        told = [problem.get("message", "") for problem in invoice.verdict] + changed_references(invoice)
        counted = count_problems(invoice)
        return format_html('{}<br><span class="quiet">{}</span>', counted, told[0]) if told else counted

    @admin.display(description="état", ordering="status")
    def state(self, invoice):
        return state_of(invoice)

    # --- Several at once ---

    def has_review_permission(self, request):
        return request.user.has_perm("invoicing.review_invoice")

    @admin.action(description="Bon à déposer, si rien n'est à signaler", permissions=["review"])
    def approve_chosen(self, request, queryset):
        # Not `queryset`: an invoice decided by somebody else meanwhile is no longer in it, and has to be named.
        chosen = self.get_queryset(request).filter(pk__in=request.POST.getlist(ACTION_CHECKBOX_NAME))
        gone, left = {}, []
        for invoice in chosen.order_by("status_at", "pk"):
            try:
                target = desk.let_go_unopened(invoice, by=request.user, seen_revision=seen_in_list(request, invoice))
                gone.setdefault(status_label(target), []).append(str(invoice.number))
            except TransitionError as reason:
                left.append((str(invoice.number), str(reason)))
        for label, numbers in gone.items():
            self.message_user(request, french(f"« {label} » : {shortened(numbers)}."), messages.SUCCESS)
        if left:
            self.message_user(request, skipped("Non décidées :", left), messages.WARNING)

    # --- One invoice ---

    def get_urls(self):
        decide = path(
            "<path:object_id>/decision/", self.admin_site.admin_view(self.decide), name="invoicing_invoice_decide"
        )
        call = path(
            "<path:object_id>/contre-appel/", self.admin_site.admin_view(self.call), name="invoicing_invoice_call"
        )
        reject = path(
            "<path:object_id>/demander-rejet/",
            self.admin_site.admin_view(self.ask_rejection),
            name="invoicing_invoice_reject",
        )
        board = path("tableau/", self.admin_site.admin_view(require_safe(self.board)), name="invoicing_board")
        return [board, decide, call, reject, *super().get_urls()]

    def board(self, request):
        """Pictures of the whole portal; what they show was counted before."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            **WIDE,
            "opts": self.opts,
            "title": "Tableau de bord",
            "pictures": pictures(request.user),
        }
        return TemplateResponse(request, "admin/invoicing/board/page.html", context)

    def find(self, request, object_id) -> Invoice:
        invoice = self.get_object(request, unquote(object_id))
        if invoice is None:
            raise Http404
        return invoice

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Not Django's form: a page to read, and buttons for those who may decide."""
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request):
            raise PermissionDenied
        return self.review_page(request, self.find(request, object_id))

    def review_page(self, request, invoice, form=None, status=200, call=None, rejection_form=None):
        call = call or desk.call_form(invoice)
        context = {
            **self.admin_site.each_context(request),
            **dossier(invoice),
            **WIDE,
            "opts": self.opts,
            "title": f"{capfirst(invoice)} — {invoice.supplier}",
            "may_decide": self.has_review_permission(request),
            "form": form or DecisionForm(),
            "call": call,
            "lets_go": not call and not invoice.has_stop,
            **mistake(invoice, rejection_form),
        }
        return TemplateResponse(request, "admin/invoicing/invoice/review.html", context, status=status)

    def decide(self, request, object_id):
        """POST: carry the decision out and go to the next invoice; what cannot be done is said on the page."""
        if not (self.has_view_permission(request) and self.has_review_permission(request)):
            raise PermissionDenied
        invoice = self.find(request, object_id)
        if request.method != "POST":
            return redirect(review_url(invoice))  # Signed in again, on the way to a decision.
        form, place = DecisionForm(request.POST), Place.of(invoice)
        if not form.is_valid():
            return self.review_page(request, invoice, form, status=422)
        if not form.was_carried_out(invoice, by=request.user):
            try:
                form.carry_out(invoice, by=request.user)
            except TransitionError as reason:
                # Pressed twice at once: the other press may have done just this.
                invoice = self.find(request, object_id)
                if not form.was_carried_out(invoice, by=request.user):
                    return self.not_decided(request, object_id, form, reason)
        messages.success(request, told(invoice))
        if form.cleaned_data["decision"] == Decision.TAKE_BACK:
            return redirect(review_url(invoice))
        return redirect(next_url(place))

    def call(self, request, object_id):
        """POST: what was said on the telephone about the account this invoice prints."""
        if not (self.has_view_permission(request) and self.has_review_permission(request)):
            raise PermissionDenied
        invoice = self.find(request, object_id)
        form = desk.call_form(invoice, request.POST, request.FILES) if request.method == "POST" else None
        if form is None:
            return redirect(review_url(invoice))
        if not form.is_valid():
            return self.review_page(request, invoice, status=422, call=form)
        desk.record_call(invoice, form, by=request.user)
        messages.success(request, "Le contre-appel est enregistré.")
        return redirect(review_url(invoice))

    def ask_rejection(self, request, object_id):
        """POST: what was deposited by mistake, its buyer is asked to refuse."""
        if not (self.has_view_permission(request) and self.has_review_permission(request)):
            raise PermissionDenied
        invoice = self.find(request, object_id)
        if request.method != "POST":
            return redirect(review_url(invoice))
        form = RejectionForm(request.POST)
        if not form.is_valid():
            return self.review_page(request, invoice, status=422, rejection_form=form)
        try:
            data = form.cleaned_data
            rejection.ask(invoice, why=data["why"], by=request.user, seen_revision=data["revision"])
            messages.success(request, "La demande est gardée dans l'historique. Le message est ci-dessous.")
        except TransitionError as reason:
            messages.warning(request, not_done(reason, data["why"]))
        return redirect(review_url(invoice))

    def not_decided(self, request, object_id, form, reason):
        """The page as it is now, with why nothing was done, and what was typed."""
        invoice = self.find(request, object_id)
        changed = desk.happened_since(invoice, form.cleaned_data["seen_event"] or 0)
        messages.error(request, what_changed(reason, changed))
        return self.review_page(request, invoice, form, status=409)


@admin.register(InvoiceEvent)
class InvoiceEventAdmin(ReadOnlyAdmin):
    list_display = ["occurred_at", "invoice", "what", "who", "reason"]
    list_filter = ["kind", CauseFilter, "occurred_at"]
    ordering = ["-pk"]
    list_select_related = ["invoice", "by"]
    search_fields = ["invoice__number", "reason", "by__email"]
    search_help_text = "Numéro de facture, motif, adresse e-mail de la personne."
    fields = ["invoice", "what", "who", "kind", "occurred_at", "recorded_at", "reason", "external_id"]
    readonly_fields = ["what", "who"]

    @admin.display(description="événement")
    def what(self, event):
        return Line(event).title

    @admin.display(description="par")
    def who(self, event):
        return Line(event).who


# --- Words and addresses ---


def dossier(invoice: Invoice) -> dict:
    """What the review page shows about one invoice."""
    lines = history(invoice)
    return {
        "invoice": invoice,
        "state": state_of(invoice),
        "waiting": in_words(invoice.status_at),
        "is_late": invoice.is_past_review_delay(),
        "counted": count_problems(invoice),
        "waits_for_order": waits_for_order(invoice),
        "changes": changed_references(invoice),
        "facts": facts(invoice),
        "summary": summary(invoice),
        "iban": mask_iban(invoice.iban),
        "passed_over": passed_over(invoice),
        "billings": billings(invoice),
        "history": lines,
        "last_event": max((line.event.pk for line in lines), default=0),
        "previous": previous_invoices(invoice),
        "pages": invoice.pages.all(),
        "acts": desk.acts_for_supplier(invoice),
        "to_decide": invoice.status == Status.TO_REVIEW,
        "to_take_back": invoice.status in desk.LET_GO,
        "hint": desk.hint(invoice),
        "queue_length": desk.queue().count(),
        "following": desk.next_in_queue(Place.of(invoice)),
    }


def mistake(invoice: Invoice, form: RejectionForm | None) -> dict:
    """How its buyer is asked to refuse what was deposited by mistake, or what he was asked."""
    if invoice.status not in REJECTABLE:
        return {}
    asked = rejection.asked(invoice)
    return {
        "rejection": form or RejectionForm(initial={"revision": invoice.revision}),
        "rejection_asked": asked,
        "rejection_letter": rejection.letter(invoice, asked) if asked else "",
        "buyer_reads": bool(invoice.buyer and invoice.buyer.people().exists()),
    }


def what_changed(reason: Exception, lines: list[Line]):
    """Why nothing was decided, and each thing that happened since the page was opened."""
    told = [(french(f"{line.title}, par {line.who}"), line.event.reason) for line in lines]
    since = format_html_join("", "<br>— {}{}", ((title, f"\u00a0: {why}" if why else "") for title, why in told))
    title = french("Depuis que vous avez ouvert cette page :") if told else ""
    return format_html("{} Rien n'a été décidé. {}{}", str(reason), title, since)


def not_done(reason: Exception, typed: str) -> str:
    """Nobody writes it twice."""
    return french(f"{reason} Votre texte, pour mémoire : « {typed} »")


def review_url(invoice: Invoice) -> str:
    return reverse("admin:invoicing_invoice_change", args=[invoice.pk])


def next_url(place: Place) -> str:
    following = desk.next_in_queue(place)
    return review_url(following) if following else reverse("admin:invoicing_invoice_changelist")


def told(invoice: Invoice):
    """What was decided, with the way back to it."""
    sentence = french(f" : « {status_label(invoice.status)} ».")
    return format_html('<a href="{}">{}</a>{}', review_url(invoice), capfirst(invoice), sentence)


def seen_in_list(request, invoice: Invoice) -> int | None:
    seen = request.POST.get(f"seen-{invoice.pk}", "")
    return int(seen) if seen.isdecimal() else None
