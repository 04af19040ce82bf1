"""`python -m agrilocal18.demo.journey [invoice.pdf]`: the whole story without a person, over HTTP, on free ports.

An agent imports the orders of an export, which the worker takes in. A producer drops a PDF, the agent lets it go, the
worker deposits it, the buyer and the accountant move it on, and the producer reads on his page that he is paid. Exit 0
only if it ends on « Mise en paiement ».
"""

import argparse
import datetime
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agrilocal18.demo.accounts import AGENT, BUYER, PASSWORD, PRODUCER, Person
from agrilocal18.demo.browser import Browser, Lost, Page
from agrilocal18.demo.html import Form, Node
from agrilocal18.demo.prepare import EXPORT
from agrilocal18.demo.services import Failed
from agrilocal18.demo.stage import Stage, free_port

ORDER = "AGL18-0001"
IMPORTED = "AGL18-0101"  # of the export
AMOUNTS = {"total_ht": "130,00", "total_tva": "7,15", "total_ttc": "137,15", "net_to_pay": "137,15"}  # of that order
END = "Mise en paiement"
# What the buyer, then the accountant, do on the simulator's page, in Chorus Pro's words.
FAR_SIDE = ("Prise en compte", "Service fait", "Mandatée", "Mise à disposition du comptable", "Comptabilisée", END)
PATIENCE = 25  # seconds for one step; the whole must stay under a minute


class NotTaken(Lost):
    """The site works and says what is wrong with the invoice."""


