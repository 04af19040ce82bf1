"""The page's HTML. Everything that comes from a client is escaped; nothing needs JavaScript."""

from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import urlencode

from chorus.simulator import world
from chorus.simulator.faults import KINDS
from chorus.simulator.flux.life import ENDS
from chorus.simulator.flux.life import LABELS as FLUX_LABELS
from chorus.simulator.life import LABELS, NEEDS_REASON
from chorus.simulator.operations import OPERATIONS

NBSP = "\u00a0"


def home(
    invoices: list[dict[str, Any]],
    state: dict[str, Any],
    *,
    place: dict[str, Any],
    page: int,
    pages: int,
    total: int,
    problem: str,
) -> str:
    alert = f'<p class="alert" role="alert">{escape(problem)}</p>' if problem else ""
    cards = "".join(_invoice(invoice, place) for invoice in invoices) or "<p>Aucune facture déposée.</p>"
    return f"""<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Simulateur de Chorus Pro</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<a class="skip" href="#factures">Aller aux factures</a>
<header>
<h1>Simulateur de Chorus{NBSP}Pro</h1>
<p>Rien n’est réel ici{NBSP}: jouez l’acheteur public et le comptable (Hélios).</p>
<nav aria-label="Parties de la page"><p><a href="#factures">Factures</a> · <a href="#flux">Flux</a> ·
<a href="#pannes">Pannes</a> · <a href="#horloge">Horloge</a> · <a href="#gens">Comptes et destinataires</a></p></nav>
</header>
<main>
{alert}
<section aria-labelledby="factures">
<h2 id="factures">Factures déposées ({total})</h2>
{_search(place)}
{cards}
{_paging(place, page, pages)}
</section>
{_fluxes(state["fluxes"], place)}
{_faults(state, place)}
{_clock(state, place)}
{_people()}
</main>
</body>
</html>
"""


def _invoice(invoice: dict[str, Any], place: dict[str, Any]) -> str:
    cpp_id, number = invoice["cpp_id"], escape(invoice["number"])
    buttons = "".join(_act(invoice, status, place) for status in invoice["moves"])
    kind = "Avoir" if invoice["kind"] == "AVOIR" else "Facture"
    return f"""<article id="facture-{cpp_id}" aria-labelledby="titre-{cpp_id}">
<h3 id="titre-{cpp_id}">{kind} {number} <span class="status">{escape(_label(invoice["status"]))}</span></h3>
<dl>
{_fact("Fournisseur", f"{invoice['supplier_name']} ({invoice['supplier_siret']})")}
{_fact("Destinataire", f"{invoice['recipient_name']} ({invoice['recipient_siret']})")}
{_fact("Service", invoice["service_code"] or "non indiqué")}
{_fact("Engagement", invoice["engagement_number"] or "non indiqué")}
{_fact("Montant TTC", _euros(invoice["total_ttc"]))}
{_fact("Pièces complémentaires", invoice["extra_names"] or "aucune")}
{_fact("Identifiant Chorus Pro", str(cpp_id))}
</dl>
<h4>Historique</h4>
<ol>{"".join(_line(line) for line in invoice["history"])}</ol>
<h4>Jouer la suite</h4>
<div class="acts">{buttons or "<p>Aucune suite prévue depuis ce statut.</p>"}</div>
{_out_of_order(invoice, place)}
</article>
"""


def _fact(name: str, value: str) -> str:
    return f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>"


def _line(line: dict[str, Any]) -> str:
    comment = f"{NBSP}: «{NBSP}{escape(line['comment'])}{NBSP}»" if line["comment"] else ""
    return (
        f'<li><time datetime="{line["at"]}">{_moment(line["at"])}</time> {escape(_label(line["status"]))}{comment}</li>'
    )


def _act(invoice: dict[str, Any], status: str, place: dict[str, Any]) -> str:
    cpp_id, label = invoice["cpp_id"], escape(_label(status))
    reason = ""
    if status in NEEDS_REASON:
        name = f"motif-{cpp_id}-{status}"
        field = f'<input id="{name}" name="motif" maxlength="255" required>'
        reason = f'<label for="{name}">Motif pour «{NBSP}{label}{NBSP}»</label> {field}'
    hidden = _hidden({"facture": cpp_id, "statut": status, **place})
    return f'<form method="post" action="/jouer">{hidden}{reason}<button>{label}</button></form>'


