"""Pictures of the main pages, on a phone and at a desk: `make screenshots` writes them into docs/screenshots."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.browser.conftest import DESK, PHONE
from tests.browser.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
# Enough for flat colours and the edges of letters; a picture stays below 100 kB.
COLOURS = 64
PAGES = {
    "producteur-accueil": ("producer", "invoicing:supplier_home"),
    "producteur-deposer": ("producer", "invoicing:deposit"),
    "producteur-verifier": ("producer", "invoicing:confirm draft"),
    "producteur-facture": ("producer", "invoicing:detail suspended"),
    "acheteur-commandes": ("buyer", "orders:buyer_home"),
    "acheteur-numeros": ("buyer", "orders:numbers"),
    "acheteur-reception": ("buyer", "orders:record_reception order"),
    "agent-verifier": ("agent", "admin:invoicing_invoice_change to_review"),
}


def test_take_pictures(enter):
    world = World()
    FOLDER.mkdir(exist_ok=True)
    for name, (role, screen) in PAGES.items():
        for size, viewport in (("telephone", PHONE), ("bureau", DESK)):
            person = enter(world.people[role], viewport)
            person.page.goto(world.address(screen))
            keep(person.page.screenshot(), FOLDER / f"{name}-{size}.png")


def keep(picture: bytes, path: Path) -> None:
    Image.open(BytesIO(picture)).convert("RGB").quantize(COLOURS).save(path, optimize=True)
