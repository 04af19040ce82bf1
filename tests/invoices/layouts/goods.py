"""The rows of goods most programs print."""

from collections.abc import Sequence

from tests.invoices.pen import Pen
from tests.invoices.style import Style
from tests.invoices.values import Values


def goods(pen: Pen, values: Values, y: float, style: Style, places: Sequence[float], step: float = 5.5) -> float:
    """Rows of label, quantity, price, rate and amount, at five places."""
    for line in values.lines:
        cells = (
            line.label,
            f"{line.quantity} {line.unit}",
            style.money(line.price, plain=True),
            f"{style.rate(line.rate)}%",
            style.money(line.amount, plain=True),
        )
        pen.row(y, dict(zip(places, cells, strict=True)), 8.5)
        y += step
    return y
