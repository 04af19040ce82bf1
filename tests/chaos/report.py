"""The figures of a round, and its judgement."""

from collections import Counter
from collections.abc import Iterable

from tests.chaos import ledger

SHOWN = 8
DEPOSITED_TWICE, FAILED, ANSWERED_TWICE, BOTH_TWICE = 3, 4, 5, 6


def judge(round) -> int:
    """Print the figures. 0 when all was deposited and answered exactly once, and every planned accident happened."""
    found = ledger.compare(round.simulator)
    _print_far_side(round)
    _print_accidents(round)
    _print_near_side(round)
    _print_comparison(found)
    problems = _not_proved(round)
    for problem in problems:
        print(f"NOT PROVED: {problem}")
    answered_twice, wrong_answers = round.buyer.twice(), round.buyer.wrong()
    _line("returns", f"{round.buyer.expected} invoices sent back: {_listed(round.buyer.told().items())}")
    _numbers("answered twice", answered_twice)
    _numbers("answered wrong", wrong_answers)
    if found.twice or answered_twice:
        told = f"TWICE: {len(found.twice)} deposits, {len(answered_twice)} answers"
        return _end(_code_of_twice(found.twice, answered_twice), told, round)
    if problems or wrong_answers or not round.buyer.is_over() or not found.is_exactly_once:
        return _end(FAILED, "FAILED", round)
    return _end(0, "EXACTLY ONCE", round)


def _code_of_twice(deposits: list[str], answers: list[str]) -> int:
    if deposits and answers:
        return BOTH_TWICE
    return DEPOSITED_TWICE if deposits else ANSWERED_TWICE


def _end(code: int, verdict: str, round) -> int:
    print(f"{verdict}, {round.wanted.invoices} invoices in {round.seconds:.0f} s", flush=True)
    return code


def _not_proved(round) -> list[str]:
    """What a round must have met to prove anything."""
    problems = [f"no worker came to this accident: {what}" for what in round.never_passed()]
    problems += [f"this never happened: {name}" for name in ("redis", "power") if name not in round.strikes]
    if round.wanted.duplicate_check and not ledger.told_already_there():
        problems.append("no absence was believed wrongly")
    return problems


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
        by_point = [(point, acts[act, point]) for point in round.points]
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
    _line("already", f"{ledger.told_already_there()} deposits refused as already there")
    _line("doubts", f"{doubts}, {ledger.adopted()} invoices known by looking instead of by their answer")
    _line("moves", _listed((f"{source}→{target}", count) for (source, target), count in moves.items()))
    _line("attempts", _listed((str(number), count) for number, count in sorted(ledger.attempts().items())))
    _line("pace", ", ".join(f"{percent} % in {seconds:.0f} s" for percent, seconds in ledger.pace().items()))
    if round.put_back:
        _line(
            "held",
            f"{round.put_back.total()} times, put back by a person played here: {_listed(round.put_back.items())}",
        )


def _print_comparison(found: ledger.Comparison) -> None:
    _line("stored", f"{found.stored} for {found.ours} invoices")
    for name in ("twice", "lost", "strangers", "wrong"):
        _numbers(name, getattr(found, name))
    for what, many in found.unfinished.most_common():
        _line("unfinished", f"{many} × {what}")


def _at(errors: Counter[str]) -> Iterable[tuple[str, int]]:
    """The same by what was called, or said: an error begins with its operation."""
    found = Counter()
    for error, times in errors.items():
        found[error.partition(":")[0]] += times
    return found.items()


def _listed(pairs: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(pairs, key=lambda pair: -pair[1]))


def _numbers(name: str, numbers: list[str]) -> None:
    _line(name, f"{len(numbers)}" + (f": {', '.join(numbers[:SHOWN])}" if numbers else ""))


def _line(name: str, text: str) -> None:
    print(f"{name:<14} {text}", flush=True)
