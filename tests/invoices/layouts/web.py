"""What web applications print."""

import html
from collections.abc import Iterable
from dataclasses import dataclass

from tests.invoices.pen import iban, short
from tests.invoices.style import Style
from tests.invoices.values import Values


@dataclass(frozen=True)
class Web:
    """A page that only a browser can print."""

    html: str


def pennylane(values: Values) -> Web:
    """A web application: title, two columns of parties, a table of VAT with the rate in the middle."""
    totals, style = values.totals, Style.of(values.seed)
    seller, buyer = values.seller, values.buyer
    return _page(
        "Facture",
        [
            f"<h1>Facture</h1><b>Numéro {html.escape(values.number)}</b>",
            _table(
                [
                    ("Date d'émission", style.day(values.issued)),
                    ("Date d'exigibilité", style.day(values.due)),
                    ("Date de la prestation", style.day(values.delivered[0])),
                ]
            ),
            "<div class=two>",
            _lines(
                seller.name, *seller.address, f"SIRET : {style.siret(seller)}", f"Numéro de TVA : {seller.vat_number}"
            ),
            _lines("Client", buyer.name, *buyer.address, f"SIRET : {style.siret(buyer)}"),
            "</div>",
            _lines(
                "",
                f"Numéro de bon de commande : {values.engagement_number}",
                f"Code service : {values.service_code}",
                "",
            ),
            _table([("Produits", "Qté", "Prix u. HT", "TVA (%)", "Total HT"), *_goods(values, style)]),
            "<br>",
            _table(
                [
                    ("Total HT", style.money(totals.ht)),
                    ("Montant total de la TVA", style.money(totals.tva)),
                    ("Total TTC", style.money(totals.ttc)),
                ],
                "sums",
            ),
            "<h4>Détails TVA</h4>",
            _table(
                [
                    ("Taux", "Montant TVA", "Base HT"),
                    *[
                        (f"{style.rate(rate)} %", style.money(tax), style.money(base))
                        for rate, base, tax in totals.rates
                    ],
                ]
            ),
            "<h4>Paiement</h4>",
            _table([("Établissement", "Banque d'Essai"), ("IBAN", iban(seller)), ("BIC", "EXAMFRPP")]),
            f"<p class=s>Pénalités de retard : trois fois le taux annuel d'intérêt légal. {seller.legal}</p>",
        ],
    )


def odoo(values: Values) -> Web:
    """Odoo: the number is in the title, facts in columns under their names, the total is called « Total »."""
    totals, style = values.totals, Style.of(values.seed)
    seller, buyer = values.seller, values.buyer
    return _page(
        values.number,
        [
            _lines(seller.name, *seller.address),
            f'<div style="margin-left:55%">{_lines(buyer.name, *buyer.address, "SIRET: " + buyer.siret)}</div>',
            f"<h2>Facture {html.escape(values.number)}</h2>",
            _table(
                [
                    ("Date de facturation:", "Date d'échéance:", "Date de livraison:", "Référence:"),
                    (short(values.issued), short(values.due), short(values.delivered[0]), values.engagement_number),
                ]
            ),
            _table([("Description", "Quantité", "Prix unitaire", "Taxes", "Montant"), *_goods(values, style)]),
            _table(
                [
                    ("Montant hors taxes", style.money(totals.ht)),
                    *[
                        (f"TVA {style.rate(rate)} % sur {style.money(base)}", style.money(tax))
                        for rate, base, tax in totals.rates
                    ],
                    ("Total", style.money(totals.ttc)),
                    ("Montant dû", style.money(totals.ttc)),
                ],
                "sums",
            ),
            _lines(
                "",
                "Conditions de paiement: 30 jours",
                f"Communication du paiement : {values.number} sur ce compte {iban(seller)}",
            ),
            f"<p class=s>{seller.phone} contact@exemple.fr SIRET: {seller.siret} | {seller.vat_number}</p>",
        ],
    )


def henrri(values: Values) -> Web:
    """A free web program: nested boxes, spaced capitals, totals as a table with the labels on top."""
    totals, style = values.totals, Style.of(values.seed)
    seller, buyer = values.seller, values.buyer
    return _page(
        "Facture",
        [
            "<div class=two>",
            _lines(
                seller.name,
                *seller.address,
                f"Tél : {seller.phone}",
                f"N° Siret : {style.siret(seller)}",
                "Code APE : 0113Z",
            ),
            f"<div class=g><h2>FACTURE</h2>{_lines(f'N° : {values.number}', f'Date : {short(values.issued)}')}",
            _lines("N° client : CLT-0042") + "</div>",
            "</div><div class=two><div></div>",
            _lines("À l'attention de :", buyer.name, *buyer.address, f"N° Siret : {style.siret(buyer)}"),
            "</div>",
            _lines(
                "Objet : fourniture de denrées",
                f"N° engagement : {values.engagement_number}",
                f"Service exécutant : {values.service_code}",
                f"Marché public : {values.contract_number}",
                f"Livraison effectuée le {short(values.delivered[0])}, BL {values.delivery_notes[0]}",
            ),
            _table([("Désignation", "Quantité", "PU HT", "TVA", "Total HT"), *_goods(values, style)]),
            "<br>",
            _table(
                [
                    ("Base HT", "Taux TVA", "Montant TVA"),
                    *[
                        (style.money(base), f"{style.rate(rate)} %", style.money(tax))
                        for rate, base, tax in totals.rates
                    ],
                ]
            ),
            "<br>",
            _table(
                [
                    ("Montant total HT", "Montant total TVA", "Montant total TTC", "Reste à payer"),
                    (style.money(totals.ht), style.money(totals.tva), style.money(totals.ttc), style.money(totals.ttc)),
                ]
            ),
            _lines(
                "",
                "Moyen de paiement : virement bancaire",
                f"Échéance de paiement : {short(values.due)}",
                f"Banque : Essai - IBAN : {iban(seller)} - BIC : EXAMFRPP",
            ),
            f"<p class=s>Indemnité forfaitaire pour frais de recouvrement : 40 €. {seller.legal}</p>",
        ],
    )


def _page(title: str, body: Iterable[str]) -> Web:
    style = (
        "<style>@page{size:A4;margin:12mm}body{font:10pt sans-serif}table{width:100%;border-collapse:collapse}"
        "td,th{padding:1.2mm;text-align:left;vertical-align:top}.r{text-align:right}.two{display:flex;gap:10mm}"
        ".two>*{flex:1}.sums{width:55%;margin-left:45%}h1{font-size:20pt}.s{font-size:7pt}.g{letter-spacing:.08em}"
        "</style>"
    )
    return Web(f"<title>{html.escape(title)}</title>{style}{''.join(body)}")


def _table(rows: Iterable[Iterable[str]], css: str = "") -> str:
    cells = "".join(
        f"<tr>{''.join(f'<td{_right(cell)}>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    return f'<table class="{css}">{cells}</table>'


def _right(cell: str) -> str:
    return " class=r" if cell[:1].isdigit() or cell.endswith(("€", "%", "EUR")) else ""


def _lines(*lines: str) -> str:
    return "<div>" + "<br>".join(html.escape(line) for line in lines) + "</div>"


def _goods(values: Values, style: Style) -> list[tuple[str, ...]]:
    return [
        (
            line.label,
            f"{line.quantity} {line.unit}",
            style.money(line.price),
            f"{style.rate(line.rate)} %",
            style.money(line.amount),
        )
        for line in values.lines
    ]
