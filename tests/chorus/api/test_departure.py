"""Did the request leave? Real sockets on loopback: what decides whether an invoice may be sent again."""

import contextlib
import socket
import time

import pytest

from chorus.api import AnswerLost, Denied, Unavailable, Unknown, trip

from .far_side import (
    answering,
    client,
    closing_after_reading,
    closing_unread,
    dripping,
    far_side,
    http,
    resetting_after_reading,
    silent,
)

DEPOSITED = http(
    {"codeRetour": 0, "libelle": "GCU_MSG_01_000", "identifiantFactureCPP": 12, "statutFacture": "DEPOSEE"}
)
NOTHING = http({"codeRetour": 20000, "libelle": "TRA_MSG_00.015 La recherche n'a retourné aucun résultat"})


def submit(chorus, **options):
    return chorus.submit({"modeDepot": "DEPOT_PDF_API"}, 1, "a.pdf", **options)


@contextlib.contextmanager
def nobody_listening(**options):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    yield client(f"http://127.0.0.1:{port}", **options)


@contextlib.contextmanager
def full_backlog(**options):
    """The kernel drops the first packet of any more connection: a connect time-out without leaving the machine."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, contextlib.ExitStack() as stack:
        address = listener.getsockname()
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(address)
        yield client(f"http://127.0.0.1:{address[1]}", **options)


@contextlib.contextmanager
def plain_text_instead_of_tls(**options):
    with far_side(lambda connection: connection.sendall(b"220 not TLS\r\n")) as side:
        yield client(f"https://127.0.0.1:{side.port}", **options)


@contextlib.contextmanager
def silent_handshake(**options):
    with far_side(lambda connection: (connection.recv(65_536), connection.recv(65_536))) as side:
        yield client(f"https://127.0.0.1:{side.port}", **options)


@contextlib.contextmanager
def cut_handshake(**options):
    with far_side(closing_unread) as side:
        yield client(f"https://127.0.0.1:{side.port}", **options)


@pytest.mark.parametrize(
    "nowhere", [nobody_listening, full_backlog, plain_text_instead_of_tls, silent_handshake, cut_handshake]
)
def test_it_says_unavailable_when_no_byte_left(nowhere):
    announced = []
    with nowhere() as chorus, pytest.raises(Unavailable):
        submit(chorus, before_send=lambda: announced.append(1))
    assert announced == []


def test_it_says_unavailable_when_the_name_is_not_found(monkeypatch):
    def unknown_name(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown_name)
    with pytest.raises(Unavailable, match="not known"):
        submit(client("https://chorus.invalid"))


def test_it_says_unavailable_when_the_certificate_is_not_trusted(tls):
    announced = []
    with far_side(answering(DEPOSITED), tls=tls) as side, pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
        submit(client(side.url), before_send=lambda: announced.append(1))
    assert announced == []
    assert side.requests == []


def test_it_says_unavailable_when_the_certificate_is_for_another_name(tls, authority):
    with far_side(answering(DEPOSITED), tls=tls) as side, pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
        submit(client(f"https://localhost:{side.port}", ca_file=authority))
    assert side.requests == []


LEFT = {
    "closed before reading": closing_unread,
    "closed after reading": closing_after_reading,
    "reset after reading": resetting_after_reading,
    "silence": silent,
    "headers dripped": dripping(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
    "header lines dripped": dripping(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "body dripped": dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
    "chunks dripped": dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "100 Continue for ever": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body cut": lambda connection: (connection.read_request(), connection.sendall(DEPOSITED[:-5])),
    "headers cut": lambda connection: (connection.read_request(), connection.sendall(b"HTTP/1.1 200 OK\r\nContent-")),
    "not HTTP": answering(b"SSH-2.0-OpenSSH\r\n"),
    "301": answering(http(b"", "301 Moved Permanently", Location="http://127.0.0.1:1/")),
    "307": answering(http(b"", "307 Temporary Redirect", Location="http://127.0.0.1:1/")),
    "500": answering(http({"codeRetour": 1, "libelle": "boum"}, "500 Internal Server Error")),
    "502": answering(http(b"<html>Bad Gateway</html>", "502 Bad Gateway")),
    "503": answering(http(b"<html>Maintenance</html>", "503 Service Unavailable")),
    "503 with a wish to be asked again": answering(http(b"", "503 Service Unavailable", Retry_After="0"), NOTHING),
    "504": answering(http(b"", "504 Gateway Timeout")),
    "408": answering(http(b"", "408 Request Timeout")),
    "200 in HTML": answering(http(b"<html>Bonjour</html>")),
    "200 empty": answering(http(b"")),
    "200 JSON list": answering(http(b"[]")),
    "200 without codeRetour": answering(http({"identifiantFactureCPP": 12})),
    "accepted without an id": answering(http({"codeRetour": 0, "libelle": "GCU_MSG_01_000"})),
}


@pytest.mark.parametrize("script", LEFT.values(), ids=LEFT.keys())
def test_it_doubts_a_deposit_that_left_without_a_clear_answer(script):
    announced = []
    with far_side(script) as side, client(side.url, deadline=0.7) as chorus:
        began = time.monotonic()
        with pytest.raises(AnswerLost):
            submit(chorus, before_send=lambda: announced.append(1))
    assert announced == [1]
    assert side.connections == 1
    assert len(side.requests) <= 1
    assert time.monotonic() - began < 2


READ_LATER = {name: script for name, script in LEFT.items() if name not in ("200 JSON list",)} | {
    "429": answering(http(b"", "429 Too Many Requests"))
}
del READ_LATER["200 without codeRetour"], READ_LATER["accepted without an id"]


@pytest.mark.parametrize("script", READ_LATER.values(), ids=READ_LATER.keys())
def test_it_reads_again_later_when_a_read_has_no_clear_answer(script):
    with far_side(script) as side, client(side.url, deadline=0.7) as chorus, pytest.raises(Unavailable):
        chorus.search_invoices(number="A1")


def test_it_uploads_again_later_when_an_upload_has_no_clear_answer():
    with far_side(closing_after_reading) as side, client(side.url) as chorus, pytest.raises(Unavailable):
        chorus.add_file("a.pdf", b"%PDF")


def test_it_keeps_the_deadline_over_tls(tls, authority):
    with far_side(dripping(b"HTTP/1.1 200 OK\r\n", b"X"), tls=tls) as side:
        began = time.monotonic()
        with pytest.raises(AnswerLost):
            submit(client(side.url, ca_file=authority, deadline=0.7))
    assert time.monotonic() - began < 2


def test_it_deposits_over_tls(tls, authority):
    with far_side(answering(DEPOSITED), tls=tls) as side, client(side.url, ca_file=authority) as chorus:
        assert submit(chorus).cpp_id == 12


def test_it_keeps_the_deadline_while_the_far_side_does_not_read():
    release = []

    def never_reading(connection):
        while not release:
            time.sleep(0.01)

    with far_side(never_reading) as side:
        began = time.monotonic()
        with pytest.raises(Unavailable):
            client(side.url, timeout=(0.5, 5), deadline=0.7).add_file("a.pdf", bytes(8_000_000))
        release.append(True)
    assert time.monotonic() - began < 2


def test_it_passes_through_what_before_send_raises_and_sends_nothing():
    class LostTheRace(OSError):
        pass

    def lose():
        raise LostTheRace("another worker has it")

    with far_side(answering(DEPOSITED)) as side:
        with pytest.raises(LostTheRace) as caught:
            submit(client(side.url), before_send=lose)
        assert caught.value.__cause__ is None
    assert side.requests == []


def test_it_announces_the_departure_when_the_connection_is_open_and_nothing_is_sent():
    with far_side(answering(DEPOSITED)) as side:
        seen = []

        def look():
            time.sleep(0.1)
            seen.append((side.connections, len(side.requests)))

        submit(client(side.url), before_send=look)
    assert seen == [(1, 0)]


def test_it_gives_up_unsent_when_the_announcement_took_too_long(monkeypatch):
    monkeypatch.setattr(trip, "SEND_WITHIN", 0.05)
    with far_side(answering(DEPOSITED)) as side, pytest.raises(Unavailable, match="too late"):
        submit(client(side.url), before_send=lambda: time.sleep(0.1))
    assert side.requests == []


def test_it_gives_up_unsent_when_the_deadline_passed_before_departure():
    with far_side(answering(DEPOSITED)) as side, pytest.raises(Unavailable, match="deadline"):
        submit(client(side.url, deadline=0.2), before_send=lambda: time.sleep(0.3))
    assert side.requests == []


def test_it_says_unavailable_when_the_token_service_is_silent():
    with far_side(answering(DEPOSITED)) as side, far_side(silent) as piste:
        announced = []
        chorus = client(side.url, token_url=piste.url, tokens=None)
        with pytest.raises(Unavailable):
            submit(chorus, before_send=lambda: announced.append(1))
    assert announced == []
    assert side.connections == 0


def test_it_keeps_the_connection_for_reads_and_takes_a_new_one_for_a_deposit():
    with far_side(answering(NOTHING, NOTHING), answering(DEPOSITED)) as side, client(side.url) as chorus:
        chorus.search_invoices()
        chorus.search_invoices()
        assert side.connections == 1
        submit(chorus)
    assert side.connections == 2


def test_it_never_deposits_on_a_connection_the_far_side_may_have_closed():
    def one_answer_then_close(connection):
        connection.read_request()
        connection.sendall(NOTHING)

    with far_side(one_answer_then_close, answering(DEPOSITED)) as side, client(side.url) as chorus:
        chorus.search_invoices()
        assert submit(chorus).cpp_id == 12


@pytest.mark.parametrize("page", [b"x" * 40_000_000, b'{"codeRetour": 0, "libelle": "' + b"x" * 40_000_000 + b'"}'])
def test_it_refuses_an_answer_larger_than_its_bound(page):
    with far_side(answering(http(page))) as side, client(side.url, deadline=10) as chorus:
        with pytest.raises(Unknown, match="too large"):
            chorus.search_invoices()
        with pytest.raises(AnswerLost, match="too large"):
            submit(chorus)


def test_it_ignores_proxies_and_netrc_of_the_environment(monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("NETRC", str(netrc))
    with far_side(answering(DEPOSITED)) as side, client(side.url) as chorus:
        assert submit(chorus).cpp_id == 12
    assert b"Authorization: Bearer " in side.requests[0]


def test_it_denies_at_once_when_the_account_is_refused():
    with far_side(answering(http(b"", "403 Forbidden"))) as side, client(side.url) as chorus, pytest.raises(Denied):
        submit(chorus)
    assert side.connections == 1
