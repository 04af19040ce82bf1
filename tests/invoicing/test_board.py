"""The board: what it counts is what its lists show, it counts only when beat says so, and reads one table."""

import re
from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as site
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from chorus.models import Exchange
from invoicing.board import figures
from invoicing.board.charts import WIDTH, lasted
from invoicing.board.counting import count_all, pictures
from invoicing.desk import REASONS
from invoicing.lifecycle import Status
from invoicing.models import BoardFigure, Invoice, InvoiceEvent, Kind
from invoicing.tasks import count_board
from tests.factories import BuyerFactory, InvoiceFactory, OrderFactory, SupplierFactory, UserFactory
from tests.invoicing.at_desk import read, sit_down, staff

pytestmark = pytest.mark.django_db

S = Status
BOARD = "/admin/invoicing/invoice/tableau/"
EVERYTHING = ("view_invoice", "view_invoiceevent", "view_supplier", "view_exchange", "view_submission")


def ago(**duration):
    return timezone.now() - timedelta(**duration)


def aged(invoice, status=None, **since):
    """In its state (or another one) for so long."""
    Invoice.objects.filter(pk=invoice.pk).update(status=status or invoice.status, status_at=ago(**since))


def due(days, **values):
    """An invoice so many days past its day of payment."""
    return InvoiceFactory(**{"status": S.AVAILABLE, "pay_by": timezone.localdate() - timedelta(days=days), **values})


def walked(buyer, **days):
    """An invoice that reached each status so many days ago, as Chorus Pro tells it."""
    invoice = InvoiceFactory(order=OrderFactory(buyer=buyer), status=S[list(days)[-1].upper()])
    for name, before in days.items():
        invoice.events.create(kind="news", to_status=S[name.upper()], occurred_at=ago(days=before))
    return invoice


def came_back(status, source="", **values):
    event = {"kind": "status", "from_status": source, "to_status": status, "occurred_at": ago(days=3), **values}
    return InvoiceFactory().events.create(**event)


def chart(key):
    """A picture of the board as somebody who may see everything has it, counted now."""
    count_all()
    return next(one.chart for one in pictures(UserFactory(is_superuser=True)) if one.panel.key == key)


def told(key):
    return {row.label.replace("\u00a0", " "): read_plain(row.told) for row in chart(key).rows}


def read_plain(text):
    return text.replace("\u00a0", " ").replace("\u202f", " ")


# --- What is counted ---


def test_open_invoices_are_counted_by_state_and_age_and_the_others_apart():
    for days in (0, 1, 2, 3, 7, 20, 30, 40, 50):
        aged(InvoiceFactory(), S.TO_REVIEW, days=days)
    aged(InvoiceFactory(), S.SUSPENDED, days=8)
    InvoiceFactory(status=S.PAID), InvoiceFactory(status=S.PAID), InvoiceFactory(status=S.WITHDRAWN)
    found = chart("etats")
    counted = {row.label: [part.value for part in row.parts] for row in found.rows}
    assert counted["À vérifier"] == [2, 2, 2, 3]
    assert next(row for row in found.rows if row.label.startswith("Suspendue")).told == "1 facture"
    assert len(counted) == 2
    assert [(row.label, row.told) for row in found.others] == [
        ("Virement ordonné", "2 factures"),
        ("Retirée avant dépôt", "1 facture"),
    ]


def test_amounts_are_right_to_the_cent_less_avoirs_and_what_was_received():
    for amount in ["0.10", "0.20", "1.15", "2.675", "1234567.89"]:
        InvoiceFactory(status=S.AVAILABLE, total_ttc=Decimal(amount).quantize(Decimal("0.01")))
    InvoiceFactory(status=S.AVAILABLE, kind=Kind.CREDIT_NOTE, total_ttc=Decimal("1.45"))
    InvoiceFactory(status=S.AVAILABLE, kind=Kind.CREDIT_NOTE, total_ttc=Decimal("-0.30"))
    InvoiceFactory(status=S.AVAILABLE, received_on=timezone.localdate())
    InvoiceFactory(status=S.DRAFT), InvoiceFactory(status=S.PAID), InvoiceFactory(status=S.REJECTED)
    InvoiceFactory(status=S.ORDERED, total_ttc=Decimal("0.29"))
    assert figures.amounts(timezone.now())["available"]["cents"] == 123457027
    assert told("montants") == {"Arrivée chez l'acheteur": "1 234 570,27 €", "Paiement demandé au comptable": "0,29 €"}
    assert read_plain(chart("montants").others[0].told) == "1 234 570,56 €"


