"""Every page of the site as every role sees it: axe, keyboard, sideways scroll, console, requests that leave.

Each page has its turn at one width in one theme, always the same; `make a11y` looks at all four.
"""

import os
import zlib

import pytest

from tests.browser.screens import NO_SCREEN, SAME_FOR_ALL, SCREENS, desk, names
from tests.browser.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

VIEWS = [(width, theme) for width in (320, 1280) for theme in ("light", "dark")]
PARTS = [
    *((role, screens) for role, screens in SCREENS.items()),
    *(
        ("operator", [screen for screen in desk() if (":chorus_" in screen) is of_chorus])
        for of_chorus in (True, False)
    ),
]


def views_of(screen: str) -> list[tuple[int, str]]:
    return VIEWS if os.environ.get("A11Y") == "all" else [VIEWS[zlib.crc32(screen.encode()) % len(VIEWS)]]


@pytest.mark.parametrize(("role", "screens"), PARTS, ids=[f"{role}-{len(screens)}" for role, screens in PARTS])
def test_every_page(somebody, enter, role, screens):
    world = World()
    user = world.people[role]
    person = enter(user) if user else somebody()
    for screen in screens:
        for width, theme in views_of(screen):
            person.see(world.address(screen), width=width, theme=theme)


def test_no_page_is_forgotten():
    """Whoever adds an address lists it, as a page or with the reason why it is none."""
    shown = {screen.split()[0] for screens in [*SCREENS.values(), desk()] for screen in screens}
    explained = {name for some in NO_SCREEN.values() for name in some.split()}
    known = {name for name in names() if not name.endswith(SAME_FOR_ALL)}
    assert known - shown - explained == set()
    assert (shown | explained) - set(names()) == set()
    assert shown & explained == set()
