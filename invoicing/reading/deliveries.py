"""When it was delivered, and the notes that tell: the list or the column that a label of deliveries begins."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, partial
from itertools import chain, takewhile

from invoicing.reading.dates import DateFound, find_dates, find_days
from invoicing.reading.heading import dated_behind
from invoicing.reading.labels import Hit, find_labels
from invoicing.reading.layout import Cell, Place, Sheet
from invoicing.reading.references import read_list, read_number, shape
from invoicing.reading.result import Found
from invoicing.reading.search import BARE, BELOW, Document, Proposal, Read, Reader, is_parted
from invoicing.reading.wordings import NO, NOTE

FIELDS = ("delivery_dates", "delivery_note")
# The weight of a date behind the note it belongs to, which no label of dates announces; and of one beneath « Date »
# among the columns of goods, which is hardly anything else.
DATED, OF_GOODS = 2.0, 1.5
# A list goes over so many lines at most.
LINES = 8

BULLET = r"[•●▪■◦‣⁃∙·*]"
_PARTING = re.compile(rf"\s*(?:{BULLET}|[,;/&+()-]|\bet\b|\bpuis\b)(?:\s|{BULLET}|[,;/&+()-])*(?:(?:et|puis)\b)?")
_ONE_MORE = re.compile(
    r"\s*(?:livraisons?|livree?s?)?[\s:]*(?:(?:en date du|date du|du|les?|des)\b)?\s*"
    r"(?:(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche) )?"
)
_CALLED_NOTE = re.compile(rf"\s*(?:(?:{NOTE}|bons?\b)(?![-_])[\s:]*(?:{NO})?[\s:]*)")
_NOTE_NUMBER = re.compile(
    r"\s*((?:[A-Z]{1,6} )?[A-Z]{0,6}[-_]?\d[\w/-]*)(?![\w/-]|[.,]\d)(?=\s*(?:$|[.,;/&+()-]|et\b|puis\b|du\b|le\b))"
)
_NAMED_NOTE = re.compile(r"(?<![A-Za-z/-])BL[-_]?\d(?:[\w/-]*\w)?(?![\w/-])")
_OPEN = re.compile(r"(?:[,;/&+(-]|\b(?:et|puis|du|le|les|des|bons?|bl)|n°)\s*$")
_GOES_ON = re.compile(rf"\s*(?:{BULLET}|[,;&+(]|(?:et|puis)\b|- ?(?:le |du )?\d)")
_SENTENCE_END = re.compile(r"\.(?=\s|$)")


def deliveries(document: Document, issued: Found | None) -> dict[str, Found]:
    """delivery_dates: every day, in order. delivery_notes: every number, as printed. Both joined by commas.

    `issued` gives the year to days that are printed without.
    """
    read_days = partial(_read_days, until=date.fromisoformat(issued.value) if issued else None)
    named = list(_named_notes(document))
    days = _announced(document, "delivery_dates", read_days)
    notes = _announced(document, "delivery_note", read_list) + named
    days += _days_of_notes(document, document.proposals("delivery_note", read_number) + named)
    days = (
        [one for one in days if not _is_period(one)]
        or list(_days_of_goods(document, read_days))
        or days
        or list(_days_under_a_title(document, read_days))
    )
    lists = [_List.behind(document, one, is_of_notes=False) for one in days]
    lists += [_List.behind(document, one, is_of_notes=True) for one in notes]
    whole = all(one.is_whole for one in lists)
    days += [day for one in lists for day in one.days]
    notes += _unknown([note for one in lists for note in one.notes], notes)
    found = {
        "delivery_dates": _all_of(days, sorted, whole),
        "delivery_notes": _all_of(notes, list, whole),
    }
    return {name: one for name, one in found.items() if one}


def _is_period(one: Proposal) -> bool:
    return one.label.startswith("periode") or bool(re.search(r"\bau\b", one.place.folded))


def _read_days(place: Place, until: date | None) -> Read | None:
    """The first day and those that follow it with no other word between."""
    found = find_dates(place.folded) or (find_days(place.folded, until) if until else [])
    if not found:
        return None
    together = list(takewhile(lambda one: not is_parted(place, one.start, found[0].end), found))
    days = sorted({one.value for one in together})
    place_read = place.narrowed(found[0].start, together[-1].end)
    return Read(",".join(map(date.isoformat, days)), place_read, is_parted(place, found[0].start))


def _named_notes(document: Document) -> Iterator[Proposal]:
    """« BL-1412 » needs no label."""
    for cell in document.sheet.cells:
        for match in _NAMED_NOTE.finditer(cell.text):
            yield Proposal(match[0], Place(cell, match.start(), match.end()), DATED)


def _days_of_notes(document: Document, notes: Iterable[Proposal]) -> Iterator[Proposal]:
    """The day right behind a note, or right before it."""
    for note in notes:
        place = note.place
        before = [day for day in find_dates(place.cell.folded[: place.start]) if _is_next_to(day, place)]
        behind = dated_behind(document, note)
        if behind:
            yield Proposal(behind.value, behind.place, DATED)
        elif before:
            day = before[-1]
            yield Proposal(day.value.isoformat(), Place(place.cell, day.start, day.end), DATED)


def _is_next_to(day: DateFound, place: Place) -> bool:
    return not any(map(str.isalnum, place.cell.folded[day.end : place.start]))


def _announced(document: Document, name: str, read: Reader) -> list[Proposal]:
    """What the labels announce; beneath a label, all that stands in its column."""
    goods = document.heads_of_goods
    proposals = document.proposals(name, read, keep=lambda cell, _: cell.row not in goods)
    found = {one.order: one for one in proposals}
    for one in proposals:
        # What stands in a column that was followed begins none.
        if one.place.distance >= BELOW and found[one.order] is one:
            found |= {more.order: more for more in _column(document, one.place, one.weight, read)}
    return [*found.values(), *_under_heads(document, name, read, goods)]


def _under_heads(
    document: Document, name: str, read: Reader, rows: Collection[int], weight: float | None = None
) -> Iterator[Proposal]:
    """What stands under the labels of a field among the names of columns, be the first rows empty."""
    for cell, hit in document.hits(name):
        if cell.row in rows:
            first = document.sheet.below(cell, hit.start, hit.end)
            begins = first and read(first)
            if begins:
                yield Proposal(begins.value, begins.place, weight or hit.weight)
            top = first if begins else Place(cell, hit.start, hit.end)
            yield from _column(document, top, weight or hit.weight, read)


def _column(document: Document, top: Place, weight: float, read: Reader) -> Iterator[Proposal]:
    """What a column holds beneath this place, all written alike, until something else is announced in or beside it."""
    begins = read(top)
    shapes = {shape(begins.value)} if begins else set()
    for place in document.sheet.column(top):
        if any(map(_announces_else, chain(*(document.labels[cell] for cell in document.sheet.rows[place.cell.row])))):
            return
        value = read(place)
        if value and not value.loose and (not shapes or shape(value.value) in shapes):
            shapes = shapes or {shape(value.value)}
            yield Proposal(value.value, value.place, weight)


def _announces_else(hit: Hit) -> bool:
    return hit.weight > BARE and hit.field not in FIELDS and not hit.field.startswith("other")


def _days_of_goods(document: Document, read_days: Reader) -> Iterator[Proposal]:
    """« Date » among the names of the columns of goods, of which one may name the notes."""
    of_notes = {cell.row for cell, _ in document.hits("delivery_note")}
    yield from _under_heads(document, "issue_date", read_days, document.heads_of_goods & of_notes, DATED)
    yield from _under_heads(document, "issue_date", read_days, document.heads_of_goods - of_notes, OF_GOODS)


def _days_under_a_title(document: Document, read_days: Reader) -> Iterator[Proposal]:
    """« Livraison » over an address, and the day beneath it."""
    for cell, hit in document.hits("delivery_dates"):
        if hit.end - hit.start == len(cell.text):
            yield from _column(document, Place(cell, hit.start, hit.end), BARE, read_days)


@dataclass
class _List:
    """What follows the first value of a label: behind « 08/09/2026 » « , 22/09/2026 (BL 12, 14) et le 23/09/2026 »."""

    first: Proposal
    cell: Cell
    at: int
    after_note: bool
    is_of_notes: bool
    days: list[Proposal] = field(default_factory=list)
    notes: list[Proposal] = field(default_factory=list)

    @classmethod
    def behind(cls, document: Document, first: Proposal, *, is_of_notes: bool) -> "_List":
        cell = _with_its_lines(document.sheet, first.place.cell)
        found = cls(first, cell, first.place.end, is_of_notes, is_of_notes)
        while found._takes_a_day() or found._takes_a_note():
            pass
        return found

    @cached_property
    def _dates(self) -> dict[int, DateFound]:
        return {one.start: one for one in reversed(find_dates(self.cell.folded))}

    @property
    def _next(self) -> int:
        """Behind the comma or the word that parts two items."""
        parting = _PARTING.match(self.cell.folded, self.at)
        return parting.end() if parting else self.at

    def _takes_a_day(self) -> bool:
        day = self._dates.get(_ONE_MORE.match(self.cell.folded, self._next).end())
        if not day or not (self._next > self.at or self.after_note):
            return False
        weight = DATED if self.is_of_notes else self.first.weight
        self.days.append(Proposal(day.value.isoformat(), Place(self.cell, day.start, day.end), weight))
        self.at, self.after_note = day.end, False
        return True

    def _takes_a_note(self) -> bool:
        called = _CALLED_NOTE.match(self.cell.folded, self._next)
        number = _NOTE_NUMBER.match(self.cell.text, called.end() if called else self._next)
        if (
            not number
            or self._holds_a_date(number)
            or not (called or (self._next > self.at and (self.is_of_notes or self.notes)))
        ):
            return False
        # « bon », in words of dates, may be an order as well.
        weight = self.first.weight if self.is_of_notes else BARE
        self.notes.append(Proposal(number[1], Place(self.cell, number.start(1), number.end(1)), weight))
        self.at, self.after_note = number.end(1), True
        return True

    def _holds_a_date(self, number: re.Match) -> bool:
        return any(number.start(1) <= start < number.end(1) for start in self._dates)

    @property
    def is_whole(self) -> bool:
        """Whether the rest of the sentence, before another label, holds no date and nothing written as the value is."""
        others = [
            hit.start
            for hit in find_labels(self.cell)
            if hit.start >= self.at and hit.field not in FIELDS and hit.weight > BARE
        ]
        sentence = _SENTENCE_END.search(self.cell.text, self.at)
        rest = slice(self.at, min([*others, sentence.start() if sentence else len(self.cell.text)]))
        alike = {shape(word.strip(",;()")) for word in self.cell.text[rest].split()}
        return not find_dates(self.cell.folded[rest]) and alike.isdisjoint(map(shape, self.first.value.split(",")))


def _with_its_lines(sheet: Sheet, cell: Cell) -> Cell:
    """The cell and the lines beneath it as one, as long as what one ends with or the next begins with says so."""
    whole, last = cell, cell
    for _ in range(LINES):
        below = sheet.goes_on_below(last)
        if not below or not (_OPEN.search(last.folded) or _GOES_ON.match(below.folded)):
            break
        whole, last = Cell.together((whole, below)), below
    return whole


def _unknown(notes: Iterable[Proposal], known: Iterable[Proposal]) -> list[Proposal]:
    """Notes that no label of theirs has told: « BL 12 » is 12."""
    values = {value for one in known for value in one.value.split(",")}
    return [one for one in notes if not any(one.value.endswith(value) for value in values)]


def _all_of(proposals: list[Proposal], ordered: Callable, whole: bool) -> Found | None:
    if not proposals:
        return None
    proposals = sorted(proposals, key=lambda one: one.order)
    found = list(dict.fromkeys(value for one in proposals for value in one.value.split(",")))
    strongest = max(proposals, key=lambda one: (one.weight, -one.order[0]))
    value = ",".join(ordered(found))
    whole = whole and not any(one.joined for one in proposals)
    return Proposal(value, strongest.place, strongest.weight).found(sure=whole and strongest.weight >= 2)
