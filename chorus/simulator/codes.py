"""Every business answer the simulator gives, in one table.

Codes published by the AIFE or seen in public clients keep their real number and message code. Where only the
meaning is known, the answer carries an invented number in 29xxx and a message code `SIM_MSG_…`, so that nobody
takes it for a real one. A client must rely on the message code: real numbers restart at 20000 in each service.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """One row: `codeRetour`, message code, French text; `libelle` is « code - text »."""

    number: int
    message: str
    text: str

    @property
    def label(self) -> str:
        return f"{self.message} - {self.text}" if self.text else self.message


NOT_REFERENCED = "n'est pas reference dans notre systeme."  # how reports of flux say it

# Success labels vary from one operation to the next, as in the real service: never test them.
DONE = Code(0, "TRA_MSG_00.000", "")
DONE_GCU = Code(0, "GCU_MSG_01_000", "")
DONE_DEFAULT = Code(0, "CODE PAR DEFAUT", "")

# Published or measured.
NO_RESULT = Code(20000, "TRA_MSG_00.015", "La recherche n'a retourné aucun résultat")
NO_WORKS_RESULT = Code(20007, "GFT_MSG_01.075", "La recherche n'a retourné aucun résultat")
NO_SUCH_INVOICE = Code(20000, "GDP_MSG_11.008", "La demande de paiement n'existe pas.")
NOT_ALLOWED = Code(
    20001, "GDP_MSG_11.005", "L'utilisateur n'a pas les habilitations nécessaires pour soumettre la demande."
)
NOT_SUSPENDED = Code(20002, "GDP_MSG_11.033", 'Le statut de la demande de paiement n\'est pas défini à "Suspendue".')
# Number and message code are published or measured, this text of the first is ours.
FLUX_TOO_LARGE = Code(20001, "GDP_MSG_11.022", "Le fichier dépasse la taille maximale.")
FLUX_UNKNOWN = Code(20001, "POQ_MSG_01.003", "Flux introuvable.")

# Invented: the invoice itself.
DUPLICATE = Code(29001, "SIM_MSG_01.001", "Ce numéro de facture est déjà utilisé par ce fournisseur.")
NUMBER_MALFORMED = Code(
    29002,
    "SIM_MSG_01.002",
    "Le numéro de facture doit compter 1 à 20 caractères parmi lettres, chiffres, espace, - _ / +.",
)
DATE_MALFORMED = Code(29003, "SIM_MSG_01.003", "La date de facture n'est pas une date.")
DATE_IN_FUTURE = Code(29004, "SIM_MSG_01.004", "La date de facture est postérieure au jour du dépôt.")
FIELD_MISSING = Code(29005, "SIM_MSG_01.005", "Un champ obligatoire est absent")
FIELD_TOO_LONG = Code(29006, "SIM_MSG_01.006", "Un champ dépasse sa longueur maximale")
VALUE_NOT_ALLOWED = Code(29007, "SIM_MSG_01.007", "Une valeur n'est pas admise pour ce champ")

# Invented: the recipient and its routing data.
RECIPIENT_UNKNOWN = Code(29010, "SIM_MSG_02.001", "La structure destinataire n'est pas référencée.")
RECIPIENT_INACTIVE = Code(29011, "SIM_MSG_02.002", "La structure destinataire est inactive.")
SERVICE_REQUIRED = Code(29012, "SIM_MSG_02.003", "Le code service est obligatoire pour ce destinataire.")
SERVICE_UNKNOWN = Code(29013, "SIM_MSG_02.004", "Le code service n'existe pas chez ce destinataire.")
SERVICE_INACTIVE = Code(29014, "SIM_MSG_02.005", "Le service destinataire est inactif.")
SERVICE_RESERVED = Code(
    29015, "SIM_MSG_02.006", "Le service FACTURES_PUBLIQUES est réservé aux factures entre structures publiques."
)
ENGAGEMENT_REQUIRED = Code(29016, "SIM_MSG_02.007", "Le numéro d'engagement est obligatoire pour ce destinataire.")
SERVICE_OR_ENGAGEMENT_REQUIRED = Code(
    29017, "SIM_MSG_02.008", "Le code service ou le numéro d'engagement est obligatoire pour ce destinataire."
)

# Invented: amounts, files.
AMOUNTS_INCOHERENT = Code(29020, "SIM_MSG_03.001", "Les montants de la facture ne sont pas cohérents.")
LINES_MISSING = Code(29021, "SIM_MSG_03.002", "Au moins une ligne de poste est obligatoire dans ce mode de dépôt.")
PIECE_MISSING = Code(29030, "SIM_MSG_04.001", "La pièce jointe principale est obligatoire dans ce mode de dépôt.")
PIECE_UNKNOWN = Code(29031, "SIM_MSG_04.002", "La pièce jointe n'existe pas.")
PIECE_TYPE_UNKNOWN = Code(29032, "SIM_MSG_04.003", "Le type de pièce jointe n'existe pas.")
FILE_EMPTY = Code(29033, "SIM_MSG_04.004", "Le fichier est vide.")
FILE_UNREADABLE = Code(29034, "SIM_MSG_04.005", "Le fichier n'est pas encodé en base 64.")
FILE_FORMAT = Code(29035, "SIM_MSG_04.006", "L'extension du fichier n'est pas admise.")
# The number 20003 is published for this case, its message code is not.
FILE_TOO_BIG = Code(20003, "SIM_MSG_04.007", "Le fichier dépasse 10 Mo.")
BANK_DETAILS_UNKNOWN = Code(29036, "SIM_MSG_04.008", "Les coordonnées bancaires ne sont pas celles du fournisseur.")

# Invented: the life of an invoice.
MOVE_IMPOSSIBLE = Code(29040, "SIM_MSG_05.001", "Ce statut ne peut pas suivre le statut courant")
REASON_REQUIRED = Code(29041, "SIM_MSG_05.002", "Un motif est obligatoire pour ce statut.")
# The message code is real (« action impossible dans l'état courant »), its number is not known.
NOT_TO_RECYCLE = Code(29042, "GDP_MSG_11.001", "Action impossible : la demande n'est pas au statut A_RECYCLER.")
NOT_REJECTED = Code(29043, "SIM_MSG_05.003", "La demande de paiement n'est pas au statut REJETEE.")

# Invented: structures and requests.
STRUCTURE_UNKNOWN = Code(29050, "SIM_MSG_06.001", "La structure n'existe pas ou n'est pas visible de cet utilisateur.")
STRUCTURE_SERVICE_UNKNOWN = Code(29051, "SIM_MSG_06.002", "Le service n'existe pas dans cette structure.")
NOT_IN_QUALIFICATION = Code(29052, "SIM_MSG_06.003", "Ce service ne fonctionne pas sur l'espace de qualification.")
BODY_UNREADABLE = Code(29090, "SIM_MSG_09.001", "Requête mal formulée")
FAULT_ORDERED = Code(29099, "SIM_MSG_09.099", "Refus demandé au simulateur.")


class Refusal(Exception):
    """The operation ends with HTTP 200 and a `codeRetour` that is not 0."""

    def __init__(self, code: Code, detail: str = ""):
        self.code = code
        self.label = f"{code.label} : {detail}" if detail else code.label
        super().__init__(self.label)


class BadRequest(Exception):
    """The body cannot be read as what the operation expects: HTTP 400."""


class TooLarge(Exception):
    """A file beyond the limit of an operation that answers HTTP 413."""


def invented() -> tuple[Code, ...]:
    """Every row whose message code or number does not come from the real service."""
    rows = (value for value in globals().values() if isinstance(value, Code))
    return tuple(sorted({row for row in rows if row.message.startswith("SIM_")}, key=lambda row: row.message))
