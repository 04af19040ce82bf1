"""Answers in the odd forms that the real service was seen to give (faults of stage `shape`)."""

from collections.abc import Callable
from typing import Any

from chorus.simulator.faults import Trouble

STATUS_KEYS = ("statut", "statutFacture", "statutCourantCode", "histoStatutCode")


def reshape(answer: dict[str, Any], troubles: list[Trouble]) -> dict[str, Any]:
    for trouble in troubles:
        change = SHAPES.get(trouble.kind)
        answer = change(answer, trouble.options) if change else answer
    return answer


def with_unknown_status(answer: Any, options: dict[str, Any]) -> Any:
    return _walk(answer, lambda key, value: options["status"] if key in STATUS_KEYS else value)


def without_keys(answer: Any, options: dict[str, Any]) -> Any:
    if isinstance(answer, dict):
        return {key: without_keys(value, options) for key, value in answer.items() if key not in options["keys"]}
    return [without_keys(row, options) for row in answer] if isinstance(answer, list) else answer


def with_single_objects(answer: Any, options: dict[str, Any]) -> Any:
    def unwrap(_key: str, value: Any) -> Any:
        return value[0] if isinstance(value, list) and len(value) == 1 else value

    return _walk(answer, unwrap)


def _walk(answer: Any, change: Callable[[str, Any], Any]) -> Any:
    if isinstance(answer, dict):
        return {key: change(key, _walk(value, change)) for key, value in answer.items()}
    return [_walk(row, change) for row in answer] if isinstance(answer, list) else answer


SHAPES: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "unknown_status": with_unknown_status,
    "single_objects": with_single_objects,
    "missing_keys": without_keys,
}
