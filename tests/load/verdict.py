"""The figures of a load, and its judgement. Plain Python: what people saw comes from `seen.json`."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

SHOWN = 12


@dataclass(frozen=True)
class Kind:
    """A kind of page: how many failed, and how many took so many milliseconds."""

    name: str
    failures: int
    times: Counter[int]

    @property
    def requests(self) -> int:
        return self.times.total()

    def within(self, percent: int) -> int:
        """Milliseconds in which so many of a hundred were answered."""
        reached, wanted = 0, self.requests * percent / 100
        for milliseconds, count in sorted(self.times.items()):
            reached += count
            if reached >= wanted:
                return milliseconds
        return 0

    def __str__(self) -> str:
        longest = max(self.times, default=0)
        times = " | ".join(str(one) for one in (self.within(50), self.within(95), longest))
        return f"| {self.name} | {self.requests} | {self.failures} | {times} |"


def kinds(seen: dict) -> list[Kind]:
    """Each kind by name, then all readers, all depositors, and everybody."""
    each = sorted((_kind(one) for one in seen["kinds"]), key=lambda kind: kind.name)
    depositing = [kind for kind in each if kind.name.startswith("depositor")]
    reading = [kind for kind in each if kind not in depositing]
    together = {"**all who read**": reading, "**all who deposit**": depositing, "**everybody**": each}
    return each + [_sum(name, several) for name, several in together.items()]


def _kind(one: dict) -> Kind:
    return Kind(one["name"], one["failures"], Counter({int(ms): count for ms, count in one["times"].items()}))


def _sum(name: str, several: Iterable[Kind]) -> Kind:
    total = Kind(name, sum(kind.failures for kind in several), Counter())
    for kind in several:
        total.times.update(kind.times)
    return total


def problems(seen: dict, differences: list[str], complaints: list[str]) -> list[str]:
    """What must not be: errors people met, what they should not have read, what the database holds otherwise, what the
    processes complain of. Nothing read, or a supplier who deposited nothing, proves nothing."""
    found = [*seen["errors"], *seen["wrong"], *differences, *complaints]
    *_, reading, _depositing, _all = kinds(seen)
    if seen["wanted"]["readers"] and not reading.requests:
        found.append("nobody read anything")
    suppliers = {made["supplier"] for made in confirmed(seen)}
    if len(suppliers) < seen["wanted"]["depositors"]:
        found.append(f"{seen['wanted']['depositors'] - len(suppliers)} suppliers deposited nothing")
    return found


def confirmed(seen: dict) -> list[dict]:
    return [made for made in seen["deposits"] if made["step"] == "confirmed"]


def report(seen: dict, found: list[str]) -> Iterable[str]:
    yield "| page | requests | errors | p50 | p95 | longest |\n|---|---|---|---|---|---|"
    yield from map(str, kinds(seen))
    dropped, through = len(seen["deposits"]), len(confirmed(seen))
    late = sum(made.get("by_worker", False) for made in seen["deposits"])
    seconds = sorted(made["seconds"] for made in seen["deposits"] if "seconds" in made)
    yield f"\n{dropped} PDFs dropped, {through} confirmed, {late} left to the worker"
    if seconds:
        middle, most = seconds[len(seconds) // 2], seconds[len(seconds) * 95 // 100]
        yield f"from the drop to what was read: p50 {middle:.1f} s, p95 {most:.1f} s, longest {seconds[-1]:.1f} s"
    yield from (f"WRONG: {problem}" for problem in found[:SHOWN])
    if len(found) > SHOWN:
        yield f"… and {len(found) - SHOWN} more"
    yield f"{len(found)} ERRORS" if found else "NO ERROR, each deposit once"
