"""The handle: one simulator in a thread of this process."""

import threading
from pathlib import Path
from typing import Any

from chorus.simulator.controls import Controls
from chorus.simulator.office import Office, Options
from chorus.simulator.server import Server
from chorus.simulator.store import Store


class Simulator(Controls):
    """`with Simulator() as simulator:` serves on `simulator.url` until the block ends.

    `port` 0 takes a free one; `state` is a file that survives, None keeps everything in memory; the options are
    those of `office.Options`. Raises OSError when the address is taken.
    """

    def __init__(self, port: int = 0, *, host: str = "127.0.0.1", state: str | Path | None = None, **options: Any):
        self._opened = Store(state)
        try:
            office = Office(self._opened, Options(**options))
            self._server = Server((host, port), office)
        except BaseException:
            self._opened.close()
            raise
        super().__init__(office, self._server.calls, self._server.gateway.quota)
        self.host, self.port = host, self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def token_url(self) -> str:
        return f"{self.url}/api/oauth/token"

    def start(self) -> "Simulator":
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close the door and every open connection, then the state."""
        self._server.stop()
        self._thread.join()
        self._opened.close()

    def __enter__(self) -> "Simulator":
        return self.start()

    def __exit__(self, *_error: object) -> None:
        self.stop()
