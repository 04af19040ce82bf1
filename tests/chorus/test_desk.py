"""Agents decide about held rows and news set aside. What they ask is looked up on the simulator, over HTTP."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from chorus import desk, looks
from chorus.models import Exchange, Look, Return, SetAside, Submission
from chorus.tasks import deposit_sweep, news_sweep
from invoicing.lifecycle import Status, TransitionError
from tests.chorus import returning
from tests.factories import UserFactory
from tests.invoicing.at_desk import read

pytestmark = pytest.mark.django_db(transaction=True)

ST = Submission.Status
SURPRISE = {"code": 20999, "label": "ABC_MSG_99.999 - Surprise"}


def person(*codenames):
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


@pytest.fixture
def agent(client):
    """The browser of an agent who may settle; `.agent` is who he is."""
    client.agent = person("view_submission", "settle_submission", "view_setaside", "settle_setaside", "view_invoice")
    client.force_login(client.agent)
    return client


@pytest.fixture
def held(simulator, approved):
    """A deposit whose answer nobody listed: Chorus Pro did not take it."""

    def make(**values):
        invoice = approved(**values)
        simulator.trouble("business_error", operation="soumettre", **SURPRISE)
        deposit_sweep()
        row = Submission.objects.get(invoice=invoice)
        assert row.status == ST.HELD
        return row

    return make


@pytest.fixture
def held_though_stored(simulator, approved):
    """A deposit that Chorus Pro stored, held by a mistake of ours. The far side's own duplicate check is off."""
    simulator.set_duplicate_check(False)
    invoice = approved()
    deposit_sweep()
    row = Submission.objects.get(invoice=invoice)
    Submission.objects.filter(pk=row.pk).update(
        status=ST.HELD, cpp_id=None, deposited_at=None, answer={}, last_error="Réponse inconnue"
    )
    type(invoice).objects.filter(pk=invoice.pk).update(status=Status.SENDING)
    row.refresh_from_db()
    return row


def page(row) -> str:
    return f"/admin/chorus/{row._meta.model_name}/{row.pk}/change/"


def press(browser, row, act, **typed):
    typed = {"why": "Le service est rouvert.", "seen": getattr(row, "attempt", ""), **typed}
    return browser.post(f"/admin/chorus/{row._meta.model_name}/{row.pk}/{act}/", typed, follow=True)


def look(row, by=None):
    """Ask, and let the sweep answer."""
    asked = looks.ask(row, by=by or UserFactory())
    looks.answer_asked()
    asked.refresh_from_db()
    row.refresh_from_db()
    return asked


def deposits_sent() -> int:
    return Exchange.objects.filter(operation="factures/soumettre").count()


# --- Looking ---


def test_a_look_is_asked_on_the_page_and_answered_by_the_sweep(agent, held, simulator):
    row = held()
    calls = sum(simulator.calls().values())
    shown = read(press(agent, row, "regarder"))
    assert "Le regard est demandé" in shown
    assert sum(simulator.calls().values()) == calls  # not a call inside the request
    deposit_sweep()
    shown = read(agent.get(page(row)))
    assert "Introuvable" in shown
    assert "aucune facture de ce fournisseur sous ce numéro" in shown
    assert str(agent.agent) in shown


def test_a_look_adopts_what_is_there_and_sends_nothing(agent, held_though_stored, simulator):
    seen = look(held_though_stored)
    assert (seen.outcome, held_though_stored.status) == (Look.Outcome.FOUND, ST.DEPOSITED)
    assert held_though_stored.invoice.status == Status.DEPOSITED
    assert len(simulator.invoices()) == 1
    assert deposits_sent() == 1


def test_a_look_tells_what_differs_in_another_invoice_under_the_number(held_though_stored):
    row = held_though_stored
    Submission.objects.filter(pk=row.pk).update(total_ttc="99.00")
    row.refresh_from_db()
    seen = look(row)
    assert (seen.outcome, row.status) == (Look.Outcome.OTHER, ST.HELD)
    assert "TTC 105,50\u00a0€ au lieu de 99,00\u00a0€" in seen.told
    assert "date" not in seen.told


def test_a_look_that_got_no_answer_says_so(held, simulator):
    row = held()
    simulator.trouble("html_error", operation="rechercher/fournisseur")
    seen = look(row)
    assert seen.outcome == Look.Outcome.FAILED
    assert "Redemandez" in seen.told
    assert row.status == ST.HELD


def test_asked_twice_it_is_one_look(held):
    row, by = held(), UserFactory()
    assert looks.ask(row, by=by) == looks.ask(row, by=by)
    assert looks.answer_asked() == 1
    assert looks.answer_asked() == 0


