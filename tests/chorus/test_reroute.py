"""An invoice that went to the wrong recipient is sent on under the same number, once."""

import pytest
from django.urls import reverse

from chorus.models import Return, Submission
from chorus.tasks import deposit_sweep, news_sweep
from invoicing.lifecycle import Status
from invoicing.models import Invoice, Reply
from tests.chorus.killed_worker import kill_a_worker_at, points_without_file
from tests.chorus.returning import address, come_back, cpp_id, people_of, post, words
from tests.factories import BuyerFactory, RecipientFactory, siret

pytestmark = pytest.mark.django_db(transaction=True)

RECYCLE = "factures/recycler"
OTHER = siret(777)


@pytest.fixture
def lost(simulator, approved):
    simulator.add_recipient(
        OTHER, "Collège voisin", engagement=True, services=[{"code": "CUISINE", "label": "Cuisine"}]
    )
    return come_back(simulator, approved(), "A_RECYCLER", "Mauvais établissement")


@pytest.fixture
def people(lost):
    return people_of(lost)


def correct(client, invoice, **typed):
    data = {"buyer_siret": OTHER, "service_code": "CUISINE", "engagement_number": "EJ-NOUVEAU", "comment": ""}
    return client.post(address("reply", invoice), {"revision": invoice.revision, **data, **typed})


def text_of(client, page, invoice) -> str:
    return client.get(address(page, invoice)).content.decode()


def test_a_lost_invoice_goes_to_the_right_recipient_under_its_number(simulator, lost, people):
    assert "Corriger le destinataire" in text_of(people.supplier, "detail", lost)
    page = text_of(people.supplier, "reply", lost)
    assert "Mauvais établissement" in page
    assert "Demander le bon numéro" in page
    assert correct(people.supplier, lost).status_code == 302
    assert "la correction part vers Chorus Pro" in text_of(people.supplier, "detail", lost)
    deposit_sweep()
    assert "la correction lui est transmise" in text_of(people.supplier, "detail", lost)
    (there,) = simulator.invoices()
    assert (there["number"], there["recipient_siret"], there["service_code"], there["engagement_number"]) == (
        lost.number,
        OTHER,
        "CUISINE",
        "EJ-NOUVEAU",
    )
    simulator.play(there["cpp_id"], "MISE_A_DISPOSITION")
    news_sweep()
    lost.refresh_from_db()
    assert lost.status == Status.AVAILABLE
    assert (lost.recipient.siret, lost.service_code, lost.engagement_number) == (OTHER, "CUISINE", "EJ-NOUVEAU")
    assert "Destinataire corrigé" in [event.title for event in lost.timeline()]


@pytest.mark.parametrize("canteens", [1, 2])
def test_the_canteen_that_receives_it_now_finds_it(lost, people, canteens):
    """Where several receive under one SIRET nobody can tell whose it is: it stays with the one that ordered."""
    ordered_by, recipient = lost.buyer, RecipientFactory(siret=OTHER, synced_at=None)
    neighbours = [BuyerFactory(recipient=recipient) for _ in range(canteens)]
    correct(people.supplier, lost)
    deposit_sweep()
    lost.refresh_from_db()
    assert lost.buyer == (neighbours[0] if canteens == 1 else ordered_by)


def test_a_lost_answer_is_not_sent_twice(simulator, lost, people):
    correct(people.agent, lost)
    simulator.trouble("lost_answer", operation="recycler")
    deposit_sweep()
    deposit_sweep()
    assert Reply.objects.get().state == Reply.State.SENT
    assert simulator.calls()[RECYCLE] == 1
    assert words(simulator, lost).count("DEPOSEE") == 2


def test_what_was_lost_before_it_was_taken_is_sent_again(simulator, lost, people):
    correct(people.supplier, lost)
    simulator.trouble("drop", operation="recycler")
    for _ in range(5):
        deposit_sweep()
    assert Reply.objects.get().state == Reply.State.SENT
    assert words(simulator, lost).count("DEPOSEE") == 2


@pytest.mark.parametrize("point", points_without_file())
def test_a_worker_killed_anywhere_reroutes_once(simulator, lost, people, point):
    simulator.set_duplicate_check(False)
    correct(people.supplier, lost)
    kill_a_worker_at(point)
    for _ in range(5):
        deposit_sweep()
    assert Reply.objects.get().state == Reply.State.SENT
    assert simulator.answers() == [{"cpp_id": cpp_id(lost), "operation": "recycler", "count": 1}]
    assert Invoice.objects.get().recipient.siret == OTHER


def test_a_reference_chorus_pro_does_not_know_is_refused_with_the_form_again(simulator, lost, people):
    correct(people.supplier, lost, service_code="INCONNU")
    deposit_sweep()
    reply = Reply.objects.get()
    assert reply.state == Reply.State.REFUSED
    assert "INCONNU" in reply.refusal
    assert RECYCLE not in simulator.calls()
    assert "INCONNU" in text_of(people.supplier, "reply", lost)
    assert correct(people.supplier, Invoice.objects.get()).status_code == 302
    deposit_sweep()
    assert [reply.state for reply in Reply.objects.order_by("pk")] == ["refused", "sent"]


def test_an_invoice_that_moved_on_meanwhile_is_left_alone(simulator, lost, people):
    correct(people.supplier, lost)
    simulator.play(simulator.invoices()[0]["cpp_id"], "MISE_A_DISPOSITION", force=True)
    deposit_sweep()
    assert "a changé d'état" in Reply.objects.get().refusal
    lost.refresh_from_db()
    assert lost.recipient.siret != OTHER


