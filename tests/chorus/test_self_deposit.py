"""« Je l'ai déposée le … »: looked for where an account of ours sees the supplier, else declared by people."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from chorus import self_deposits
from chorus.models import Search, Submission
from chorus.tasks import deposit_sweep, news_sweep
from invoicing.lifecycle import Status
from invoicing.models import Invoice
from tests.at_once import at_once
from tests.chorus.by_hand import deposit_by_hand, left_to_supplier
from tests.chorus.returning import address, people_of
from tests.invoicing.at_desk import read

pytestmark = pytest.mark.django_db(transaction=True)

SEARCH = "factures/rechercher/fournisseur"
DAY = datetime.date(2026, 11, 3)


@pytest.fixture
def own(approved):
    return left_to_supplier(approved(number="F2026-0147"))


@pytest.fixture
def people(own):
    return people_of(own)


def now(invoice) -> Invoice:
    return Invoice.objects.get(pk=invoice.pk)


def say_deposited(client, invoice):
    data = {"on": DAY.isoformat(), "revision": now(invoice).revision}
    return client.post(address("declare_deposited", invoice), data, follow=True)


def text_of(client, invoice) -> str:
    return read(client.get(address("detail", invoice)))


def look_again(client, invoice, number):
    return client.post(reverse("chorus:look_again", args=[invoice.pk]), {"number": number}, follow=True)


# --- Seen by an account of ours ---


def test_what_the_supplier_deposited_is_found_by_number_and_followed(simulator, own, people, patient):
    patient(NEWS_OVERLAP=0)
    cpp_id = deposit_by_hand(own)
    simulator.play(cpp_id, "MISE_A_DISPOSITION")
    say_deposited(people.supplier, own)
    assert SEARCH not in simulator.calls()  # nothing is asked while a person waits
    self_deposits.queue_declared()
    assert "Nous la cherchons sur Chorus Pro" in text_of(people.supplier, own)
    assert self_deposits.look_due() == 1
    stored = now(own)
    assert (stored.status, stored.is_declared) == (Status.AVAILABLE, False)
    simulator.advance(120)
    simulator.play(cpp_id, "MISE_EN_PAIEMENT")
    news_sweep()
    assert now(own).status == Status.PAID
    text = text_of(people.supplier, own)
    assert "déclaré" not in text
    assert simulator.calls()["factures/soumettre"] == 1


def test_who_unticked_the_box_is_not_looked_for(simulator, own, people):
    deposit_by_hand(own)
    say_deposited(people.supplier, own)
    own.supplier.answer_box(uses_chorus=False, depositor="", by=own.supplier.members.first().user)
    news_sweep()
    assert not Submission.objects.filter(cpp_id__isnull=False).exists()


def test_a_number_written_otherwise_is_found_by_its_date(simulator, own, people):
    deposit_by_hand(own, number="f2026 0147")
    say_deposited(people.supplier, own)
    self_deposits.queue_declared()
    assert self_deposits.look_due() == 1
    assert not now(own).is_declared


def test_the_likeliest_of_two_deposits_is_taken(simulator, own, people):
    simulator.set_duplicate_check(False)
    deposit_by_hand(own, number="F2026 0147")
    exact = deposit_by_hand(own)
    say_deposited(people.supplier, own)
    self_deposits.queue_declared()
    self_deposits.look_due()
    assert Submission.objects.get().cpp_id == exact


def test_what_is_not_there_yet_is_looked_for_again_and_again(simulator, own, people, patient):
    patient(DOUBT_DEADLINE=24 * 3600)
    say_deposited(people.supplier, own)
    self_deposits.queue_declared()
    assert self_deposits.look_due() == 0
    search = Search.objects.get()
    assert search.state == Search.State.LOOKING
    assert search.due_at > timezone.now()
    calls = simulator.calls()[SEARCH]
    assert self_deposits.look_due() == 0
    assert simulator.calls()[SEARCH] == calls
    deposit_by_hand(own)
    Search.objects.update(due_at=timezone.now())
    assert self_deposits.look_due() == 1


def test_what_is_nowhere_is_told_with_what_to_do(own, people):
    say_deposited(people.supplier, own)
    news_sweep()
    assert Search.objects.get().state == Search.State.NOT_FOUND
    text = text_of(people.supplier, own)
    assert "Nous ne la trouvons pas sur Chorus Pro sous ce numéro : F2026-0147" in text
    for way_out in ("Chercher de nouveau", "Retirer la déclaration", "Déclarer une étape"):
        assert way_out in text
    assert own in Invoice.objects.to_do()
    assert own not in Invoice.objects.under_way()
    assert "Nous ne la trouvons pas sur Chorus Pro." in read(people.supplier.get(reverse("invoicing:supplier_home")))
    assert "Chercher de nouveau" not in text_of(people.buyer, own)


def test_under_the_number_used_there_it_is_found(simulator, own, people):
    say_deposited(people.supplier, own)
    news_sweep()
    deposit_by_hand(own, number="MA-FERME-9")
    look_again(people.supplier, own, "ma-ferme 9")
    assert "Nous la cherchons" in text_of(people.supplier, own)
    assert own not in Invoice.objects.to_do()
    news_sweep()
    assert now(own).status != Status.TO_SELF_DEPOSIT
    assert not now(own).is_declared
    assert "Numéro utilisé sur Chorus Pro : ma-ferme 9" in text_of(people.supplier, own)
    assert now(own).number == "F2026-0147"


@pytest.mark.parametrize("number", ["", "   ", "-/-", "X" * 21, "\0"])
def test_a_number_that_cannot_be_one_is_refused_in_a_sentence(own, people, number):
    say_deposited(people.supplier, own)
    news_sweep()
    assert "tel qu'il est sur Chorus Pro" in read(look_again(people.supplier, own, number))
    assert Search.objects.get().state == Search.State.NOT_FOUND


def test_only_the_supplier_and_deciding_agents_search_again(own, people):
    say_deposited(people.supplier, own)
    news_sweep()
    for name in ("other_supplier", "buyer", "onlooker", "stranger"):
        assert look_again(getattr(people, name), own, "X-1").status_code == 404
    assert look_again(people.agent, own, "X-1").status_code == 200
    assert now(own).events.last().acted_as == str(own.supplier)


def test_what_was_taken_back_is_looked_for_no_more_and_anew_when_declared_again(simulator, own, people):
    say_deposited(people.supplier, own)
    news_sweep()
    people.supplier.post(address("take_declaration_back", own), {"revision": now(own).revision})
    Search.objects.update(state=Search.State.LOOKING, due_at=timezone.now())
    calls = simulator.calls()[SEARCH]
    self_deposits.look_due()
    assert simulator.calls()[SEARCH] == calls
    deposit_by_hand(own)
    say_deposited(people.supplier, own)
    self_deposits.queue_declared()
    assert self_deposits.look_due() == 1


@pytest.mark.parametrize("trouble", ["html_error", "drop", "too_many", "cut_answer"])
def test_a_silence_of_chorus_pro_is_no_absence(simulator, own, people, trouble):
    say_deposited(people.supplier, own)
    self_deposits.queue_declared()
    simulator.trouble(trouble, operation=SEARCH)
    assert self_deposits.look_due() == 0
    assert Search.objects.get().state == Search.State.LOOKING
    deposit_by_hand(own)
    assert self_deposits.look_due() == 1


def test_two_workers_look_once(simulator, own, people, patient):
    patient(LEASE=900, DOUBT_DEADLINE=24 * 3600)
    say_deposited(people.supplier, own)
    self_deposits.queue_declared()
    self_deposits.queue_declared()
    at_once(self_deposits.look_due, self_deposits.look_due)
    assert Search.objects.get().looks == 1


def test_a_search_of_another_environment_begins_anew_here(own, people):
    say_deposited(people.supplier, own)
    Search.objects.create(invoice=own, environment="qualification", state=Search.State.NOT_FOUND)
    deposit_by_hand(own)
    assert self_deposits.look_due() == 0
    self_deposits.queue_declared()
    assert self_deposits.look_due() == 1
    assert Search.objects.get().environment == "simulator"


# --- Seen by no account ---


def test_where_no_account_sees_the_supplier_people_declare(simulator, own, people, account):
    account.structures.all().delete()
    say_deposited(people.supplier, own)
    news_sweep()
    assert not Search.objects.exists()
    text = text_of(people.supplier, own)
    assert "Tant que le portail ne voit pas cette facture" in text
    assert "Déclarer une étape" in text
    step = {"status": "ordered", "on": DAY.isoformat(), "comment": "", "revision": now(own).revision}
    people.buyer.post(address("declare", own), step)
    assert now(own).status == Status.ORDERED
    assert "(déclaré)" in text_of(people.supplier, own)
    assert "(Mandatée)" not in text_of(people.supplier, own)


def test_once_attached_what_was_declared_is_found_and_replaced(simulator, own, people, account):
    siret = own.establishment.siret
    cpp_id = deposit_by_hand(own)
    structures = list(account.structures.values("siret", "cpp_id", "name"))
    account.structures.all().delete()
    say_deposited(people.supplier, own)
    step = {"status": "paid", "on": DAY.isoformat(), "comment": "", "revision": now(own).revision}
    people.supplier.post(address("declare", own), step)
    assert now(own).status == Status.PAID
    simulator.play(cpp_id, "MISE_A_DISPOSITION")
    account.structures.create(**next(one for one in structures if one["siret"] == siret))
    news_sweep()
    assert (now(own).status, now(own).is_declared) == (Status.AVAILABLE, False)
    assert "était déclaré" in now(own).events.filter(kind="flag").first().reason


# --- Given to us after all ---


def test_an_invoice_given_to_us_that_its_supplier_had_deposited_is_not_sent_twice(simulator, own, people):
    simulator.set_duplicate_check(False)
    deposit_by_hand(own)
    people.supplier.post(address("hand_over", own), {"revision": own.revision})
    now(own).approve(by=people.agent.user)
    deposit_sweep()
    assert now(own).status == Status.DEPOSITED
    assert simulator.calls()["factures/soumettre"] == 1
