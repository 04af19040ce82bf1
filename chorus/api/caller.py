"""Token, throttle, exchange, judgement, journal: what every call has in common."""

import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import requests

from chorus.api.answers import Meaning
from chorus.api.auth import Account, Application, TokenStore, read_token
from chorus.api.journal import Call, Journal
from chorus.api.judgement import Verdict, judge
from chorus.api.operations import TOKEN, Operation
from chorus.api.parsing import Json
from chorus.api.redaction import redact
from chorus.api.transport import Outcome, Reply, Transport

logger = logging.getLogger("chorus.api")

BeforeSend = Callable[[], None]


class Caller:
    """Calls one operation at a time with the credentials it was given; retries nothing but a refused token."""

    def __init__(
        self,
        *,
        api_url: str,
        token_url: str,
        application: Application,
        account: Account,
        tokens: TokenStore,
        throttle: Callable[[], None],
        journal: Journal,
        transport: Transport,
    ) -> None:
        self._api_url = _checked(api_url).rstrip("/")
        self._token_url = _checked(token_url)
        self._application = application
        self._account = account
        self._tokens = tokens
        self._throttle = throttle
        self._journal = journal
        self._transport = transport

    def call(self, operation: Operation, payload: Json | None = None, before_send: BeforeSend | None = None) -> Verdict:
        """The judged answer. The token is at hand before a request leaves, so that its silence is never a doubt.

        401 is answered before any business service reads the request: one more try with a fresh token is safe, even
        for a deposit. `before_send` then runs again, right before the second request leaves.
        """
        token = self._token()
        verdict = self._ask(operation, payload, token, before_send)
        if verdict.seen.http != 401:
            return verdict
        self._tokens.drop(token)
        return self._ask(operation, payload, self._token(), before_send)

    def _token(self) -> str:
        return self._tokens.get() or self._renew_token()

    def _renew_token(self) -> str:
        try:
            token, expires_at = self._fetch_token()
        except Exception:
            self._tokens.give_up()
            raise
        self._tokens.put(token, expires_at)
        return token

    def _fetch_token(self) -> tuple[str, datetime]:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        request = _prepared("POST", self._token_url, headers, self._application.form())
        verdict = self._send(TOKEN, request, clean=self._cleaner(""))
        found = read_token(verdict.outcome(), received_at=datetime.now(UTC))
        if found is None:
            verdict.fail(Meaning.LATER, "the token service answered without a token")
        return found

    def _ask(self, operation: Operation, payload: Json | None, token: str, before_send: BeforeSend | None) -> Verdict:
        headers = {
            "Authorization": f"Bearer {token}",
            "cpro-account": self._account.header(),
            "Accept": "application/json;charset=utf-8",
        }
        body = None if payload is None else json.dumps(payload, ensure_ascii=False, allow_nan=False).encode()
        if body is not None:
            headers["Content-Type"] = "application/json;charset=utf-8"
        request = _prepared(operation.method, self._api_url + operation.address, headers, body)
        return self._send(operation, request, clean=self._cleaner(token), before_send=before_send)

    def _send(
        self,
        operation: Operation,
        request: requests.PreparedRequest,
        *,
        clean: Callable[[str], str],
        before_send: BeforeSend | None = None,
    ) -> Verdict:
        self._throttle()
        started_at, clock = datetime.now(UTC), time.monotonic()
        outcome = self._transport.exchange(
            request, limit=operation.answer_limit, alone=operation.changes, before_send=before_send
        )
        verdict = judge(operation, outcome, clean)
        self._tell(verdict, outcome, started_at, time.monotonic() - clock, len(request.body or b""))
        return verdict

    def _tell(
        self, verdict: Verdict, outcome: Outcome, started_at: datetime, duration_s: float, request_bytes: int
    ) -> None:
        call = Call(
            operation=verdict.operation.name,
            started_at=started_at,
            duration_s=duration_s,
            http_status=verdict.seen.http,
            code=verdict.seen.code,
            message_code=verdict.seen.message_code,
            label=verdict.label or verdict.message,
            error=verdict.error,
            request_bytes=request_bytes,
            response_bytes=len(outcome.body) if isinstance(outcome, Reply) else 0,
            retry_after=verdict.retry_after,
        )
        try:
            self._journal(call)
        except Exception:
            # The answer of a deposit must reach the caller even when the journal cannot be written.
            logger.exception("The journal refused a call of %s", call.operation)

    def _cleaner(self, token: str) -> Callable[[str], str]:
        account = self._account
        secrets = (token, account.password, account.header(), self._application.client_secret)
        return partial(redact, secrets=secrets)


def _prepared(method: str, url: str, headers: dict[str, str], body: bytes | None) -> requests.PreparedRequest:
    return requests.Request(method, url, headers={"User-Agent": "Agrilocal18", **headers}, data=body).prepare()


def _checked(url: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise ValueError("an address of Chorus Pro or PISTE begins with https:// (http:// for the simulator)")
    return url