def test_a_double_post_corrects_once(lost, people):
    seen = Invoice.objects.get(pk=lost.pk)
    assert [correct(people.supplier, seen).status_code for _ in range(2)] == [302, 302]
    deposit_sweep()
    assert Reply.objects.count() == 1
    assert Return.objects.filter(kind=Submission.Kind.RECYCLE).count() == 1


BAD = [
    ({"buyer_siret": "123"}, "14 chiffres"),
    ({"buyer_siret": ""}, "obligatoire"),
    ({"service_code": "x" * 101}, "100"),
    ({"comment": "FR76 3000 6000 0112 3456 7890 189"}, "joignez plutôt votre RIB"),
]


@pytest.mark.parametrize(("typed", "said"), BAD, ids=[said for _, said in BAD])
def test_bad_input_gets_a_french_sentence(lost, people, typed, said):
    response = correct(people.supplier, lost, **typed)
    assert response.status_code == 200
    assert said in response.content.decode()
    assert not Reply.objects.exists()


def test_the_services_of_the_recipient_are_offered_and_any_other_may_be_typed(lost, people):
    for code, is_active in (("CUISINE", True), ("FERME", False), ("FACTURES_PUBLIQUES", True)):
        lost.recipient.services.create(code=code, label="Cuisine centrale", is_active=is_active)
    page = text_of(people.supplier, "reply", lost)
    assert '<option value="CUISINE">CUISINE — Cuisine centrale</option>' in page
    assert 'value="FERME"' not in page
    assert 'value="FACTURES_PUBLIQUES"' not in page
    elsewhere = correct(people.supplier, lost, service_code="x" * 101).content.decode()
    assert '<option value="CUISINE">' not in elsewhere
    assert correct(people.supplier, lost, service_code="UN-AUTRE").status_code == 302


def test_the_service_kept_for_public_senders_is_refused_before_it_leaves(lost, people):
    response = correct(people.supplier, lost, service_code="factures_publiques")
    assert "réservé aux factures entre administrations" in response.content.decode()
    assert not Reply.objects.exists()


def test_a_correction_that_corrects_nothing_is_not_sent(lost, people):
    same = {"buyer_siret": lost.recipient.siret, "service_code": lost.service_code}
    response = correct(people.supplier, lost, engagement_number=lost.engagement_number, **same)
    assert "Rien n&#x27;est corrigé" in response.content.decode()
    assert not Reply.objects.exists()


def test_the_buyer_is_asked_once_a_day_and_reads_it(lost, people):
    for _ in range(2):
        assert people.supplier.post(address("ask_buyer", lost)).status_code == 302
    assert (
        text_of(people.buyer, "detail", lost).count("<strong>Bonne référence demandée à l&#x27;acheteur</strong>") == 1
    )


def told_in_lists(people, invoice) -> dict[str, str]:
    """What each reads in his own list."""
    agents = people.agent.get(reverse("admin:invoicing_invoice_changelist"), {"q": invoice.number})
    return {
        "supplier": people.supplier.get(reverse("invoicing:list")).content.decode(),
        "buyer": people.buyer.get(reverse("invoicing:received")).content.decode(),
        "agent": agents.content.decode(),
    }


def test_buyer_and_agent_read_in_their_lists_that_the_right_reference_was_asked_for(lost, people):
    assert not any("onne référence demandée" in told for told in told_in_lists(people, lost).values())
    people.supplier.post(address("ask_buyer", lost))
    told = told_in_lists(people, lost)
    assert "Bonne référence demandée par le fournisseur" in told["buyer"]
    assert "bonne référence demandée par le fournisseur" in told["agent"]
    assert "Bonne référence demandée<" in told["supplier"]
    assert "le fournisseur vous demande le bon SIRET" in text_of(people.buyer, "detail", lost)


def test_buyer_and_agent_read_in_their_lists_that_the_supplier_changed_the_recipient(simulator, lost, people):
    people.supplier.post(address("ask_buyer", lost))
    correct(people.supplier, lost)
    for _ in range(2):
        told = told_in_lists(people, lost)
        assert "Changement de destinataire demandé par le fournisseur" in told["buyer"]
        assert "changement de destinataire demandé par le fournisseur" in told["agent"]
        assert "Changement de destinataire demandé<" in told["supplier"]
        assert "onne référence demandée" not in told["buyer"]
        deposit_sweep()
    simulator.play(cpp_id(lost), "MISE_A_DISPOSITION")
    news_sweep()
    assert not any("de destinataire demandé" in told for told in told_in_lists(people, lost).values())


def test_only_the_supplier_and_deciding_agents_correct(lost, people):
    for name in ("other_supplier", "buyer", "onlooker", "stranger"):
        client = getattr(people, name)
        assert correct(client, lost).status_code == 404
        assert client.post(address("ask_buyer", lost)).status_code == 404
    assert not Reply.objects.exists()


def test_a_suspended_invoice_is_not_rerouted(simulator, approved):
    suspended = come_back(simulator, approved(), "SUSPENDUE", "Numéro d'engagement erroné")
    client = people_of(suspended).supplier
    assert "Demander le bon numéro" in text_of(client, "reply", suspended)
    assert post(client, suspended, comment="Le bon numéro est EJ-2").status_code == 302
    assert Reply.objects.get().kind == Reply.Kind.ANSWER
