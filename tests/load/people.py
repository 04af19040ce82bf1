"""The people of a load, as locust plays them: `python -m locust -f tests/load/people.py --headless …`.

LOAD_CAST names the file that says who they are; what they saw is written beside it, into `seen.json`. Importing locust
changes how this process waits (gevent): nothing else may import this module.
"""

import json
import os
import random
import re
import threading
import time
from contextlib import suppress
from pathlib import Path

from locust import FastHttpUser, HttpUser, events, task
from locust.exception import StopUser

from agrilocal18.demo.browser import Browser, Lost, Page
from tests.load.cast import Drop, read_cast

PLACE = Path(os.environ["LOAD_CAST"])
CAST = read_cast(PLACE)
PATIENCE = 60  # seconds, for all to have signed in, and for a worker to read what no page could
POLL = 2  # seconds, as the page does by itself
# As the proxy in front does: a connection for each request. A kept one may be closed just as it is used again.
BY_PROXY = {"Connection": "close"}

readers, depositors = iter(CAST.readers), iter(CAST.depositors)
# They drop their first file at the same moment.
together = threading.Barrier(len(CAST.depositors)) if CAST.depositors else None
deposits: list[dict] = []
wrong: list[str] = []


class Reader(FastHttpUser):
    """Looks at a page of his, reads it, looks at another."""

    fixed_count = len(CAST.readers)
    connection_timeout = network_timeout = 60

    def on_start(self):
        self.me = next(readers)
        cookie = f"sessionid={self.me.session}"
        self.headers = {**BY_PROXY, "Cookie": cookie, "X-Forwarded-For": self.me.address}
        time.sleep(random.uniform(0, CAST.reading[1]))

    def wait_time(self):
        return random.uniform(*CAST.reading)

    @task
    def look(self):
        what, path = random.choice(self.me.pages)
        given = {"name": what, "headers": self.headers, "allow_redirects": False, "catch_response": True}
        with self.client.get(path, **given) as answer:
            if answer.status_code != 200:
                answer.failure(f"answered {answer.status_code}")
            elif what.endswith("PDF"):
                if not answer.content.startswith(b"%PDF-"):
                    answer.failure("not a PDF")
            elif self.me.says not in answer.text:
                answer.failure("not the page of who asked")


class Depositor(HttpUser):
    """Signs in with a password; then drops a PDF, reads over what was read in it, confirms, and looks at his list."""

    fixed_count = len(CAST.depositors)

    def on_start(self):
        self.me = next(depositors)
        self.drops = iter(self.me.drops)
        self.client.headers.update({**BY_PROXY, "X-Forwarded-For": self.me.address})
        self.browser = Browser(self.host, timeout=60, session=self.client)
        self.sign_in()
        with suppress(threading.BrokenBarrierError):
            together.wait(PATIENCE)

    def wait_time(self):
        return random.uniform(*CAST.checking)

    def sign_in(self):
        page = self.get("sign-in page", "/")
        with self.client.rename_request("depositor: signs in"):
            page = self.browser.submit(page, page.form("login"), login=self.me.email, password=self.me.password)
        if f"Mon compte ({self.me.email})" not in page.html:
            raise Lost(f"{self.me.email} could not sign in.\n{page.sight()}")

    def get(self, what: str, path: str) -> Page:
        with self.client.rename_request(f"depositor: {what}"):
            return self.browser.get(path)

    @task
    def deposit(self):
        drop = next(self.drops, None)
        if drop is None:
            raise StopUser
        page = self.get("deposit page", f"/factures/deposer/?commande={drop.order}")
        made = {"supplier": self.me.supplier, "file": drop.file, "number": drop.number, "step": "dropped"}
        deposits.append(made)
        draft = self.drop(page, drop, made)
        time.sleep(random.uniform(*CAST.checking))
        self.confirm(draft, made)
        self.look_around(made)

    def drop(self, page: Page, drop: Drop, made: dict) -> Page:
        began = time.perf_counter()
        with self.client.rename_request("depositor: drops a PDF"):
            page = self.browser.submit(page, page.form("document"), files={"document": Path(drop.file)})
        made["by_worker"] = "/depots/" in page.url
        while "/depots/" in page.url and time.perf_counter() - began < PATIENCE:
            time.sleep(POLL)
            page = self.get("waits for the reading", page.url)
        if not page.url.endswith("/verifier/"):
            raise Lost(f"{drop.file} did not become a draft.\n{page.sight()}")
        made["seconds"] = time.perf_counter() - began
        self.is_mine(page)
        return page

    def confirm(self, draft: Page, made: dict):
        with self.client.rename_request("depositor: confirms"):
            page = self.browser.submit(draft, draft.form("confirm"), press="confirm")
        own = re.search(r"/factures/(\d+)/$", page.url)
        if not own:
            stops = [node.text for node in page.root.all(css="notice--stop")]
            raise Lost(f"{made['file']} was not taken: {stops or page.sight()}")
        self.is_mine(page)
        made.update(step="confirmed", invoice=int(own[1]))

    def look_around(self, made: dict):
        page = self.get("his list", "/factures/liste/")
        self.is_mine(page)
        if made["number"] not in page.html:
            wrong.append(f"{self.me.email} does not find {made['number']} in his list")
        with self.client.rename_request("depositor: his PDF"):
            if self.client.get(f"/factures/{made['invoice']}/pdf/").content != Path(made["file"]).read_bytes():
                wrong.append(f"{self.me.email} was given another file than {made['file']}")
        self.look_elsewhere()

    def is_mine(self, page: Page):
        if f"Mon compte ({self.me.email})" not in page.html:
            wrong.append(f"{page.url}: not the page of {self.me.email}")
        others = {found for found in re.findall(r"-D\d\d-", page.html) if found != self.me.tag}
        if others:
            wrong.append(f"{page.url}: {self.me.email} reads of {', '.join(others)}")

    def look_elsewhere(self):
        """What somebody else has just handed over is not there for him."""
        others = [made for made in deposits if "invoice" in made and made["supplier"] != self.me.supplier]
        if not others:
            return
        path = f"/factures/{random.choice(others)['invoice']}/{random.choice(['', 'pdf/'])}"
        with self.client.get(path, name="depositor: another's invoice (404)", catch_response=True) as answer:
            if answer.status_code == 404:
                answer.success()
            else:
                answer.failure(f"answered {answer.status_code}")


@events.user_error.add_listener
def lost(user_instance, exception, tb, **_more):
    wrong.append(f"{type(user_instance).__name__}: {type(exception).__name__}: {exception}")


@events.quitting.add_listener
def tell(environment, **_more):
    stats = environment.stats
    seen = {
        "kinds": [
            {
                "name": one.name,
                "failures": one.num_failures,
                "times": {str(ms): n for ms, n in one.response_times.items()},
            }
            for one in stats.entries.values()
        ],
        "errors": [f"{one.name}: {one.error} ({one.occurrences} times)" for one in stats.errors.values()],
        "wrong": wrong,
        "wanted": {"readers": len(CAST.readers), "depositors": len(CAST.depositors)},
        "deposits": deposits,
    }
    PLACE.with_name("seen.json").write_text(json.dumps(seen))
