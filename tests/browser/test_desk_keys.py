"""An agent goes through his queue with three keys."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from invoicing.lifecycle import Status
from tests.browser.conftest import DESK
from tests.invoicing.at_desk import agent, page, stored, waiting

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def queue():
    now = timezone.now()
    return [waiting(status_at=now - timedelta(hours=hours)) for hours in (3, 2, 1)]


@pytest.fixture
def desk(enter, queue):
    person = enter(agent(), DESK)
    person.visit(page(queue[0]))
    return person.page


def press(desk, key: str) -> None:
    """Once the page is there: what is typed before is not meant for it."""
    desk.evaluate("() => new Promise((there) => setTimeout(there, Math.max(0, 501 - performance.now())))")
    desk.keyboard.press(key)


def test_three_keys_let_go_return_and_pass_on(desk, queue):
    _, second, third = queue
    press(desk, "s")
    desk.wait_for_url(f"**{page(second)}")
    press(desk, "b")
    desk.wait_for_url(f"**{page(third)}")
    assert [stored(one).status for one in queue] == [Status.TO_REVIEW, Status.APPROVED, Status.TO_REVIEW]
    press(desk, "r")
    expect(desk.get_by_label("Motif")).to_be_focused()
    press(desk, "b")
    desk.get_by_label("Précisions").press_sequentially("bbs")
    assert stored(third).status == Status.TO_REVIEW
    expect(desk.get_by_label("Précisions")).to_have_value("bbs")


def test_with_other_keys_held_or_switched_off_they_do_nothing(desk, queue):
    press(desk, "Control+b")
    desk.get_by_label("Ces touches suffisent").uncheck()
    press(desk, "b")
    desk.reload()
    expect(desk.get_by_label("Ces touches suffisent")).not_to_be_checked()
    press(desk, "b")
    desk.wait_for_load_state("networkidle")
    assert stored(queue[0]).status == Status.TO_REVIEW
