"""What the groups of calls share: one caller, and reading a list page by page."""

from collections.abc import Iterator

from chorus.api.caller import Caller
from chorus.api.operations import Operation
from chorus.api.parsing import Json, integer, mapping, page_count
from chorus.api.payloads import PAGE_SIZE, paging

MOST_PAGES = 200  # a far side that announces more is not believed


class Calls:
    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def _call(self, operation: Operation, payload: Json | None) -> Json:
        return self._caller.call(operation, payload).outcome()

    def _pages(self, operation: Operation, payload: Json, block: str) -> Iterator[Json]:
        """One answer after another; `block` is the name this operation gives to its paging block."""
        for number in range(1, MOST_PAGES + 1):
            answer = self._call(operation, {**payload, block: paging(number, PAGE_SIZE)})
            yield answer
            counts = mapping(answer.get("parametresRetour"))
            total = integer(counts.get("total")) or 0
            if number >= page_count(counts.get("pages"), page_size=PAGE_SIZE, total=total):
                return
