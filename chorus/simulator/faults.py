"""Faults one can order: what the network, PISTE and Chorus Pro do on a bad day.

A trouble is taken once per call, a number of `times` or with a `probability` drawn from a seeded generator. At most
one trouble of each stage is taken by a call, first ordered first served:

1. `wait`     before anything is read by the far side, then the call goes on;
2. `refusal`  the far side never processes the call;
3. `answer`   the call IS processed, then its answer is lost or spoilt;
4. `shape`    the call is processed and answered, in a form that a client must bear (all of them are applied);
5. `standing` not tied to calls: lasts until `calm()`.
"""

import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

EVERY_CALL = "*"
DEPOSIT_FLUX = "factures/deposer/flux"


@dataclass(frozen=True)
class Kind:
    """A kind of trouble: its stage, what a person reads, its options with their defaults.

    `only`: the one operation it makes sense for, when none is named.
    """

    stage: str
    label: str
    options: dict[str, Any] = field(default_factory=dict)
    only: str | None = None


KINDS: dict[str, Kind] = {
    "latency": Kind("wait", "Lenteur avant traitement", {"seconds": 2.0}),
    "drop": Kind("refusal", "Connexion fermée avant traitement"),
    "reset": Kind("refusal", "Connexion coupée net avant traitement"),
    "too_many": Kind("refusal", "429, quota dépassé", {"retry_after": None}),
    "html_error": Kind("refusal", "Page HTML 5xx, rien n'est traité", {"status": 503}),
    "html_ok": Kind("refusal", "Page HTML avec un code 200, rien n'est traité"),
    "redirect": Kind("refusal", "Redirection 307 vers une autre adresse", {"location": "http://127.0.0.1:9/"}),
    "expired_token": Kind("refusal", "401, jeton expiré"),
    "wrong_password": Kind("refusal", "401, compte technique refusé"),
    "expired_password": Kind("refusal", "401, mot de passe technique expiré"),
    "not_subscribed": Kind("refusal", "403 vide, API non souscrite"),
    "business_error": Kind("refusal", "200 avec un code de refus", {"code": 29099, "label": "SIM_MSG_09.099"}),
    "lost_answer": Kind("answer", "Traité, puis connexion coupée\u00a0: réponse perdue", {"reset": False}),
    "slow_answer": Kind("answer", "Traité, puis réponse lente", {"seconds": 2.0}),
    "drip": Kind("answer", "Traité, puis réponse octet par octet", {"interval": 0.5}),
    "cut_answer": Kind("answer", "Traité, puis réponse coupée au milieu"),
    "html_after": Kind("answer", "Traité, puis page HTML d'erreur", {"status": 504}),
    "unknown_status": Kind("shape", "Statut inconnu dans la réponse", {"status": "STATUT_INVENTE_SIM"}),
    "single_objects": Kind("shape", "Listes d'un seul élément rendues comme objets"),
    "missing_keys": Kind(
        "shape", "Clés absentes de la réponse", {"keys": ["libelle", "dateHeureEtatCourant", "designationDestinataire"]}
    ),
    "moving_rows": Kind("shape", "Lignes qui changent de page pendant la lecture", {"shift": 1}),
    "flux_state": Kind(
        "shape", "Flux déposé qui finira incidenté (ou dans un autre état)", {"state": "IN_INCIDENTE"}, DEPOSIT_FLUX
    ),
    "flux_silent": Kind("shape", "Flux déposé dont le compte rendu ne viendra jamais", {}, DEPOSIT_FLUX),
    "search_lag": Kind("standing", "Index de recherche en retard", {"seconds": 10.0}),
    "day_only": Kind("standing", "Bornes de période arrondies au jour entier"),
}


@dataclass
class Trouble:
    """One order. `times` None: until calm(). `operation` None: any operation but the token."""

    kind: str
    operation: str | None
    times: int | None
    probability: float | None
    options: dict[str, Any]

    @property
    def stage(self) -> str:
        return KINDS[self.kind].stage

    def concerns(self, operation: str) -> bool:
        if self.operation in (None, ""):
            only = KINDS[self.kind].only
            return operation != "token" if only is None else operation == only
        return self.operation == EVERY_CALL or operation == self.operation or operation.endswith(f"/{self.operation}")

    def describe(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "label": KINDS[self.kind].label,
            "operation": self.operation,
            "times": self.times,
            "probability": self.probability,
            "options": self.options,
        }


class Faults:
    """The troubles ordered so far. Safe between threads."""

    def __init__(self, seed: int = 18):
        self._seed = seed
        self._lock = threading.Lock()
        self.calm()
        self.taken: Counter[str] = Counter()

    def order(self, kind: str, *, operation=None, times: int | None = 1, probability=None, **options: Any) -> None:
        """Raises ValueError for an unknown kind or option. A probability lasts until calm(), whatever `times` says."""
        if kind not in KINDS:
            raise ValueError(f"Panne inconnue\u00a0: {kind}. Pannes possibles\u00a0: {', '.join(KINDS)}.")
        unknown = set(options) - set(KINDS[kind].options)
        if unknown:
            raise ValueError(f"Option inconnue pour {kind}\u00a0: {', '.join(sorted(unknown))}.")
        endless = probability is not None or KINDS[kind].stage == "standing"
        trouble = Trouble(kind, operation, None if endless else times, probability, KINDS[kind].options | options)
        with self._lock:
            self._troubles.append(trouble)

    def calm(self) -> None:
        """Forget every trouble and start the random draws again."""
        with self._lock:
            self._troubles: list[Trouble] = []
            self._random = random.Random(self._seed)

    def take(self, operation: str) -> dict[str, list[Trouble]]:
        """The troubles of this call, by stage; each one taken is counted down."""
        taken: dict[str, list[Trouble]] = {"wait": [], "refusal": [], "answer": [], "shape": []}
        with self._lock:
            for stage, troubles in taken.items():
                if stage in ("answer", "shape") and taken["refusal"]:
                    break
                troubles.extend(self._draw(stage, operation))
            self.taken.update(trouble.kind for troubles in taken.values() for trouble in troubles)
        return taken

    def standing(self, kind: str) -> dict[str, Any] | None:
        """Options of a lasting trouble, None when it was not ordered; the last order wins."""
        with self._lock:
            found = [trouble.options for trouble in self._troubles if trouble.kind == kind]
        return found[-1] if found else None

    def ordered(self) -> list[dict[str, Any]]:
        with self._lock:
            return [trouble.describe() for trouble in self._troubles]

    def _draw(self, stage: str, operation: str) -> list[Trouble]:
        drawn = []
        for trouble in [
            trouble for trouble in self._troubles if trouble.stage == stage and trouble.concerns(operation)
        ]:
            if trouble.probability is not None and self._random.random() >= trouble.probability:
                continue
            self._count_down(trouble)
            drawn.append(trouble)
            if stage != "shape":
                break
        return drawn

    def _count_down(self, trouble: Trouble) -> None:
        if trouble.times is None:
            return
        trouble.times -= 1
        if trouble.times <= 0:
            self._troubles.remove(trouble)
