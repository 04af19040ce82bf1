"""Numbers and codes a label announces: invoice number, engagement number, service code."""

import re

from invoicing.reading.dates import find_dates
from invoicing.reading.layout import Place
from invoicing.reading.search import Read, Reader
from suppliers.identifiers import is_siret

_LEAD = re.compile(
    r"[\s:.=#°>*-]*(?:\(?(?:chorus(?: pro)?|ej|se|client|public)\)?(?=[\s:.=)])[\s:.=#°>*)-]*)?(?:n ?[°o] ?[:.]? ?)?",
    re.IGNORECASE,
)
# Any other sign belongs to the number where it touches what follows: the checks say which Chorus Pro refuses.
_SIGNS = r"(?:[\w./+-]|[^\s,;&()\[\]<>|=](?=\w))"
_TOKEN = rf"[^\W_]{_SIGNS}*"
_PREFIX = r"(?!(?:DU|LE|AU|DE|LA|EN|A|N|DATE|TVA|PAGE|TEL|SIRET)\b)[A-Z]{1,6}"
# « F 26 09 0188 », « FA 2026-12 », « 2026 / 012 », « 2026 0147 »: one number although a space runs through it.
_NUMBER = re.compile(
    rf"(?P<grouped>{_PREFIX} ?\d{{1,4}}(?: \d{{2,6}}){{1,3}}(?= ?(?:[,;:)|-]|$)| (?:du|le|en|date)\b))"
    rf"|(?P<prefixed>{_PREFIX} {_TOKEN})"
    rf"|(?P<parted>[A-Z0-9]+ ?[/-] ?\d{_SIGNS}*)"
    rf"|(?P<yeared>(?:20|[A-Z]{{1,6}})\d\d \d{{2,6}}(?!\S))"
    rf"|(?P<plain>{_TOKEN})"
)
# Behind the first of several: « 4471, 4472 et 4480 ».
_NEXT = re.compile(r" ?(?:,|;|/|&|\+|et\b|-(?= )) ?(?:n ?[°o] ?)?([A-Z]{0,6}[-_]?\d[A-Za-z0-9_/-]*)(?![.,]\d)")
_ENOUGH = re.compile(r"\W*(?:$|du\b|le\b|en date\b|date\b|page\b)| ?\(\d\d?[/.]\d")
_ENOUGH_OF_MANY = re.compile(rf"{_ENOUGH.pattern}|\W*(?:[,;/&+]|et\b)")
_PHONE = re.compile(r"(?:\+33 ?[1-9]|0[1-9])(?:[ .-]?\d\d){4}(?!\d)")
_MONEY = re.compile(r"[\d ]+(?:\.\d\d|,\d{1,3})(?!\d)(?: ?€)?|\d+ ?(?:€|%)")
_SERVICE = re.compile(r"[A-Z0-9][A-Z0-9_./-]*(?: (?!- )[A-Z0-9_][A-Z0-9_./-]*)*(?![a-z]|,\d)")
_STREET = re.compile(
    r"\d{1,4} ?(?:[a-d]|bis|ter)?,? "
    r"(?:rue|route|avenue|av|bd|boulevard|place|chemin|allees?|quai|impasse|cours|square|lieu)\b"
)
# More likely the end of a date broken over two lines.
_YEAR = re.compile(r"20[0-4]\d")
# What follows a number and may belong to it: another group, or a sign that touches both.
_MORE = re.compile(r"[^\s\w]\w| \d+(?: |$)(?! ?[€%])")
_POSTCODE = re.compile(r"\d{5} [^\W\d]")
NUMBER_LENGTH, ENGAGEMENT_LENGTH, SERVICE_LENGTH = 40, 50, 100


def read_number(place: Place) -> Read | None:
    """An invoice number: has a digit, and is no date, telephone number or amount."""
    return _read(place, NUMBER_LENGTH)


def read_list(place: Place) -> Read | None:
    """One or more numbers, joined by commas: « 4471, 4472 et 4480 »."""
    first = _read(place, NUMBER_LENGTH, enough=_ENOUGH_OF_MANY)
    if not first:
        return None
    values, end = [first.value], first.place.end
    while match := _NEXT.match(place.cell.text, end, place.end):
        if _is_something_else(place, match.start(1) - place.start, match.end(1) - place.start):
            break
        values.append(match[1])
        end = match.end()
    return Read(",".join(values), Place(place.cell, first.place.start, end, place.distance), first.loose)


def read_engagement(place: Place) -> Read | None:
    return _read(place, ENGAGEMENT_LENGTH)


def engagement_but(number: str) -> Reader:
    """An engagement number that is not the invoice's: that one stands in the next column."""

    def read(place: Place) -> Read | None:
        found = read_engagement(place)
        return found if found and found.value != number else None

    return read


def shape(text: str) -> str:
    """How a number is written, whatever its digits: of one series all are alike."""
    return re.sub(r"\d", "9", text)


def read_service(place: Place) -> Read | None:
    """A service code: capitals, digits and underscores; a sentence in small letters is none, nor is an address."""
    start = _LEAD.match(place.text).end()
    match = _SERVICE.match(place.text, start)
    is_address = _STREET.match(place.folded, start) or _POSTCODE.match(place.text, start)
    if not match or len(match.group()) > SERVICE_LENGTH or is_address:
        return None
    code = match.group().rstrip(" ./-")
    return Read(code, place.narrowed(start, start + len(code)), _is_cut(match)) if code else None


def _read(place: Place, longest: int, enough: re.Pattern = _ENOUGH) -> Read | None:
    start = _LEAD.match(place.text).end()
    # « 938 - 09/05/2026 » is a number and a date, not one number.
    dates = [found.start for found in find_dates(place.folded) if found.start > start]
    match = _NUMBER.match(place.text, start, min(dates, default=len(place.text)))
    if not match or _is_something_else(place, match.start(), match.end()):
        return None
    # To the right or below, the value is the whole cell: « 18120 Fictive-sur-Cher » is a town.
    if place.distance and not enough.match(place.folded, match.end()):
        return None
    value = match.group().rstrip("./_+-")
    if not any(sign.isdigit() for sign in value) or not 1 <= len(value) <= longest or is_siret(value):
        return None
    return Read(value, place.narrowed(start, start + len(value)), bool(_YEAR.fullmatch(value)) or _goes_on(match))


def _goes_on(match: re.Match) -> bool:
    """« F2026,0147 » and « 26 0147 » may be one number or two."""
    return _is_cut(match) or bool(_MORE.match(match.string, match.end(), match.endpos))


def _is_cut(match: re.Match) -> bool:
    """« BL-2026- » at the end of a narrow column goes on elsewhere."""
    return match.group()[-1] in "-/_" and not match.string[match.end() :].strip()


def _is_something_else(place: Place, start: int, end: int) -> bool:
    """Whether a telephone number, an amount or a date stands there in the place's text."""
    if _PHONE.match(place.text, start) or _MONEY.match(place.text, start):
        return True
    return any(found.start < end and start < found.end for found in find_dates(place.folded))
