"""What may be imported. Each app makes its own lists known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from suppliers.importing.resource import PlannedResource
from suppliers.models import User


@dataclass(frozen=True)
class Kind:
    """`thing`, `things`: what one and several are called; `row`: what a row stands for. `right`: who may import it.

    `titles`: those of the file, by field, where the settings say others than the resource.
    """

    name: str
    label: str
    thing: str
    things: str
    row: str
    right: str
    resource: type[PlannedResource]
    titles: Callable[[], Mapping[str, str]] = dict

    def columns(self) -> list[tuple[str, bool]]:
        """Titles in force, and whether each must be there."""
        own = self.resource(titles=self.titles())
        return [(title, name in own.required) for name, title in own.titles.items()]


KINDS: dict[str, Kind] = {}


def known(kind: Kind) -> Kind:
    KINDS[kind.name] = kind
    return kind


def open_to(user: User) -> list[Kind]:
    return sorted((kind for kind in KINDS.values() if user.has_perm(kind.right)), key=lambda kind: kind.label)
