"""Every business operation answered here: path, function, success label. Anything else is « not declared » (403)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chorus.simulator import consult, deposits, search, structures, transverses
from chorus.simulator.codes import DONE, DONE_GCU, Code
from chorus.simulator.office import Call


@dataclass(frozen=True)
class Operation:
    """`bare`: answered without `codeRetour`. `alone`: opens its own short transaction (file decoding stays outside)."""

    run: Callable[[Call], dict[str, Any]]
    success: Code = DONE
    method: str = "POST"
    bare: bool = False
    alone: bool = False


OPERATIONS: dict[str, Operation] = {
    "factures/soumettre": Operation(deposits.submit, DONE_GCU),
    "factures/rechercher/fournisseur": Operation(search.search),
    "factures/consulter/historique": Operation(consult.history, DONE_GCU),
    "structures/rechercher": Operation(structures.search_structures),
    "structures/consulter": Operation(structures.consult_structure),
    "structures/rechercher/services": Operation(structures.search_services),
    "structures/consulter/service": Operation(structures.consult_service),
    "transverses/health-check": Operation(transverses.health, method="GET", bare=True),
    "transverses/ajouter/fichier": Operation(transverses.add_file, DONE_GCU, alone=True),
    "transverses/recuperer/structures/actives/fournisseur": Operation(transverses.active_suppliers),
    "transverses/recuperer/structures/actives/destinataire": Operation(transverses.active_recipients),
}


def operation_name(path: str) -> str:
    """`/cpro/factures/v1/soumettre` -> `factures/soumettre`; another path is returned as it is."""
    parts = path.strip("/").split("/", 3)
    if len(parts) == 4 and parts[0] == "cpro" and parts[2] == "v1":
        return f"{parts[1]}/{parts[3]}"
    return path
