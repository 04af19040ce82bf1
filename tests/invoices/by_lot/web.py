"""Web pages drawn by lot: lists, tables and columns that flow, with their own wordings. Only a browser prints them."""

import html
import random
from dataclasses import dataclass, field

from tests.invoices.layouts.web import Web
from tests.invoices.pen import grouped
from tests.invoices.style import Style
from tests.invoices.values import Values

NUMBER = ["Facture de vente N°", "Numéro de document", "N° de la facture", "FACTURE #", "Réf. document", "Facture réf."]
NUMBER += ["Facture n°", "Document n°", "Numéro de la facture"]
DATE = ["Date de création", "Date d'établissement", "Facturée le", "Créée le", "Document du", "Date doc.", "Date"]
DUE = ["À régler pour le", "Paiement avant le", "Date d'échéance du paiement", "Limite de paiement", "Exigibilité"]
DUE += ["Délai de paiement : 30 jours, soit le", "Paiement dû le", "Échéance", "Règlement attendu le"]
ENGAGEMENT = ["Numéro d'EJ", "Engagement juridique n°", "Référence de l'engagement", "N° de commande publique", "N°EJ"]
ENGAGEMENT += ["Commande de référence", "Votre bon de commande", "N° commande acheteur", "EJ Chorus", "Réf. acheteur"]
SERVICE = [
    "Code service (Chorus Pro)",
    "Service exécutant (SE)",
    "Code SE",
    "Code service destinataire",
    "Code service",
]
DELIVERED = [
    "Date de la livraison",
    "Marchandise livrée le",
    "Livraison effectuée le",
    "Jour de livraison",
    "Livré(e) le",
]
DELIVERED += ["Date(s) de livraison", "Prestation réalisée le", "Date de départ"]
NOTE = [
    "Bon de livraison réf.",
    "BL numéro",
    "N° bordereau de livraison",
    "Réf. BL",
    "BL associé(s)",
    "Bon de livraison",
]
CONTRACT = ["Référence du marché", "Marché public n°", "N° du contrat", "Numéro de marché"]
HT = ["Total HT après remise", "Montant net HT", "Total produits HT", "Total général HT", "Total Hors Taxes"]
HT += ["Prix total HT", "Total HT", "Montant hors taxes"]
TVA = ["TVA totale", "Montant de la TVA", "Total des taxes", "Total TVA", "Taxes"]
TTC = ["Total général TTC", "TTC", "Montant total de la facture", "Prix total TTC", "Total de la facture TTC"]
TTC += ["Total TTC", "Valeur TTC", "Montant toutes taxes comprises"]
NET = ["Montant net à payer", "Net à payer TTC", "Total restant dû", "À nous régler", "Somme due", "Montant à payer"]
NET += ["Reste à régler", "Solde à payer"]
TITLES = ["Facture", "FACTURE", "Facture client", "FACTURE DE VENTE", "Votre facture"]
BUYERS = [
    "Facturer à",
    "Client facturé",
    "Acheteur",
    "Adresse de facturation :",
    "Destinataire de la facture",
    "Vendu à",
]
STYLE = (
    "<style>@page{{size:A4;margin:{margin}mm}}body{{font:{size}pt {font};line-height:{line}}}"
    "table{{border-collapse:collapse;width:100%}}td,th{{padding:{pad}mm;text-align:{align};font-weight:normal}}.r{{text-align:right}}.two{{display:flex;"
    "justify-content:space-between;gap:6mm}}.two>*{{flex:1}}.sums{{width:{wide}%;margin-left:auto}}dl{{display:grid;"
    "grid-template-columns:{left}mm 1fr;margin:0}}dd{{margin:0}}.b{{border:.2mm solid #888;padding:2mm}}"
    ".s{{font-size:6.5pt;color:#555}}th{{background:{shade};color:{ink}}}.up{{text-transform:uppercase}}</style>"
)


@dataclass
class Page:
    values: Values
    parts: list[str] = field(default_factory=list)
    absent: set[str] = field(default_factory=lambda: {"origin_number", "origin_date"})

    def __post_init__(self):
        self.chance = random.Random(f"web {self.values.seed}")
        self.style = Style.of(self.values.seed)

    def pick(self, words):
        return self.chance.choice(words)

    def might(self, share: float) -> bool:
        return self.chance.random() < share


def page_web(values: Values) -> Web:
    return Web("".join(_drawn(values).parts))


def left_out_of_web(values: Values) -> set[str]:
    return _drawn(values).absent


def _drawn(values: Values) -> Page:
    page = Page(values)
    page.parts.append(_style(page))
    blocks = [_seller(page), _buyer(page)]
    page.parts.append(f"<div class=two>{''.join(blocks if page.might(0.7) else blocks[::-1])}</div>")
    page.parts += [_facts(page), _goods(page), _sums(page), _foot(page)]
    return page


def _style(page: Page) -> str:
    dark = page.might(0.4)
    return STYLE.format(
        margin=page.pick((10, 15, 20)),
        size=page.pick((8, 9, 10, 11)),
        font=page.pick(("sans-serif", "serif", "monospace", "DejaVu Sans Condensed")),
        line=page.pick((1.1, 1.3, 1.6)),
        pad=page.pick((0.4, 1, 2)),
        align=page.pick(("left", "left", "center")),
        wide=page.pick((40, 50, 60)),
        left=page.pick((45, 60)),
        shade="#234" if dark else "#eee",
        ink="white" if dark else "black",
    )


def _lines(*lines: str, css: str = "") -> str:
    return f'<div class="{css}">' + "".join(f"<div>{html.escape(line)}</div>" for line in lines if line) + "</div>"


