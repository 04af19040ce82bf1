"""People with a browser each: Debian's Chromium, driven by Playwright, on the site as it is served."""

import os
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.keyboard import hindrances
from tests.invoices import engines
from tests.people import signed_in
from tests.typography import mistakes, prose

PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
NARROWEST = {"width": 320, "height": 640}
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"], "preload": False}

# The search box of Django's own admin that axe finds without a name.
DJANGOS_OWN = [[".select2-container"]]

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@pytest.fixture(scope="session")
def chromium():
    return engines.browser()


class Person:
    """Somebody at a screen, who looks at every page he comes to.

    What is wrong is kept, and must be nothing: console errors, requests that leave the machine, what axe finds, what
    hinders a keyboard, what is not written as French is printed, pages that scroll sideways on the narrowest screen.
    """

    def __init__(self, browser: Browser, base_url: str, viewport: dict, *, javascript: bool = True):
        self.complaints: list[str] = []
        self.viewport, self.javascript = viewport, javascript
        self.context = browser.new_context(
            base_url=base_url, viewport=viewport, locale="fr-FR", java_script_enabled=javascript
        )
        self.context.set_default_timeout(10_000)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._asked)

    def visit(self, address: str) -> None:
        self.page.goto(address)
        self.look()

    def see(self, address: str, *, width: int, theme: str) -> None:
        """Come to a page at this width, in this theme, and look at it; it must be that page, not another."""
        self.page.set_viewport_size({"width": width, "height": 800})
        self.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        self.page.goto(address)
        if not self.page.url.endswith(address):
            self.complaints.append(f"{address} leads to {self.page.url}")
        known = len(self.complaints)
        if self._scrolls_sideways():
            self.complaints.append("scrolls sideways")
        self.complaints += self._found_by_axe()
        self.complaints += mistakes(prose(self.page.content()))
        self.complaints += hindrances(self.page)
        self.page.set_viewport_size(NARROWEST)
        if self._scrolls_sideways():
            self.complaints.append(f"scrolls sideways at {NARROWEST['width']} px")
        self.complaints[known:] = [f"{one}: {address} ({width} px, {theme})" for one in self.complaints[known:]]

    def press(self, name: str | re.Pattern, *, role: str = "button") -> None:
        """The first button (or link) of this name, and a look at where it leads."""
        self.page.get_by_role(role, name=name).first.click()
        self.page.wait_for_load_state()
        self.look()

    def look(self) -> None:
        if self.viewport != DESK:
            self.page.set_viewport_size(NARROWEST)
            if self._scrolls_sideways():
                self.complaints.append(f"scrolls sideways: {self.page.url}")
            self.page.set_viewport_size(self.viewport)
        if self.javascript:
            self.complaints += [f"{found}: {self.page.url}" for found in self._found_by_axe()]

    def _found_by_axe(self) -> list[str]:
        context = {"exclude": DJANGOS_OWN} if "/admin/" in self.page.url else None
        found = Axe().run(self.page, context=context, options=WCAG).response["violations"]
        return [f"{one['id']} at {node['html'][:120]}" for one in found for node in one["nodes"]]

    def _scrolls_sideways(self) -> bool:
        return self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")

    def _heard(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def _asked(self, request):
        if not re.match(r"https?://(localhost|127\.0\.0\.1)[:/]|data:|blob:", request.url):
            self.complaints.append(f"left the machine: {request.url}")


@pytest.fixture
def somebody(chromium, live_server):
    """Makes people; at the end none of their pages may have complained."""
    people = []

    def make(viewport=PHONE, **options) -> Person:
        people.append(Person(chromium, live_server.url, viewport, **options))
        return people[-1]

    yield make
    complaints = [complaint for person in people for complaint in person.complaints]
    for person in people:
        person.context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def enter(somebody, live_server):
    """A browser in which this person is signed in."""

    def sign_in(user, viewport=PHONE, **options) -> Person:
        person, cookie = somebody(viewport, **options), signed_in(user).cookies["sessionid"]
        person.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])
        return person

    return sign_in
