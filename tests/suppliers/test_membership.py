from datetime import timedelta
from functools import partial

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from suppliers.models import AlreadyDecided, Establishment, Mail, MembershipRequest, Supplier
from suppliers.outbox import send_due
from tests.at_once import at_once
from tests.factories import MemberFactory, SupplierFactory, UserFactory, siret

pytestmark = pytest.mark.django_db
URL = "suppliers:membership_request"


def asking(number=901, **changes):
    return {
        "kind": "supplier",
        "siret": siret(number),
        "company_name": "Ferme nouvelle",
        "person_name": "Jo Nouveau",
        "phone": "02 00 00 00 09",
        **changes,
    }


def request_of(user, number=901, **values):
    return MembershipRequest.objects.create(user=user, **{**asking(number), **values})


@pytest.fixture
def as_nobody(client, nobody):
    client.force_login(nobody)
    return client


# --- Asking ---


def test_it_records_the_request_and_makes_nobody_a_member(as_nobody, nobody):
    spaced = " ".join([siret(901)[:3], siret(901)[3:6], siret(901)[6:9], siret(901)[9:]])
    answer = as_nobody.post(reverse(URL), asking(siret=spaced))
    assert answer["Location"] == reverse(URL)
    asked = nobody.membership_requests.get()
    assert (asked.siret, asked.status, asked.kind) == (siret(901), "pending", "supplier")
    assert not Supplier.objects.exists()
    assert not nobody.supplier_memberships.exists()
    assert "Ferme nouvelle" in as_nobody.get(reverse(URL)).content.decode()


def test_a_public_buyer_asks_at_the_same_place(as_nobody, nobody):
    as_nobody.post(reverse(URL), asking(kind="buyer"))
    assert nobody.membership_requests.get().kind == "buyer"


def test_the_answer_never_tells_whether_the_siret_is_known(client):
    known = SupplierFactory(name="Ferme connue").establishments.get().siret
    pages = []
    for number in (known, siret(902)):
        client.force_login(UserFactory())
        answer = client.post(reverse(URL), asking(siret=number), follow=True)
        pages.append([str(message) for message in answer.context["messages"]])
        assert "Ferme connue" not in answer.content.decode()
    assert pages[0] == pages[1]
    assert len(pages[0]) == 1


def test_several_people_may_ask_for_the_same_siret(client):
    for _ in range(2):
        client.force_login(UserFactory())
        client.post(reverse(URL), asking())
    assert MembershipRequest.objects.filter(siret=siret(901), status="pending").count() == 2


def test_a_button_pressed_twice_asks_once_and_says_the_same(as_nobody, nobody):
    told = []
    for _ in range(2):
        page = as_nobody.post(reverse(URL), asking(), follow=True)
        told.append([str(message) for message in page.context["messages"]])
    assert nobody.membership_requests.count() == 1
    assert told[0] == told[1]


def test_five_may_wait_and_no_more(as_nobody, nobody):
    for number in range(910, 915):
        as_nobody.post(reverse(URL), asking(number))
    answer = as_nobody.post(reverse(URL), asking(915))
    assert "déjà cinq demandes en attente" in answer.content.decode()
    assert nobody.membership_requests.count() == 5


@pytest.mark.parametrize("wrong", ["", "123", "12345678901234", "pas un siret"])
def test_it_refuses_a_wrong_siret_and_keeps_what_was_typed(as_nobody, nobody, wrong):
    answer = as_nobody.post(reverse(URL), asking(siret=wrong))
    assert answer.context["form"].errors.keys() == {"siret"}
    assert 'value="Ferme nouvelle"' in answer.content.decode()
    assert not nobody.membership_requests.exists()


def test_nobody_decides_for_himself(as_nobody, nobody):
    as_nobody.post(reverse(URL), asking(status="accepted", decided_by=nobody.pk, contact_made="moi"))
    asked = nobody.membership_requests.get()
    assert (asked.status, asked.decided_by, asked.contact_made) == ("pending", None, "")


def test_one_sees_only_his_own_requests(as_nobody, nobody):
    request_of(UserFactory(), company_name="Ferme d'un autre")
    assert "Ferme d&#x27;un autre" not in as_nobody.get(reverse(URL)).content.decode()


# --- Answering ---


@pytest.fixture
def agent(db):
    return UserFactory(is_staff=True)


