"""The keyboard alone: what it reaches on every page is looked at by test_every_page, here is what people do with it."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from invoicing.lifecycle import Status
from invoicing.models import Invoice
from tests.browser.conftest import DESK, PHONE
from tests.browser.keyboard import hindrances
from tests.browser.world import World
from tests.factories import BuyerMemberFactory, MemberFactory, OrderFactory
from tests.invoicing.pdfs import an_invoice

# More than stand on any of these pages.
MOST_STOPS = 150

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MAIN_PAGES = {
    "nobody": ("account_login",),
    "producer": (
        "invoicing:supplier_home",
        "invoicing:list",
        "invoicing:deposit",
        "invoicing:confirm draft",
        "invoicing:detail suspended",
        "suppliers:supplier supplier",
        "suppliers:chorus_box supplier",
        "suppliers:iban supplier",
        "chorus:guide",
    ),
    "buyer": (
        "orders:buyer_home",
        "orders:numbers",
        "orders:detail order",
        "orders:edit_lines order",
        "orders:record_reception order",
    ),
    "agent": ("admin:invoicing_invoice_changelist", "admin:invoicing_invoice_change to_review"),
}


WRONG = {
    "Tab does not reach button « B »": """<button>A</button><button id="b">B</button>
        <script>onkeydown = () => (b.hidden = true)</script>""",
    "Tab does not lead out of the page": """<button>A</button><button id="b">B</button>
        <script>b.onkeydown = (event) => event.preventDefault()</script>""",
    "Tab jumps back and forth": "<button>A</button><button tabindex='1'>B</button><button>C</button>",
    "nothing shows the focus on button « B »": "<button>A</button><button style='outline: 0'>B</button>",
    "for the mouse alone: div « B »": "<button>A</button><div style='cursor: pointer'>B</div>",
}


@pytest.mark.parametrize("complaint", WRONG)
def test_what_hinders_is_found(somebody, complaint):
    page = somebody().page
    page.set_content("<button>A</button><label>B <input type='date'></label><button>C</button>")
    assert hindrances(page) == []
    page.set_content(WRONG[complaint])
    assert complaint in hindrances(page)


@pytest.mark.parametrize("role", MAIN_PAGES)
def test_shift_tab_leads_back_through_the_whole_page(somebody, enter, role):
    world = World()
    user = world.people[role]
    person = enter(user, DESK) if user else somebody(DESK)
    for screen in MAIN_PAGES[role]:
        person.page.goto(world.address(screen))
        person.complaints += [f"{one}: {screen}" for one in hindrances(person.page, backwards=True)]


@pytest.mark.parametrize("screen", ["invoicing:supplier_home", "account_email", "admin:index"])
def test_the_first_link_of_a_page_skips_what_is_the_same_on_all(enter, screen):
    world = World()
    page = enter(world.people["operator" if "admin" in screen else "producer"], DESK).page
    page.goto(world.address(screen))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="contenu")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_producer_opens_the_menu_of_his_phone(enter):
    page = enter(MemberFactory().user, PHONE).page
    page.goto("/")
    press("Enter", on(page, page.locator("summary", has_text="Menu")))
    press("Enter", on(page, page.get_by_role("link", name="Mes factures", exact=True)))
    expect(page.get_by_role("heading", name="Mes factures", level=1)).to_be_visible()


@pytest.mark.parametrize("field", ["Votre facture, en PDF ou en photo", "Ou prenez une photo"])
@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_either_key_opens_the_choice_of_files(enter, field, key):
    page = enter(MemberFactory().user).page
    page.goto("/factures/deposer/")
    with page.expect_file_chooser():
        press(key, on(page, page.get_by_label(field)))


def test_a_producer_deposits_an_invoice(enter, tmp_path):
    order = OrderFactory()
    good, bad = tmp_path / "facture.pdf", tmp_path / "lettre.pdf"
    good.write_bytes(an_invoice(order))
    bad.write_bytes(b"not a PDF")
    page = enter(MemberFactory(supplier=order.supplier).user).page
    page.goto("/factures/deposer/")
    files, read = page.get_by_label("Votre facture, en PDF ou en photo"), page.get_by_role("button", name="Lire")

    choose(page, files, bad)
    press("Enter", on(page, read))
    expect(page.get_by_role("alert").first).to_contain_text("pas un PDF")
    choose(page, files, good)
    press("Space", on(page, page.get_by_role("button", name="Retirer lettre.pdf")))
    expect(files).to_be_focused()
    press("Enter", on(page, read))
    number = page.get_by_label("Numéro de la facture")
    expect(number).to_have_value("F2026-0147")
    on(page, number)
    page.keyboard.press("End")
    page.keyboard.type("-B")
    press("Enter", on(page, page.get_by_role("button", name="Confirmer et transmettre au Département")))
    expect(page.get_by_text("Vérification au Département").first).to_be_visible()
    assert Invoice.objects.get().number == "F2026-0147-B"


def test_a_buyer_gives_his_numbers(enter):
    order = OrderFactory(engagement_number="")
    page = enter(BuyerMemberFactory(buyer=order.buyer).user, DESK).page
    page.goto("/commandes/numeros/")
    on(page, page.get_by_label(order.reference))
    page.keyboard.type("EJ-2026-77")
    press("Enter", on(page, page.get_by_role("button", name="Enregistrer les numéros")))
    expect(page.get_by_role("heading", name="Vos commandes", level=1)).to_be_visible()
    order.refresh_from_db()
    assert order.engagement_number == "EJ-2026-77"


def test_an_agent_lets_an_invoice_go(enter):
    world = World()
    invoice = world.rows["to_review"]
    page = enter(world.people["agent"], DESK).page
    page.goto("/admin/invoicing/invoice/")
    press("Enter", on(page, page.get_by_role("link", name=invoice.number)))
    press("Enter", on(page, page.get_by_role("button", name="Bon à déposer")))
    expect(page.locator(".messagelist")).to_be_visible()
    invoice.refresh_from_db()
    assert invoice.status == Status.APPROVED


def on(page: Page, wanted: Locator) -> Locator:
    """Goes on with Tab until what is wanted has the focus."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if wanted.evaluate("(element) => element === document.activeElement"):
            return wanted
    raise AssertionError(f"Tab does not reach {wanted}")


def press(key: str, focused: Locator) -> None:
    focused.page.keyboard.press(key)


def choose(page: Page, field: Locator, path: Path) -> None:
    with page.expect_file_chooser() as chooser:
        press("Enter", on(page, field))
    chooser.value.set_files(path)
