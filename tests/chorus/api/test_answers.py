"""The closed table: what each answer means, row by row."""

import json
import pickle
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from chorus.api import AnswerLost, Denied, NotAllowed, Refused, Unavailable, Unknown, operations
from chorus.api.answers import RULES, Meaning
from chorus.api.judgement import judge, pause, read_object
from chorus.api.transport import Reply, Silence
from chorus.simulator import codes

SUBMIT, SEARCH, STRUCTURE = operations.SUBMIT, operations.SEARCH_INVOICES, operations.STRUCTURE
ADD_FILE, COMPLETE, RECYCLE, ACKNOWLEDGE = (
    operations.ADD_FILE,
    operations.COMPLETE,
    operations.RECYCLE,
    operations.ACKNOWLEDGE,
)
HTML = b"<html>Bad Gateway</html>"
EMPTY = "TRA_MSG_00.015 La recherche n'a retourné aucun résultat"


def reply(status: int, body: bytes | dict = b"", **headers: str) -> Reply:
    return Reply(status=status, headers=headers, body=json.dumps(body).encode() if isinstance(body, dict) else body)


def business(code: int, label: str) -> Reply:
    return reply(200, {"codeRetour": code, "libelle": label})


CASES = [
    (SUBMIT, Silence(left=False, reason="refused"), Unavailable),
    (SEARCH, Silence(left=False, reason="refused"), Unavailable),
    (SUBMIT, Silence(left=True, reason="reset"), AnswerLost),
    (COMPLETE, Silence(left=True, reason="reset"), AnswerLost),
    (RECYCLE, Silence(left=True, reason="reset"), AnswerLost),
    (ACKNOWLEDGE, Silence(left=True, reason="reset"), AnswerLost),
    (SEARCH, Silence(left=True, reason="reset"), Unavailable),
    (ADD_FILE, Silence(left=True, reason="reset"), Unavailable),
    (operations.READ_PDF, Silence(left=True, reason="reset"), Unavailable),
    (SUBMIT, Reply(status=200, oversized=True), AnswerLost),
    (SEARCH, Reply(status=200, oversized=True), Unknown),
    (operations.TOKEN, reply(400, {"error": "invalid_client"}), Denied),
    (operations.TOKEN, reply(401), Denied),
    (operations.TOKEN, reply(403), Denied),
    (operations.TOKEN, reply(200, HTML), Unavailable),
    (operations.TOKEN, reply(503, HTML), Unavailable),
    (operations.TOKEN, reply(429), Unavailable),
    (operations.TOKEN, reply(302), Unavailable),
    (operations.TOKEN, Silence(left=True, reason="reset"), Unavailable),
    (operations.TOKEN, reply(404), Unknown),
    (operations.TOKEN, reply(200, {"access_token": "x"}), None),
    (SUBMIT, reply(401), Denied),
    (SEARCH, reply(401, {"ErrorCode": "401", "Description": "[invalid field]"}), Denied),
    (SUBMIT, reply(403), Denied),
    (SEARCH, reply(403, HTML), Denied),
    (SUBMIT, reply(429), Unavailable),
    (SEARCH, reply(429, HTML), Unavailable),
    (SUBMIT, reply(302), AnswerLost),
    (SEARCH, reply(302), Unavailable),
    (SUBMIT, reply(408), AnswerLost),
    (SEARCH, reply(408), Unavailable),
    (SUBMIT, reply(413), Unknown),
    (ADD_FILE, reply(413), Unknown),
    (SUBMIT, reply(500, {"codeRetour": 0, "libelle": ""}), AnswerLost),
    (SUBMIT, reply(503, HTML), AnswerLost),
    (SEARCH, reply(502, HTML), Unavailable),
    (ADD_FILE, reply(504), Unavailable),
    (SUBMIT, reply(400), Unknown),
    (SUBMIT, reply(400, {"codeRetour": 20001, "libelle": "SIM_MSG_01.001 Doublon"}), Unknown),
    (SEARCH, reply(400, {"codeRetour": 0, "libelle": ""}), Unknown),
    (SUBMIT, reply(404), Unknown),
    (SUBMIT, reply(415), Unknown),
    (operations.HEALTH, reply(200, {"statusCode": "OK", "statusCodeValue": 200}), None),
    (SUBMIT, reply(200, HTML), AnswerLost),
    (SUBMIT, reply(200, b"[]"), AnswerLost),
    (SUBMIT, reply(200, {"identifiantFactureCPP": 1}), AnswerLost),
    (SUBMIT, reply(204), AnswerLost),
    (SEARCH, reply(200, HTML), Unavailable),
    (SEARCH, reply(200, {"ErrorCode": "7"}), Unknown),
    (SUBMIT, business(0, "GCU_MSG_01_000"), None),
    (SUBMIT, business(0, "CODE PAR DEFAUT"), None),
    (SEARCH, reply(200, {"codeRetour": "0", "libelle": "TRA_MSG_00.000"}), None),
    (STRUCTURE, reply(202, {"codeRetour": 0}), None),
    (SEARCH, business(20000, EMPTY), None),
    (operations.ATTACHED_STRUCTURES, business(20000, EMPTY), None),
    (SEARCH, business(20007, "GFT_MSG_01.075"), None),
    (STRUCTURE, business(20000, EMPTY), Unknown),
    (SEARCH, business(20000, "une autre phrase"), Unknown),
    (SUBMIT, business(20001, "GDP_MSG_11.005 L'utilisateur n'a pas les habilitations"), NotAllowed),
    (SEARCH, business(20001, "GDP_MSG_11.005"), NotAllowed),
    (COMPLETE, business(20002, "GDP_MSG_11.033 Le statut n'est pas Suspendue"), Refused),
    (SUBMIT, business(20002, "GDP_MSG_11.033"), Unknown),
    (operations.DEPOSIT_FLUX, Silence(left=True, reason="reset"), AnswerLost),
    (operations.DEPOSIT_FLUX, business(20001, "GDP_MSG_11.022"), Refused),
    (operations.FLUX_REPORT, business(20001, "POQ_MSG_01.003 - Flux introuvable."), Unavailable),
    (RECYCLE, business(29042, "GDP_MSG_11.001 Action impossible"), Refused),
    (SUBMIT, business(20000, "GDP_MSG_11.001"), Unknown),
    (COMPLETE, business(20000, "GDP_MSG_11.008 La demande de paiement n'existe pas."), Unknown),
    (ADD_FILE, business(20003, "le fichier dépasse 10 Mo"), Refused),
    (SUBMIT, business(20003, ""), Unknown),
    (ACKNOWLEDGE, business(29043, "SIM_MSG_05.003"), Refused),
    (SUBMIT, business(20001, ""), Unknown),
    (SUBMIT, business(-1, "GDP_MSG_99.999"), Unknown),
    *[
        (SUBMIT, business(29000, rule.message_code), Refused)
        for rule in RULES
        if (rule.source, rule.operation) == ("SIM", "*")
    ],
]