def test_a_doubtful_row_is_looked_for_at_once(agent, simulator, approved, patient):
    patient(SETTLING_DELAY=3600)
    invoice = approved()
    simulator.trouble("lost_answer", operation="soumettre")
    simulator.trouble("html_error", operation="rechercher/fournisseur")
    deposit_sweep()
    row = Submission.objects.get(invoice=invoice)
    assert row.status == ST.IN_DOUBT
    assert look(row).outcome == Look.Outcome.FOUND
    assert row.status == ST.DEPOSITED


# --- Sending again ---


def test_sent_again_what_was_stored_is_adopted_and_never_sent(agent, held_though_stored, simulator):
    row = held_though_stored
    shown = read(press(agent, row, "renvoyer"))
    assert "regarde d'abord" in shown
    for _ in range(4):
        deposit_sweep()
    row.refresh_from_db()
    row.invoice.refresh_from_db()
    assert (row.status, row.invoice.status) == (ST.DEPOSITED, Status.DEPOSITED)
    assert len(simulator.invoices()) == 1
    assert deposits_sent() == 1


def test_sent_again_what_never_arrived_leaves_once(agent, held, simulator):
    simulator.set_duplicate_check(False)
    row = held()
    press(agent, row, "renvoyer")
    for _ in range(5):
        deposit_sweep()
    row.refresh_from_db()
    assert row.status == ST.DEPOSITED
    assert len(simulator.invoices()) == 1


def test_what_may_have_left_waits_until_its_absence_is_believed(agent, held, simulator, patient):
    patient(SETTLING_DELAY=3600)
    row = held()
    press(agent, row, "renvoyer")
    for _ in range(3):
        Submission.objects.update(due_at=timezone.now())
        deposit_sweep()
    row.refresh_from_db()
    assert row.status == ST.IN_DOUBT
    assert deposits_sent() == 1


def test_what_never_left_goes_straight_back_to_the_queue(agent, approved, simulator):
    invoice = approved()
    simulator.trouble("business_error", operation="ajouter/fichier", **SURPRISE)
    deposit_sweep()
    row = Submission.objects.get(invoice=invoice)
    press(agent, row, "renvoyer")
    row.refresh_from_db()
    invoice.refresh_from_db()
    assert (row.status, invoice.status) == (ST.QUEUED, Status.APPROVED)
    deposit_sweep()
    row.refresh_from_db()
    assert (row.status, row.attempt) == (ST.DEPOSITED, 2)
    assert "factures/rechercher/fournisseur" in [call.operation for call in Exchange.objects.all()]


def test_pressed_twice_it_is_sent_once(agent, held, simulator):
    simulator.set_duplicate_check(False)
    row = held()
    press(agent, row, "renvoyer")
    shown = read(press(agent, row, "renvoyer"))
    assert "n'attend pas de décision" in shown
    assert row.invoice.events.filter(label="Renvoi demandé").count() == 1
    for _ in range(5):
        deposit_sweep()
    assert len(simulator.invoices()) == 1


def test_a_decision_on_an_older_attempt_counts_for_nothing(agent, held):
    row = held()
    Submission.objects.filter(pk=row.pk).update(attempt=row.attempt + 1)
    shown = read(press(agent, row, "renvoyer"))
    assert "a changé entre-temps" in shown
    assert "Le service est rouvert." in shown  # what was typed is not lost
    row.refresh_from_db()
    assert row.status == ST.HELD


def test_an_act_without_a_reason_does_nothing(agent, held):
    row = held()
    assert "Écrivez pourquoi" in read(press(agent, row, "renvoyer", why=" "))
    row.refresh_from_db()
    assert row.status == ST.HELD


def test_what_is_deposited_is_never_offered_again(agent, approved):
    invoice = approved()
    deposit_sweep()
    row = Submission.objects.get(invoice=invoice)
    assert "renvoyer/" not in read(agent.get(page(row)))
    press(agent, row, "renvoyer")
    press(agent, row, "rendre")
    row.refresh_from_db()
    assert row.status == ST.DEPOSITED
    assert deposits_sent() == 1


def test_it_leaves_a_line_for_staff_with_who_and_why(agent, held):
    row = held()
    press(agent, row, "renvoyer", why="IBAN FR7630006000011234567890189, service rouvert")
    event = row.invoice.events.get(label="Renvoi demandé")
    assert (event.by, event.kind) == (agent.agent, "flag")
    assert "service rouvert" in event.reason
    assert "Surprise" in event.reason  # the error that the row forgets
    assert "FR7630006000011234567890189" not in event.reason
    assert event not in row.invoice.timeline()


# --- Giving back ---


