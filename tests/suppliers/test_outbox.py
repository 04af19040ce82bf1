"""The one outbox: each thing told once, when the person wants it, or not at all once it is untrue."""

import re
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from zoneinfo import ZoneInfo

import pytest
from django.core import mail as django_mail
from django.core.checks import run_checks
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from suppliers import outbox
from suppliers.models import Mail, Rhythm
from suppliers.models.mail import ATTEMPTS, KINDS, LEASE, WAITS, Kind, State, next_due
from tests.at_once import at_once
from tests.factories import UserFactory

PARIS = ZoneInfo("Europe/Paris")


class Server(EmailBackend):
    """A mail server that can be down, refuse letters, or die with the sender after it took one."""

    down = refuses = dies = False

    def open(self):
        if Server.down:
            raise OSError("nobody there")

    def send_messages(self, messages):
        if Server.refuses:
            raise SMTPRecipientsRefused({messages[0].to[0]: (550, b"no such user")})
        super().send_messages(messages)
        if Server.dies:
            raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def server(settings, monkeypatch):
    settings.EMAIL_BACKEND = "tests.suppliers.test_outbox.Server"
    for trouble in ("down", "refuses", "dies"):
        monkeypatch.setattr(Server, trouble, False)
    return Server


@pytest.fixture
def news(monkeypatch):
    """A kind of news; what is put into its set of untrue `about`s is true no more."""
    untrue = set()

    def still(abouts):
        rows = Mail.objects.filter(kind="news", about__in=set(abouts) - untrue)
        return {row.told for row in rows}

    kind = Kind("news", "une nouvelle", "la personne", "quelque chose arrive", still=still)
    monkeypatch.setitem(KINDS, "news", kind)
    monkeypatch.setitem(KINDS, "alarm", Kind("alarm", "une alarme", "la personne", "tout de suite", at_once=True))
    kind.still.untrue = untrue
    return kind


def tell(person, about=1, kind="news", **words):
    words = {"subject": f"Objet {about}", "happened": f"Chose {about}.", "to_do": "Lisez-la.", **words}
    Mail.objects.tell(KINDS[kind], [person], about=about, action="Ouvrir", path=f"/chose/{about}/", **words)


def sent() -> list[str]:
    return [message.subject for message in django_mail.outbox]


def html(message) -> str:
    return message.alternatives[0][0]


def told() -> Mail:
    return Mail.objects.get()


def test_the_same_thing_is_told_once(db, news):
    person, other = UserFactory(), UserFactory()
    for _ in range(2):
        tell(person)
        tell(other)
        outbox.send_due()
    assert sorted(message.to[0] for message in django_mail.outbox) == sorted([person.email, other.email])


def test_a_letter_says_what_happened_what_to_do_and_where(db, news, settings):
    contact = {"contact_email": "aide@example.org"}
    settings.SITE = {**settings.SITE, **contact, "url": "https://factures.example.org"}
    tell(UserFactory(), 7, happened="Votre facture attend : lisez « ceci »")
    assert outbox.send_due() == 1
    [message] = django_mail.outbox
    assert message.subject == "Objet 7"
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert message.reply_to == ["aide@example.org"]
    for body in (message.body, html(message)):
        for words in ("attend\u00a0: lisez «\u00a0ceci\u00a0»", "Lisez-la.", "https://factures.example.org/chose/7/"):
            assert words in body
        assert "https://factures.example.org/compte/messages/" in body
        assert set(re.findall(r"https?://[^/\s\"<]+", body)) == {"https://factures.example.org"}
    assert not re.search(r"<img|<script|<link|@import|url\(", html(message))


@pytest.mark.odd_words
def test_words_of_people_are_words(db, news):
    evil = "<script>alert(1)</script> & Fils"
    tell(UserFactory(), subject="Objet\nBcc: tous@example.org", happened=evil, to_do='<a href="https://evil.example">')
    assert outbox.send_due() == 1
    [message] = django_mail.outbox
    assert message.subject == "Objet Bcc: tous@example.org"
    assert message.recipients() == [told().user.email]
    assert "<script" not in html(message)
    assert '<a href="https://evil' not in html(message)
    assert evil in message.body


# --- When ---


def at(*moment) -> datetime:
    return datetime(*moment, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("rhythm", "now", "due"),
    [
        (Rhythm.AT_ONCE, at(2026, 11, 21, 16, 5), at(2026, 11, 21, 16, 5)),
        (Rhythm.DAILY, at(2026, 11, 21, 6, 59), at(2026, 11, 21, 7)),
        (Rhythm.DAILY, at(2026, 11, 21, 7), at(2026, 11, 22, 7)),
        # The clock goes back an hour in the night.
        (Rhythm.DAILY, at(2026, 10, 24, 16), at(2026, 10, 25, 7)),
        (Rhythm.WEEKLY, at(2026, 11, 21, 16), at(2026, 11, 23, 7)),
        (Rhythm.WEEKLY, at(2026, 11, 23, 6), at(2026, 11, 23, 7)),
        (Rhythm.WEEKLY, at(2026, 11, 23, 8), at(2026, 11, 30, 7)),
    ],
)
def test_when_somebody_is_told(rhythm, now, due):
    assert next_due(rhythm, now) == due


