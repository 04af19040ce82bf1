"""Under any schedule each thing is told: once, and once more for each sender that died before his record."""

from collections import Counter
from datetime import timedelta

import pytest
from django.core import mail as django_mail
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from suppliers import outbox
from suppliers.models import Mail, Rhythm
from suppliers.models.mail import LEASE, State
from tests.factories import UserFactory
from tests.suppliers.test_outbox import Server, news, server, tell

__all__ = ["news", "server"]
pytestmark = pytest.mark.django_db

WAITS = {"a minute passes": timedelta(minutes=1), "the lease passes": LEASE, "a day passes": timedelta(days=1)}
TROUBLES = ("down", "refuses", "dies")
ACTS = st.sampled_from([*WAITS, *TROUBLES, "well again", "tell one", "tell another", "change rhythm", "sweep", "sweep"])


class World:
    """Two people, one clock, one server."""

    def __init__(self, monkeypatch):
        self.passed, self.deaths, self.told, real = timedelta(), 0, 0, timezone.now
        self.people = [UserFactory(mail_rhythm=rhythm) for rhythm in (Rhythm.AT_ONCE, Rhythm.DAILY)]
        monkeypatch.setattr(timezone, "now", lambda: real() + self.passed)

    def act(self, act: str) -> None:
        if act in WAITS:
            self.passed += WAITS[act]
        elif act in TROUBLES:
            setattr(Server, act, True)
        elif act == "well again":
            self.heal()
        elif act.startswith("tell"):
            self.told += 1
            tell(self.people[act == "tell another"], self.told)
        elif act == "change rhythm":
            for person in self.people:
                person.mail_rhythm = Rhythm.WEEKLY if person.mail_rhythm == Rhythm.AT_ONCE else Rhythm.AT_ONCE
                person.save(update_fields=["mail_rhythm"])
                Mail.objects.follow_rhythm(person)
        else:
            self.sweep()

    def heal(self) -> None:
        for trouble in TROUBLES:
            setattr(Server, trouble, False)

    def sweep(self) -> None:
        try:
            outbox.send_due()
        except KeyboardInterrupt:
            self.deaths += 1

    def calm_down(self) -> None:
        """All is well, staff send again what failed, and weeks pass."""
        self.heal()
        for failed in Mail.objects.in_state(State.FAILED):
            failed.send_again()
        for _ in range(3):
            self.passed += timedelta(days=8)
            self.sweep()


def test_no_schedule_loses_a_mail_nor_doubles_one_without_a_death(db, news, server, monkeypatch):
    world = World(monkeypatch)

    @settings(derandomize=True, max_examples=60)
    @given(schedule=st.lists(ACTS, max_size=25))
    def play(schedule):
        Mail.objects.all().delete()
        django_mail.outbox.clear()
        world.heal()
        world.deaths = world.told = 0
        for act in schedule:
            world.act(act)
        world.calm_down()
        assert not Mail.objects.filter(sent_at=None).exists()
        letters = [message.body.split() for message in django_mail.outbox]
        times = Counter(word for letter in letters for word in letter if word.endswith("/") and "/chose/" in word)
        assert len(times) == world.told
        assert max(times.values(), default=0) <= 1 + world.deaths

    play()