def test_a_step_lasts_the_median_of_its_invoices():
    college = BuyerFactory()
    walked(college, to_review=10, approved=9, deposited=9, available=8, ordered=4, paid=2)
    walked(college, to_review=30, approved=28, deposited=28, available=27, ordered=7)
    walked(college, to_review=40, approved=34, deposited=34, available=32, at_accountant=3)
    assert told("etapes") == {
        "Vérification au Département": "2 jours",
        "Du bon à déposer au dépôt": "moins d'une heure",
        "Du dépôt à l'arrivée chez l'acheteur": "1 jour",
        "De l'arrivée à la demande de paiement": "20 jours",
        "De la demande de paiement au virement": "2 jours",
    }


def test_what_is_old_declared_an_avoir_or_went_astray_makes_no_median():
    college = BuyerFactory()
    old = walked(college, deposited=200, available=199, paid=100)
    aged(old, days=100)
    Invoice.objects.filter(pk=walked(college, available=20, paid=1).pk).update(declared_at=timezone.now())
    Invoice.objects.filter(pk=walked(college, available=20, paid=1).pk).update(kind=Kind.CREDIT_NOTE)
    assert told("etapes") == {}
    walked(college, deposited=30, available=29, to_reroute=20, ordered=5, paid=1)
    assert list(told("etapes")) == ["De la demande de paiement au virement"]


def test_the_slowest_buyers_come_first_and_few_invoices_make_no_habit():
    slow, quick, rare = (BuyerFactory(name=name) for name in ("Collège lent", "Collège vif", "Collège rare"))
    for days in (10, 30, 40):
        walked(slow, available=days + 1, ordered=1)
        walked(quick, available=3, ordered=1)
    walked(rare, available=80, ordered=1)
    assert list(told("acheteurs").items()) == [
        ("Collège lent", "30 jours (3 factures)"),
        ("Collège vif", "2 jours (3 factures)"),
    ]


def test_a_return_has_one_cause():
    came_back(S.RETURNED, S.TO_REVIEW, reason=f"{REASONS['vat']} Le taux est de 5,5 %.")
    came_back(S.RETURNED, S.TO_REVIEW, reason=REASONS["vat"])
    came_back(S.RETURNED, S.TO_REVIEW, reason="Le tampon cache le total.")
    came_back(S.RETURNED, S.SENDING, reason="Numéro d'engagement inconnu")
    came_back(S.RETURNED, S.APPROVED, label="Envoi arrêté par le fournisseur")
    came_back(S.RETURNED, S.TO_REVIEW, reason=REASONS["vat"], occurred_at=ago(days=100))
    came_back(S.SUSPENDED, kind="news")
    came_back(S.AVAILABLE, kind="news")
    assert told("retours") == {
        "Agent : La TVA est à revoir": "2 retours",
        "Agent : autre motif": "1 retour",
        "Chorus Pro : refusée au dépôt": "1 retour",
        "Acheteur : suspendue, il attend une réponse": "1 retour",
    }


def test_lateness_counts_from_the_day_after_the_day_of_payment():
    college = BuyerFactory(name="Collège en retard")
    for days in (0, 1, 15, 16, 61):
        due(days, order=OrderFactory(buyer=college))
    due(90, status=S.PAID), due(90, status=S.SUSPENDED), due(90, received_on=timezone.localdate())
    assert told("retards") == {
        "De 1 à 15 jours": "2 factures, 211,00 €",
        "De 16 à 30 jours": "1 facture, 105,50 €",
        "Plus de 60 jours": "1 facture, 105,50 €",
    }
    assert told("retards-acheteurs") == {"Collège en retard": "4 factures, 422,00 €"}


def test_validated_suppliers_are_counted_by_their_answer():
    SupplierFactory(), SupplierFactory(self_deposit=True), SupplierFactory(validated_at=None, no_account=True)
    SupplierFactory(no_account=True), SupplierFactory(no_account=True)
    assert told("fournisseurs") == {
        "Pas encore sur Chorus Pro": "2 fournisseurs",
        "Le portail dépose": "1 fournisseur",
        "Déposent eux-mêmes": "1 fournisseur",
    }


