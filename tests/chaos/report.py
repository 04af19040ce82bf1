"""The figures of a round, and its judgement."""

from collections.abc import Iterable

from tests.chaos import ledger
from tests.chaos.orders import POINTS

SHOWN = 8


def judge(round) -> bool:
    """Print the figures; True when every invoice was deposited exactly once and nothing planned failed to happen."""
    found = ledger.compare(round.simulator)
    _print_far_side(round)
    _print_accidents(round)
    _print_near_side(round)
    _print_comparison(found)
    missing = round.never_passed()
    if missing:
        print(f"NOT PROVED: these accidents never happened: {', '.join(missing)}")
    verdict = found.is_exactly_once and not missing
    print(f"{'EXACTLY ONCE' if verdict else 'FAILED'} in {round.seconds:.0f} s", flush=True)
    return verdict


def _print_far_side(round) -> None:
    calls, taken = round.simulator.calls(), round.simulator.taken()
    total, struck = sum(calls.values()), sum(taken.values())
    check = "on" if round.wanted.duplicate_check else "OFF"
    _line("invoices", f"{round.wanted.invoices}, duplicate check {check}, {round.wanted.patience}")
    _line("calls", f"{total}: {_listed(calls.items())}")
    _line("faults", f"{struck} ({struck / total:.0%} of the calls): {_listed(taken.items())}")


def _print_accidents(round) -> None:
    acts = round.acts()
    for act in ("kill", "freeze"):
        by_point = [(point, acts[act, point]) for point in POINTS]
        _line(f"{act}s", f"{sum(count for _, count in by_point)}: {_listed(by_point)}")
    if "redis" in round.strikes:
        _line("redis", f"struck once: {round.redis.strike_is}")
    if round.stage.ended_by_themselves:
        _line("restarts", f"{round.stage.ended_by_themselves} workers ended by themselves and were started again")
    if "power" in round.strikes:
        _line("power cut", "one whole worker killed with all its processes, and started again")


def _print_near_side(round) -> None:
    moves = ledger.moves()
    doubts = sum(count for (_, target), count in moves.items() if target == "in_doubt")
    _line("doubts", f"{doubts}, {ledger.adopted()} invoices known by looking instead of by their answer")
    _line("moves", _listed((f"{source}→{target}", count) for (source, target), count in moves.items()))
    _line("attempts", _listed((str(number), count) for number, count in sorted(ledger.attempts().items())))
    _line("pace", ", ".join(f"{percent} % in {seconds:.0f} s" for percent, seconds in ledger.pace().items()))
    if round.put_back:
        _line("held", f"{round.put_back.total()} times after five attempts or more, put back by a person played here")


def _print_comparison(found: ledger.Comparison) -> None:
    _line("stored", f"{found.stored} for {found.ours} invoices")
    for name in ("twice", "lost", "strangers", "wrong"):
        numbers = getattr(found, name)
        _line(name, f"{len(numbers)}" + (f": {', '.join(numbers[:SHOWN])}" if numbers else ""))
    for what, many in found.unfinished.most_common():
        _line("unfinished", f"{many} × {what}")


def _listed(pairs: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(pairs, key=lambda pair: -pair[1]))


def _line(name: str, text: str) -> None:
    print(f"{name:<12} {text}", flush=True)
