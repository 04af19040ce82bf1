"""Whose fault a rejected file is: the motives of Chorus Pro's reports, and what each means to a producer.

Only what is listed reaches the supplier as his. The rest, such as a missing means of payment, a wrong « cadre » or a
broken XML, is ours or unknown, and a person looks.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from chorus.reasons import SENTENCES

UNKNOWN_SUPPLIER = (
    "Chorus Pro ne connaît pas votre établissement sous ce SIRET. "
    "Vérifiez sur Chorus Pro qu'il y est inscrit et actif, puis renvoyez la facture."
)


class Fault(Enum):
    SUPPLIER = auto()
    PORTAL = auto()
    TAKEN = auto()


@dataclass(frozen=True)
class Motive:
    """`pattern` is looked for in the motive without accents or capitals. `sentence` is what the supplier reads."""

    pattern: str
    sentence: str
    fault: Fault = Fault.SUPPLIER


OURS = Motive("", "", Fault.PORTAL)
# From top to bottom, the first that is found counts. The elements are those of the CII. Seen in real reports: length of
# the number, service and engagement required, pseudo-service, parties not referenced. The simulator words the others.
MOTIVES = (
    Motive(r"existe deja", "", Fault.TAKEN),
    Motive(r"exchangeddocument\.id.*(20 caracteres|interdits)", SENTENCES["SIM_MSG_01.002"]),
    Motive(r"factures_publiques|entre structures publiques", SENTENCES["SIM_MSG_02.006"]),
    Motive(r"engagement juridique ou le service.*obligatoire", SENTENCES["SIM_MSG_02.008"]),
    Motive(r"(buyerorderreferenceddocument|engagement).*obligatoire", SENTENCES["SIM_MSG_02.007"]),
    Motive(r"(buyerreference|service executant).*obligatoire", SENTENCES["SIM_MSG_02.003"]),
    Motive(r"(buyerreference|service executant).*reference dans", SENTENCES["SIM_MSG_02.004"]),
    Motive(r"(buyerreference|service executant).*inactif", SENTENCES["SIM_MSG_02.005"]),
    Motive(r"destinataire.*reference dans", SENTENCES["SIM_MSG_02.001"]),
    Motive(r"destinataire.*inactive", SENTENCES["SIM_MSG_02.002"]),
    Motive(r"identifiant fournisseur.*reference dans", UNKNOWN_SUPPLIER),
    Motive(r"date de la facture.*posterieure", SENTENCES["SIM_MSG_01.004"]),
    Motive(r"(montant|somme).*(incoherent|n'est pas egale|n'est pas la somme)", SENTENCES["SIM_MSG_03.001"]),
)


def motive_of(words: str) -> Motive:
    """The row of the table for one motive; OURS for what is not listed."""
    plain = _plain(words)
    return next((motive for motive in MOTIVES if re.search(motive.pattern, plain)), OURS)


def fault_of(reasons: Iterable[str]) -> Fault:
    """Whose the whole rejection is. One reason of ours is enough: correcting the others would bring it back."""
    faults = {motive_of(reason).fault for reason in reasons}
    if not faults or Fault.PORTAL in faults:
        return Fault.PORTAL
    return Fault.SUPPLIER if Fault.SUPPLIER in faults else Fault.TAKEN


def reason_for(reasons: Iterable[str]) -> str:
    """What the supplier reads: each sentence once, then Chorus Pro's own words for its help desk."""
    reasons = list(reasons)
    sentences = dict.fromkeys(filter(None, (motive_of(reason).sentence for reason in reasons)))
    return f"{' '.join(sentences)} (Chorus Pro : « {' ; '.join(reasons)} »)"


def _plain(words: str) -> str:
    split = unicodedata.normalize("NFKD", words.lower().replace("’", "'"))
    return "".join(letter for letter in split if not unicodedata.combining(letter))