@dataclass(frozen=True)
class Moment:
    """One line of the timeline, as the producer reads it; `official` is Chorus Pro's own word, if it is another."""

    at: datetime.datetime
    title: str
    official: str

    def tells(self, official: str) -> bool:
        return official in (self.official, self.title)

    def __str__(self):
        return f"{self.at:%d/%m/%Y %H:%M}  {self.title}" + (f" ({self.official})" if self.official else "")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make journey", description="Play the story from a dropped PDF to payment.")
    parser.add_argument("pdf", nargs="?", type=Path, help="an invoice of one's own for the order AGL18-0001")
    pdf = parser.parse_args(arguments).pdf
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    if pdf and not pdf.is_file():
        print(f"There is no file {pdf}.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="agrilocal18-journey-") as folder:
        return run(Path(folder), pdf)


def run(var: Path, pdf: Path | None) -> int:
    began = time.monotonic()
    # Nothing is kept: the children need no time to end in good order.
    hurry = {"send_delay": 1, "interval": 1, "life": 1, "grace": 0.5}
    stage = Stage(var, web_port=free_port(), simulator_port=free_port(), **hurry)
    try:
        with stage:
            timeline = Journey(stage, began).play(pdf or stage.samples / f"facture-{ORDER}.pdf")
    except (Failed, Lost) as failure:
        print(f"\nThe journey failed: {failure}", file=sys.stderr)
        if not isinstance(failure, NotTaken):
            show_logs(stage.logs)
        return 1
    except KeyboardInterrupt:
        return 130
    print("\nWhat the producer reads:")
    print("\n".join(f"  {moment}" for moment in timeline))
    print(f"\n{len(timeline)} steps in {time.monotonic() - began:.0f} s; the invoice was deposited once.")
    return 0


def show_logs(folder: Path) -> None:
    for log in sorted(folder.glob("*.log")):
        print(f"--- {log.stem}", *log.read_text(errors="replace").splitlines()[-20:], sep="\n", file=sys.stderr)


class Journey:
    """Three people with a browser each, and the far side's page."""

    def __init__(self, stage: Stage, began: float):
        self.stage, self.began = stage, began

    def play(self, pdf: Path) -> list[Moment]:
        """Returns the timeline, oldest first. Raises Lost or Failed when a page is not what it should be."""
        self._say("everything runs")
        producer = self._sign_in_by_code(PRODUCER)
        self._say(f"{PRODUCER.first_name} signed in with an e-mailed code")
        agent = self._sign_in_by_password(AGENT)
        self._import_orders(agent, producer)
        self._say(f"{AGENT.first_name} imported {EXPORT}, the worker took it in")
        draft = self._drop(producer, pdf)
        invoice = self._confirm(producer, draft)
        self._say(f"{pdf.name} dropped and confirmed")
        self._let_go(agent)
        self._say(f"{AGENT.first_name} let it go in the admin")
        self._wait_for(producer, invoice, "Mise à disposition")
        self._say("deposited by the worker, arrived at the buyer")
        for act in FAR_SIDE:
            self._move_on(act)
            timeline = self._wait_for(producer, invoice, act)
        if not timeline[-1].tells(END):
            raise Lost(f"The timeline ends on « {timeline[-1].title} ».")
        self._say("paid, as the producer reads it")
        self._check_once()
        self._check_buyer(invoice)
        return timeline

    # --- Coming in ---

    def _sign_in_by_code(self, person: Person) -> Browser:
        browser = Browser(self.stage.url)
        page = browser.get("/")
        page = browser.submit(page, page.form("login"), login=person.email)
        page = browser.submit(page, page.form("code"), code=self._mailed_code(person))
        return self._is_in(browser, page)

    def _sign_in_by_password(self, person: Person) -> Browser:
        browser = Browser(self.stage.url)
        page = browser.get(person.start)
        page = browser.submit(page, page.form("login"), login=person.email, password=PASSWORD)
        return self._is_in(browser, page)

    def _is_in(self, browser: Browser, page: Page) -> Browser:
        if any(form.has("password") or form.has("code") for form in page.forms):
            raise Lost(f"Signing in did not work.\n{page.sight()}")
        return browser

    def _mailed_code(self, person: Person) -> str:
        for mail in sorted(self.stage.mail.glob("*"), key=lambda path: path.stat().st_mtime, reverse=True):
            text = mail.read_text(errors="replace")
            code = re.search(r"^\s*([A-Z0-9-]{6,9})\s*$", text, re.MULTILINE)
            if person.email in text and code:
                return code[1]
        raise Lost(f"No mail with a code came to {person.email}.")

    # --- The producer ---

    def _drop(self, producer: Browser, pdf: Path) -> Page:
        orders = producer.get("/commandes/a-facturer/")
        page = producer.get(orders.link(f"Facturer la commande {ORDER}"))
        return producer.submit(page, page.form("document"), files={"document": pdf})

    def _confirm(self, producer: Browser, draft: Page) -> str:
        """Hand it over as it was read, its gaps filled; returns the address of the invoice's page."""
        form = draft.form("confirm")
        page = producer.submit(draft, form, press="confirm", **_gaps(form))
        if page.root.all("ol", css="timeline"):
            return page.url
        stops = [node.text for node in page.root.all(css="notice--stop")]
        raise NotTaken(
            "The site does not take the invoice:\n" + "\n".join(f"  {stop}" for stop in stops or [page.sight()])
        )

    def _timeline(self, reader: Browser, invoice: str) -> list[Moment]:
        lists = reader.get(invoice).root.all("ol", css="timeline")
        return [_moment(item) for item in reversed(lists[0].all("li"))] if lists else []

    def _wait_for(self, reader: Browser, invoice: str, official: str) -> list[Moment]:
        until = time.monotonic() + PATIENCE
        while True:
            self.stage.crew.check()
            timeline = self._timeline(reader, invoice)
            if any(moment.tells(official) for moment in timeline):
                return timeline
            if time.monotonic() > until:
                told = "\n".join(f"  {moment}" for moment in timeline)
                raise Lost(f"« {official} » did not come within {PATIENCE} s. The page says:\n{told}")
            time.sleep(0.3)

    # --- The others ---

    def _import_orders(self, agent: Browser, producer: Browser) -> None:
        page = agent.get("/admin/suppliers/import/add/?liste=orders")
        given = agent.submit(page, page.form("file"), files={"file": self.stage.samples / EXPORT})
        words = "Importer sans les lignes refusées"
        page = agent.submit(given, given.form(words), press=words)
        self._wait_until(lambda: "L'import est terminé" in agent.get(page.url).text, "The import did not end")
        producer.get("/commandes/a-facturer/").link(f"Facturer la commande {IMPORTED}")

    def _wait_until(self, is_so: Callable[[], bool], else_said: str) -> None:
        until = time.monotonic() + PATIENCE
        while not is_so():
            self.stage.crew.check()
            if time.monotonic() > until:
                raise Lost(f"{else_said} within {PATIENCE} s.")
            time.sleep(0.3)

    def _let_go(self, agent: Browser) -> None:
        queue = agent.get("/admin/invoicing/invoice/")
        rows = [row for row in queue.root.all("tr") if row.all("th")]
        links = [link for row in rows for link in row.all("a") if "/change/" in link.attributes.get("href", "")]
        if not links:
            raise Lost(f"The agents' queue is empty.\n{queue.sight()}")
        page = agent.get(links[0].attributes["href"])
        agent.submit(page, page.form("approve"), press="approve")

    def _move_on(self, act: str) -> None:
        far_side = Browser(self.stage.simulator.url)
        page = far_side.get("/")
        far_side.submit(page, page.form(act))

    def _check_once(self) -> None:
        deposited = self.stage.simulator.invoices()
        if len(deposited) != 1:
            raise Lost(f"Chorus Pro has {len(deposited)} invoices instead of one.")

    def _check_buyer(self, invoice: str) -> None:
        timeline = self._timeline(self._sign_in_by_password(BUYER), invoice)
        if not timeline or not timeline[-1].tells(END):
            raise Lost("The buyer does not read that the invoice is paid.")

    def _say(self, what: str) -> None:
        print(f"{time.monotonic() - self.began:5.1f} s  {what}", flush=True)


def _gaps(form: Form) -> dict[str, str]:
    """What must be said and was not found in the PDF: a scan has no words."""
    today = datetime.date.today()
    said = {"number": f"ESSAI-{today:%Y%m%d}", "issue_date": today.isoformat(), **AMOUNTS}
    return {name: value for name, value in said.items() if form.fields.get(name) == [""]}


def _moment(item: Node) -> Moment:
    at = datetime.datetime.fromisoformat(item.all("time")[0].attributes["datetime"])
    official = "".join(node.text for node in item.all("small"))
    return Moment(at, item.all("strong")[0].text, official.strip("()"))


if __name__ == "__main__":
    sys.exit(main())