def _siret(page: Page, siret: str) -> str:
    label = page.pick(("SIRET", "SIRET :", "N° SIRET :", "Siret", "SIRET n°", "Numéro de SIRET :"))
    return f"{label} {grouped(siret, *page.style.groups)}"


def _seller(page: Page) -> str:
    seller = page.values.seller
    phone = f"{page.pick(('Tél.', 'Téléphone', 'T.', 'Mobile :'))} {seller.phone}"
    return _lines(seller.name, *seller.address, phone, _siret(page, seller.siret), css=page.pick(("", "b")))


def _buyer(page: Page) -> str:
    buyer = page.values.buyer
    label = page.pick([*BUYERS, ""])
    return _lines(label, buyer.name, *buyer.address, _siret(page, buyer.siret), css=page.pick(("", "b", "")))


def _facts(page: Page) -> str:
    values, style = page.values, page.style
    facts = [(page.pick(NUMBER), values.number), (page.pick(DATE), style.day(values.issued))]
    for name, words, value, share in (
        ("due_date", DUE, style.day(values.due), 0.9),
        ("engagement_number", ENGAGEMENT, values.engagement_number, 0.95),
        ("service_code", SERVICE, values.service_code, 0.85),
        ("delivery_dates", DELIVERED, style.day(values.delivered[0]), 0.8),
        ("delivery_notes", NOTE, values.delivery_notes[0], 0.5),
        ("contract_number", CONTRACT, values.contract_number, 0.3),
    ):
        if page.might(share):
            facts.append((page.pick(words), value))
        else:
            page.absent.add(name)
    title = f"<h1>{html.escape(page.pick(TITLES))}</h1>"
    return title + page.pick((_as_list, _as_rows, _as_columns, _as_sentences))(page, facts)


def _as_list(page: Page, facts) -> str:
    return "<dl>" + "".join(f"<dt>{html.escape(a)}</dt><dd>{html.escape(b)}</dd>" for a, b in facts) + "</dl>"


def _as_rows(page: Page, facts) -> str:
    rows = (f"<tr><td>{html.escape(a)}<td>{html.escape(b)}" for a, b in facts)
    return f"<table class=sums>{''.join(rows)}</table>"


def _as_columns(page: Page, facts) -> str:
    tables = []
    for start in range(0, len(facts), 4):
        some = facts[start : start + 4]
        heads, cells = (
            "".join(f"<{tag}>{html.escape(text[at])}</{tag}>" for text in some) for at, tag in ((0, "th"), (1, "td"))
        )
        tables.append(f"<table><tr>{heads}</tr><tr>{cells}</tr></table><br>")
    return "".join(tables)


def _as_sentences(page: Page, facts) -> str:
    mark = page.pick((" : ", ": ", "\u00a0: "))
    return _lines(*(f"{label}{mark}{value}" for label, value in facts))


def _goods(page: Page) -> str:
    style, with_ttc = page.style, page.might(0.3)
    heads = ["Désignation", "Quantité", "P.U. HT", "TVA", "Montant HT"] + (["Montant TTC"] if with_ttc else [])
    rows = ["<tr>" + "".join(f"<th>{head}</th>" for head in heads) + "</tr>"]
    for line in page.values.lines:
        cells = [line.label, f"{line.quantity} {line.unit}", style.money(line.price), f"{style.rate(line.rate)} %"]
        cells.append(style.money(line.amount))
        if with_ttc:
            cells.append(style.money(line.amount * (100 + line.rate) / 100))
        rows.append(
            "<tr>" + "".join(f"<td{' class=r' if at else ''}>{html.escape(cell)}" for at, cell in enumerate(cells))
        )
    return f"<br><table>{''.join(rows)}</table><br>"


def _sums(page: Page) -> str:
    totals, style, values = page.values.totals, page.style, page.values
    rows = [(page.pick(HT), totals.ht)]
    taxes = [
        (page.pick(("TVA {} %", "TVA à {} %", "dont TVA {} %")).format(style.rate(rate)), tax)
        for rate, _, tax in totals.rates
    ]
    if page.might(0.5):
        rows += taxes
        page.absent.add("total_tva")
    else:
        rows.append((page.pick(TVA), totals.tva))
        page.absent.add("vat_lines")
    rows.append((page.pick(TTC), totals.ttc))
    if values.paid:
        rows.append((page.pick(("Acompte déjà versé", "Acompte déduit", "Montant déjà réglé")), -values.paid))
    if values.paid or page.might(0.5):
        rows.append((page.pick(NET), totals.ttc - values.paid))
    else:
        page.absent.add("net_to_pay")
    if page.might(0.25) and len(rows) <= 5:
        heads, cells = (
            "".join(f"<{tag} class=r>{html.escape(text)}</{tag}>" for text in texts)
            for tag, texts in (("th", [label for label, _ in rows]), ("td", [style.money(value) for _, value in rows]))
        )
        return f"<table><tr>{heads}</tr><tr>{cells}</tr></table>"
    css = "r" if page.might(0.7) else ""
    return (
        "<table class=sums>"
        + "".join(f"<tr><td>{html.escape(a)}<td class='{css}'>{html.escape(style.money(b))}" for a, b in rows)
        + "</table>"
    )


def _foot(page: Page) -> str:
    seller = page.values.seller
    bank = f"IBAN {grouped(seller.iban, *[4] * 7)}" if page.might(0.8) else ""
    if not bank:
        page.absent.add("iban")
    late = "En cas de retard : pénalités de 10,15 % l'an et indemnité de 40,00 €. Escompte : néant."
    return _lines("Conditions de règlement : 30 jours par virement", bank, late) + _lines(
        f"{seller.legal} - N° TVA : {seller.vat_number}", css="s"
    )
