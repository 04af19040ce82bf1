"""The controls of a simulator that runs in another process, over HTTP: same verbs, same results."""

import inspect
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from chorus.simulator.controls import VERBS, Controls

# No proxy from the environment: the simulator is on this machine.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class RemoteSimulator:
    """`RemoteSimulator("http://127.0.0.1:8020").play(3123001, "MISE_A_DISPOSITION")`.

    Raises ValueError with the simulator's own sentence, and OSError when it does not answer.
    """

    def __init__(self, url: str, *, timeout: float = 30):
        self.url = url.rstrip("/")
        self._timeout = timeout

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        if verb not in VERBS:
            raise AttributeError(verb)
        return lambda *values, **named: self._post(verb, _arguments(verb, values, named))

    def is_up(self) -> bool:
        try:
            with _opener.open(f"{self.url}/healthz", timeout=self._timeout) as answer:
                return answer.status == 200
        except OSError:
            return False

    def _post(self, verb: str, arguments: dict[str, Any]) -> Any:
        body = json.dumps(arguments).encode()
        request = urllib.request.Request(
            f"{self.url}/_simulator/{verb}", body, {"Content-Type": "application/json"}, method="POST"
        )
        try:
            with _opener.open(request, timeout=self._timeout) as answer:
                return json.load(answer)["result"]
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(json.load(error).get("error", "")) from error


def _arguments(verb: str, values: tuple, named: dict[str, Any]) -> dict[str, Any]:
    """Positional arguments by their names, as the JSON body wants them. Raises TypeError like the method itself."""
    signature = inspect.signature(getattr(Controls, verb))
    bound = dict(signature.bind(None, *values, **named).arguments)
    del bound["self"]
    for parameter in signature.parameters.values():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            bound.update(bound.pop(parameter.name, {}))
    return bound