def _out_of_order(invoice: dict[str, Any], place: dict[str, Any]) -> str:
    cpp_id = invoice["cpp_id"]
    options = "".join(f'<option value="{status}">{escape(label)}</option>' for status, label in LABELS.items())
    return f"""<details><summary>Jouer un statut hors ordre</summary>
<form method="post" action="/jouer">{_hidden({"facture": cpp_id, "hors_ordre": "oui", **place})}
<label for="statut-{cpp_id}">Statut</label> <select id="statut-{cpp_id}" name="statut">{options}</select>
<label for="motif-{cpp_id}">Motif (facultatif)</label> <input id="motif-{cpp_id}" name="motif" maxlength="255">
<button>Jouer hors ordre</button></form></details>"""


def _search(place: dict[str, Any]) -> str:
    return f"""<form method="get" action="/" role="search">
<label for="q">Numéro, SIRET ou engagement</label> <input id="q" name="q" value="{escape(place["q"])}" maxlength="100">
<button>Chercher</button></form>"""


def _paging(place: dict[str, Any], page: int, pages: int) -> str:
    if pages <= 1:
        return ""
    links = [f"Page {page} sur {pages}"]
    if page > 1:
        links.insert(0, f'<a href="/?{_query(place, page - 1)}">Page précédente</a>')
    if page < pages:
        links.append(f'<a href="/?{_query(place, page + 1)}">Page suivante</a>')
    return f'<nav aria-label="Pages de factures"><p>{" · ".join(links)}</p></nav>'


def _query(place: dict[str, Any], page: int) -> str:
    return escape(urlencode({**place, "page": page}))


def _fluxes(fluxes: list[dict[str, Any]], place: dict[str, Any]) -> str:
    cards = "".join(_flux(flux, place) for flux in fluxes) or "<p>Aucun flux déposé.</p>"
    return f"""<section aria-labelledby="flux">
<h2 id="flux">Flux déposés</h2>
<p>Un flux est un fichier que Chorus{NBSP}Pro lit lui-même (Factur-X, CII, UBL). Il est jugé plus tard.</p>
{cards}
</section>"""


def _flux(flux: dict[str, Any], place: dict[str, Any]) -> str:
    number = flux["number"]
    errors = [f"{row['numeroDP']}{NBSP}: {row['libelleErreurDP'].replace('|', ' · ')}" for row in flux["errors"]]
    errors += [row["libelleErreur"] for row in flux["technical"] if flux["ended"]]
    reasons = "".join(f"<li>{escape(error)}</li>" for error in errors)
    return f"""<div id="flux-{number}" class="flux">
<h3>{number} <span class="status">{escape(FLUX_LABELS.get(flux["state"], flux["state"]))}</span></h3>
<dl>
{_fact("Fichier", flux["name"])}
{_fact("État de Chorus" + NBSP + "Pro", flux["state"])}
{_fact("Déposé le", _moment(flux["deposited_at"]))}
{_fact("Factures créées", str(flux["invoices"]))}
</dl>
{f"<ul>{reasons}</ul>" if reasons else ""}
{"" if flux["ended"] else _end_flux(number, place)}
</div>
"""


def _end_flux(number: str, place: dict[str, Any]) -> str:
    ends = "".join(f'<option value="{state}">{FLUX_LABELS.get(state, state)}</option>' for state in ENDS)
    return f"""<form method="post" action="/flux">{_hidden({"flux": number, **place})}
<button>Traiter maintenant</button></form>
<form method="post" action="/flux">{_hidden({"flux": number, **place})}
<label for="etat-{number}">Ou le finir en</label> <select id="etat-{number}" name="etat">{ends}</select>
<button>Finir ainsi, sans facture</button></form>"""


