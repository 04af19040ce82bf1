"""Orders to die or to freeze at a named point, left as files that any worker may obey, each of them once.

`kill.3` waits in the folder for whichever worker passes point 3 first; renaming it is what makes it his own. What was
obeyed stays as `kill.3.<pid>.<n>` in `done/`.
"""

import os
import random
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ACTS = {"kill": signal.SIGKILL, "freeze": signal.SIGSTOP}
DEPOSIT_POINTS = (
    "inside the claim",
    "claimed",
    "before upload",
    "after upload",
    "piece kept",
    "before the deposit leaves",
    "after it is stored",
    "inside the record",
    "recorded",
)
RETURN_POINTS = ("return claimed", "before the answer leaves", "after the answer is taken", "return recorded")
POINTS = DEPOSIT_POINTS + RETURN_POINTS


def prepare(folder: Path) -> None:
    (folder / "done").mkdir(parents=True)


def obey(folder: Path, point: str) -> None:
    """For a worker that passes `point`: take the order that waits there, if any, and carry it out on oneself."""
    for act, death in ACTS.items():
        name = f"{act}.{POINTS.index(point)}"
        mine = folder / "done" / f"{name}.{os.getpid()}.{time.monotonic_ns()}"
        try:
            os.rename(folder / name, mine)
        except FileNotFoundError:
            continue
        os.kill(os.getpid(), death)


@dataclass(frozen=True)
class Obeyed:
    act: str
    point: str
    pid: int
    at: float


def obeyed(folder: Path) -> list[Obeyed]:
    """What was carried out so far; `at` is `time.monotonic` seconds."""
    found = []
    for path in (folder / "done").iterdir():
        act, point, pid, at = path.name.split(".")
        found.append(Obeyed(act, POINTS[int(point)], int(pid), int(at) / 1e9))
    return found


def planned(point: str, times: int) -> int:
    """Returns are ten times fewer than deposits: half as many accidents, but one at least."""
    return times if point in DEPOSIT_POINTS else (times + 1) // 2


class Plan:
    """Every act at every point, `kills` and `freezes` times, in a seeded order, spread over the run."""

    # The last invoices must still pass every point, or the last orders would wait in vain.
    SPREAD = 0.7

    def __init__(
        self,
        folder: Path,
        points: tuple[str, ...],
        *,
        kills: int,
        freezes: int,
        most_frozen: int,
        thaw_after: float,
        seed: int,
    ):
        self._folder, self._most_frozen, self._thaw_after = folder, most_frozen, thaw_after
        wanted = {
            (act, point): planned(point, times)
            for act, times in (("kill", kills), ("freeze", freezes))
            for point in points
        }
        self.wanted = {key: times for key, times in wanted.items() if times}
        acts = [(act, POINTS.index(point)) for (act, point), times in self.wanted.items() for _ in range(times)]
        random.Random(seed).shuffle(acts)
        # Returns are few and come late: what is to befall them waits for them from the beginning.
        acts.sort(key=lambda act: POINTS[act[1]] in DEPOSIT_POINTS)
        self._waiting, self._total = acts, len(acts)
        self._thawed: set[Obeyed] = set()

    def advance(self, progress: float) -> None:
        """Thaw who was frozen long enough, and order what is due at this `progress` (0 to 1)."""
        frozen = self.frozen()
        for one in frozen:
            if time.monotonic() > one.at + self._thaw_after:
                self._thaw(one)
        due = min(self._total, 1 + int(progress / self.SPREAD * self._total))
        while self._waiting and self._total - len(self._waiting) < due and self._order_one(len(frozen)):
            pass

    def _order_one(self, frozen: int) -> bool:
        ordered = {path.name for path in self._folder.iterdir()}
        frozen += sum(name.startswith("freeze") for name in ordered)
        for act, number in self._waiting:
            name = f"{act}.{number}"
            if name not in ordered and (act == "kill" or frozen < self._most_frozen):
                (self._folder / name).touch()
                self._waiting.remove((act, number))
                return True
        return False

    def frozen(self) -> list[Obeyed]:
        return [one for one in obeyed(self._folder) if one.act == "freeze" and one not in self._thawed]

    def thaw_all(self) -> None:
        for one in self.frozen():
            self._thaw(one)

    def _thaw(self, one: Obeyed) -> None:
        self._thawed.add(one)
        with suppress(ProcessLookupError):  # its whole worker was killed meanwhile
            os.kill(one.pid, signal.SIGCONT)