def test_given_back_only_after_a_look_that_found_nothing(agent, held):
    row = held()
    assert "Regardez d'abord" in read(agent.get(page(row)))
    assert "Regardez d'abord" in read(press(agent, row, "rendre"))
    row.refresh_from_db()
    assert row.status == ST.HELD
    look(row)
    press(agent, row, "rendre", why="Le service n'existe plus : demandez le nouveau.")
    row.refresh_from_db()
    row.invoice.refresh_from_db()
    assert (row.status, row.invoice.status) == (ST.REFUSED, Status.RETURNED)
    last = row.invoice.timeline()[-1]
    assert last.by == agent.agent
    assert "demandez le nouveau" in last.reason


def test_a_look_made_too_soon_after_the_call_proves_nothing(held, patient):
    patient(SETTLING_DELAY=3600)
    row = held()
    look(row)
    assert "Regardez d'abord" in desk.why_not_back(row)
    with pytest.raises(TransitionError):
        desk.give_back(row, by=UserFactory(), why="…")
    Submission.objects.filter(pk=row.pk).update(calling_since=timezone.now() - timedelta(hours=2))
    row.refresh_from_db()
    assert desk.why_not_back(row) == ""


def test_a_look_without_an_answer_proves_nothing(held, simulator):
    row = held()
    simulator.trouble("html_error", operation="rechercher/fournisseur")
    look(row)
    assert "Regardez d'abord" in desk.why_not_back(row)


def test_an_answer_that_comes_after_it_was_given_back_is_recorded_and_told(held):
    row = held()
    look(row)
    desk.give_back(row, by=UserFactory(), why="À refaire.")
    assert row.record(cpp_id=4321, answer={})
    row.invoice.refresh_from_db()
    assert row.invoice.status == Status.DEPOSITED
    assert row.invoice.events.filter(kind="flag", reason__contains="Déposée sur Chorus Pro alors").exists()


def test_corrected_and_sent_after_it_was_given_back_it_is_looked_for_first(held_though_stored, simulator):
    """The index lagged when the agent looked; it was stored all the same."""
    row = held_though_stored
    Look.objects.create(
        submission=row, by=UserFactory(), environment="simulator", attempt=row.attempt, outcome=Look.Outcome.ABSENT,
        looked_at=timezone.now(),
    )  # fmt: skip
    desk.give_back(row, by=UserFactory(), why="À refaire.")
    invoice = row.invoice
    type(invoice).objects.filter(pk=invoice.pk).update(status=Status.APPROVED, send_after=timezone.now())
    deposit_sweep()
    invoice.refresh_from_db()
    assert invoice.status == Status.DEPOSITED
    assert len(simulator.invoices()) == 1
    assert deposits_sent() == 1


# --- Replies to invoices that came back ---


@pytest.fixture
def held_reply(simulator, approved, agent):
    """An answer to the buyer that met an error nobody listed."""
    invoice = returning.come_back(simulator, approved(), "SUSPENDUE", "Bon de livraison manquant")
    people = returning.people_of(invoice)
    returning.post(people.supplier, invoice, comment="Voici le bon de livraison.")
    simulator.trouble("business_error", operation="completer", **SURPRISE)
    deposit_sweep()
    row = Return.objects.get(kind=Submission.Kind.COMPLETE)
    assert row.status == ST.HELD
    return Submission.objects.get(pk=row.pk)


def test_a_held_reply_is_sent_again_once(agent, held_reply, simulator):
    press(agent, held_reply, "renvoyer")
    for _ in range(4):
        deposit_sweep()
    news_sweep()
    held_reply.refresh_from_db()
    assert held_reply.status == ST.DEPOSITED
    assert returning.words(simulator, held_reply.invoice).count("COMPLETEE") == 1


def test_a_held_reply_that_arrived_is_adopted_by_a_look(agent, held_reply, simulator):
    simulator.play(held_reply.cpp_id, "COMPLETEE", force=True)
    assert look(held_reply).outcome == Look.Outcome.FOUND
    assert held_reply.status == ST.DEPOSITED
    assert held_reply.reply.state == "sent"


def test_a_held_reply_given_back_frees_the_supplier_to_answer_again(agent, held_reply):
    look(held_reply)
    press(agent, held_reply, "rendre", why="Le fichier joint est illisible.")
    held_reply.refresh_from_db()
    assert held_reply.status == ST.REFUSED
    assert (held_reply.reply.state, held_reply.reply.refusal) == ("refused", "Le fichier joint est illisible.")
    held_reply.invoice.refresh_from_db()
    assert held_reply.invoice.status == Status.SUSPENDED


# --- Several at once ---


