"""What beat does for the board, and what the page reads of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from invoicing.board.charts import Chart
from invoicing.board.panels import PANELS, Panel
from invoicing.models import BoardFigure

# Beat may miss one turn or two: a worker that restarts, a message that was lost.
MISSED = 3


@dataclass(frozen=True)
class Picture:
    """A panel with what was counted for it; no chart before the first count."""

    panel: Panel
    chart: Chart | None
    counted_at: datetime | None

    @property
    def is_old(self) -> bool:
        """Whether beat or the workers must have stopped."""
        patience = MISSED * timedelta(seconds=settings.BOARD_INTERVAL)
        return bool(self.counted_at) and timezone.now() - self.counted_at > patience


def count_all() -> None:
    """Each figure is kept as soon as it is counted."""
    for figure in dict.fromkeys(panel.figure for panel in PANELS):
        BoardFigure.keep(figure.__name__, figure(timezone.now()))


def pictures(user) -> list[Picture]:
    """Those this person may see, in one query."""
    counted = {figure.name: figure for figure in BoardFigure.objects.all()}
    return [_picture(panel, counted.get(panel.figure.__name__)) for panel in PANELS if user.has_perm(panel.permission)]


def _picture(panel: Panel, counted: BoardFigure | None) -> Picture:
    if counted is None:
        return Picture(panel, None, None)
    return Picture(panel, panel.chart(counted.data), counted.counted_at)
