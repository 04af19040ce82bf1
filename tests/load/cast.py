"""Who takes part in a load, as one process tells another: nothing here knows Django or locust."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Reader:
    """Somebody who is signed in already. `says` stands on each of his HTML pages and on nobody else's.

    `address` is where he comes from, as the proxy in front would say; `pages` are (what, path), the usual ones several
    times.
    """

    address: str
    session: str
    says: str
    pages: list[tuple[str, str]]


@dataclass(frozen=True)
class Drop:
    """A PDF to deposit: it bills the order of this key and bears this number."""

    order: int
    file: str
    number: str


@dataclass(frozen=True)
class Depositor:
    """A supplier who signs in with his password. Every number he has contains `tag`."""

    address: str
    email: str
    password: str
    supplier: int
    tag: str
    drops: list[Drop]


@dataclass(frozen=True)
class Cast:
    """`seconds` one of each looks at a page before the next: (least, most)."""

    readers: list[Reader]
    depositors: list[Depositor]
    reading: tuple[float, float]
    checking: tuple[float, float]

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))


def read_cast(path: Path) -> Cast:
    told = json.loads(path.read_text())
    depositors = [
        Depositor(**{**depositor, "drops": [Drop(**drop) for drop in depositor["drops"]]})
        for depositor in told["depositors"]
    ]
    return Cast(**{**told, "readers": [Reader(**reader) for reader in told["readers"]], "depositors": depositors})