def test_accepting_makes_a_new_supplier_and_its_first_member(nobody, agent):
    supplier = request_of(nobody).accept(by=agent, contact_made="appelée en mairie le 3")
    assert (supplier.siren, supplier.name, supplier.phone) == (siret(901)[:9], "Ferme nouvelle", "02 00 00 00 09")
    supplier.refresh_from_db()
    assert supplier.validated_by == agent
    assert supplier.establishments.get().siret == siret(901)
    assert supplier.members.get().user == nobody
    assert nobody.membership_requests.get().contact_made == "appelée en mairie le 3"
    assert not supplier.uses_chorus


def test_a_newcomer_may_bill_what_he_delivered_before_he_was_known_here(nobody, agent):
    supplier = request_of(nobody).accept(by=agent, contact_made="appelée en mairie le 3")
    last_month = timezone.localdate() - timedelta(days=30)
    assert supplier.establishments.open_on(last_month).get().siret == siret(901)


def test_accepting_joins_the_supplier_that_is_there(supplier, alice, nobody, agent):
    known = supplier.establishments.get().siret
    joined = request_of(nobody, siret=known, phone="02 99 99 99 99").accept(by=agent, contact_made="rappelé")
    assert joined == supplier
    supplier.refresh_from_db()
    assert supplier.phone == "02 00 00 00 01"
    assert {member.user for member in supplier.members.all()} == {alice, nobody}


def test_accepting_another_siret_of_the_same_siren_adds_an_establishment(nobody, agent):
    supplier = request_of(nobody).accept(by=agent, contact_made="rappelé")
    other = Establishment(siret=supplier.siren + "00025")
    request_of(UserFactory(), siret=other.siret).accept(by=agent, contact_made="rappelé")
    assert Supplier.objects.count() == 1
    assert {e.siret for e in supplier.establishments.all()} == {siret(901), other.siret}


def test_an_answer_is_given_once(nobody, agent):
    asked = request_of(nobody)
    stale = MembershipRequest.objects.get(pk=asked.pk)
    asked.refuse(by=agent, contact_made="numéro faux")
    with pytest.raises(AlreadyDecided):
        stale.accept(by=agent, contact_made="rappelé")
    assert MembershipRequest.objects.get().status == "refused"
    assert not Supplier.objects.exists()
    with pytest.raises(AlreadyDecided):
        MembershipRequest.objects.get().refuse(by=agent, contact_made="encore")


@pytest.mark.django_db(transaction=True)
def test_of_several_agents_at_once_one_answers():
    agents = [UserFactory(is_staff=True) for _ in range(4)]
    asked = request_of(UserFactory())

    def answer(agent):
        try:
            MembershipRequest.objects.get(pk=asked.pk).accept(by=agent, contact_made="rappelé")
        except AlreadyDecided:
            return "too late"
        return "accepted"

    outcomes = at_once(*(partial(answer, agent) for agent in agents))
    assert sorted(outcomes) == ["accepted", "too late", "too late", "too late"]
    assert Supplier.objects.get().members.count() == 1


def test_a_member_accepted_twice_is_one_member(supplier, alice, agent):
    request_of(alice, siret=supplier.establishments.get().siret).accept(by=agent, contact_made="rappelé")
    assert supplier.members.count() == 1
    assert Mail.objects.filter(kind="member", user=alice).count() == 1


def test_whoever_asked_is_told_the_answer(nobody, agent):
    other = UserFactory(mail_rhythm="weekly")
    request_of(nobody).accept(by=agent, contact_made="rappelé")
    request_of(other, company_name="Ferme voisine").refuse(by=agent, contact_made="numéro faux")
    assert send_due() == 2
    subjects = {message.to[0]: message.subject for message in mail.outbox}
    assert subjects == {
        nobody.email: "Vous pouvez agir pour Ferme nouvelle",
        other.email: "Votre demande pour Ferme voisine n'est pas acceptée",
    }
    assert not any("numéro faux" in message.body for message in mail.outbox)


def test_acting_for_two_suppliers_is_possible(alice, agent):
    request_of(alice).accept(by=agent, contact_made="rappelé")
    assert Supplier.objects.for_user(alice).count() == 2
    assert MemberFactory().supplier not in Supplier.objects.for_user(alice)
