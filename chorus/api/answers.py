"""What every answer means: one closed table, read from top to bottom, the first row that fits wins.

To add a row: put it above the general ones, give its source and how sure it is, add its case to the tests. Whatever
no row lists is UNKNOWN: a person looks, and nothing reaches the supplier as his fault.

Confidence: S official document or description; S* official text as quoted by others; C seen in public clients or
measured by them; ? inferred; SIM invented by our simulator, never sent by the real service.
"""

import fnmatch
from dataclasses import dataclass, field
from enum import StrEnum

from chorus.api.errors import AnswerLost, ChorusError, Denied, NotAllowed, Refused, Unavailable, Unknown


class Shape(StrEnum):
    """How far the exchange went."""

    NEVER_LEFT = "never left"
    NO_ANSWER = "no whole answer"
    TOO_LARGE = "answer too large"
    NOT_JSON = "not a JSON object"
    NO_CODE = "JSON without codeRetour"
    CODE = "JSON with codeRetour"


class Meaning(StrEnum):
    ACCEPTED = "accepted"
    EMPTY = "no result"
    LATER = "later"
    ACCOUNT = "account"
    STRUCTURE = "structure"
    REFUSED = "refused"
    DUPLICATE = "already there"
    DOUBT = "doubt"
    UNKNOWN = "unknown"


ERRORS: dict[Meaning, type[ChorusError]] = {
    Meaning.LATER: Unavailable,
    Meaning.ACCOUNT: Denied,
    Meaning.STRUCTURE: NotAllowed,
    Meaning.REFUSED: Refused,
    Meaning.DUPLICATE: Refused,
    Meaning.DOUBT: AnswerLost,
    Meaning.UNKNOWN: Unknown,
}

ANSWERED = (Shape.NOT_JSON, Shape.NO_CODE, Shape.CODE)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The facts of one exchange that the table looks at. `changes`: the operation creates or changes an invoice."""

    operation: str
    changes: bool
    shape: Shape
    http: int | None = None
    code: int | None = None
    message_code: str = ""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One row. A criterion left out fits everything; `http` is a set of statuses, `operation` a glob."""

    means: Meaning
    note: str
    source: str
    operation: str = "*"
    changes: bool | None = None
    shapes: tuple[Shape, ...] = ANSWERED
    http: range | None = field(default=None)
    code: int | None = None
    message_code: str = ""

    def fits(self, seen: Seen) -> bool:
        return (
            fnmatch.fnmatchcase(seen.operation, self.operation)
            and self.changes in (None, seen.changes)
            and seen.shape in self.shapes
            and (self.http is None or seen.http in self.http)
            and self.code in (None, seen.code)
            and self.message_code in ("", seen.message_code)
        )


def _status(first: int, last: int | None = None) -> range:
    return range(first, (last or first) + 1)


SUCCESS = _status(200, 299)

_SILENCE = (
    Rule(
        means=Meaning.LATER,
        shapes=(Shape.NEVER_LEFT,),
        note="name not found, connection refused, TLS or connection time-out: not one byte of the request was written",
        source="by construction (transport.py)",
    ),
    Rule(
        means=Meaning.DOUBT,
        changes=True,
        shapes=(Shape.NO_ANSWER, Shape.TOO_LARGE),
        note="cut, silent or dripping beyond the deadline, or an answer too large to be read",
        source="design",
    ),
    Rule(
        means=Meaning.LATER, shapes=(Shape.NO_ANSWER,), note="a read without an answer changes nothing", source="design"
    ),
    Rule(means=Meaning.UNKNOWN, shapes=(Shape.TOO_LARGE,), note="asking again would give the same", source="own"),
)

_TOKEN = (
    Rule(
        means=Meaning.ACCOUNT,
        operation="piste/token",
        http=_status(400, 401),
        note="unknown client id, wrong secret, or a pair of the other environment (400 invalid_client)",
        source="C 2 measured",
    ),
    Rule(
        means=Meaning.LATER,
        operation="piste/token",
        shapes=(Shape.NOT_JSON,),
        http=SUCCESS,
        note="the gateway's page instead of a token; the deposit has not left",
        source="C 2",
    ),
    Rule(
        means=Meaning.ACCEPTED,
        operation="piste/token",
        shapes=(Shape.NO_CODE,),
        http=SUCCESS,
        note="a token has no codeRetour",
        source="C 3 measured",
    ),
)

_HTTP = (
    Rule(
        means=Meaning.ACCOUNT,
        http=_status(401),
        note="token or technical account refused (after a fresh token); answered before any business service",
        source="S status, C 4",
    ),
    Rule(
        means=Meaning.ACCOUNT,
        http=_status(403),
        note="the PISTE application has not consented to this API (empty body), or the path is not declared",
        source="C 2 measured",
    ),
    Rule(
        means=Meaning.LATER,
        http=_status(429),
        note="quota exceeded: the gateway did not pass the request on",
        source="C 1, PISTE practice ?",
    ),
    Rule(
        means=Meaning.DOUBT,
        changes=True,
        http=_status(300, 399),
        note="redirects are never followed; who sent it is not known",
        source="design",
    ),
    Rule(means=Meaning.LATER, http=_status(300, 399), note="redirects are never followed", source="design"),
    Rule(
        means=Meaning.DOUBT, changes=True, http=_status(408), note="the far side stopped waiting: for what?", source="?"
    ),
    Rule(means=Meaning.LATER, http=_status(408), note="the far side stopped waiting", source="?"),
    Rule(
        means=Meaning.UNKNOWN,
        http=_status(413),
        note="body larger than the service accepts (10 Mo per file, 120 Mo per group of invoices)",
        source="S",
    ),
    Rule(
        means=Meaning.DOUBT,
        changes=True,
        http=_status(500, 599),
        note="fault or maintenance behind the gateway, perhaps after the invoice was stored",
        source="S status, C 4",
    ),
    Rule(means=Meaning.LATER, http=_status(500, 599), note="fault or maintenance", source="S status, C 4"),
)