@given(now=st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(PARIS)))
def test_a_digest_is_never_late(now):
    for rhythm, longest in ((Rhythm.DAILY, timedelta(days=1)), (Rhythm.WEEKLY, timedelta(days=7))):
        due = next_due(rhythm, now)
        assert now < due <= now + longest + timedelta(hours=1)
        assert timezone.localtime(due).hour == 7


def test_a_digest_is_one_letter_with_a_line_and_a_link_for_each(db, news):
    person = UserFactory(mail_rhythm=Rhythm.DAILY)
    for about in (1, 2, 3):
        tell(person, about)
    assert outbox.send_due() == 0
    assert outbox.send_due(timezone.now() + timedelta(days=1, hours=1)) == 1
    [message] = django_mail.outbox
    assert message.subject == "Agrilocal18\u00a0: 3 nouvelles"
    for body in (message.body, html(message)):
        assert [body.count(f"Chose {about}.") for about in (1, 2, 3)] == [1, 1, 1]
        assert [body.count(f"/chose/{about}/") for about in (1, 2, 3)] == [1, 1, 1]
    assert not Mail.objects.in_state(State.WAITING).exists()


def test_what_comes_at_once_to_one_person_comes_together(db, news):
    person = UserFactory()
    tell(person, 1)
    tell(person, 2)
    tell(UserFactory(), 1)
    assert outbox.send_due() == 2


def test_account_and_bank_matters_wait_for_no_digest(db, news):
    person = UserFactory(mail_rhythm=Rhythm.WEEKLY)
    tell(person, 1)
    for about in (2, 3):
        tell(person, about, kind="alarm")
    outbox.send_due()
    assert sent() == ["Objet 2", "Objet 3"]


def test_a_new_rhythm_holds_for_what_already_waits(client, db, news):
    person, other = UserFactory(mail_rhythm=Rhythm.WEEKLY), UserFactory(mail_rhythm=Rhythm.WEEKLY)
    tell(person)
    tell(other)
    client.force_login(person)
    page = client.get("/compte/messages/").content.decode()
    assert "Une fois par semaine" in page
    assert "lundi" in page
    client.post("/compte/messages/", {"mail_rhythm": "at_once"})
    outbox.send_due()
    assert [message.to for message in django_mail.outbox] == [[person.email]]


def test_a_slower_rhythm_keeps_back_no_alarm_nor_what_failed(db, news, server):
    person = UserFactory()
    tell(person, 1)
    server.refuses = True
    outbox.send_due()
    tell(person, 2, kind="alarm")
    due = dict(Mail.objects.values_list("about", "due_at"))
    person.mail_rhythm = Rhythm.WEEKLY
    Mail.objects.follow_rhythm(person)
    assert dict(Mail.objects.values_list("about", "due_at")) == due


def test_another_rhythm_is_no_rhythm(client, db):
    person = UserFactory()
    client.force_login(person)
    client.post("/compte/messages/", {"mail_rhythm": "hourly"})
    person.refresh_from_db()
    assert person.mail_rhythm == Rhythm.AT_ONCE


# --- What became untrue ---


def test_what_became_untrue_is_dropped(db, news):
    person = UserFactory()
    tell(person, 1)
    tell(person, 2)
    news.still.untrue.add(1)
    outbox.send_due()
    assert sent() == ["Objet 2"]
    assert Mail.objects.get(about=1).state == State.DROPPED
    news.still.untrue.clear()
    outbox.send_due()
    assert len(sent()) == 1


def test_who_was_switched_off_is_told_nothing(db, news):
    person = UserFactory()
    tell(person)
    person.is_active = False
    person.save()
    assert outbox.send_due() == 0
    assert told().state == State.DROPPED
    tell(person, 2)
    assert Mail.objects.count() == 1


# --- What breaks ---


def test_a_server_that_is_down_is_no_letters_fault(db, news, server):
    tell(UserFactory())
    server.down = True
    assert outbox.send_due() == 0
    assert told().attempts == 0
    server.down = False
    assert outbox.send_due() == 1


def test_a_refused_letter_comes_back_later_and_later_then_waits_for_somebody(db, news, server, caplog):
    person = UserFactory()
    tell(person)
    now, server.refuses = timezone.now(), True
    for wait in WAITS:
        assert outbox.send_due(now) == 0
        assert outbox.send_due(now + wait - timedelta(seconds=1)) == 0
        now += wait
    assert told().attempts == len(WAITS)
    outbox.send_due(now)
    assert told().state == State.FAILED
    assert told().last_error == "SMTPRecipientsRefused 550"
    assert person.email not in told().last_error + caplog.text
    server.refuses = False
    assert outbox.send_due(now + timedelta(days=30)) == 0
    assert told().send_again()
    assert outbox.send_due(timezone.now()) == 1
    assert not told().send_again()


