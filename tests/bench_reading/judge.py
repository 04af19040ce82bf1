"""Right, missing or wrong, field by field; and whether a wrong value would have been noticed."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from invoicing.checks import (
    AccountFacts,
    InvoiceFacts,
    Level,
    PrintedFacts,
    RecipientFacts,
    ServiceFacts,
    Subject,
    SupplierFacts,
    VatLine,
    judge,
)
from invoicing.reading import Found
from suppliers.identifiers import mask_iban
from tests.invoices.paper import Paper

FIELDS = (
    *("kind", "number", "issue_date", "due_date", "delivery_dates", "delivery_notes", "supplier_siret", "buyer_siret"),
    *("engagement_number", "service_code", "contract_number", "total_ht", "total_tva", "total_ttc", "net_to_pay"),
    *("vat_lines", "vat_mention", "iban", "origin_number", "origin_date"),
)
SUMS = ("total_ht", "total_tva", "total_ttc")
# A stop on one of them makes the supplier look at all.
TOGETHER = ({*SUMS, "vat_lines", "net_to_pay"}, {"kind", "origin_number"})
RIGHT, MISSING, WRONG, NOTICED = "right", "missing", "wrong", "wrong, noticed"


@dataclass(frozen=True)
class Outcome:
    """What became of one field. `verdict`: right, missing, wrong (sure, and nothing stopped it) or wrong, noticed.

    `sure`: what the reader said of it; the supplier is asked to look at the others.
    """

    field: str
    verdict: str
    true: str
    read: str
    sure: bool = False


def outcomes(paper: Paper, fields: dict[str, Found]) -> list[Outcome]:
    stopped = _stopped(paper, fields)
    return [outcome for name in FIELDS if (outcome := _outcome(name, paper, fields.get(name), stopped))]


def _outcome(name: str, paper: Paper, found: Found | None, stopped: set[str]) -> Outcome | None:
    expected, implied = paper.truth.get(name, ""), paper.implied.get(name, "")
    if not found:
        return Outcome(name, MISSING, expected, "") if expected else None
    true = expected or implied
    if _same(name, true, found.value):
        return Outcome(name, RIGHT, true, found.value, found.sure) if expected else None
    noticed = not found.sure or name in stopped
    return Outcome(name, NOTICED if noticed else WRONG, true, found.value, found.sure)


def _same(name: str, true: str, read: str) -> bool:
    return _comparable(name, true) == _comparable(name, read)


def _comparable(name: str, value: str):
    try:
        if name == "vat_lines":
            return {tuple(map(Decimal, line.split(":"))) for line in value.split(";") if value}
        if name in {*SUMS, "net_to_pay"}:
            return Decimal(value) if value else None
    except InvalidOperation:
        return value
    return set(value.split(",")) if name in {"delivery_dates", "delivery_notes"} else value


def _stopped(paper: Paper, fields: dict[str, Found]) -> set[str]:
    """The fields at which the checks would stop an invoice made of these values."""
    stopped = {problem.field for problem in judge(_subject(paper, fields)) if problem.level is Level.STOP}
    return stopped.union(*(group for group in TOGETHER if group & stopped))


def _subject(paper: Paper, fields: dict[str, Found]) -> Subject:
    """The supplier confirms what was read; the directory knows the true buyer and the places beside it."""
    true = {**paper.implied, **paper.truth}
    issued = date.fromisoformat(true["issue_date"])
    own = paper.seller.siret
    return Subject(
        invoice=_facts(fields),
        today=issued + timedelta(days=30),
        supplier=SupplierFacts(sirets=frozenset({own}), vat_regime="" if true.get("vat_mention") else "normal"),
        account=AccountFacts(
            known=mask_iban(paper.seller.iban), is_known="iban" in fields and fields["iban"].value == paper.seller.iban
        ),
        recipient=RecipientFacts(
            siret=true["buyer_siret"],
            known=fields["buyer_siret"].value[:6] == true["buyer_siret"][:6] if "buyer_siret" in fields else None,
            requires="both",
            services=(ServiceFacts(code=true["service_code"]),),
        ),
        printed=PrintedFacts(fields=fields),
    )


def _facts(fields: dict[str, Found]) -> InvoiceFacts:
    texts = ("kind", "number", "engagement_number", "service_code", "supplier_siret", "buyer_siret")
    text = {name: fields[name].value for name in (*texts, "origin_number", "iban") if name in fields}
    sums = {name: Decimal(fields[name].value) for name in (*SUMS, "net_to_pay") if name in fields}
    days = {name: date.fromisoformat(fields[name].value) for name in ("issue_date", "due_date") if name in fields}
    return InvoiceFacts(
        **{"kind": ""} | text,
        **sums,
        **days,
        delivery_dates=tuple(map(date.fromisoformat, _parts(fields, "delivery_dates", ","))),
        vat_lines=tuple(
            VatLine(**dict(zip(("rate", "base", "tax"), map(Decimal, line.split(":")), strict=True)))
            for line in _parts(fields, "vat_lines", ";")
        ),
    )


def _parts(fields: dict[str, Found], name: str, separator: str) -> list[str]:
    return fields[name].value.split(separator) if name in fields else []