def act_on_all(browser, action, rows, **seen):
    seen = {f"seen-{row.pk}": row.attempt for row in rows} | seen
    data = {"action": action, "index": "0", "_selected_action": [row.pk for row in rows], **seen}
    return browser.post("/admin/chorus/submission/", data, follow=True)


def test_several_are_sent_again_and_what_cannot_be_is_named(agent, held, approved):
    first, moved = held(), held()
    gone = approved()
    deposit_sweep()
    sent = Submission.objects.get(invoice=gone)
    shown = read(act_on_all(agent, "send_chosen_again", [first, moved, sent], **{f"seen-{moved.pk}": 7}))
    assert f"Renvoi demandé : {first.invoice}" in shown
    assert f"{moved.invoice} : Cet envoi a changé entre-temps" in shown
    assert f"{gone} : Cet envoi est maintenant « déposée »" in shown
    moved.refresh_from_db()
    assert moved.status == ST.HELD


def test_several_are_looked_at(agent, held):
    rows = [held(), held()]
    act_on_all(agent, "look_at_chosen", rows)
    assert Look.objects.filter(outcome=Look.Outcome.ASKED).count() == 2


# --- News set aside ---


@pytest.fixture
def aside(simulator, approved):
    invoice = approved()
    deposit_sweep()
    return SetAside.objects.create(
        environment="simulator", cpp_id=returning.cpp_id(invoice), number=invoice.number, row={}, reason="?"
    )


def test_news_set_aside_are_read_again_on_demand(agent, aside):
    press(agent, aside, "relire")
    deposit_sweep()
    aside.refresh_from_db()
    assert aside.solved_at
    assert "a été appliquée" in read(agent.get(page(aside)))


def test_news_of_nobodys_invoice_are_filed_with_a_reason(agent, account):
    stray = SetAside.objects.create(environment="simulator", cpp_id=99, number="X-1", row={}, reason="ValueError: ?")
    assert look(stray).outcome == Look.Outcome.ABSENT
    press(agent, stray, "classer", why="Facture d'un autre logiciel.")
    stray.refresh_from_db()
    assert stray.solved_at
    assert (stray.filed_by, stray.filed_reason) == (agent.agent, "Facture d'un autre logiciel.")
    assert "déjà réglée" in read(press(agent, stray, "classer"))


def test_filed_news_open_again_only_when_they_change(agent, account):
    from chorus import histories

    histories.set_aside(99, "X-1", {"statut": "A"}, "simulator", ValueError("?"))
    stray = SetAside.objects.get()
    desk.file(stray, by=agent.agent, why="Rien à voir.")
    histories.set_aside(99, "X-1", {"statut": "A"}, "simulator", ValueError("?"))
    stray.refresh_from_db()
    assert stray.solved_at
    histories.set_aside(99, "X-1", {"statut": "B"}, "simulator", ValueError("?"))
    stray.refresh_from_db()
    assert stray.solved_at is None
    assert stray.filed_reason == ""


# --- Rights ---

ACTS = ["regarder", "renvoyer", "rendre"]


@pytest.mark.parametrize("act", ACTS)
def test_only_who_may_settle_acts(client, held, act):
    row = held()
    onlooker = person("view_submission", "view_setaside", "view_invoice")
    client.force_login(onlooker)
    assert "Pourquoi renvoyer" not in read(client.get(page(row)))
    assert press(client, row, act).status_code == 403
    client.force_login(UserFactory())
    assert press(client, row, act).status_code in (403, 404)
    client.logout()
    assert client.post(f"/admin/chorus/submission/{row.pk}/{act}/").status_code == 302
    row.refresh_from_db()
    assert row.status == ST.HELD
    assert not Look.objects.exists()


@pytest.mark.parametrize("act", ["relire", "classer"])
def test_only_who_may_settle_touches_news_set_aside(client, aside, act):
    client.force_login(person("view_setaside"))
    assert press(client, aside, act).status_code == 403
    aside.refresh_from_db()
    assert aside.solved_at is None


@pytest.mark.parametrize("act", ACTS)
def test_opening_the_address_of_an_act_does_nothing(agent, held, act):
    row = held()
    assert agent.get(f"/admin/chorus/submission/{row.pk}/{act}/").status_code == 302
    row.refresh_from_db()
    assert row.status == ST.HELD
    assert agent.post(f"/admin/chorus/submission/99999/{act}/").status_code == 404


@pytest.mark.parametrize("kind", Submission.Kind)
@pytest.mark.parametrize("status", ST)
def test_every_kind_in_every_state_says_what_to_do(kind, status):
    assert desk.what_to_do(Submission(kind=kind, status=status)).endswith((".", "une."))
