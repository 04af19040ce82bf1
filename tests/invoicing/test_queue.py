"""The agents' list of invoices: what waits, how long, what is doubtful; and several let go at once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from invoicing.lifecycle import Status
from suppliers.lists import CappedPaginator
from tests.factories import InvoiceFactory, RecipientFactory, SupplierFactory
from tests.invoicing.at_desk import QUEUE, approve_chosen, page, problem, read, sit_down, staff, stored, waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    return sit_down(client)


def listed(response) -> list[str]:
    return [invoice.number for invoice in response.context["cl"].result_list]


def test_it_opens_on_what_waits_oldest_first(desk):
    now = timezone.now()
    for number, days in (("F-JEUNE", 1), ("F-VIEILLE", 4), ("F-MOYENNE", 2)):
        waiting(number=number, status_at=now - timedelta(days=days, hours=1))
    InvoiceFactory(status=Status.PAID)
    response = desk.get(QUEUE)
    assert listed(response) == ["F-VIEILLE", "F-MOYENNE", "F-JEUNE"]
    assert "4 jours" in read(response)


def test_those_that_show_nothing_come_first_and_the_next_one_follows_that_order(desk):
    now = timezone.now()
    rows = {
        "WARN": {"verdict": [problem()]},
        "PHONE": {"no_order": "phone", "billing": False},
        "UNREAD": {"verdict_at": None},
        "CHANGED": {},
        "NEW": {},
        "NEWER": {},
    }
    made = {
        name: waiting(number=name, status_at=now - timedelta(days=len(rows) - n), **values)
        for n, (name, values) in enumerate(rows.items())
    }
    made["CHANGED"].billed_orders.get().order.change_references(by=desk.agent, service_code="CUISINE")
    order = ["NEW", "NEWER", "WARN", "PHONE", "UNREAD", "CHANGED"]
    assert listed(desk.get(QUEUE)) == order
    assert listed(desk.get(QUEUE, {"verdict": "clean"})) == order[:2]
    for name, following in zip(order, [*order[1:], order[0]], strict=True):
        assert page(made[following]) in read(desk.get(page(made[name]))), name


def test_it_says_which_waited_too_long(desk, settings):
    settings.REVIEW_DELAY = 2
    late = waiting(status_at=timezone.now() - timedelta(days=10))
    fresh = waiting()
    assert read(desk.get(QUEUE)).count("délai dépassé") == 1
    assert "délai dépassé" in read(desk.get(page(late)))
    assert "délai dépassé" not in read(desk.get(page(fresh)))


def test_all_of_them_are_one_filter_away_newest_first(desk):
    old, new = waiting(), InvoiceFactory(status=Status.PAID)
    assert listed(desk.get(QUEUE, {"etat": "toutes"})) == [new.number, old.number]
    assert listed(desk.get(QUEUE, {"etat": "paid"})) == [new.number]
    assert listed(desk.get(QUEUE, {"etat": "nonsense"})) == []


def test_the_state_is_told_only_where_it_may_differ(desk):
    waiting(), InvoiceFactory(status=Status.TO_SELF_DEPOSIT)
    told = '<td class="field-state">'
    assert told not in read(desk.get(QUEUE))
    assert f"{told}À déposer par le fournisseur" in read(desk.get(QUEUE, {"etat": "toutes"}))


def test_a_row_says_whom_to_call_how_much_and_what_is_doubtful(desk):
    invoice = waiting(verdict=[problem(), problem(message="Une autre facture lui ressemble.")])
    shown = read(desk.get(QUEUE))
    assert page(invoice) in shown
    for words in (invoice.supplier.name, invoice.buyer.name, "02 00 00 00 01", "02 00 00 00 02", "105,50 €"):
        assert words in shown
    assert "2 avertissements" in shown
    assert "La date de livraison manque." in shown


def test_clean_and_doubtful_ones_are_told_apart(desk):
    clean, doubtful, unread = waiting(), waiting(verdict=[problem()]), waiting(verdict_at=None)
    assert listed(desk.get(QUEUE, {"verdict": "clean"})) == [clean.number]
    assert sorted(listed(desk.get(QUEUE, {"verdict": "doubtful"}))) == sorted([doubtful.number, unread.number])


def test_a_search_looks_in_every_state(desk):
    supplier = SupplierFactory(name="GAEC des Tilleuls")
    sought = InvoiceFactory(
        order__buyer__name="Collège du Bocage",
        order__supplier=supplier,
        order__engagement_number="EJ777",
        number="F-SOUGHT",
        status=Status.PAID,
    )
    waiting()
    siret = sought.establishment.siret
    spaced = f"{siret[:3]} {siret[3:6]} {siret[6:9]} {siret[9:]}"
    recipient = sought.recipient.siret
    for words in (
        "F-SOUGHT",
        "sought",
        "EJ777",
        siret,
        spaced,
        recipient,
        supplier.siren,
        "Tilleuls",
        sought.buyer.name,
    ):
        assert listed(desk.get(QUEUE, {"q": words})) == ["F-SOUGHT"], words
    assert listed(desk.get(QUEUE, {"q": "F-SOUGHT", "etat": "to_review"})) == []
    assert listed(desk.get(QUEUE, {"q": "'; --"})) == []
    assert desk.get(QUEUE, {"q": "\x00"}).status_code == 200


def test_more_rows_cost_no_more_queries(desk):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert desk.get(QUEUE).status_code == 200
        return len(captured)

    for _ in range(3):
        waiting()
    few = queries()
    for _ in range(27):
        waiting()
    assert queries() == few


def test_the_page_of_one_invoice_costs_no_more_when_the_queue_is_long(desk):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            desk.get(page(invoice))
        return len(captured)

    invoice, _ = waiting(), waiting()
    for n in range(3):
        invoice.note(f"Remarque {n}", by=desk.agent)
    InvoiceFactory.create_batch(3, order__supplier=invoice.supplier, status=Status.PAID)
    few = queries()
    for n in range(27):
        invoice.note(f"Encore {n}", by=staff())
        waiting(order__supplier=invoice.supplier)
    assert queries() == few


# --- Several at once ---


def test_several_are_let_go_each_to_where_it_belongs(desk):
    sent, own = waiting(number="F-SENT"), waiting(number="F-OWN", order__supplier=SupplierFactory(self_deposit=True))
    outside = waiting(number="F-OUT", order__buyer__recipient=RecipientFactory(is_known=False))
    shown = read(approve_chosen(desk, [sent, own, outside]))
    assert [stored(one).status for one in (sent, own, outside)] == ["approved", "to_self_deposit", "outside"]
    assert "« Envoi vers Chorus Pro en cours » : F-SENT." in shown
    assert "« À déposer par le fournisseur » : F-OWN." in shown
    assert "« Acheteur hors Chorus Pro » : F-OUT." in shown
    assert "Non décidées" not in shown
    assert sent.events.get().by == desk.agent


def test_those_it_cannot_let_go_are_skipped_and_named(desk):
    clean = waiting(number="F-CLEAN")
    doubtful = waiting(number="F-WARN", verdict=[problem(), problem()])
    stopped = waiting(number="F-STOP", verdict=[problem("stop")])
    unread = waiting(number="F-UNREAD", verdict_at=None)
    changed = waiting(number="F-CHANGED")
    changed.billed_orders.get().order.change_references(by=desk.agent, engagement_number="EJ999999")
    aged = waiting(number="F-AGED", revision=3)
    decided = waiting(number="F-DECIDED")
    stored(decided).send_back(by=staff(), reason="Illisible")

    everything = [clean, doubtful, stopped, unread, changed, aged, decided]
    shown = read(approve_chosen(desk, everything, **{f"seen-{aged.pk}": "2"}))

    assert [one.number for one in everything if stored(one).status == Status.APPROVED] == ["F-CLEAN"]
    for line in (
        "F-WARN : 2 avertissements, à ouvrir avant de décider.",
        "F-STOP : 1 blocage, à ouvrir avant de décider.",
        "F-UNREAD : Pas encore contrôlée, à ouvrir avant de décider.",
        "F-CHANGED : L'acheteur a modifié la commande, à ouvrir avant de décider.",
        "F-AGED : Cette facture a changé depuis l'affichage de la liste.",
        "F-DECIDED : Cette facture est maintenant « Renvoyée au fournisseur ».",
    ):
        assert line in shown


@pytest.mark.parametrize("seen", ["", "x", "²", "-1", "9" * 400])
def test_without_a_true_revision_nothing_is_let_go(desk, seen):
    invoice = waiting()
    response = approve_chosen(desk, [invoice], **{f"seen-{invoice.pk}": seen})
    assert "a changé depuis l'affichage" in read(response)
    assert stored(invoice).status == Status.TO_REVIEW


def test_pressing_twice_lets_go_once(desk):
    invoice = waiting()
    approve_chosen(desk, [invoice])
    assert "Non décidées" in read(approve_chosen(desk, [invoice]))
    assert invoice.events.count() == 1


def test_a_long_report_stays_readable(desk):
    chosen = [waiting(number=f"F-{n:02d}") for n in range(25)]
    assert "F-19 et 5 autres." in read(approve_chosen(desk, chosen))


def test_a_reader_has_no_boxes_to_tick_and_cannot_force_it(client):
    client.force_login(staff("view_invoice"))
    invoice = waiting()
    assert "_selected_action" not in read(client.get(QUEUE))
    approve_chosen(client, [invoice])
    assert stored(invoice).status == Status.TO_REVIEW


def test_nothing_can_be_added_or_deleted_from_the_list(desk):
    waiting()
    shown = read(desk.get(QUEUE))
    assert "delete_selected" not in shown
    assert "/add/" not in shown


def test_a_long_list_is_not_counted_to_its_end(desk, monkeypatch):
    monkeypatch.setattr(CappedPaginator, "MOST", 100)
    for n in range(101):
        waiting(number=f"F-{n}")
    shown = read(desk.get(QUEUE))
    assert "plus de 100 factures" in shown
    assert "?p=2" in shown
    assert "?p=3" not in shown


def test_every_word_of_a_search_has_to_be_found_somewhere(desk):
    mine = waiting(number="F-2026-0042")
    words = f"0042 {mine.supplier.name.split()[-1]} {mine.engagement_number.lower()}"
    assert numbers_found(desk, words) == {"F-2026-0042"}
    assert numbers_found(desk, f"{words} ailleurs") == set()


def numbers_found(desk, words) -> set[str]:
    return {invoice.number for invoice in desk.get(QUEUE, {"q": words}).context["cl"].result_list}
