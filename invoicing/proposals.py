"""What was read in a PDF, as values for an invoice and as notes beside its form. Proposals: the supplier confirms."""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from invoicing.matching import Printed
from invoicing.models import NUMBER_MAX, Invoice, Kind
from invoicing.reading import Difference, Found, Reading, Source
from invoicing.typography import NBSP
from orders.models import CONTRACT_MAX, ENGAGEMENT_MAX, SERVICE_MAX, to_cents
from suppliers.encryption import keyed_hash
from suppliers.identifiers import clean_iban, is_iban, mask_iban
from suppliers.validators import YEARS

LARGEST_AMOUNT = Decimal(10) ** 11
# Without most of these a person has to type the invoice.
MAIN_FIELDS = ("number", "issue_date", "total_ht", "total_tva", "total_ttc")


def _text(longest: int) -> Callable[[str], str]:
    def parse(value: str) -> str:
        value = " ".join(value.split())
        if not value.isprintable() or len(value) > longest:
            raise ValueError
        return value

    return parse


def _amount(value: str) -> Decimal:
    amount = Decimal(value)
    if not amount.is_finite() or abs(amount) >= LARGEST_AMOUNT:
        raise ValueError
    return to_cents(amount)


def _day(value: str) -> date:
    day = date.fromisoformat(value)
    if day.year not in YEARS:
        raise ValueError(value)
    return day


def _dates(value: str) -> list[str]:
    return sorted({_day(day).isoformat() for day in value.split(",")})


def _notes(value: str) -> list[str]:
    return [note for part in value.split(",") if (note := _text(NUMBER_MAX)(part))]


def _siret(value: str) -> str:
    if not re.fullmatch(r"[0-9]{14}", value):
        raise ValueError
    return value


def _iban(value: str) -> str:
    """An account that does not pass its own key is kept too: the verdict says so."""
    value = clean_iban(value)
    if not is_iban(value) and not re.fullmatch(r"[A-Z]{2}[0-9A-Z]{10,40}", value):
        raise ValueError
    return value


def _vat_lines(value: str) -> list[dict[str, str]]:
    """« 5.5:100.00:5.50;20:10.00:2.00 », one rate, base and tax after the other."""
    lines = [[str(_amount(part)) for part in line.split(":")] for line in value.split(";")]
    return [dict(zip(("rate", "base", "tax"), line, strict=True)) for line in lines]


PARSERS: dict[str, Callable[[str], Any]] = {
    "kind": Kind,
    "number": _text(NUMBER_MAX),
    "origin_number": _text(NUMBER_MAX),
    "issue_date": _day,
    "origin_date": _day,
    "delivery_dates": _dates,
    "delivery_notes": _notes,
    "due_date": _day,
    "total_ht": _amount,
    "total_tva": _amount,
    "total_ttc": _amount,
    "net_to_pay": _amount,
    "vat_lines": _vat_lines,
    "engagement_number": _text(ENGAGEMENT_MAX),
    "service_code": _text(SERVICE_MAX),
    "contract_number": _text(CONTRACT_MAX),
    "order_reference": _text(40),
    "supplier_siret": _siret,
    "buyer_siret": _siret,
    "iban": _iban,
}
# Read, but no column of the invoice: rows of their own.
ROWS = {"supplier_siret", "buyer_siret", "order_reference"}


def parse(name: str, value: str) -> Any:
    """The value a field would take from these words, None when it cannot take them."""
    try:
        return PARSERS[name](value)
    except (KeyError, ValueError, InvalidOperation):
        return None


def read_values(reading: Reading) -> dict[str, Any]:
    """Every value of the reading that a field can take, typed: dates, amounts, texts."""
    values = {name: parse(name, found.value) for name, found in reading.fields.items()}
    return {name: value for name, value in values.items() if value is not None}


def columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `read_values` that are columns of the invoice."""
    return {name: value for name, value in values.items() if name not in ROWS}


def printed(values: Mapping[str, Any]) -> Printed:
    """What `read_values` says of the order."""
    return Printed(
        **{
            name: values[name]
            for name in ("engagement_number", "buyer_siret", "total_ht", "issue_date")
            if name in values
        },
        reference=values.get("order_reference", ""),
        deliveries=frozenset(date.fromisoformat(day) for day in values.get("delivery_dates", [])),
    )


def printed_in(kept: dict) -> Printed:
    """The same, of what `to_json` kept."""
    values = {name: parse(name, found.value) for name, found in found_in(kept).items()}
    return printed({name: value for name, value in values.items() if value is not None})


def vat_lines(kept: dict, total_ht: Decimal | None, total_tva: Decimal | None) -> list[dict[str, str]]:
    """The VAT lines that were read, as long as they belong to these totals: typed totals have none."""
    found = found_in(kept)
    lines = parse("vat_lines", found["vat_lines"].value) if "vat_lines" in found else None
    read = [parse(name, found[name].value) if name in found else None for name in ("total_ht", "total_tva")]
    return lines if lines and read == [total_ht, total_tva] else []


def to_json(reading: Reading) -> dict:
    """What the invoice keeps of a reading. A value no field can take is dropped; an IBAN is kept masked."""
    fields = {
        name: asdict(found)
        for name, found in reading.fields.items()
        if name not in PARSERS or parse(name, found.value) is not None
    }
    differences = {
        name: asdict(told)
        for name, told in reading.differences.items()
        if all(parse(name, value) is not None for value in (told.electronic, told.printed) if value)
    }
    # Of the account no more than what tells whether another one was typed.
    iban_hash = keyed_hash(_iban(fields["iban"]["value"])) if "iban" in fields else ""
    if "iban" in fields:
        fields["iban"]["value"] = mask_iban(fields["iban"]["value"])
    if "iban" in differences:
        for source in ("electronic", "printed"):
            differences["iban"][source] = mask_iban(differences["iban"][source])
    return {
        "pages": reading.pages,
        "has_text": reading.has_text,
        "embedded_xml": reading.embedded_xml,
        "signed": reading.signed,
        "is_marked": reading.is_marked,
        "is_locked": reading.is_locked,
        "guessed": reading.guessed,
        "unread": _unread(reading),
        "iban_hash": iban_hash,
        "differences": differences,
        "fields": fields,
    }


def _unread(reading: Reading) -> list[int]:
    """Pages nobody read, where others were: a PDF that is nothing but pictures says so of itself."""
    scans = reading.scans if reading.has_text or reading.guessed else ()
    return sorted({*reading.unread, *scans})


def found_in(kept: dict) -> dict[str, Found]:
    """The fields of what `to_json` kept."""
    return {name: Found(**{**found, "box": tuple(found["box"])}) for name, found in kept.get("fields", {}).items()}


def differences_in(kept: dict) -> dict[str, Difference]:
    """Where the electronic invoice and the pages disagree, as `to_json` kept it."""
    return {name: Difference(**told) for name, told in kept.get("differences", {}).items()}


def is_hardly_legible(invoice: Invoice) -> bool:
    """Whether it is a picture that gave most of its main values neither to a program nor, so far, to a person."""
    kept = invoice.reading
    is_picture = bool(kept) and (kept.get("guessed", False) or not kept["has_text"])
    empty = [name for name in MAIN_FIELDS if getattr(invoice, name) in (None, "")]
    return is_picture and len(empty) > len(MAIN_FIELDS) / 2


def prints_account(kept: dict, iban: str) -> bool:
    """Whether this account is the one that was read, or none was. Older readings did not say which they read."""
    read = kept.get("iban_hash", "")
    return not read or (bool(iban) and read == keyed_hash(clean_iban(iban)))


def origin_of(name: str, value: Any, *, found: Mapping[str, Found], ordered: Mapping[str, str]) -> str:
    """Where a proposed value comes from, as the form says beside it; empty when somebody typed it.

    `ordered`: what the billed orders say, by field.
    """
    if value in (None, "", []):
        return ""
    places = ["repris de la commande"] if ordered.get(name) == value else []
    if is_as_read(name, value, found):
        places.append(place_in_words(found[name]))
    sentence = " et ".join(places)
    return sentence[:1].upper() + sentence[1:]


def is_as_read(name: str, value: Any, found: Mapping[str, Found]) -> bool:
    """Whether the PDF says this value, typed as the form shows it."""
    return value not in (None, "", []) and name in found and parse(name, found[name].value) == value


@dataclass(frozen=True)
class Spot:
    """Where a value stands on its page's picture, in fractions of it. `id`: its anchor in the page."""

    id: str
    left: float
    top: float
    width: float
    height: float

    @classmethod
    def of(cls, name: str, read: Found) -> "Spot":
        left, top, right, bottom = read.box
        return cls(f"lu-{name}", left, top, right - left, bottom - top)


def place_in_words(read: Found) -> str:
    return _place_of(read) + ("" if read.sure else ", à vérifier")


def _place_of(read: Found) -> str:
    match read.source:
        case Source.XML:
            return "lu dans la facture électronique jointe"
        case Source.OCR:
            return f"lu sur l'image de la page{NBSP}{read.page}"
        case _:
            return f"lu en page{NBSP}{read.page}"
