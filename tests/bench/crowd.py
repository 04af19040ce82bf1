"""Several processes that start at once: how long they took together, their processor time, the largest's memory."""

import multiprocessing
import queue
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agrilocal18.demo.services import Failed

SET_UP = 60  # seconds to import and connect
LIMIT = 1800  # seconds to work

# Sets up, yields, works when asked to go on, and yields its result.
Act = Callable[..., Iterator[Any]]


@dataclass(frozen=True)
class Outcome:
    seconds: float
    results: list[Any]
    peak_mb: float
    cpu_seconds: float  # of all of them together


def together(act: Act, processes: int, *values: Any) -> Outcome:
    """Run `act(position, *values)` in so many new processes; the clock runs from when the last one is set up."""
    context = multiprocessing.get_context("spawn")
    ready, done = context.Barrier(processes + 1), context.Queue()
    crowd = [
        context.Process(target=_work, args=(act, position, values, ready, done), daemon=True)
        for position in range(processes)
    ]
    for process in crowd:
        process.start()
    try:
        ready.wait(SET_UP)
        began = time.monotonic()
        found = [done.get(timeout=LIMIT) for _ in crowd]
        seconds = time.monotonic() - began
    except (multiprocessing.context.BrokenBarrierError, queue.Empty) as error:
        raise Failed("A process of the benchmark ended by itself.") from error
    for process in crowd:
        process.join()
    results, peaks, cpu = zip(*found, strict=True)
    return Outcome(seconds, list(results), max(peaks), sum(cpu))


def _work(act: Act, position: int, values: tuple, ready: Any, done: Any) -> None:
    try:
        steps = act(position, *values)
        next(steps)
    except BaseException:
        ready.abort()
        raise
    ready.wait()
    began = time.process_time()
    result = next(steps)
    done.put((result, _peak_mb(), time.process_time() - began))


def _peak_mb() -> float:
    """The largest resident memory of this process. Linux gives a child the `ru_maxrss` of its parent: not that one."""
    status = Path("/proc/self/status")
    if status.exists():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(peak.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
