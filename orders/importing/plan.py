"""What a file may change of an order. What a person keyed in the portal wins; the file wins over what it once brought.

Compared are the portal, the file, and what imports wrote before (ImportedOrder): a file that says the same again undoes
nothing that was changed here meanwhile.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError

from orders.forms import not_before
from orders.importing.columns import SCALARS, Said, SaidLine, as_text, texts_of
from orders.models import Order, OrderLine
from orders.models.orders import in_words
from orders.models.receptions import newest_of
from suppliers.typography import euros, how_many

LINES_MOST = 100
DAYS = ("ordered_on", "delivery_on")
KEYED_DAY = "L'une est gardée du portail, où elle a été saisie."
BILLED = (
    "Une facture porte déjà sur cette commande : ses lignes ne peuvent plus changer. Pour un complément, créez une "
    "autre commande dans Agrilocal."
)
KEYED_LINES = (
    "Les lignes de cette commande ont été modifiées sur le portail, et le fichier les change aussi. Corrigez la "
    "commande sur le portail."
)


class Unfit(Exception):
    """The order cannot become what the file says. The message says why and what to do, in French."""


@dataclass
class Changes:
    """`scalars` to set, `kept` as the file says them; `lines` to put in place, None where they stay. `is_first`: no
    import spoke of this order before."""

    is_first: bool = False
    scalars: dict = field(default_factory=dict)
    kept: dict = field(default_factory=dict)
    lines: list[OrderLine] | None = None

    def __bool__(self) -> bool:
        return bool(self.scalars) or self.lines is not None or self.is_first


def changes_of(order: Order, said: Said) -> Changes:
    """What the file changes of an order that is known, with its billings and receptions. Raises Unfit."""
    imported = getattr(order, "imported", None)
    changes, brought = Changes(is_first=imported is None), imported.brought if imported else {}
    for name in SCALARS:
        _weigh(changes, name, getattr(order, name), said.scalars[name], brought.get(name))
    _judge_days(order, changes.scalars)
    changes.lines = _lines(order, said, imported.lines if imported else None)
    return changes


def _weigh(changes: Changes, name: str, here, said, brought: str | None) -> None:
    if not said or said == here:
        return
    may_be_set = not here or as_text(here) == brought
    (changes.scalars if may_be_set else changes.kept)[name] = said


def _judge_days(order: Order, scalars: dict) -> None:
    """A file that moves one of the two days may cross the other one, which was keyed here."""
    days = {name: getattr(order, name) for name in DAYS}
    if moved := {name: scalars[name] for name in DAYS if name in scalars}:
        try:
            not_before(**days | moved)
        except ValidationError as error:
            raise Unfit(f"{error.message} {KEYED_DAY}") from None


def _lines(order: Order, said: Said, before: list | None) -> list[OrderLine] | None:
    here, wanted = list(order.lines.all()), texts_of(said.lines)
    if sorted(wanted) == sorted(texts_of(here)) or wanted == before:
        return None
    if before is not None and sorted(texts_of(here)) != sorted(before):
        raise Unfit(KEYED_LINES)
    if order.is_billed:
        raise Unfit(BILLED)
    return _merged(order, here, said.lines)


def _merged(order: Order, here: list[OrderLine], said: tuple[SaidLine, ...]) -> list[OrderLine]:
    """The said lines, each in the row of the present line of the same goods: what was noted of it stays with it."""
    left = defaultdict(list)
    for line in here:
        left[SaidLine.of(line).goods].append(line)
    merged = [line.put_into(left[line.goods].pop(0)) if left[line.goods] else line.line() for line in said]
    received = newest_of(order)
    for line in (line for lines in left.values() for line in lines):
        if line.pk in received:
            raise Unfit(
                f"L'acheteur a déjà noté la réception de « {line.description} », que le fichier retire. Corrigez la "
                "commande sur le portail."
            )
    return merged


def in_french(order: Order, said: Said, changes: Changes) -> list[str]:
    """« numéro d'engagement : — → EJ-12 »."""
    told = [f"{_label(name)} : {in_words(getattr(order, name)) or '—'} → {in_words(value)}"
            for name, value in changes.scalars.items()]  # fmt: skip
    if changes.lines is not None:
        told.append(f"lignes : {lines_in_french(said)}")
    if changes.is_first and not told:
        told.append("déjà sur le portail, suivie désormais par les imports")
    return told


def kept_in_french(order: Order, changes: Changes) -> list[str]:
    return [
        f"{_label(name)} : {in_words(getattr(order, name))} (le fichier dit {in_words(value)})"
        for name, value in changes.kept.items()
    ]


def lines_in_french(said: Said) -> str:
    total = sum(line.total_ht for line in said.lines)
    return f"{how_many(len(said.lines), 'ligne')}, {euros(total)} HT"


def _label(name: str) -> str:
    return Order._meta.get_field(name).verbose_name
