"""Reading the news page by page while the far side moves: whatever changed is seen by this sweep or by the next.

The far side here is a list of rows in memory that changes between two answers; the reading is the real one.
"""

import datetime
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorus import news, windows
from chorus.api import InvoicePage, InvoiceRow

NOW = datetime.datetime(2026, 11, 20, 9, 0, tzinfo=datetime.UTC)
EARLIER = NOW - datetime.timedelta(hours=1)
AGO = st.integers(0, 3600).map(lambda seconds: NOW - datetime.timedelta(seconds=seconds))


class MovingRows:
    """Answers searches; before each answer one event of the plan happens. `rows`: id -> date of the present status.

    The id alone tells status and supplier: nine kinds of rows, of which no more come together than a search shows.
    """

    def __init__(self, rows: dict[int, datetime.datetime], plan: list[tuple[str, int]], *, newest_first, day_only):
        self.rows, self._plan = dict(rows), list(plan)
        self.newest_first, self._day_only = newest_first, day_only
        self._clock = NOW

    def search_invoices(
        self, *, changed_from, changed_to, statuses, supplier_id, page, page_size, maximum
    ) -> InvoicePage:
        event, which = self._plan.pop(0) if self._plan else ("nothing", 0)
        self._happens(event, which)
        if self._day_only:
            changed_from = changed_from.replace(hour=0, minute=0, second=0, microsecond=0)
            changed_to = changed_to.replace(hour=23, minute=59, second=59)
        found = sorted(
            (
                id
                for id, at in self.rows.items()
                if changed_from <= at <= changed_to
                and (not statuses or status_of(id) in statuses)
                and supplier_id in (None, id % 3)
            ),
            key=lambda id: (self.rows[id], id) if self.newest_first else id,
            reverse=True,
        )[:maximum]
        told = max(0, len(found) + {"lie up": 1, "lie down": -1}.get(event, 0))
        shown = found[(page - 1) * page_size : page * page_size]
        return InvoicePage(
            rows=tuple(a_row(id, self.rows[id]) for id in shown), page=page, pages=-(-told // page_size), total=told
        )

    def _happens(self, event: str, which: int) -> None:
        self._clock += datetime.timedelta(seconds=1)
        if event == "appear":
            self.rows[max(self.rows, default=0) + 1] = self._clock
        elif event in ("change", "disappear") and self.rows:
            id = sorted(self.rows)[which % len(self.rows)]
            del self.rows[id]
            if event == "change":
                self.rows[id] = self._clock
        elif event == "swap":
            self._happens("disappear", which)
            self._happens("appear", which)


def status_of(id: int) -> str:
    return ("MISE_A_DISPOSITION", "DEPOSEE", "VALIDEE_1")[id // 3 % 3]


def a_row(id: int, at: datetime.datetime) -> InvoiceRow:
    return InvoiceRow(
        cpp_id=id, number=f"F-{id}", kind="FACTURE", invoice_date=None, deposit_date=None, recipient_siret="",
        supplier_code="", service_code="", engagement_number="", total_ttc=None, status=status_of(id),
        status_at=at, comment="", flow_number="", raw={},
    )  # fmt: skip


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch):
    monkeypatch.setattr(windows, "PAGE_SIZE", 3)
    monkeypatch.setattr(windows, "MAXIMUM", 12)
    monkeypatch.setattr(news.timezone, "now", lambda: NOW)


def sweep(client, position):
    """What the sweep reads from this position on, and the position it leaves."""
    rows = windows.read_window(client, news.window_of(SimpleNamespace(position=position)), suppliers=[0, 1, 2])
    seen = {row.cpp_id: row.status_at for row in rows}
    return seen, max([*seen.values(), position])


def far_sides(events: list[str]):
    """Far sides with 4 to 25 rows, and a plan of what happens during the first answers."""
    rows = st.lists(AGO, min_size=4, max_size=25).map(lambda dates: dict(enumerate(dates, start=1)))
    plan = st.lists(st.tuples(st.sampled_from(events), st.integers(0, 24)), min_size=6, max_size=20)
    return st.builds(MovingRows, rows, plan, newest_first=st.booleans(), day_only=st.booleans())


@settings(derandomize=True, max_examples=150)
@given(far_sides(["nothing", "change", "appear", "lie up"]))
def test_rows_that_change_or_come_meanwhile_hide_no_other_row(client):
    before = dict(client.rows)
    seen, _ = sweep(client, EARLIER)
    assert set(before) <= set(seen)


ONE_BY_ONE = {id: EARLIER + datetime.timedelta(minutes=id) for id in range(1, 10)}


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("vanishing", range(len(ONE_BY_ONE)))
@pytest.mark.parametrize("before_call", range(6))
def test_a_row_that_vanishes_while_another_comes_hides_no_third_one(before_call, vanishing, newest_first):
    plan = [("nothing", 0)] * before_call + [("swap", vanishing)]
    seen, _ = sweep(MovingRows(ONE_BY_ONE, plan, newest_first=newest_first, day_only=False), EARLIER)
    assert set(ONE_BY_ONE) - {vanishing + 1} <= set(seen)


class Counting(MovingRows):
    calls = 0

    def search_invoices(self, **criteria):
        self.calls += 1
        return super().search_invoices(**criteria)


@pytest.mark.parametrize("day_only", [True, False])
@pytest.mark.parametrize("rows", [0, 2, 3, 4, 11])
def test_what_one_search_shows_costs_its_pages_and_one_call(rows, day_only):
    client = Counting(dict.fromkeys(range(rows), NOW), [], newest_first=True, day_only=day_only)
    sweep(client, EARLIER)
    assert client.calls <= -(-rows // windows.PAGE_SIZE) + 1


def test_a_day_that_no_search_shows_is_read_status_by_status_then_supplier_by_supplier():
    """Sixty rows of one minute, bounds that count as whole days, searches that show eleven."""
    rows = dict.fromkeys(range(60), NOW)
    seen, _ = sweep(MovingRows(rows, [], newest_first=True, day_only=True), EARLIER)
    assert set(seen) == set(rows)


def test_staff_read_what_overflows_even_so():
    rows = {9 * id: NOW for id in range(20)}
    with pytest.raises(windows.Overfull, match=r"20/11/2026.*du fournisseur 0.*MISE_A_DISPOSITION"):
        sweep(MovingRows(rows, [], newest_first=True, day_only=True), EARLIER)


@settings(derandomize=True, max_examples=150)
@given(far_sides(["nothing", "change", "appear", "disappear", "lie up", "lie down"]))
def test_whatever_happens_meanwhile_the_next_sweep_sees_what_this_one_missed(client):
    before = dict(client.rows)
    seen, position = sweep(client, EARLIER)
    there = {id: at for id, at in client.rows.items() if id in before}
    seen_next, _ = sweep(MovingRows(client.rows, [], newest_first=client.newest_first, day_only=False), position)
    # The last word about a row is what the far side says in the end.
    assert {**seen, **seen_next}.items() >= there.items()
