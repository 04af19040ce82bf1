"""The sums of an invoice: HT + TVA - discount = TTC, and in `SAISIE_API` lines, recap by rate and totals agree.

The arithmetic is that of the example published by the AIFE; the tolerance is an option (not published).
"""

from collections import defaultdict
from typing import Any

from chorus.simulator import codes
from chorus.simulator.codes import Refusal
from chorus.simulator.office import Call
from chorus.simulator.reading import block, items, number, text
from chorus.simulator.world import VAT_RATES

RATES = {code: rate for code, _label, rate in VAT_RATES}


def check_amounts(call: Call, *, detailed: bool) -> dict[str, Any]:
    """The columns of the totals, or Refusal."""
    totals = block(call.body, "montantTotal")
    ht, tva, net = (_given(totals, key) for key in ("montantHtTotal", "montantTVA", "montantAPayer"))
    discount = number(totals, "montantRemiseGlobaleTTC") or 0.0
    computed = ht + tva - discount
    ttc = number(totals, "montantTtcTotal")
    _agree(call, computed if ttc is None else ttc, computed, "montantTtcTotal")
    if detailed:
        _check_lines(call, ht, tva)
    return {
        "total_ht": ht,
        "total_tva": tva,
        "total_ttc": round(computed, 6) if ttc is None else ttc,
        "discount": discount or None,
        "discount_reason": text(totals, "motifRemiseGlobaleTTC"),
        "net": net,
    }


def _given(totals: dict[str, Any], key: str) -> float:
    amount = number(totals, key)
    if amount is None:
        raise Refusal(codes.FIELD_MISSING, key)
    return amount


def _agree(call: Call, given: float, computed: float, name: str) -> None:
    # Half a millionth more: binary floats are not exact, and amounts have six decimals.
    if abs(given - computed) > call.office.options.tolerance + 5e-7:
        raise Refusal(codes.AMOUNTS_INCOHERENT, f"{name} = {given:g}, attendu {computed:g}")


def _check_lines(call: Call, ht: float, tva: float) -> None:
    lines = items(call.body, "lignePoste")
    if not lines:
        raise Refusal(codes.LINES_MISSING)
    bases: dict[float, float] = defaultdict(float)
    for line in lines:
        bases[_rate(line, "lignePosteTauxTva", "lignePosteTauxTvaManuel")] += _line_amount(line)
    for recap in items(call.body, "ligneTva"):
        _check_recap(call, recap, bases)
    _agree(call, ht, sum(bases.values()), "montantHtTotal")
    _agree(call, tva, sum(base * rate / 100 for rate, base in bases.items()), "montantTVA")


def _line_amount(line: dict[str, Any]) -> float:
    quantity, price = (_given(line, key) for key in ("lignePosteQuantite", "lignePosteMontantUnitaireHT"))
    return quantity * price - (number(line, "lignePosteMontantRemiseHT") or 0.0)


def _check_recap(call: Call, recap: dict[str, Any], bases: dict[float, float]) -> None:
    rate = _rate(recap, "ligneTvaTaux", "ligneTvaTauxManuel")
    base = _given(recap, "ligneTvaMontantBaseHtParTaux")
    _agree(call, base, bases.get(rate, 0.0), "ligneTvaMontantBaseHtParTaux")
    _agree(call, _given(recap, "ligneTvaMontantTvaParTaux"), base * rate / 100, "ligneTvaMontantTvaParTaux")


def _rate(row: dict[str, Any], code_key: str, manual_key: str) -> float:
    code = text(row, code_key)
    if not code:
        return _given(row, manual_key)
    if code not in RATES:
        raise Refusal(codes.VALUE_NOT_ALLOWED, f"{code_key} = {code[:50]}")
    return RATES[code]
