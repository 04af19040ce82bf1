"""The whole story as three people live it: a producer on his phone, an agent at her desk, a buyer."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from playwright.sync_api import expect

from agrilocal18.demo.papers import Line, Party, invoice_pdf
from chorus.tasks import deposit_sweep, news_sweep
from invoicing.tasks import read_waiting
from tests.browser.conftest import DESK, PHONE
from tests.chorus.conftest import *  # noqa: F403 - the exchange's fixtures: simulator, portal, account, supplier, college
from tests.factories import BuyerMemberFactory, MemberFactory, OrderFactory, UserFactory
from tests.invoicing.photographs import photo

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "un-mot-de-passe-assez-long"


@pytest.fixture
def order(supplier, college):
    return OrderFactory(supplier=supplier, buyer=college, reference="AGL-2026-00042", engagement_number="EJ-118")


@pytest.fixture
def paper(order, tmp_path):
    """The producer's own PDF for the order."""
    establishment = order.supplier.establishments.get()
    content = invoice_pdf(
        seller=Party(str(order.supplier), ("Le Bourg", "18000 Bourges"), establishment.siret),
        buyer=Party(str(order.buyer), ("Bourges",), order.buyer.recipient.siret),
        number="F2026-0147",
        issued=order.ordered_on,
        delivered=order.ordered_on,
        lines=[
            Line("Pommes de terre", *([line.quantity, line.unit, line.unit_price, line.vat_rate]))
            for line in order.lines.all()
        ],
        engagement_number=order.engagement_number,
    )
    path = tmp_path / "facture.pdf"
    path.write_bytes(content)
    return path


@pytest.fixture
def cast(order):
    """A producer, an agent of the group and a buyer, who all have a password."""
    agent = UserFactory(is_staff=True)
    agent.groups.add(Group.objects.get(name="Agents"))
    people = {
        "producer": MemberFactory(supplier=order.supplier).user,
        "agent": agent,
        "buyer": BuyerMemberFactory(buyer=order.buyer).user,
    }
    for user in people.values():
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return people


def sign_in(person, user, start="/"):
    page = person.page
    person.visit(start)
    page.get_by_label("Adresse e-mail").fill(user.email)
    page.get_by_text("J'ai un mot de passe").click()
    page.get_by_label("Mot de passe").fill(PASSWORD)
    person.press("Se connecter avec mon mot de passe")


def sign_in_by_code(person, user, mailoutbox):
    page = person.page
    person.visit("/")
    page.get_by_label("Adresse e-mail").fill(user.email)
    person.press("Recevoir un code par e-mail")
    code = re.search(r"^\s*([A-Z0-9]{3,}-?[A-Z0-9]{3,})\s*$", mailoutbox[-1].body, re.MULTILINE)[1]
    page.get_by_label("Code").fill(code)
    person.press(re.compile("connect|Valider|Confirmer", re.IGNORECASE))


def drop(person, order, paper):
    page = person.page
    person.visit("/commandes/a-facturer/")
    person.press(re.compile("^Facturer"), role="link")
    page.get_by_label("Votre facture, en PDF ou en photo").set_input_files(paper)
    person.press("Lire la facture")
    expect(page.get_by_label("Numéro de la facture")).to_have_value("F2026-0147")
    expect(page.get_by_label("Numéro d'engagement")).to_have_value("EJ-118")
    person.look()
    person.press("Confirmer et transmettre au Département")
    expect(page.get_by_text("Vérification au Département").first).to_be_visible()


def let_go(person):
    person.visit("/admin/invoicing/invoice/")
    person.press(re.compile("F2026-0147"), role="link")
    person.press("Bon à déposer")


def play_the_far_side(person, simulator, act):
    person.page.goto(f"{simulator.url}/")
    person.page.get_by_role("button", name=act, exact=True).first.click()


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_three_people_from_the_pdf_to_the_payment(somebody, cast, order, paper, simulator, mailoutbox, javascript):
    producer = somebody(PHONE, javascript=javascript)
    agent, buyer = somebody(DESK, javascript=javascript), somebody(DESK, javascript=javascript)
    far_side = somebody(DESK)

    sign_in_by_code(producer, cast["producer"], mailoutbox)
    drop(producer, order, paper)
    mine = producer.page.url

    sign_in(agent, cast["agent"], "/admin/")
    let_go(agent)

    deposit_sweep()
    producer.visit(mine)
    expect(producer.page.get_by_text("Déposée sur Chorus Pro").first).to_be_visible()
    assert [row["number"] for row in simulator.invoices()] == ["F2026-0147"]

    simulator.play(simulator.invoices()[0]["cpp_id"], "MISE_A_DISPOSITION")
    for act in ("Service fait", "Mandatée", "Mise en paiement"):
        play_the_far_side(far_side, simulator, act)
        news_sweep()

    producer.visit(mine)
    expect(producer.page.get_by_text("Virement ordonné").first).to_be_visible()
    expect(producer.page.get_by_text("Mise en paiement").first).to_be_visible()

    sign_in(buyer, cast["buyer"])
    buyer.visit("/factures/recues/")
    buyer.press(re.compile("F2026-0147"), role="link")
    expect(buyer.page.get_by_text("Virement ordonné").first).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_photograph_is_read_while_its_page_waits(somebody, cast, tmp_path, settings, javascript):
    settings.OCR = "/bin/false"
    picture = tmp_path / "IMG_0412.jpg"
    picture.write_bytes(photo())
    producer = somebody(PHONE, javascript=javascript)
    sign_in(producer, cast["producer"], "/factures/deposer/")
    producer.page.get_by_label("Votre facture, en PDF ou en photo").set_input_files(picture)
    producer.press("Lire la facture")
    expect(producer.page.get_by_role("heading", name="Lecture en cours")).to_be_visible()
    read_waiting()
    expect(producer.page.get_by_label("Numéro de la facture")).to_have_value("")


def test_an_open_page_moves_by_itself(somebody, cast, order, paper, simulator):
    producer = somebody(PHONE)
    sign_in(producer, cast["producer"])
    drop(producer, order, paper)
    invoice = order.invoices.get()
    invoice.approve(by=cast["agent"])
    producer.page.reload()
    deposit_sweep()
    expect(producer.page.get_by_text("Déposée sur Chorus Pro").first).to_be_visible()