def verdict(operation, outcome):
    return judge(operation, outcome, lambda words: words)


@pytest.mark.parametrize(("operation", "outcome", "error"), CASES)
def test_it_says_what_to_do_next(operation, outcome, error):
    found = verdict(operation, outcome)
    assert found.error == (error.__name__ if error else "")
    if error:
        with pytest.raises(error):
            found.outcome()
    else:
        assert isinstance(found.outcome(), dict)


def test_it_has_a_case_for_each_row_and_no_row_that_nothing_reaches():
    reached = {id(verdict(operation, outcome).rule) for operation, outcome, _ in CASES}
    assert [rule for rule in RULES if id(rule) not in reached] == []


def test_it_recognises_a_number_that_is_already_there():
    with pytest.raises(Refused) as caught:
        verdict(SUBMIT, business(29001, codes.DUPLICATE.label)).outcome()
    assert caught.value.is_duplicate
    assert caught.value.message_code == "SIM_MSG_01.001"
    with pytest.raises(Refused) as caught:
        verdict(SUBMIT, business(29010, codes.RECIPIENT_UNKNOWN.label)).outcome()
    assert not caught.value.is_duplicate


# Faults of what we send, or of the machine: a person looks, the supplier is not told that he is wrong.
FOR_A_PERSON = {
    codes.DATE_MALFORMED,
    codes.FIELD_MISSING,
    codes.FIELD_TOO_LONG,
    codes.VALUE_NOT_ALLOWED,
    codes.LINES_MISSING,
    codes.PIECE_MISSING,
    codes.PIECE_UNKNOWN,
    codes.FILE_UNREADABLE,
    codes.BANK_DETAILS_UNKNOWN,
    codes.MOVE_IMPOSSIBLE,
    codes.REASON_REQUIRED,
    codes.STRUCTURE_UNKNOWN,
    codes.STRUCTURE_SERVICE_UNKNOWN,
    codes.NOT_IN_QUALIFICATION,
    codes.BODY_UNREADABLE,
    codes.FAULT_ORDERED,
}


def test_it_has_thought_of_every_code_the_simulator_invents():
    listed = {rule.message_code for rule in RULES}
    left_out = {code.message for code in codes.invented() if code.message not in listed}
    by_number = {code.message for code in codes.invented() if code.number == 20003}
    assert left_out - by_number == {code.message for code in FOR_A_PERSON}


def test_it_never_blames_an_invoice_for_an_http_status():
    for rule in RULES:
        if rule.means in (Meaning.REFUSED, Meaning.DUPLICATE):
            assert rule.http == range(200, 300)
            assert rule.message_code or rule.code


def test_it_tells_where_each_row_comes_from():
    assert all(rule.note and rule.source for rule in RULES)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("3", 3), ("0", 0), ("999999999", 86_400), ("", None), ("soon", None), ("-5", None), ("nan", None), ("²", None)],
)
def test_it_reads_how_long_to_wait(value, seconds):
    assert pause({"Retry-After": value}) == seconds


def test_it_reads_until_when_to_wait():
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 80 < pause({"Retry-After": later}) <= 90


def test_it_gives_the_pause_and_the_facts_with_the_error():
    with pytest.raises(Unavailable) as caught:
        verdict(SEARCH, Reply(status=429, headers={"Retry-After": "7"}, body=b"quota")).outcome()
    error = caught.value
    assert (error.operation, error.http_status, error.retry_after) == ("factures/rechercher/fournisseur", 429, 7)
    assert error.body_excerpt == "quota"
    assert str(error) == "factures/rechercher/fournisseur: HTTP 429"


def test_it_survives_a_pickle():
    with pytest.raises(Refused) as caught:
        verdict(SUBMIT, business(29001, codes.DUPLICATE.label)).outcome()
    copy = pickle.loads(pickle.dumps(caught.value))
    assert vars(copy) == vars(caught.value)
    assert str(copy) == str(caught.value)


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[1]", b'"x"', b'{"a": NaN}', b'{"a": 1', b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000],
)
def test_it_reads_no_object_in_what_is_not_one(body):
    assert read_object(body) is None


def test_it_reads_decimals_as_their_own_text():
    assert read_object(b'{"a": 0.10, "b": 1326, "c": 130.272}') == {"a": "0.10", "b": 1326, "c": "130.272"}
