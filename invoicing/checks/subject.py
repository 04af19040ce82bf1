"""The plain data an invoice is judged on. Whoever calls fills it from models, forms or tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from invoicing.checks.rule import Level

if TYPE_CHECKING:
    from invoicing.reading import Difference, Found


@dataclass(frozen=True, kw_only=True)
class VatLine:
    """One VAT rate of the invoice."""

    rate: Decimal
    base: Decimal
    tax: Decimal


@dataclass(frozen=True, kw_only=True)
class InvoiceFacts:
    """What the supplier confirmed. Amounts in euros.

    `engagement_known`: Chorus Pro knows the number among the State's orders to this supplier; None when it was not
    asked or does not publish them.
    `no_order`: why there is no Agrilocal order, in words, or empty; `is_unrelated`: because it has nothing to do with
    Agrilocal; `is_disowned`: the buyer says he knows nothing of the delivery.
    """

    kind: str = "FACTURE"
    number: str = ""
    issue_date: date | None = None
    delivery_dates: tuple[date, ...] = ()
    due_date: date | None = None
    currency: str = "EUR"
    total_ht: Decimal | None = None
    total_tva: Decimal | None = None
    total_ttc: Decimal | None = None
    net_to_pay: Decimal | None = None
    vat_lines: tuple[VatLine, ...] = ()
    engagement_number: str = ""
    engagement_known: bool | None = None
    service_code: str = ""
    supplier_siret: str = ""
    buyer_siret: str = ""
    origin_number: str = ""
    origin_date: date | None = None
    iban: str = ""
    no_order: str = ""
    is_unrelated: bool = False
    is_disowned: bool = False

    @property
    def is_credit_note(self) -> bool:
        return self.kind == "AVOIR"


@dataclass(frozen=True, kw_only=True)
class SupplierFacts:
    """`sirets`: establishments open on the invoice's date. `vat_regime`: normal, franchise, flat_rate, exempt or ''."""

    name: str = ""
    sirets: frozenset[str] = frozenset()
    vat_regime: str = ""


@dataclass(frozen=True, kw_only=True)
class AccountFacts:
    """The account the invoice prints, beside the profile's. Compared by whoever calls, by keyed hash.

    `known`: the profile's account, masked, or empty. `is_known`: they are one. `said` on the telephone of the printed
    one: confirmed, denied, or empty. `is_printed`: it is the one that was read on the invoice.
    """

    known: str = ""
    is_known: bool = False
    said: str = ""
    is_printed: bool = True


@dataclass(frozen=True, kw_only=True)
class ServiceFacts:
    code: str
    active: bool = True
    engagement_required: bool = False


@dataclass(frozen=True, kw_only=True)
class RecipientFacts:
    """What Chorus Pro's directory says of the recipient, and the buyer's habits.

    `outside`: a canteen without a place on Chorus Pro. `known`: None until the directory was asked. `requires`:
    nothing, service, engagement, either or both.
    `closures`: first and last day of each. `deadline`: last day the buyer takes invoices of this year.
    """

    siret: str = ""
    outside: bool = False
    known: bool | None = None
    active: bool = True
    is_own: bool = False
    requires: str = "nothing"
    services: tuple[ServiceFacts, ...] = ()
    synced: datetime | None = None
    payment_days: int = 30
    closures: tuple[tuple[date, date], ...] = ()
    deadline: date | None = None

    def service(self, code: str) -> ServiceFacts | None:
        return next((service for service in self.services if service.code == code), None)


@dataclass(frozen=True)
class OtherInvoice:
    """An invoice named as people would name it, and its key."""

    name: str
    pk: int | None = None


@dataclass(frozen=True, kw_only=True)
class HistoryFacts:
    """Other invoices, None when there is no such one: of this supplier, but for `same_file_elsewhere`."""

    same_number: OtherInvoice | None = None
    same_number_other_year: OtherInvoice | None = None
    same_file: OtherInvoice | None = None
    same_file_elsewhere: OtherInvoice | None = None
    similar: OtherInvoice | None = None


@dataclass(frozen=True, kw_only=True)
class OriginFacts:
    """The invoice that an AVOIR corrects, as the portal holds it.

    `stage`: unsent, sent, ordered (« Mandatée » or later), rejected, or elsewhere (never on Chorus Pro). `left`: TTC
    that other avoirs leave of it, None when its total is not known.
    """

    number: str
    pk: int | None = None
    issue_date: date | None = None
    buyer_siret: str = ""
    stage: str = "ordered"
    left: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class OrderFacts:
    """One billed order. `billed`: HT of this invoice on it; `remaining`: HT left to bill before it. None: unknown.

    `arrived`: HT of what the buyer noted as received and others did not bill; None until he spoke of every line.
    `goods`: each line's description and VAT rate.
    """

    reference: str
    buyer_siret: str = ""
    engagement_number: str = ""
    former_engagement_numbers: tuple[str, ...] = ()
    ordered_on: date | None = None
    billed: Decimal | None = None
    remaining: Decimal | None = None
    arrived: Decimal | None = None
    goods: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True, kw_only=True)
class TakenOverFacts:
    """An order that this invoice means by its reference or engagement number, and that another company took over."""

    reference: str
    successor: str


@dataclass(frozen=True, kw_only=True)
class PrintedFacts:
    """What was read in the PDF, to compare with what was typed. The default is « nothing was read ».

    As in Reading; `has_copy`: a copy without what is hidden is ready to be deposited; `is_photograph`: what has no text
    came as photographs.
    """

    fields: Mapping[str, "Found"] = field(default_factory=dict)
    has_text: bool = True
    embedded_xml: bool = False
    is_marked: bool = False
    is_locked: bool = False
    signed: bool = False
    guessed: bool = False
    unread: tuple[int, ...] = ()
    has_copy: bool = False
    is_photograph: bool = False
    differences: Mapping[str, "Difference"] = field(default_factory=dict)

    @property
    def was_read(self) -> bool:
        """Whether there is text in which a wording can be missing."""
        return self.has_text and bool(self.fields) and not self.unread

    @property
    def contradicted(self) -> set[str]:
        """The fields of which the electronic invoice and the pages surely say two things."""
        return {name for name, difference in self.differences.items() if difference.printed and difference.sure}

    def sure(self, name: str) -> str:
        """The printed value when the reader is sure of it, else the empty string."""
        found = self.fields.get(name)
        return found.value if found and found.sure else ""

    def sure_day(self, name: str) -> date | None:
        """The printed date when the reader is sure of it and it is one."""
        try:
            return date.fromisoformat(self.sure(name))
        except ValueError:
            return None

    def sure_amount(self, name: str) -> Decimal | None:
        """The printed amount when the reader is sure of it and it is one."""
        try:
            amount = Decimal(self.sure(name))
        except InvalidOperation:
            return None
        return amount if amount.is_finite() else None

    def any(self, name: str) -> str:
        found = self.fields.get(name)
        return found.value if found else ""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Everything a judgement rests on. `strict_luhn`: False in qualification, whose SIRETs have no check digit."""

    invoice: InvoiceFacts
    today: date
    supplier: SupplierFacts = SupplierFacts()
    account: AccountFacts = AccountFacts()
    recipient: RecipientFacts = RecipientFacts()
    history: HistoryFacts = HistoryFacts()
    origin: OriginFacts | None = None
    orders: tuple[OrderFacts, ...] = ()
    taken_over: TakenOverFacts | None = None
    printed: PrintedFacts = PrintedFacts()
    strict_luhn: bool = True
    other_year_level: Level = Level.WARN
    unrelated_level: Level = Level.STOP
