"""Calls that read invoices: news, history, details, files."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, Literal

from chorus.api import operations
from chorus.api.answers import Meaning
from chorus.api.base import MOST_PAGES, Calls
from chorus.api.flux import FluxReport
from chorus.api.history import History, HistoryPage
from chorus.api.invoices import InvoiceDetail, InvoicePage, InvoiceRow
from chorus.api.operations import Operation
from chorus.api.parsing import Json, file_bytes
from chorus.api.payloads import MAXIMUM, PAGE_SIZE, download_payload, history_payload, search_payload


class InvoiceCalls(Calls):
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

    def every_invoice(self, **criteria: Any) -> Iterator[InvoiceRow]:
        """The rows of all pages of a search (criteria of `search_invoices`): a number may be a part of many others."""
        for number in range(1, MOST_PAGES + 1):
            page = self.search_invoices(page=number, **criteria)
            yield from page.rows
            if number >= page.pages:
                return

    def invoice(self, cpp_id: int) -> InvoiceDetail:
        """One invoice in full, with its payment order number when the recipient gave it."""
        verdict = self._caller.call(operations.INVOICE, {"identifiantFactureCPP": cpp_id})
        detail = InvoiceDetail.from_json(verdict.outcome(), cpp_id=cpp_id)
        if detail is None:
            verdict.fail(Meaning.UNKNOWN, "accepted without an invoice")
        return detail

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

    def flux_report(self, flow_number: str) -> FluxReport:
        """What became of a flux. Unavailable while the report is not there, as in its first minutes."""
        return FluxReport.from_json(self._call(operations.FLUX_REPORT, {"numeroFluxDepot": flow_number}))

    def download(
        self, cpp_ids: Sequence[int], *, form: Literal["PDF", "PIVOT"] = "PDF", with_attachments: bool = False
    ) -> bytes:
        """The deposited file(s): a PDF, a pivot XML, or a ZIP of one folder per invoice. At most ten ids are advised.

        Unknown (answer too large) above about 30 Mo.
        """
        return self._file(operations.DOWNLOAD, download_payload(cpp_ids, form, with_attachments))

    def recipients_directory(self) -> bytes:
        """The ZIP of all recipients known to Chorus Pro."""
        return self._file(operations.DIRECTORY, {})

    def _file(self, operation: Operation, payload: Json) -> bytes:
        verdict = self._caller.call(operation, payload)
        answer = verdict.outcome()
        # `fichier` is the name given by one public documentation of the directory.
        content = file_bytes(answer.get("fichierResultat") or answer.get("fichier"))
        if content is None:
            verdict.fail(Meaning.UNKNOWN, "accepted without a file")
        return content

    def _history_pages(self, cpp_id: int) -> Iterator[HistoryPage]:
        for number in range(1, MOST_PAGES + 1):
            payload = self._call(operations.HISTORY, history_payload(cpp_id, number, PAGE_SIZE))
            page = HistoryPage.from_json(payload, cpp_id=cpp_id, page_size=PAGE_SIZE)
            yield page
            if number >= page.pages:
                return
