"""No token, secret, password, header or file in what may be logged, stored or shown, whatever the far side echoes."""

import base64
import logging
import os
import traceback
from dataclasses import fields
from urllib.parse import quote_plus

import pytest

from chorus.api import Account, ChorusError
from chorus.api.auth import Application
from chorus.api.redaction import HIDDEN, redact

from .far_side import ACCOUNT, PASSWORD, SECRET, TOKEN, answering, client, far_side, http

FILE = os.urandom(3_000)
FORBIDDEN = [TOKEN, SECRET, PASSWORD, ACCOUNT.header(), base64.b64encode(FILE).decode()[:40]]


def echoing(status: str, *, in_label: bool = False):
    """An error page that repeats the whole request, as debugging gateways do."""

    def script(connection):
        request = connection.read_request()
        body = {"codeRetour": 20001, "libelle": request.decode()} if in_label else request
        connection.sendall(http(body, status))
        connection.recv(1)

    return script


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request", "403 Forbidden", "500 Oops"])
@pytest.mark.parametrize("in_label", [False, True])
def test_it_keeps_secrets_out_of_errors_journal_and_logs(status, in_label, caplog):
    caplog.set_level(logging.DEBUG)
    journal = []
    with far_side(echoing(status, in_label=in_label)) as side, client(side.url, journal=journal.append) as chorus:
        with pytest.raises(ChorusError) as caught:
            chorus.add_file("a.pdf", FILE)
        said = [repr(chorus), caplog.text, *map(repr, journal)]
    assert TOKEN in side.requests[0].decode()
    error = caught.value
    said += [str(error), repr(error), repr(vars(error)), "".join(traceback.format_exception(error))]
    assert [secret for secret in FORBIDDEN for words in said if secret in words] == []
    assert HIDDEN in error.body_excerpt


def test_it_keeps_secrets_out_of_a_failed_token_request():
    journal = []
    with far_side(echoing("400 Bad Request")) as side:
        chorus = client(side.url, tokens=None, journal=journal.append)
        with pytest.raises(ChorusError) as caught:
            chorus.health()
    assert SECRET in side.requests[0].decode()
    said = [str(caught.value), repr(vars(caught.value)), repr(journal)]
    assert [words for words in said if SECRET in words] == []
    assert journal[0].operation == "piste/token"


def test_it_holds_no_request_behind_the_error_of_a_silent_far_side():
    with far_side(answering()) as side, client(side.url) as chorus, pytest.raises(ChorusError) as caught:
        chorus.add_file("a.pdf", FILE)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("secretive", [ACCOUNT, Application("id", SECRET)])
def test_it_does_not_show_what_it_holds(secretive):
    shown = repr(secretive) + str(secretive)
    assert [secret for secret in (PASSWORD, SECRET) if secret in shown] == []
    assert fields(secretive)


def test_it_hides_a_secret_in_every_form():
    secret = "mot de passe & é"
    assert redact(f"a {secret} b {quote_plus(secret)} c", [secret, ""]) == f"a {HIDDEN} b {HIDDEN} c"


def test_it_hides_the_longer_of_two_secrets_first():
    assert redact("abcdef", ["abc", "abcdef"]) == HIDDEN


def test_it_leaves_no_half_of_a_secret_where_it_stops_reading():
    for position in range(199_990, 200_005):
        words = redact("x " * (position // 2) + "y" * (position % 2) + PASSWORD + "z" * 5_000, [PASSWORD])
        assert PASSWORD[:4] not in words


def test_it_keeps_ordinary_words():
    assert redact("La structure 20000001600010 n'est pas référencée.", [PASSWORD]) == (
        "La structure 20000001600010 n'est pas référencée."
    )


def test_it_encodes_the_account_in_utf8_without_line_breaks():
    header = Account("TECH_1@cpro.fr", "é" * 100).header()
    assert "\n" not in header
    assert base64.b64decode(header).decode() == "TECH_1@cpro.fr:" + "é" * 100
