"""What the exchange adds to the board of the agents: how the calls of a day ended. How it fares at this moment is not
counted by beat, whose silence it has to tell: the page shows the status line (`chorus.watch`) beside these pictures.
"""

from datetime import datetime, timedelta

from django.db.models import Count
from django.utils.text import capfirst

from chorus.conf import configuration
from chorus.models import Exchange
from chorus.watch import CLASSES
from invoicing.board.charts import Chart
from invoicing.board.panels import PANELS, Panel, listed, row
from suppliers.typography import how_many

A_DAY = timedelta(days=1)


def calls(now: datetime) -> dict:
    """{"since": ISO time, "environment": …, "ended": {class of error, empty for none: calls}}"""
    here = {"environment": configuration().environment, "started_at__gte": now - A_DAY}
    counted = Exchange.objects.filter(**here).order_by().values_list("error").annotate(n=Count("pk"))
    return {"since": (now - A_DAY).isoformat(), "environment": here["environment"], "ended": dict(counted)}


def _by_end(data: dict) -> Chart:
    narrowed = {"environment": data["environment"], "started_at__gte": data["since"]}
    return Chart(
        "Appels",
        [
            row(
                capfirst(CLASSES.get(error, error)) or "Réussis",
                n,
                how_many(n, "appel"),
                listed("chorus_exchange", resultat=error or "ok", **narrowed),
            )
            for error, n in sorted(data["ended"].items(), key=lambda ended: -ended[1])
        ],
    )


PANELS.append(
    Panel(
        "appels",
        "Appels à Chorus Pro depuis un jour",
        calls,
        _by_end,
        "Aucun appel depuis un jour.",
        permission="chorus.view_exchange",
    )
)