def test_the_calls_of_a_day_are_told_by_their_end(settings):
    settings.CHORUS = {**settings.CHORUS, "ENVIRONMENT": "simulator"}
    for error, hours, environment in [
        *[("", 1, "simulator")] * 3, ("Unavailable", 2, "simulator"), ("", 30, "simulator"), ("", 1, "production"),
    ]:  # fmt: skip
        Exchange.objects.create(
            operation="x", environment=environment, started_at=ago(hours=hours), duration_ms=1, error=error
        )
    assert told("appels") == {"Réussis": "3 appels", "Service indisponible": "1 appel"}


@pytest.mark.parametrize(
    ("days", "words"),
    [
        *((0.01, "moins d'une heure"), (0.05, "1 heure"), (0.5, "12 heures")),
        *((1, "1 jour"), (1.5, "1,5 jour"), (2, "2 jours"), (3.4567, "3,5 jours")),
    ],
)
def test_days_are_told_as_people_say_them(days, words):
    assert lasted(days) == words


# --- Each figure leads to its list ---


@pytest.fixture
def busy(settings):
    """Something in every picture."""
    settings.CHORUS = {**settings.CHORUS, "ENVIRONMENT": "simulator"}
    college, other = BuyerFactory(name="Collège des lents"), BuyerFactory(name="EHPAD")
    for days in (0, 3, 20, 40):
        aged(InvoiceFactory(), S.TO_REVIEW, days=days)
        aged(InvoiceFactory(), S.SUSPENDED, days=days)
        walked(college, deposited=days + 4, available=days + 3, ordered=2, paid=1)
    for days in (3, 20, 40, 70):
        due(days, order=OrderFactory(buyer=other))
    due(3, status=S.ORDERED, received_on=timezone.localdate())
    for reason in REASONS.values():
        came_back(S.RETURNED, S.TO_REVIEW, reason=reason)
    came_back(S.RETURNED, S.SENDING), came_back(S.REJECTED), came_back(S.TO_REROUTE), came_back(S.SUSPENDED)
    SupplierFactory(no_account=True), SupplierFactory(self_deposit=True), SupplierFactory(depositor="")
    for error in ("", "", "Denied"):
        Exchange.objects.create(
            operation="x", environment="simulator", started_at=ago(hours=1), duration_ms=1, error=error
        )
    count_all()
    return college


def rows_listed(client, url) -> int:
    return client.get(url).context["cl"].result_count


def choices(changelist):
    """What the filters beside a list offer."""
    return [choice for spec in changelist.filter_specs for choice in spec.choices(changelist)]


def test_every_number_is_that_of_its_list(client, busy):
    client.force_login(staff(*EVERYTHING))
    compared = 0
    for picture in pictures(client.get(BOARD).context["user"]):
        for row in [*picture.chart.rows, *picture.chart.others]:
            for what in (row, *row.parts) if picture.chart.heads else (row,):
                number = re.match(r"(\d+)(?: (?:facture|retour|fournisseur|appel)|$)", read_plain(what.told))
                if what.url and number:
                    assert rows_listed(client, what.url) == int(number[1]), (picture.panel.key, row.label, what)
                    compared += 1
    assert compared > 40


def test_a_link_without_a_number_of_rows_narrows_too(client, busy):
    """Amounts and medians: each leads to a list that shows what it speaks of, and not everything."""
    client.force_login(staff(*EVERYTHING))
    for key in ("montants", "etapes", "acheteurs"):
        for row in chart(key).rows:
            assert rows_listed(client, row.url) < Invoice.objects.count(), row
    amounts = figures.amounts(timezone.now())
    for row in chart("montants").rows:
        assert rows_listed(client, row.url) == amounts[parse_qs(urlsplit(row.url).query)["etat"][0]]["n"]
    college = chart("acheteurs").rows[0]
    page = client.get(college.url)
    assert page.context["cl"].result_count == busy.invoices.count() == 4
    assert "Collège des lents" in {choice["display"] for choice in choices(page.context["cl"])}


@pytest.mark.parametrize("key", ["999999", "9" * 40, "²", "x", "1 or 1"])
def test_a_buyer_that_is_none_lists_nothing(client, busy, key):
    sit_down(client)
    assert rows_listed(client, f"/admin/invoicing/invoice/?etat=toutes&acheteur={key}") == 0


def test_the_list_says_what_the_supplier_received(client, busy):
    sit_down(client)
    assert rows_listed(client, "/admin/invoicing/invoice/?etat=toutes&paiement=recu") == 1
    assert rows_listed(client, "/admin/invoicing/invoice/?etat=toutes&paiement=retard") == 4


# --- The page ---


