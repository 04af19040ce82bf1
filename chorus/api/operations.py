"""The operations of Chorus Pro that the client calls, one row each."""

from dataclasses import dataclass

MEGABYTE = 1_000_000
# A file of 30 Mo in base 64: the service allows 120 Mo, a worker's memory does not.
LARGEST_FILE = 42 * MEGABYTE


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
SPACES = Operation(family="structures", path="rechercher/espaces")

ATTACHED_STRUCTURES = Operation(family="transverses", path="recuperer/structures/actives/fournisseur")
BANK_DETAILS = Operation(family="transverses", path="recuperer/coordbanc/valides")
VAT_RATES = Operation(family="transverses", path="recuperer/tauxtva")
ATTACHMENT_TYPES = Operation(family="transverses", path="recuperer/typespj")
DIRECTORY = Operation(family="transverses", path="telecharger/annuaire/destinataire", answer_limit=LARGEST_FILE)
ADD_FILE = Operation(family="transverses", path="ajouter/fichier", answer_limit=MEGABYTE)

FLUX_REPORT = Operation(family="transverses", path="consulterCRDetaille")

ENGAGEMENTS = Operation(family="engagementsJuridiques", path="rechercher")

READ_PDF = Operation(family="factures", path="deposer/pdf", answer_limit=MEGABYTE)
SUBMIT = Operation(family="factures", path="soumettre", changes=True, answer_limit=MEGABYTE)
DEPOSIT_FLUX = Operation(family="factures", path="deposer/flux", changes=True, answer_limit=MEGABYTE)
COMPLETE = Operation(family="factures", path="completer", changes=True, answer_limit=MEGABYTE)
RECYCLE = Operation(family="factures", path="recycler", changes=True, answer_limit=MEGABYTE)
ACKNOWLEDGE = Operation(family="factures", path="traiterRejet", changes=True, answer_limit=MEGABYTE)
SEARCH_INVOICES = Operation(family="factures", path="rechercher/fournisseur", answer_limit=32 * MEGABYTE)
INVOICE = Operation(family="factures", path="consulter/fournisseur")
HISTORY = Operation(family="factures", path="consulter/historique")
DOWNLOAD = Operation(family="factures", path="telecharger/groupe", answer_limit=LARGEST_FILE)
