"""PISTE's part: the token endpoint, and what stands between a request and the business operation.

Measured or documented: 400 without bearer, 401 for an unknown token or technical account, 403 with an empty body
for what is not declared or not subscribed, 415 without JSON content type, 400 for a body that cannot be read.
"""

import base64
import binascii
import hmac
import secrets
from typing import Any
from urllib.parse import parse_qs

from chorus.simulator import progress, reading
from chorus.simulator.codes import BODY_UNREADABLE, BadRequest, Refusal, TooLarge
from chorus.simulator.faults import Trouble
from chorus.simulator.office import Call, Office
from chorus.simulator.operations import OPERATIONS, Operation, operation_name
from chorus.simulator.quota import Quota
from chorus.simulator.shapes import reshape
from chorus.simulator.wire import Reply, Request, as_json, as_text, nothing

NO_TOKEN = (
    'Bearer realm="DefaultRealm", error="invalid_request", error_description="Unable to find token in the message"'
)
BAD_TOKEN = (
    'Bearer realm="DefaultRealm", error="invalid_token", error_description="The access token is invalid or expired"'
)
BAD_ACCOUNT = {"ErrorCode": "401", "Description": "[invalid field]"}


class Stop(Exception):
    """The gateway answers by itself; the business service never sees the request."""

    def __init__(self, reply: Reply):
        self.reply = reply


class Gateway:
    def __init__(self, office: Office):
        self._office = office
        self.quota = Quota(office)

    def token(self, request: Request) -> Reply:
        """OAuth2 client_credentials; the credentials come in the form or by HTTP Basic."""
        if not request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
            return as_json(400, {"error": "invalid_request"})
        form = {key: values[0] for key, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
        if form.get("grant_type") != "client_credentials":
            return as_json(400, {"error": "unsupported_grant_type"})
        client_id = self._client_of(request, form)
        return self._issue(client_id) if client_id else as_json(400, {"error": "invalid_client"})

    def answer(self, request: Request, shapes: list[Trouble]) -> Reply:
        """One call of `/cpro/…`, from its headers to its JSON answer."""
        try:
            operation, login = self._admit(request)
            body = reading.body_of(request.body) if operation.method == "POST" else {}
            return as_json(200, self._perform(operation, Call(self._office, login, body, shapes)))
        except Stop as stop:
            return stop.reply
        except TooLarge:
            return nothing(413)
        except BadRequest as error:
            return as_json(400, {"codeRetour": BODY_UNREADABLE.number, "libelle": f"{BODY_UNREADABLE.label} : {error}"})

    def refuse(self, trouble: Trouble, request: Request) -> Reply:
        """The answer of an ordered refusal that is an HTTP answer (not a cut connection)."""
        options = trouble.options
        if trouble.kind == "expired_token":
            self._office.store.run("delete from token where token = ?", bearer(request) or "")
            return nothing(401, {"WWW-Authenticate": BAD_TOKEN})
        if trouble.kind in ("wrong_password", "expired_password"):
            return as_json(401, BAD_ACCOUNT)
        if trouble.kind == "not_subscribed":
            return nothing(403)
        if trouble.kind == "business_error":
            return as_json(200, {"codeRetour": options["code"], "libelle": options["label"]})
        if trouble.kind == "redirect":
            return Reply(307, headers={"Location": options["location"]})
        if trouble.kind == "too_many":
            return too_many(options["retry_after"])
        return html_page(options.get("status", 200))

    def _client_of(self, request: Request, form: dict[str, str]) -> str | None:
        client_id, secret = basic(request) or (form.get("client_id", ""), form.get("client_secret", ""))
        known = self._office.store.value("select secret from application where client_id = ?", client_id)
        return client_id if known is not None and hmac.compare_digest(known.encode(), secret.encode()) else None

    def _issue(self, client_id: str) -> Reply:
        token, lifetime = secrets.token_urlsafe(40), self._office.options.token_lifetime
        now = self._office.clock.now()
        with self._office.store.transaction():
            self._office.store.run("delete from token where expires_at <= ?", now)
            self._office.store.insert("token", token=token, client_id=client_id, expires_at=now + lifetime * 1000)
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": lifetime, "scope": "openid"}
        return Reply(200, as_json(200, answer).body, "application/json", {"Cache-Control": "no-store"})

    def _admit(self, request: Request) -> tuple[Operation, str]:
        """The operation and the technical account's login, or Stop."""
        application = self._application(request)
        name = operation_name(request.path)
        operation = OPERATIONS.get(name)
        if operation is None or operation.method != request.method:
            raise Stop(nothing(403))
        if name.partition("/")[0] not in application["families"].split():
            raise Stop(nothing(403))
        if (wait := self.quota.exceeded(application["client_id"])) is not None:
            raise Stop(too_many(wait if self._office.options.retry_after else None))
        login = self._account(request)
        if operation.method == "POST" and not is_json(request):
            raise Stop(as_text(415, "Format de la requête non supporté"))
        return operation, login

    def _application(self, request: Request):
        token = bearer(request)
        if token is None:
            raise Stop(nothing(400, {"WWW-Authenticate": NO_TOKEN}))
        sql = "select a.* from token t join application a using (client_id) where t.token = ? and t.expires_at > ?"
        application = self._office.store.one(sql, token, self._office.clock.now())
        if application is None:
            raise Stop(nothing(401, {"WWW-Authenticate": BAD_TOKEN}))
        return application

    def _account(self, request: Request) -> str:
        header = request.headers.get("cpro-account")
        if not header:
            raise Stop(nothing(self._office.options.missing_account_status))
        login, password = credentials(header) or ("", "")
        account = self._office.store.one("select * from account where login = ?", login)
        if account is None or not hmac.compare_digest(account["password"].encode(), password.encode()):
            raise Stop(as_json(401, BAD_ACCOUNT))
        if not account["active_at"] <= self._office.clock.now() < account["expires_at"]:
            raise Stop(as_json(401, BAD_ACCOUNT))
        return login

    def _perform(self, operation: Operation, call: Call) -> dict[str, Any]:
        try:
            answer = operation.run(call) if operation.alone else self._in_transaction(operation, call)
        except Refusal as refusal:
            return reshape({"codeRetour": refusal.code.number, "libelle": refusal.label}, call.shapes)
        head = {} if operation.bare else {"codeRetour": 0, "libelle": operation.success.label}
        return reshape(head | answer, call.shapes)

    def _in_transaction(self, operation: Operation, call: Call) -> dict[str, Any]:
        with call.store.transaction():
            progress.catch_up(call.office)
            return operation.run(call)


def bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def basic(request: Request) -> tuple[str, str] | None:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return credentials(value) if scheme.lower() == "basic" else None


def credentials(encoded: str) -> tuple[str, str] | None:
    """`login:password` from base 64, None when it cannot be read."""
    try:
        login, separator, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (login, password) if separator else None


def is_json(request: Request) -> bool:
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower() == "application/json"


def too_many(retry_after: float | None) -> Reply:
    return nothing(429, {} if retry_after is None else {"Retry-After": str(retry_after)})


def html_page(status: int) -> Reply:
    page = "<html><head><title>Service</title></head><body><h1>Service momentanément indisponible</h1></body></html>"
    return as_text(status, page, "text/html; charset=utf-8")
