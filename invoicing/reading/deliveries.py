"""When it was delivered, and the notes that tell: the list that a label of deliveries begins, to its end."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from invoicing.reading.dates import find_dates
from invoicing.reading.heading import dated_behind
from invoicing.reading.labels import find_labels
from invoicing.reading.layout import Cell, Place, Sheet
from invoicing.reading.references import read_list, read_number
from invoicing.reading.result import Found
from invoicing.reading.search import BARE, Document, Proposal, Read, is_parted
from invoicing.reading.wordings import NO, NOTE

FIELDS = ("delivery_dates", "delivery_note")
# The weight of a date behind the note it belongs to, which no label of dates announces.
DATED = 2.0
# A list goes over so many lines at most.
LINES = 8

_PARTING = re.compile(r"\s*(?:[,;/&+()-]|\bet\b|\bpuis\b)[\s,;/&+()-]*(?:(?:et|puis)\b)?")
_ONE_MORE = re.compile(
    r"\s*(?:livraisons?|livree?s?)?[\s:]*(?:(?:en date du|date du|du|les?|des)\b)?\s*"
    r"(?:(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche) )?"
)
_CALLED_NOTE = re.compile(rf"\s*(?:(?:{NOTE}|bons?\b)(?![-_])[\s:]*(?:{NO})?[\s:]*)")
_NOTE_NUMBER = re.compile(
    r"\s*((?:[A-Z]{1,6} )?[A-Z]{0,6}[-_]?\d[\w/-]*)(?![\w/-]|[.,]\d)(?=\s*(?:$|[.,;/&+()-]|et\b|puis\b|du\b|le\b))"
)
_OPEN = re.compile(r"(?:[,;/&+(-]|\b(?:et|puis|du|le|les|des|bons?|bl)|n°)\s*$")
_GOES_ON = re.compile(r"\s*(?:[,;&+(]|(?:et|puis)\b)")
_SENTENCE_END = re.compile(r"\.(?=\s|$)")


@dataclass
class _List:
    """What follows the first value of a label. `whole`: nothing behind it might be one more."""

    days: list[Proposal] = field(default_factory=list)
    notes: list[Proposal] = field(default_factory=list)
    whole: bool = True


def deliveries(document: Document) -> dict[str, Found]:
    """delivery_dates: every day, in order. delivery_notes: every number, as printed. Both joined by commas."""
    days = document.proposals("delivery_dates", read_days)
    notes = document.proposals("delivery_note", read_list)
    days += [
        Proposal(read.value, read.place, DATED)
        for one in document.proposals("delivery_note", read_number)
        if (read := dated_behind(one))
    ]
    lists = [_follow(document, one, is_of_notes=False) for one in days]
    lists += [_follow(document, one, is_of_notes=True) for one in notes]
    whole = all(one.whole for one in lists)
    days += [day for one in lists for day in one.days]
    notes += _unknown([note for one in lists for note in one.notes], notes)
    found = {"delivery_dates": _all_of(days, sorted, whole), "delivery_notes": _all_of(notes, list, whole)}
    return {name: one for name, one in found.items() if one}


def read_days(place: Place) -> Read | None:
    found = find_dates(place.folded)
    if not found:
        return None
    days = sorted({one.value for one in found})
    place_read = place.narrowed(found[0].start, found[-1].end)
    return Read(",".join(map(date.isoformat, days)), place_read, is_parted(place, found[0].start))


def _follow(document: Document, first: Proposal, *, is_of_notes: bool) -> _List:
    """Behind « 08/09/2026 »: « , 22/09/2026 (BL 12, 14) et le 23/09/2026 », over the lines on which it goes on."""
    found, cell = _List(), _with_its_lines(document.sheet, first.place.cell)
    dates = {one.start: one for one in reversed(find_dates(cell.folded))}
    at, after_note = first.place.end, is_of_notes
    while True:
        parting = _PARTING.match(cell.folded, at)
        start = parting.end() if parting else at
        day = dates.get(_ONE_MORE.match(cell.folded, start).end())
        called = _CALLED_NOTE.match(cell.folded, start)
        number = _NOTE_NUMBER.match(cell.text, called.end() if called else start)
        if day and (parting or after_note):
            weight = DATED if is_of_notes else first.weight
            found.days.append(Proposal(day.value.isoformat(), Place(cell, day.start, day.end), weight))
            at, after_note = day.end, False
        elif number and (called or (parting and (is_of_notes or found.notes))):
            # « bon », in words of dates, may be an order as well.
            weight = first.weight if is_of_notes else BARE
            found.notes.append(Proposal(number[1], Place(cell, number.start(1), number.end(1)), weight))
            at, after_note = number.end(1), True
        else:
            found.whole = not _may_go_on(cell, at, first.value)
            return found


def _with_its_lines(sheet: Sheet, cell: Cell) -> Cell:
    """The cell and the lines beneath it as one, as long as what one ends with or the next begins with says so."""
    whole, last = cell, cell
    for _ in range(LINES):
        below = sheet.goes_on_below(last)
        if not below or not (_OPEN.search(last.folded) or _GOES_ON.match(below.folded)):
            break
        whole, last = Cell.of(cell.page, cell.row, cell.column, (*whole.words, *below.words)), below
    return whole


def _may_go_on(cell: Cell, at: int, value: str) -> bool:
    """Whether the rest of the sentence, before another label, holds a date or what is written as the value is."""
    ends = [hit.start for hit in find_labels(cell) if hit.start >= at and hit.field not in FIELDS and hit.weight > BARE]
    sentence = _SENTENCE_END.search(cell.text, at)
    rest = slice(at, min([*ends, sentence.start() if sentence else len(cell.text)]))
    alike = {_shape(word.strip(",;()")) for word in cell.text[rest].split()}
    return bool(find_dates(cell.folded[rest])) or not alike.isdisjoint(map(_shape, value.split(",")))


def _shape(text: str) -> str:
    return re.sub(r"\d", "9", text)


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
    return Proposal(value, strongest.place, strongest.weight).found(sure=whole and strongest.weight >= 2)