def test_the_page_shows_pictures_their_numbers_and_their_time(client, busy):
    client.force_login(staff(*EVERYTHING))
    response = client.get(BOARD)
    page = read(response)
    assert page.count("<h2") == len(response.context["pictures"]) == 9
    assert page.count("Compté le") == 9
    shown = "moins de 2 jours : 1, de 2 à 7 jours : 1, de 7 à 30 jours : 1, 30 jours ou plus : 1"
    assert f"<title>À vérifier : {shown}</title>" in page
    assert "Dernier passage" in page
    assert "style=" not in page.split("<main")[1]
    assert BOARD in read(client.get(reverse("admin:index")))


def test_the_desks_first_page_begins_with_what_waits(client):
    client.force_login(staff(*EVERYTHING))
    assert "Aucune facture à vérifier." in read(client.get(reverse("admin:index")))
    for days in (0, 3):
        aged(InvoiceFactory(), S.TO_REVIEW, days=days)
    page = read(client.get(reverse("admin:index")))
    assert "2 factures à vérifier</a>, la plus ancienne depuis 3 jours." in page
    assert reverse("admin:invoicing_invoice_changelist") in page


def test_a_bar_fills_its_width_and_the_smallest_is_seen():
    for _ in range(3):
        aged(InvoiceFactory(), S.TO_REVIEW, days=0)
    aged(InvoiceFactory(), S.TO_REVIEW, days=40)
    InvoiceFactory(status=S.SUSPENDED)
    drawn = [strips for _, strips, _ in chart("etats").bars()]
    assert [(strip.x, strip.width, strip.shade) for strip in drawn[0]] == [(0, 750, 0), (750, 250, 3)]
    assert [(strip.x, strip.width) for strip in drawn[1]] == [(0, WIDTH // 4)]


def test_nothing_is_counted_by_the_page(client):
    sit_down(client)
    assert "Pas encore compté" in read(client.get(BOARD))
    count_board()
    before = read(client.get(BOARD))
    assert "Aucune facture en cours." in before
    InvoiceFactory(status=S.TO_REVIEW)
    assert "Aucune facture en cours." in read(client.get(BOARD))
    count_board()
    assert "Aucune facture en cours." not in read(client.get(BOARD))


def test_figures_that_age_are_told(client):
    sit_down(client)
    count_all()
    BoardFigure.objects.update(counted_at=ago(seconds=2.5 * site.BOARD_INTERVAL))
    assert "Ces chiffres datent" not in read(client.get(BOARD))
    BoardFigure.objects.filter(name="late").update(counted_at=ago(seconds=3.5 * site.BOARD_INTERVAL))
    # Two pictures are drawn from it.
    assert read(client.get(BOARD)).count("Ces chiffres datent") == 2


def test_beat_wakes_the_count():
    entry = site.CELERY_BEAT_SCHEDULE["board"]
    assert (entry["task"], entry["schedule"]) == (count_board.name, site.BOARD_INTERVAL)


def test_each_sees_the_pictures_of_what_he_may_read(client, busy):
    client.force_login(staff("view_invoice"))
    assert {one.panel.key for one in client.get(BOARD).context["pictures"]} == {
        "etats", "montants", "etapes", "acheteurs", "retards", "retards-acheteurs",
    }  # fmt: skip
    client.force_login(staff("view_supplier"))
    assert client.get(BOARD).status_code == 403
    assert BOARD not in read(client.get(reverse("admin:index")))
    client.force_login(UserFactory())
    assert client.get(BOARD).status_code == 302


def test_page_and_count_cost_as_many_queries_for_many_rows(client, busy):
    client.force_login(staff(*EVERYTHING))

    def costs():
        found = []
        for act in (count_all, lambda: client.get(BOARD)):
            with CaptureQueriesContext(connection) as queries:
                act()
            found.append(len(queries))
        return found

    costs()
    few = costs()
    for days in range(30):
        due(days, order=OrderFactory(buyer=busy))
        came_back(S.RETURNED, S.TO_REVIEW, reason=REASONS["vat"])
        walked(BuyerFactory(), deposited=days + 4, available=days + 3, ordered=2, paid=1)
    assert costs() == few


def test_an_event_keeps_its_one_cause_in_the_list(client):
    """The filter of the events, without the board."""
    client.force_login(staff(*EVERYTHING))
    event = came_back(S.RETURNED, S.TO_REVIEW, reason=REASONS["vat"])
    came_back(S.REJECTED)
    page = client.get("/admin/invoicing/invoiceevent/?cause=vat")
    assert list(page.context["cl"].result_list) == [event]
    assert InvoiceEvent.objects.count() == 2
