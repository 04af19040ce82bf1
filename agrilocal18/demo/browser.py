"""A visitor without JavaScript: pages, forms with their hidden fields and tokens, one session."""

from pathlib import Path
from urllib.parse import urljoin

import requests

from agrilocal18.demo.html import Form, forms, parse


class Lost(Exception):
    """The page is not what the visitor expected; the message says what he sees."""


class Page:
    def __init__(self, url: str, html: str):
        self.url, self.html = url, html
        self.root = parse(html)
        self.forms = forms(self.root)

    @property
    def title(self) -> str:
        return next((node.text for node in self.root.all("h1")), "")

    @property
    def text(self) -> str:
        body = self.root.all("body") or [self.root]
        return body[0].text

    def form(self, word: str) -> Form:
        """The first form with a field of this name or a button that says so."""
        for form in self.forms:
            if form.has(word):
                return form
        raise Lost(f"« {word} » is in no form of {self.url}.\n{self.sight()}")

    def link(self, words: str) -> str:
        for node in self.root.all("a"):
            if words in node.text:
                return urljoin(self.url, node.attributes.get("href", ""))
        raise Lost(f"No link says « {words} » on {self.url}.\n{self.sight()}")

    def sight(self) -> str:
        main = self.root.all("main") or [self.root]
        return f"  {self.title} | {main[0].text[:600]}"


class Browser:
    """`session`: one of somebody's own, which counts what passes for example."""

    def __init__(self, url: str, *, timeout: float = 30, session: requests.Session | None = None):
        self.url, self.timeout = url, timeout
        self._session = session or requests.Session()
        self._session.trust_env = False

    def get(self, path: str) -> Page:
        return self._page(self._session.get(urljoin(self.url, path), timeout=self.timeout))

    def submit(
        self, page: Page, form: Form, *, press: str = "", files: dict[str, Path] | None = None, **values
    ) -> Page:
        """Fill named fields, choose files, press the button with these words (else the only one there is)."""
        unknown = set(values) - set(form.fields)
        if unknown:
            raise Lost(f"No field {', '.join(sorted(unknown))} in the form of {page.url}.\n{page.sight()}")
        sent = {**form.fields, **{name: [str(value)] for name, value in values.items()}, **_pressed(form, press)}
        target = urljoin(page.url, form.action) if form.action else page.url
        if form.method == "get":
            return self._page(self._session.get(target, params=sent, timeout=self.timeout))
        attached = [(name, (path.name, path.read_bytes(), "application/pdf")) for name, path in (files or {}).items()]
        headers = {"Referer": page.url}
        return self._page(
            self._session.post(target, data=sent, files=attached or None, headers=headers, timeout=self.timeout)
        )

    def _page(self, response: requests.Response) -> Page:
        page = Page(response.url, response.text)
        if response.status_code >= 400:
            raise Lost(f"{response.url} answers {response.status_code}.\n{page.sight()}")
        return page


def _pressed(form: Form, words: str) -> dict[str, list[str]]:
    """What the pressed button adds to the data; without words, the first one."""
    for name, value, label in form.buttons:
        if not words or words in (name, value, label):
            return {name: [value]} if name else {}
    if words:
        raise Lost(f"No button says « {words} » but {', '.join(label for _, _, label in form.buttons)}.")
    return {}
