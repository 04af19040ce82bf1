"""The client of Chorus Pro: one method per operation, grouped by subject."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from chorus.api.auth import Account, Application, MemoryTokens, TokenStore
from chorus.api.caller import Caller
from chorus.api.deposit_calls import DepositCalls
from chorus.api.invoice_calls import InvoiceCalls
from chorus.api.journal import Journal
from chorus.api.reference_calls import ReferenceCalls
from chorus.api.structure_calls import StructureCalls
from chorus.api.transport import Transport


class Chorus(StructureCalls, DepositCalls, InvoiceCalls, ReferenceCalls):
    """Chorus Pro for one technical account, for one thread at a time.

    `throttle` runs before each HTTP call and may wait or raise; `journal` receives a `Call` after each; `timeout` and
    `deadline` in seconds, see `Transport`. Every method raises the errors of `errors.py` and nothing else, except
    what `throttle` or `before_send` raise themselves.
    """

    def __init__(
        self,
        *,
        api_url: str,
        token_url: str,
        client_id: str,
        client_secret: str,
        account: Account,
        tokens: TokenStore | None = None,
        throttle: Callable[[], None] = lambda: None,
        journal: Journal = lambda call: None,
        timeout: tuple[float, float] = (5, 30),
        deadline: float = 60,
        ca_file: str | None = None,
    ) -> None:
        self._transport = Transport(timeout=timeout, deadline=deadline, ca_file=ca_file)
        caller = Caller(
            api_url=api_url,
            token_url=token_url,
            application=Application(client_id, client_secret),
            account=account,
            tokens=tokens if tokens is not None else MemoryTokens(),
            throttle=throttle,
            journal=journal,
            transport=self._transport,
        )
        super().__init__(caller)

    def close(self) -> None:
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
