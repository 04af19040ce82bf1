"""What makes an invoice one invoice: its number and its date."""

import re
from datetime import date

from chorus.simulator import codes
from chorus.simulator.codes import Refusal
from chorus.simulator.life import FREE_NUMBER
from chorus.simulator.office import Call
from chorus.simulator.reading import calendar_day

NUMBER = re.compile(r"[A-Za-z0-9 +_/-]{1,20}")


def check_number(call: Call, supplier_id: int, number: str) -> None:
    """The form, then « unique par fournisseur »."""
    if not number.strip():
        raise Refusal(codes.FIELD_MISSING, "numeroFactureSaisi")
    if not NUMBER.fullmatch(number):
        raise Refusal(codes.NUMBER_MALFORMED)
    if call.office.duplicate_check and is_used(call, supplier_id, number):
        raise Refusal(codes.DUPLICATE)


def is_used(call: Call, supplier_id: int, number: str) -> bool:
    """Whether an invoice that still counts has it (exact text; a deleted or abandoned one frees its number)."""
    sql = "select 1 from invoice where supplier_id = ? and number = ? and status not in (?, ?)"
    return call.store.one(sql, supplier_id, number, *FREE_NUMBER) is not None


def check_date(value: str, today: date) -> date:
    if not value:
        raise Refusal(codes.FIELD_MISSING, "dateFacture")
    try:
        given = calendar_day(value)
    except ValueError as error:
        raise Refusal(codes.DATE_MALFORMED) from error
    if given > today:
        raise Refusal(codes.DATE_IN_FUTURE)
    return given


def generated_number(call: Call) -> str:
    """20 digits, the year first, as Chorus Pro gives to an invoice typed in without a number."""
    rank = call.store.recall("generated_numbers", 0) + 1
    call.store.remember("generated_numbers", rank)
    return f"{call.clock.today().year}{rank:016d}"
