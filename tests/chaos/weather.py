"""The bad week at PISTE: which faults strike, each equally often, so that together they take `share` of the calls."""

from chorus.simulator.remote import RemoteSimulator

# Few of these are made, so that dice alone might spare them: two of each lose their answer for certain.
LOSE_ANSWERS = ("soumettre", "completer", "recycler")


def faults(call_deadline: float) -> list[tuple[str, dict]]:
    """Kinds with their options. Slow ones come in two sorts: bearable, and answered after the client gave up."""
    too_late = call_deadline * 2
    return [
        ("latency", {"seconds": call_deadline / 3}),
        ("latency", {"seconds": too_late}),
        ("drop", {}),
        ("reset", {}),
        ("too_many", {}),
        ("html_error", {"status": 503}),
        ("html_ok", {}),
        ("redirect", {}),
        ("expired_token", {}),
        ("wrong_password", {}),
        ("lost_answer", {"reset": False}),
        ("lost_answer", {"reset": True}),
        ("slow_answer", {"seconds": too_late}),
        ("drip", {"interval": call_deadline / 4}),
        ("cut_answer", {}),
        ("html_after", {"status": 504}),
    ]


def storm(simulator: RemoteSimulator, *, share: float, call_deadline: float) -> None:
    """From now on `share` of all calls, token included, meet a fault; drawn by the simulator's own seeded dice."""
    for operation in LOSE_ANSWERS:
        simulator.trouble("lost_answer", operation=operation, times=2)
    kinds = faults(call_deadline)
    each = 1 - (1 - share) ** (1 / len(kinds))
    for kind, options in kinds:
        simulator.trouble(kind, operation="*", probability=each, **options)
