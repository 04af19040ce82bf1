"""What was or will be sent to Chorus Pro, and what to do about it."""

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Case, Value, When
from django.template.defaultfilters import linebreaksbr
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst

from chorus import desk, looks
from chorus.admin.acts import ReasonForm, SettlingAdmin, shown_looks
from chorus.admin.environments import InEnvironment
from chorus.admin.raw import as_json
from chorus.models import Exchange, Submission
from chorus.watch import CLASSES
from invoicing import replies
from invoicing.lifecycle import TransitionError
from invoicing.typography import french
from suppliers.days import date_format
from suppliers.lists import ChosenAsSeen, OpeningFilter, shortened, skipped

SHOWN_CALLS = 20
SENT, ANSWERED, REPORT = "Ce qui est envoyé", "Ce que Chorus Pro a répondu", "Compte rendu du fichier"
ST = Submission.Status
# Those a person must look at come first.
URGENCY = [ST.HELD, ST.IN_DOUBT, ST.BLOCKED, ST.AWAITING, ST.SENDING, ST.QUEUED]


class SubmissionFilter(OpeningFilter):
    title = "état"
    everything = "tous"
    opening = "ouverts"

    def lookups(self, request, model_admin):
        states = [(value, capfirst(label)) for value, label in ST.choices if value != ST.DEPOSITED]
        states.append((ST.DEPOSITED.value, "Déposée ou transmise"))
        return [(self.opening, "Pas encore partis"), *states, (self.everything, "Tous")]

    def only(self, queryset, value):
        return queryset.filter(status__in=Submission.OPEN if value == self.opening else [value])


