"""Can this invoice be routed: recipient known and active, service and engagement as it requires."""

import sqlite3
from dataclasses import dataclass

from chorus.simulator import codes
from chorus.simulator.codes import Refusal
from chorus.simulator.office import Call
from chorus.simulator.world import RESERVED_SERVICE


@dataclass(frozen=True, kw_only=True)
class Route:
    siret: str
    service_code: str
    engagement: str


def check_route(call: Call, route: Route) -> tuple[int, int | None]:
    """(recipient's id, service's id or None), or Refusal."""
    recipient = call.store.one("select * from structure where siret = ? and public = 1", route.siret)
    if recipient is None:
        raise Refusal(codes.RECIPIENT_UNKNOWN, route.siret[:20])
    if not recipient["active"]:
        raise Refusal(codes.RECIPIENT_INACTIVE, route.siret)
    service = _service(call, recipient["id"], route.service_code)
    _check_requirements(recipient, service, route)
    return recipient["id"], service["id"] if service else None


def _service(call: Call, structure_id: int, code: str) -> sqlite3.Row | None:
    if not code:
        return None
    service = call.store.one("select * from service where structure_id = ? and code = ?", structure_id, code)
    if service is None:
        raise Refusal(codes.SERVICE_UNKNOWN, code)
    if not service["active"]:
        raise Refusal(codes.SERVICE_INACTIVE, code)
    if code == RESERVED_SERVICE:
        raise Refusal(codes.SERVICE_RESERVED)
    return service


def _check_requirements(recipient: sqlite3.Row, service: sqlite3.Row | None, route: Route) -> None:
    """In the order of the reference: « either » first, then each flag, then the service's own."""
    has_engagement = bool(route.engagement.strip())
    if recipient["either"]:
        if service is None and not has_engagement:
            raise Refusal(codes.SERVICE_OR_ENGAGEMENT_REQUIRED)
    else:
        if recipient["service"] and service is None:
            raise Refusal(codes.SERVICE_REQUIRED)
        if recipient["engagement"] and not has_engagement:
            raise Refusal(codes.ENGAGEMENT_REQUIRED)
    if service is not None and service["engagement"] and not has_engagement:
        raise Refusal(codes.ENGAGEMENT_REQUIRED, service["code"])