def test_a_refused_letter_holds_up_no_other(db, news, server, monkeypatch):
    first, second = UserFactory(), UserFactory()
    tell(first)
    tell(second)
    take = EmailBackend.send_messages

    def send(self, messages):
        if messages[0].to == [first.email]:
            raise ValueError("an address like no other")
        return take(self, messages)

    monkeypatch.setattr(Server, "send_messages", send)
    assert outbox.send_due() == 1
    assert Mail.objects.get(user=first).attempts == 1


def test_after_a_cut_connection_the_others_leave_by_a_new_one(db, news, monkeypatch):
    class Cut(Server):
        cuts = 1

        def send_messages(self, messages):
            if Cut.cuts:
                raise SMTPServerDisconnected("the connection is of no more use until it is closed")
            return super().send_messages(messages)

        def close(self):
            Cut.cuts = 0

    monkeypatch.setattr(outbox, "get_connection", Cut)
    tell(UserFactory())
    tell(UserFactory())
    assert outbox.send_due() == 1


def test_a_sender_killed_before_his_record_sends_once_more_later(db, news, server):
    now = timezone.now()
    tell(UserFactory())
    server.dies = True
    with pytest.raises(KeyboardInterrupt):
        outbox.send_due(now + timedelta(seconds=1))
    server.dies = False
    assert outbox.send_due(now + LEASE - timedelta(seconds=1)) == 0
    assert outbox.send_due(now + LEASE + timedelta(seconds=2)) == 1
    assert outbox.send_due(now + 2 * LEASE) == 0
    assert len(sent()) == 2


def test_a_letter_that_kills_its_senders_is_left_alone_at_last(db, news, server):
    tell(UserFactory())
    now, server.dies = timezone.now(), True
    for _ in range(ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            outbox.send_due(now)
        now += 2 * LEASE
    assert outbox.send_due(now) == 0
    assert told().state == State.FAILED


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_send_each_thing_once(news):
    people = [UserFactory(mail_rhythm=Rhythm.DAILY) for _ in range(6)]
    for person in people:
        for about in (1, 2, 3):
            tell(person, about)
    tomorrow = timezone.now() + timedelta(days=2)
    counts = at_once(*[lambda: outbox.send_due(tomorrow)] * 4)
    assert sum(counts) == 6
    assert sorted(message.to[0] for message in django_mail.outbox) == sorted(person.email for person in people)
    assert not Mail.objects.filter(sent_at=None).exists()


def test_a_letter_is_taken_whole_or_not_at_all(db, news):
    person = UserFactory()
    tell(person, 1)
    tell(person, 2)
    now, keys = timezone.now(), list(Mail.objects.values_list("pk", flat=True))
    assert Mail.objects.claim(keys[:1], now)
    assert not Mail.objects.claim(keys, now)
    assert Mail.objects.get(pk=keys[1]).claimed_at is None


def test_a_sweep_reads_as_much_for_many_as_for_few(db, news):
    def reads(count):
        for _ in range(count):
            tell(UserFactory())
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert outbox.send_due() == count
        return sum(query["sql"].startswith("SELECT") for query in queries)

    assert reads(2) == reads(20)


def test_a_sweep_is_bounded_and_the_next_one_goes_on(db, news, monkeypatch):
    monkeypatch.setattr(outbox, "PEOPLE", 2)
    for _ in range(5):
        tell(UserFactory())
    assert [outbox.send_due() for _ in range(4)] == [2, 2, 1, 0]


# --- What is kept ---


def test_texts_are_forgotten_and_the_thing_stays_told(db, news, settings):
    person = UserFactory()
    tell(person)
    outbox.send_due()
    outbox.forget(timezone.now() + timedelta(days=settings.MAILS_KEPT_DAYS - 1))
    assert told().happened
    outbox.forget(timezone.now() + timedelta(days=settings.MAILS_KEPT_DAYS + 1))
    assert [told().subject, told().happened, told().to_do, told().path] == [""] * 4
    tell(person)
    assert outbox.send_due() == 0


def test_no_letter_leaves_without_its_text(db, news, server, settings):
    tell(UserFactory(), 1)
    old = timezone.now() + timedelta(days=settings.MAILS_KEPT_DAYS + 1)
    outbox.forget(old)
    assert told().happened
    Mail.objects.update(attempts=ATTEMPTS)
    outbox.forget(old)
    assert not told().happened
    assert not told().send_again()


@pytest.mark.parametrize("url", ["https://", "https://*", "https://.example.org", "factures.example.org"])
def test_links_must_lead_somewhere(settings, url):
    assert not [problem for problem in run_checks() if problem.id == "suppliers.E004"]
    settings.SITE = {**settings.SITE, "url": url}
    assert [problem.id for problem in run_checks() if problem.id == "suppliers.E004"]


@pytest.mark.parametrize("wrong", [{"MAIL_HOUR": 24}, {"MAIL_WEEKDAY": 0}])
def test_digests_must_leave_some_day(settings, wrong):
    for name, value in wrong.items():
        setattr(settings, name, value)
    assert "suppliers.E005" in [problem.id for problem in run_checks()]
