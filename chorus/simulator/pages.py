"""The page where a person plays the buyer and the accountant (Hélios), orders faults and moves the clock."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from chorus.simulator import html
from chorus.simulator.controls import Controls
from chorus.simulator.life import moves
from chorus.simulator.wire import HTML, Reply, Request, as_text, see_other

STYLE = Path(__file__).with_name("style.css")
PAGE_SIZE, FLUXES_SHOWN = 20, 10
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
# « same-origin » and not « no-referrer »: with the latter a browser posts its forms with the origin « null ».
REFERRER_POLICY = "same-origin"


class Pages:
    def __init__(self, controls: Controls):
        self._controls = controls
        self._acts = {
            "/jouer": self._play,
            "/pannes": self._trouble,
            "/calme": self._calm,
            "/flux": self._finish_flux,
            "/horloge": self._advance,
            "/vitesse": self._run_at,
            "/doublons": self._duplicates,
        }

    def answer(self, request: Request) -> Reply:
        if request.method == "POST" and request.path in self._acts:
            return self._act(request)
        if request.method != "GET":
            return as_text(405, "Méthode non prévue.")
        if request.path == "/":
            return self._home(_fields(request.query))
        if request.path == "/style.css":
            return as_text(200, STYLE.read_text(encoding="utf-8"), "text/css; charset=utf-8")
        if request.path == "/healthz":
            return as_text(200, "ok\n")
        return as_text(404, "Page inconnue.")

    def _act(self, request: Request) -> Reply:
        if not _same_site(request):
            return as_text(403, "Ce formulaire ne vient pas du simulateur.")
        fields = _fields(request.body.decode("utf-8", "replace"))
        try:
            anchor = self._acts[request.path](fields)
        except (ValueError, LookupError, OverflowError) as error:
            return self._home(fields, problem=str(error), status=422)
        return see_other(f"/?{urlencode(_place(fields))}{anchor}")

    def _home(self, fields: dict[str, str], *, problem: str = "", status: int = 200) -> Reply:
        place = _place(fields)
        page = int(place["page"])
        found, total = self._controls.latest(place["q"], PAGE_SIZE, (page - 1) * PAGE_SIZE)
        for invoice in found:
            invoice["history"] = self._controls.history(invoice["cpp_id"])
            invoice["moves"] = moves(self._controls.office, invoice["status"])
        state = self._controls.describe() | {"troubles": self._controls.troubles()}
        state["fluxes"] = self._controls.fluxes()[: -FLUXES_SHOWN - 1 : -1]
        pages = max(1, -(-total // PAGE_SIZE))
        body = html.home(found, state, place=place, page=page, pages=pages, total=total, problem=problem)
        return Reply(
            status, body.encode(), HTML, {"Content-Security-Policy": POLICY, "Referrer-Policy": REFERRER_POLICY}
        )

    def _play(self, fields: dict[str, str]) -> str:
        cpp_id = int(fields.get("facture", "0"))
        self._controls.play(cpp_id, fields.get("statut", ""), fields.get("motif", ""), force="hors_ordre" in fields)
        return f"#facture-{cpp_id}"

    def _trouble(self, fields: dict[str, str]) -> str:
        operation, times = fields.get("operation") or None, int(fields.get("fois") or 1)
        percent = fields.get("pourcentage")
        probability = float(percent) / 100 if percent else None
        self._controls.trouble(fields.get("panne", ""), operation=operation, times=times, probability=probability)
        return "#pannes"

    def _calm(self, _fields: dict[str, str]) -> str:
        self._controls.calm()
        return "#pannes"

    def _finish_flux(self, fields: dict[str, str]) -> str:
        number = fields.get("flux", "")
        self._controls.finish_flux(number, fields.get("etat", ""))
        return f"#flux-{number}"

    def _run_at(self, fields: dict[str, str]) -> str:
        speed = float(fields.get("vitesse") or 1)
        if not 0 <= speed <= 100_000:
            raise ValueError("La vitesse va de 0 (arrêt) à 100\u202f000.")
        self._controls.run_at(speed)
        return "#horloge"

    def _advance(self, fields: dict[str, str]) -> str:
        self._controls.advance(float(fields.get("heures") or 0) * 3600)
        return "#horloge"

    def _duplicates(self, fields: dict[str, str]) -> str:
        self._controls.set_duplicate_check(fields.get("controle") == "oui")
        return "#pannes"


def _fields(encoded: str) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(encoded).items()}


def _place(fields: dict[str, str]) -> dict[str, Any]:
    """Where the reader is: words searched and page, kept from one act to the next."""
    page = fields.get("page", "1")
    return {"q": fields.get("q", "")[:100], "page": page if page.isdecimal() and 0 < int(page) < 10**6 else "1"}


def _same_site(request: Request) -> bool:
    """A browser always names the origin of a POST; a form on another site must not play here."""
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("Host")
