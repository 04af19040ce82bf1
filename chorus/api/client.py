"""The client of Chorus Pro: one method per operation."""

import base64
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import PurePath
from types import TracebackType
from typing import Self

from chorus.api import operations
from chorus.api.answers import Meaning
from chorus.api.auth import Account, Application, MemoryTokens, TokenStore
from chorus.api.calls import BeforeSend, Caller
from chorus.api.invoices import History, HistoryPage, InvoicePage, Submitted
from chorus.api.journal import Journal
from chorus.api.parsing import Json, integer, mapping, page_count
from chorus.api.payloads import MAXIMUM, PAGE_SIZE, history_payload, paging, search_payload, with_main_piece
from chorus.api.structures import AttachedStructure, Health, Service, ServiceDetail, Structure, StructureFound
from chorus.api.transport import Transport

MOST_PAGES = 200  # a far side that announces more is not believed


class Chorus:
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
        self._caller = Caller(
            api_url=api_url,
            token_url=token_url,
            application=Application(client_id, client_secret),
            account=account,
            tokens=tokens if tokens is not None else MemoryTokens(),
            throttle=throttle,
            journal=journal,
            transport=self._transport,
        )

    def close(self) -> None:
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # --- the service itself

    def health(self) -> Health:
        """Protected by both credentials, so a good test of the connection (measured by others)."""
        return Health.from_json(self._call(operations.HEALTH, None))

    # --- structures

    def find_structure(self, siret: str, *, private_too: bool = False) -> StructureFound | None:
        """The structure with exactly this SIRET, an active one first; None if there is none.

        Without `private_too`: public structures, and the private ones our account is attached to.
        """
        payload: Json = {
            "structure": {"identifiantStructure": siret, "typeIdentifiantStructure": "SIRET"},
            "parametres": paging(1, PAGE_SIZE),
        }
        if private_too:
            payload["restreindreStructuresPrivees"] = False
        found = StructureFound.from_json(self._call(operations.FIND_STRUCTURE, payload))
        exact = [structure for structure in found if structure.identifier == siret]
        return max(exact, key=lambda structure: structure.active, default=None)

    def structure(self, id: int) -> Structure:
        """A public structure, or one our account is attached to; `id` is its `idStructureCPP`."""
        return Structure.from_json(self._call(operations.STRUCTURE, {"idStructureCPP": id}), id=id)

    def services(self, structure_id: int) -> tuple[Service, ...]:
        """All services, inactive and reserved ones included, each id once."""
        found: dict[int, Service] = {}
        for payload in self._pages(operations.SERVICES, structure_id):
            found |= {service.id: service for service in Service.from_json(payload)}
        return tuple(found.values())

    def service(self, structure_id: int, service_id: int) -> ServiceDetail:
        payload = self._call(operations.SERVICE, {"idStructure": structure_id, "idService": service_id})
        return ServiceDetail.from_json(payload)

    def attached_structures(self) -> tuple[AttachedStructure, ...]:
        """The structures our account may deposit for."""
        return AttachedStructure.from_json(self._call(operations.ATTACHED_STRUCTURES, {}))

    # --- deposit

    def add_file(self, name: str, content: bytes, mime_type: str = "application/pdf") -> int:
        """Upload a file and give its `pieceJointeId`. No effect on any invoice: in doubt, upload it again.

        `name` has an extension and at most 50 characters, `content` at most 10 Mo (else Refused).
        """
        payload = {
            "pieceJointeFichier": base64.b64encode(content).decode("ascii"),
            "pieceJointeNom": name,
            "pieceJointeTypeMime": mime_type,
            "pieceJointeExtension": PurePath(name).suffix.removeprefix("."),
        }
        verdict = self._caller.call(operations.ADD_FILE, payload)
        piece_id = integer(verdict.outcome().get("pieceJointeId"))
        if piece_id is None:
            verdict.fail(Meaning.UNKNOWN, "accepted without pieceJointeId")
        return piece_id

    def submit(self, payload: Json, piece_id: int, piece_name: str, before_send: BeforeSend | None = None) -> Submitted:
        """Deposit an invoice: `payload` from `submit_payload`, `piece_id` from `add_file`. Never retried here.

        `before_send` runs once the token is known, the throttle passed and the connection open, right before the
        first byte leaves; if it raises, nothing was sent and what it raised passes through. After a 401, which is
        answered before any business service sees the request, it runs again before the second and last try.
        """
        body = with_main_piece(payload, piece_id, piece_name)
        verdict = self._caller.call(operations.SUBMIT, body, before_send)
        submitted = Submitted.from_json(verdict.outcome())
        if submitted is None:
            verdict.fail(Meaning.DOUBT, "accepted without identifiantFactureCPP")
        return submitted

    # --- news

    def search_invoices(
        self,
        *,
        supplier_id: int | None = None,
        number: str = "",
        changed_from: date | datetime | None = None,
        changed_to: date | datetime | None = None,
        statuses: tuple[str, ...] = (),
        flow_number: str = "",
        page: int = 1,
        page_size: int = PAGE_SIZE,
        maximum: int = MAXIMUM,
        sort: str = "",
        ascending: bool = False,
    ) -> InvoicePage:
        """One page of the invoices our account sees. No result is an empty page, not an error.

        `changed_from`/`changed_to` bound the date of the present status; a day alone means the whole day, in Paris.
        `maximum` caps the whole search: a `total` that reaches it may hide rows. `sort` is a `triColonne` value.
        """
        body = search_payload(
            page=page,
            page_size=page_size,
            maximum=maximum,
            supplier_id=supplier_id,
            number=number,
            changed_from=changed_from,
            changed_to=changed_to,
            sort=sort,
            ascending=ascending,
            statuses=statuses,
            flow_number=flow_number,
        )
        payload = self._call(operations.SEARCH_INVOICES, body)
        return InvoicePage.from_json(payload, page=page, page_size=page_size)

    def history(self, cpp_id: int) -> History:
        """Every passage of status of one invoice, all pages read, each id once."""
        pages = list(self._history_pages(cpp_id))
        entries = {entry.id: entry for page in pages for entry in page.entries}
        first = pages[0]
        return History(
            cpp_id=first.cpp_id,
            number=first.number,
            current_status=first.current_status,
            entries=tuple(entries.values()),
        )

    def _history_pages(self, cpp_id: int) -> Iterator[HistoryPage]:
        for number in range(1, MOST_PAGES + 1):
            payload = self._call(operations.HISTORY, history_payload(cpp_id, number, PAGE_SIZE))
            page = HistoryPage.from_json(payload, cpp_id=cpp_id, page_size=PAGE_SIZE)
            yield page
            if number >= page.pages:
                return

    def _pages(self, operation: operations.Operation, structure_id: int) -> Iterator[Json]:
        for number in range(1, MOST_PAGES + 1):
            block = paging(number, PAGE_SIZE)
            payload = self._call(
                operation, {"idStructure": structure_id, "parametresRechercherServicesStructure": block}
            )
            yield payload
            counts = mapping(payload.get("parametresRetour"))
            total = integer(counts.get("total")) or 0
            if number >= page_count(counts.get("pages"), page_size=PAGE_SIZE, total=total):
                return

    def _call(self, operation: operations.Operation, payload: Json | None) -> Json:
        return self._caller.call(operation, payload).outcome()