def _people() -> str:
    """Who exists in the fixed world; what was added since is known to the one who added it."""
    accounts = "".join(f"<li>{escape(row.login)}, {escape(row.password)}</li>" for row in world.ACCOUNTS)
    suppliers = "".join(f"<li>{row.siret}, {escape(row.name)}</li>" for row in world.SUPPLIERS)
    recipients = "".join(
        f"<li>{row.siret}, {escape(row.name)}{NBSP}: {escape(row.wants)}</li>" for row in world.RECIPIENTS
    )
    return f"""<section aria-labelledby="gens">
<h2 id="gens">Comptes et destinataires</h2>
<p>Tout est fictif. Client PISTE{NBSP}: {world.CLIENT_ID}, secret {world.CLIENT_SECRET}.</p>
<details><summary>Comptes techniques</summary><ul>{accounts}</ul></details>
<details><summary>Fournisseurs</summary><ul>{suppliers}</ul></details>
<details><summary>Destinataires et ce qu’ils demandent</summary><ul>{recipients}</ul></details>
</section>"""


def _faults(state: dict[str, Any], place: dict[str, Any]) -> str:
    kinds = "".join(f'<option value="{kind}">{escape(row.label)}</option>' for kind, row in KINDS.items())
    operations = "".join(f'<option value="{name}">{name}</option>' for name in ("token", *OPERATIONS))
    ordered = "".join(_trouble(trouble) for trouble in state["troubles"])
    check = state["duplicate_check"]
    return f"""<section aria-labelledby="pannes">
<h2 id="pannes">Pannes</h2>
<ul>{ordered or "<li>Aucune panne commandée.</li>"}</ul>
<form method="post" action="/pannes">{_hidden(place)}
<label for="panne">Panne</label> <select id="panne" name="panne">{kinds}</select>
<label for="operation">Opération</label>
<select id="operation" name="operation"><option value="">toutes, sauf le jeton</option>{operations}</select>
<label for="fois">Nombre de fois</label> <input id="fois" name="fois" type="number" min="1" value="1">
<label for="pourcentage">Ou part des appels (%)</label>
<input id="pourcentage" name="pourcentage" type="number" min="1" max="100">
<button>Commander la panne</button></form>
<form method="post" action="/calme">{_hidden(place)}<button>Tout calmer</button></form>
<p>Contrôle des doublons{NBSP}: {"actif" if check else "coupé"}.</p>
<form method="post" action="/doublons">{_hidden({"controle": "non" if check else "oui", **place})}
<button>{"Couper" if check else "Rétablir"} le contrôle des doublons</button></form>
</section>"""


def _trouble(trouble: dict[str, Any]) -> str:
    if trouble["probability"] is not None:
        often = f"{trouble['probability']:.0%} des appels".replace("%", f"{NBSP}%")
    else:
        often = "jusqu’au retour au calme" if trouble["times"] is None else f"encore {trouble['times']} fois"
    where = trouble["operation"] or "toutes les opérations"
    return f"<li>{escape(trouble['label'])} ({escape(where)}, {often})</li>"


def _clock(state: dict[str, Any], place: dict[str, Any]) -> str:
    return f"""<section aria-labelledby="horloge">
<h2 id="horloge">Horloge</h2>
<p>Le simulateur croit être le <time datetime="{state["now"]}">{_moment(state["now"])}</time>.</p>
<form method="post" action="/horloge">{_hidden(place)}
<label for="heures">Avancer de (heures)</label>
<input id="heures" name="heures" type="number" min="0" max="100000" step="any" value="24">
<button>Avancer l’horloge</button></form>
<form method="post" action="/vitesse">{_hidden(place)}
<label for="vitesse">Vitesse (1{NBSP}: comme la vraie)</label>
<input id="vitesse" name="vitesse" type="number" min="0" max="100000" step="any" value="{state["speed"]:g}">
<button>Changer la vitesse</button></form>
</section>"""


def _hidden(values: dict[str, Any]) -> str:
    return "".join(
        f'<input type="hidden" name="{name}" value="{escape(str(value))}">' for name, value in values.items()
    )


def _label(status: str) -> str:
    return LABELS.get(status, status)


def _moment(iso: str) -> str:
    return datetime.fromisoformat(iso).strftime(f"%d/%m/%Y à %H{NBSP}h{NBSP}%M")


def _euros(amount: float) -> str:
    return f"{amount:,.2f}".replace(",", "\u202f").replace(".", ",") + f"{NBSP}€"
