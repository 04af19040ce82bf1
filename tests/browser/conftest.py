"""People with a browser each: Debian's Chromium, driven by Playwright, on the site as it is served."""

import os
import re
import shutil

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
# Chromium looks for its maker's servers at every start: nothing here may leave the machine.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Person:
    """Somebody at a screen. Every console error and every request that leaves the machine is kept, and must be none."""

    def __init__(self, browser: Browser, base_url: str, viewport: dict, *, javascript: bool = True):
        self.complaints: list[str] = []
        self.context = browser.new_context(
            base_url=base_url, viewport=viewport, locale="fr-FR", java_script_enabled=javascript
        )
        self.context.set_default_timeout(10_000)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._asked)

    def _heard(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def _asked(self, request):
        if not re.match(r"https?://(localhost|127\.0\.0\.1)[:/]|data:|blob:", request.url):
            self.complaints.append(f"left the machine: {request.url}")

    def overflows(self) -> bool:
        """Whether the page scrolls sideways."""
        return self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


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
    assert complaints == []