_ENVELOPE = (
    Rule(
        means=Meaning.ACCEPTED,
        operation="transverses/health-check",
        shapes=(Shape.NO_CODE,),
        http=SUCCESS,
        note="the health check has its own three keys",
        source="C 1 measured",
    ),
    Rule(
        means=Meaning.DOUBT,
        changes=True,
        shapes=(Shape.NOT_JSON, Shape.NO_CODE),
        http=SUCCESS,
        note="success by HTTP only: the invoice may or may not be stored",
        source="design",
    ),
    Rule(
        means=Meaning.LATER,
        shapes=(Shape.NOT_JSON,),
        http=SUCCESS,
        note="a page of the gateway instead of the service",
        source="C 4",
    ),
    Rule(
        means=Meaning.ACCEPTED,
        shapes=(Shape.CODE,),
        http=SUCCESS,
        code=0,
        note="success is codeRetour 0; its label varies",
        source="S, C 8 measured",
    ),
)


def _business(
    means: Meaning, message_code: str, note: str, source: str = "SIM", operation: str = "*", code: int | None = None
) -> Rule:
    return Rule(
        means=means,
        operation=operation,
        shapes=(Shape.CODE,),
        http=SUCCESS,
        code=code,
        message_code=message_code,
        note=note,
        source=source,
    )


_BUSINESS = (
    # Only for operations that give a list: elsewhere « no result » is no answer to what was asked.
    _business(Meaning.EMPTY, "TRA_MSG_00.015", "no result", "C 1 measured", "*/rechercher*"),
    _business(Meaning.EMPTY, "TRA_MSG_00.015", "no result", "C 1 measured", "*/recuperer/*"),
    _business(Meaning.EMPTY, "GFT_MSG_01.075", "no result, in works invoices", "C 1 measured", "*/rechercher*"),
    _business(Meaning.STRUCTURE, "GDP_MSG_11.005", "the user may not act for this structure", "S*"),
    _business(Meaning.REFUSED, "GDP_MSG_11.022", "file too large", "S*", "factures/deposer/flux"),
    # Seen for seconds or minutes after a deposit that was accepted: the report is not there yet.
    _business(
        Meaning.LATER, "POQ_MSG_01.003", "no report (yet) for this flux", "C 1 measured", "*/consulterCRDetaille"
    ),
    _business(Meaning.REFUSED, "GDP_MSG_11.033", "the invoice is not suspended (any more)", "S*", "factures/completer"),
    _business(
        Meaning.REFUSED, "GDP_MSG_11.001", "not possible in the invoice's present status", "C 1", "factures/recycler"
    ),
    _business(Meaning.UNKNOWN, "GDP_MSG_11.008", "the invoice does not exist for this account", "S*"),
    _business(
        Meaning.REFUSED,
        "",
        "file over 10 Mo (number published, message code not)",
        "S*",
        "transverses/ajouter/fichier",
        20003,
    ),
    _business(Meaning.DUPLICATE, "SIM_MSG_01.001", "number already used by this supplier"),
    _business(Meaning.REFUSED, "SIM_MSG_01.002", "number malformed"),
    _business(Meaning.REFUSED, "SIM_MSG_01.004", "invoice date in the future"),
    _business(Meaning.REFUSED, "SIM_MSG_02.001", "recipient unknown"),
    _business(Meaning.REFUSED, "SIM_MSG_02.002", "recipient inactive"),
    _business(Meaning.REFUSED, "SIM_MSG_02.003", "service code required"),
    _business(Meaning.REFUSED, "SIM_MSG_02.004", "service unknown"),
    _business(Meaning.REFUSED, "SIM_MSG_02.005", "service inactive"),
    _business(Meaning.REFUSED, "SIM_MSG_02.006", "service reserved to invoices between public bodies"),
    _business(Meaning.REFUSED, "SIM_MSG_02.007", "engagement number required"),
    _business(Meaning.REFUSED, "SIM_MSG_02.008", "service code or engagement number required"),
    _business(Meaning.REFUSED, "SIM_MSG_03.001", "amounts incoherent"),
    _business(Meaning.REFUSED, "SIM_MSG_04.003", "type of attachment unknown"),
    _business(Meaning.REFUSED, "SIM_MSG_04.004", "file empty"),
    _business(Meaning.REFUSED, "SIM_MSG_04.006", "file extension not accepted"),
    _business(Meaning.REFUSED, "SIM_MSG_05.003", "the invoice is not rejected", operation="factures/traiterRejet"),
)

_OTHERWISE = Rule(means=Meaning.UNKNOWN, shapes=tuple(Shape), note="not listed: a person must look", source="design")

# Complete and ordered; a test reaches each row.
RULES: tuple[Rule, ...] = (*_SILENCE, *_TOKEN, *_HTTP, *_ENVELOPE, *_BUSINESS, _OTHERWISE)


def rule_for(seen: Seen) -> Rule:
    return next(rule for rule in RULES if rule.fits(seen))
