"""Who had the processors: seconds of them that a service spent, its children that ended included."""

import os
import resource
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def spent(group: int) -> float:
    """Seconds on a processor of the processes of a group until now."""
    return sum(_seconds(stat) for stat in Path("/proc").glob("[0-9]*/stat") if _is_of(stat, group))


def busy() -> float:
    """Seconds on a processor of everything on this machine since it was started."""
    user, nice, system, _idle, _waiting, *more = map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:])
    return (user + nice + system + sum(more[:2])) / TICK


def of_children() -> float:
    """Seconds on a processor of those whose end this process has waited for."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def _words(stat: Path) -> list[str]:
    """Of proc(5), from the state on; none of a process that has just ended."""
    try:
        return stat.read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _is_of(stat: Path, group: int) -> bool:
    words = _words(stat)
    return bool(words) and int(words[2]) == group


def _seconds(stat: Path) -> float:
    return sum(map(int, _words(stat)[11:15])) / TICK
