"""What every operation works with: the state, the clock, the faults and the options of one simulator."""

from dataclasses import dataclass, field
from typing import Any

from chorus.simulator.clock import Clock
from chorus.simulator.faults import Faults, Trouble
from chorus.simulator.store import Store, populate


@dataclass(frozen=True, kw_only=True)
class Options:
    """Durations are seconds of the simulator's clock; None for a delay means « only by hand »."""

    routing_after: float | None = None  # DEPOSEE -> EN_COURS_ACHEMINEMENT
    available_after: float | None = None  # EN_COURS_ACHEMINEMENT -> MISE_A_DISPOSITION
    report_after: float | None = 5  # until then a deposited flux has no report; None: it never comes
    flux_step: float | None = 5  # between two states of a flux; None: by hand
    token_lifetime: int = 3600
    quota: int | None = None  # calls per real second and PISTE application
    daily_quota: int | None = None  # calls per day of the simulator's clock and PISTE application
    retry_after: bool = False  # whether a 429 says how long to wait
    tolerance: float = 0.01  # between HT + TVA - discount and TTC
    missing_account_status: int = 401  # 400 or 401: not established for the real service
    recycling_allowed: bool = True  # False: buyers may no longer set A_RECYCLER (reform of September 2026)
    ocr: bool = False  # `deposer/pdf` tells what it read in the PDF; False: nothing, as recorded on the real service
    keep_files: bool = True  # False: only size and SHA-256 of the files are kept
    seed: int = 18


class Office:
    """The back office. `duplicate_check` outlives a restart, like everything in the store."""

    def __init__(self, store: Store, options: Options):
        self.store = store
        self.options = options
        self.clock = Clock(store)
        self.faults = Faults(options.seed)
        with store.transaction():
            populate(store, self.clock.now())

    @property
    def duplicate_check(self) -> bool:
        return self.store.recall("duplicate_check", True)

    @duplicate_check.setter
    def duplicate_check(self, on: bool) -> None:
        self.store.remember("duplicate_check", bool(on))


@dataclass(frozen=True)
class Call:
    """One authenticated call of a business operation."""

    office: Office
    login: str
    body: dict[str, Any]
    shapes: list[Trouble] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return self.office.store

    @property
    def clock(self) -> Clock:
        return self.office.clock

    def shape(self, kind: str) -> dict[str, Any] | None:
        return next((trouble.options for trouble in self.shapes if trouble.kind == kind), None)

    def may_act_for(self, structure_id: int | None) -> bool:
        """Whether this technical account sees the structure's invoices."""
        return self._space(structure_id) in ("MODIFICATION", "CONSULTATION_UNIQUEMENT")

    def may_write_for(self, structure_id: int | None) -> bool:
        """Whether its space on the structure lets it change something."""
        return self._space(structure_id) == "MODIFICATION"

    def _space(self, structure_id: int | None) -> str | None:
        return self.store.value(
            "select space from attachment where login = ? and structure_id = ?", self.login, structure_id
        )