@admin.register(Submission)
class SubmissionAdmin(ChosenAsSeen, InEnvironment, SettlingAdmin):
    seen = "attempt"
    actions = ["look_at_chosen", "send_chosen_again"]
    list_display = ["invoice", "kind", "state", "last_error", "supplier", "attempt", "due_at", "in_environment"]
    list_filter = [SubmissionFilter]
    search_fields = [
        "number",
        "invoice__number",
        "invoice__engagement_number",
        "recipient_siret",
        "invoice__establishment__siret",
        "cpp_id",
        "invoice__supplier__name",
    ]
    search_help_text = "Numéro de facture, engagement, SIRET, identifiant Chorus Pro ou nom du fournisseur."
    fieldsets = [
        (None, {"fields": ["to_invoice", "kind", "state", "last_error"]}),
        ("Tentatives", {"fields": ["attempt", "due_at", "claimed_at", "calling_since", "doubt_since", "absences"]}),
        (
            SENT,
            {
                "fields": [
                    *("in_environment", "account", "structure_cpp_id", "recipient_siret", "number", "invoice_kind"),
                    *("issue_date", "total_ttc", "transport", "plain_because", "sent_sha256", "sent"),
                ]
            },
        ),
        (
            ANSWERED,
            {"fields": ["piece_id", "cpp_id", "taken_at", "said_duplicate", "answered"]},
        ),
        (REPORT, {"fields": ["flow_number", "flow_state", "awaiting_since", "reported"]}),
        ("Derniers appels", {"fields": ["calls"]}),
    ]
    of_answer = {
        SENT: ["in_environment", "account", "structure_cpp_id", "number", "said", "sent"],
        ANSWERED: ["taken_at", "answered"],
    }
    readonly_fields = [
        "said",
        "to_invoice",
        "state",
        "in_environment",
        "sent",
        "taken_at",
        "answered",
        "reported",
        "calls",
    ]

    def get_queryset(self, request):
        # The encrypted password of the account is never needed here.
        rows = super().get_queryset(request).select_related("account", "invoice__supplier")
        return rows.defer("account__password", "invoice__reading", "invoice__iban", "invoice__supplier__iban")

    def get_fieldsets(self, request, obj=None):
        """An answer has no recipient, date or total of its own, and no report comes: it has what a person wrote."""
        if obj is None or obj.kind == Submission.Kind.DEPOSIT:
            return self.fieldsets
        return [
            (title, {"fields": self.of_answer.get(title, section["fields"])})
            for title, section in self.fieldsets
            if title != REPORT
        ]

    def get_ordering(self, request):
        if request.GET.get(SubmissionFilter.parameter_name) in (None, SubmissionFilter.opening):
            return [
                Case(*(When(status=status, then=Value(n)) for n, status in enumerate(URGENCY)), default=9),
                "due_at",
            ]
        return ["-pk"]

    # --- Several at once ---

    def chosen(self, request):
        # Not the list's own rows: one that left the list meanwhile has to be named.
        chosen = [pk for pk in request.POST.getlist(ACTION_CHECKBOX_NAME) if pk.isdecimal() and len(pk) < 19]
        return self.get_queryset(request).filter(pk__in=chosen).order_by("pk")

    @admin.action(description="Regarder sur Chorus Pro", permissions=["settle"])
    def look_at_chosen(self, request, queryset):
        done, left = [], []
        for submission in self.chosen(request):
            if desk.may_look(submission):
                looks.ask(submission, by=request.user)
                done.append(str(submission.invoice))
            else:
                left.append((str(submission.invoice), f"« {submission.status_label} », rien à regarder."))
        self.tell(request, "Regard demandé", done, left)

    @admin.action(description="Renvoyer (regarde d'abord)", permissions=["settle"])
    def send_chosen_again(self, request, queryset):
        done, left = [], []
        for submission in self.chosen(request):
            try:
                if request.POST.get(f"seen-{submission.pk}") != str(submission.attempt):
                    raise TransitionError(french(desk.MOVED))
                desk.send_again(submission, by=request.user, why="Choisi avec d'autres dans la liste.")
                done.append(str(submission.invoice))
            except TransitionError as reason:
                left.append((str(submission.invoice), str(reason)))
        self.tell(request, "Renvoi demandé", done, left)

    def tell(self, request, what, done, left):
        if done:
            self.message_user(request, french(f"{what} : {shortened(done)}."), messages.SUCCESS)
        if left:
            self.message_user(request, skipped("Laissés comme ils sont :", left), messages.WARNING)

    # --- One submission ---

    def act_views(self):
        return {"regarder": self.look, "renvoyer": self.send_again, "rendre": self.give_back}

    def acts(self, request, row) -> dict:
        return {
            "what_to_do": desk.what_to_do(row),
            "may_settle": self.has_settle_permission(request),
            "may_look": desk.may_look(row),
            "may_send_again": not desk.why_not_again(row),
            "why_not_back": french(desk.why_not_back(row)),
            "looks": shown_looks(row),
            "again_form": ReasonForm(auto_id="again_%s"),
            "back_form": ReasonForm(auto_id="back_%s"),
        }

    def look(self, request, pk):
        submission = self.sought(request, pk)
        if request.method == "POST" and desk.may_look(submission):
            looks.ask(submission, by=request.user)
            self.message_user(request, french(looks.ASKED), messages.INFO)
        return self.back_to(pk)

    def send_again(self, request, pk):
        return self.decide(request, pk, desk.send_again, "Renvoi demandé : le portail regarde d'abord sur Chorus Pro.")

    def give_back(self, request, pk):
        return self.decide(request, pk, desk.give_back, "Rendu au fournisseur, avec votre motif.")

    def decide(self, request, pk, decision, told):
        submission = self.sought(request, pk)

        def act(typed):
            if typed["seen"] != submission.attempt:
                raise TransitionError(french(desk.MOVED))
            decision(submission, by=request.user, why=typed["why"])

        if request.method == "POST":
            self.carry_out(request, act, told)
        return self.back_to(pk)

    # --- Columns ---

    @admin.display(description="état", ordering="status")
    def state(self, submission):
        return submission.status_label

    @admin.display(description="prise par Chorus Pro le")
    def taken_at(self, submission):
        at = submission.deposited_at
        return date_format(timezone.localtime(at), "j F Y à H:i") if at else "-"

    @admin.display(description="fournisseur", ordering="invoice__supplier__name")
    def supplier(self, submission):
        return submission.invoice.supplier

    @admin.display(description="facture")
    def to_invoice(self, submission):
        url = reverse("admin:invoicing_invoice_change", args=[submission.invoice_id])
        return format_html('<a href="{}">{}</a>', url, submission.invoice)

    @admin.display(description="ce qui est dit")
    def said(self, submission):
        reply = submission.reply
        words = french(replies.told(reply, reply.attachments.all())) or "rien de plus"
        url = reverse("admin:invoicing_reply_change", args=[reply.pk])
        return format_html('{}<br><a href="{}">Voir la réponse</a>', linebreaksbr(words), url)

    @admin.display(description="données")
    def sent(self, submission):
        return as_json(submission.payload)

    @admin.display(description="réponse")
    def answered(self, submission):
        return as_json(submission.answer)

    @admin.display(description="compte rendu")
    def reported(self, submission):
        return as_json(submission.report)

    @admin.display(description="appels")
    def calls(self, submission):
        lines = [in_one_line(call) for call in submission.exchanges.all()[:SHOWN_CALLS]]
        listed = format_html_join("", '<li>{}, {} <span class="quiet">{}</span></li>', lines)
        return format_html("<ol>{}</ol>", listed) if lines else "Aucun appel pour le moment."


def in_one_line(call: Exchange) -> tuple[str, str, str]:
    """When and what, how it ended, what Chorus Pro said."""
    began = f"{date_format(timezone.localtime(call.started_at), 'd/m/Y H:i:s')} {call.operation}"
    ended = f"HTTP {call.http_status}" if call.http_status else "sans réponse"
    return began, f"{ended} en {call.duration_ms} ms", f"{CLASSES.get(call.error, call.error)} {call.label}".strip()
