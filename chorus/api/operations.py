"""The operations of Chorus Pro that the client calls, one row each."""

from dataclasses import dataclass

MEGABYTE = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One outside operation.

    `family`/`path` give the address `/cpro/<family>/v1/<path>`; `changes` marks what creates or changes an invoice
    at the far side, so that a lost answer is a doubt and not a simple failure; `answer_limit` is in bytes.
    """

    family: str
    path: str
    method: str = "POST"
    changes: bool = False
    answer_limit: int = 8 * MEGABYTE

    @property
    def name(self) -> str:
        return f"{self.family}/{self.path}"

    @property
    def address(self) -> str:
        return f"/cpro/{self.family}/v1/{self.path}"


TOKEN = Operation(family="piste", path="token", answer_limit=MEGABYTE)
HEALTH = Operation(family="transverses", path="health-check", method="GET", answer_limit=MEGABYTE)

FIND_STRUCTURE = Operation(family="structures", path="rechercher")
STRUCTURE = Operation(family="structures", path="consulter")
SERVICES = Operation(family="structures", path="rechercher/services")
SERVICE = Operation(family="structures", path="consulter/service")

ATTACHED_STRUCTURES = Operation(family="transverses", path="recuperer/structures/actives/fournisseur")
ADD_FILE = Operation(family="transverses", path="ajouter/fichier", answer_limit=MEGABYTE)

SUBMIT = Operation(family="factures", path="soumettre", changes=True, answer_limit=MEGABYTE)
SEARCH_INVOICES = Operation(family="factures", path="rechercher/fournisseur", answer_limit=32 * MEGABYTE)
HISTORY = Operation(family="factures", path="consulter/historique")
