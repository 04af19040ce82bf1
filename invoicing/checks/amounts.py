"""Sums, VAT per rate, and the reason why no VAT is charged."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from invoicing.checks import law
from invoicing.checks.rule import Level, Problem, stop, warn
from invoicing.checks.subject import Subject
from invoicing.typography import day, euros

CENT = Decimal("0.01")
# Each line may be rounded by itself; so many are supposed where they were not counted.
ROUNDED_LINES = 10
XML = "xml"

CURRENCY = stop(
    "currency-not-euro",
    "total_ttc",
    "La facture n'est pas en euros.",
    "Refaites-la en euros : Chorus Pro n'accepte pas d'autre monnaie.",
)
TOTAL_MISSING = stop(
    "total-missing",
    "{field}",
    "Le {name} manque.",
    "Recopiez-le tel qu'il est imprimé sur le PDF.",
)
TOTALS_DO_NOT_ADD = stop(
    "totals-do-not-add",
    "total_ttc",
    "{ht} hors taxes et {tva} de TVA ne font pas {ttc} toutes taxes comprises.",
    "Vérifiez les trois montants ; si le PDF est faux, refaites la facture.",
)
LINES_DIFFER = stop(
    "lines-sum-differs",
    "total_ht",
    "Les lignes de la facture font {sum}, et le total hors taxes {total}.",
    "Vérifiez le total hors taxes ; si le PDF est faux, refaites la facture.",
)
TOTAL_NOT_POSITIVE = stop(
    "total-not-positive",
    "total_ttc",
    "Le total de la facture n'est pas supérieur à zéro.",
    "Pour rendre de l'argent à l'acheteur, faites un avoir.",
)
NET_OVER_TOTAL = stop(
    "net-over-total",
    "net_to_pay",
    "Le net à payer ({net}) n'est pas compris entre zéro et le total TTC ({ttc}).",
    "Vérifiez les deux montants ; si le PDF est faux, refaites la facture.",
)
NET_DIFFERS = stop(
    "net-differs",
    "net_to_pay",
    "Le net à payer ({net}) n'est pas le total TTC ({ttc}) moins ce qui est déjà payé ({paid}).",
    "Vérifiez les trois montants ; si le PDF est faux, refaites la facture.",
)
NET_UNEXPLAINED = warn(
    "net-unexplained",
    "net_to_pay",
    "Le net à payer ({net}) est plus petit que le total TTC ({ttc}).",
    "Vérifiez qu'un acompte de {paid} a bien été versé.",
)
VAT_LINE_WRONG = stop(
    "vat-line-wrong",
    "vat_lines",
    "{base} à {rate} % ne font pas {tax} de TVA, mais {right}.",
    "Vérifiez cette ligne de TVA ; si le PDF est faux, refaites la facture.",
)
VAT_BASES_DIFFER = stop(
    "vat-bases-differ",
    "vat_lines",
    "Les bases de TVA font {sum}, et le total hors taxes {total}.",
    "Vérifiez les lignes de TVA : chaque euro hors taxes a un taux, même si c'est 0 %.",
)
VAT_TAXES_DIFFER = stop(
    "vat-taxes-differ",
    "vat_lines",
    "Les lignes de TVA font {sum}, et le total de la TVA {total}.",
    "Vérifiez les lignes de TVA.",
)
VAT_RATE_UNUSUAL = warn(
    "vat-rate-unusual",
    "vat_lines",
    "Le taux de TVA de {rate} % n'est pas un taux en usage.",
    "Vérifiez le taux : l'alimentation est le plus souvent à 5,5 %.",
)
VAT_RATE_UNLIKELY = warn(
    "vat-rate-unlikely",
    "vat_lines",
    "« {goods} » : la TVA est le plus souvent à {likely} %, et la facture ne porte que {printed} %.",
    "Vérifiez le taux de ce produit ; s'il est juste, continuez.",
)
VAT_REGIME_UNKNOWN = warn(
    "vat-regime-unknown",
    "total_tva",
    "Votre profil ne dit pas encore votre régime de TVA.",
    "Indiquez-le une fois dans votre profil : nos contrôles en dépendent, et nous ne le devinons pas.",
)
VAT_FORBIDDEN = stop(
    "vat-forbidden",
    "total_tva",
    "La facture porte {tva} de TVA, alors que votre profil dit que vous n'en facturez pas.",
    "Refaites la facture sans TVA, ou corrigez le régime de TVA dans votre profil.",
)
VAT_ABSENT = stop(
    "vat-absent",
    "total_tva",
    "La facture ne porte pas de TVA et rien n'en dit la raison.",
    "Indiquez votre régime de TVA dans votre profil, ou refaites la facture avec la mention de la loi.",
)
VAT_MENTION_MISSING = warn(
    "vat-mention-missing",
    "total_tva",
    "Nous ne trouvons pas sur le PDF la mention qui explique l'absence de TVA.",
    "La loi demande d'y écrire : « {wording} ».",
)
VAT_MENTION_OLD = warn(
    "vat-mention-old",
    "total_tva",
    "La mention « {wording} » a changé et n'est acceptée que jusqu'au {day}.",
    "Écrivez désormais : « {new} ».",
)
VAT_MENTION_OTHER_REGIME = warn(
    "vat-mention-other-regime",
    "total_tva",
    "La mention « {wording} » imprimée ne va pas avec le régime de TVA de votre profil.",
    "Vérifiez le régime dans votre profil, ou corrigez la mention sur vos prochaines factures.",
)

TOTALS = {"total_ht": "total hors taxes", "total_tva": "montant de la TVA", "total_ttc": "total TTC"}


def check_currency(subject: Subject) -> Iterator[Problem]:
    if subject.invoice.currency != "EUR" or subject.printed.sure("currency"):
        yield CURRENCY()


def check_totals(subject: Subject) -> Iterator[Problem]:
    invoice = subject.invoice
    missing = [field for field in TOTALS if getattr(invoice, field) is None]
    for field in missing:
        yield TOTAL_MISSING(field=field, name=TOTALS[field])
    if missing:
        return
    if abs(invoice.total_ht + invoice.total_tva - invoice.total_ttc) > CENT:
        yield TOTALS_DO_NOT_ADD(ht=euros(invoice.total_ht), tva=euros(invoice.total_tva), ttc=euros(invoice.total_ttc))
    if invoice.total_ttc <= 0 and not invoice.is_credit_note:
        yield TOTAL_NOT_POSITIVE()


def check_lines(subject: Subject) -> Iterator[Problem]:
    """Prices on a page may include VAT, and more than lines may make its total: it only warns. Signs vary."""
    lines, invoice = subject.printed.sure_amount("lines_ht"), subject.invoice
    if lines is None or invoice.total_ht is None:
        return
    is_electronic = subject.printed.fields["lines_ht"].source == XML
    totals = [invoice.total_ht] if is_electronic else [invoice.total_ht, invoice.total_ttc or invoice.total_ht]
    if all(abs(abs(lines) - abs(total)) > CENT * ROUNDED_LINES for total in totals):
        level = None if is_electronic else Level.WARN
        yield LINES_DIFFER(sum=euros(lines), total=euros(invoice.total_ht), level=level)


def check_net_to_pay(subject: Subject) -> Iterator[Problem]:
    invoice = subject.invoice
    net, total, said = invoice.net_to_pay, invoice.total_ttc, subject.printed.sure_amount("paid")
    if invoice.is_credit_note or net is None or total is None:
        return
    paid = total - net if said is None else said
    values = {"net": euros(net), "ttc": euros(total), "paid": euros(paid)}
    if not -CENT <= net <= total + CENT:
        yield NET_OVER_TOTAL(**values)
    elif abs(total - paid - net) > CENT:
        yield NET_DIFFERS(**values)
    elif said is None and paid > CENT:
        yield NET_UNEXPLAINED(**values)


def check_vat_lines(subject: Subject) -> Iterator[Problem]:
    invoice, allowed = subject.invoice, CENT * _lines_summed(subject)
    for line in invoice.vat_lines:
        right = (line.base * line.rate / 100).quantize(CENT)
        if abs(right - line.tax) > allowed:
            yield VAT_LINE_WRONG(base=euros(line.base), rate=_rate(line.rate), tax=euros(line.tax), right=euros(right))
    if invoice.vat_lines:
        yield from _check_vat_sums(subject)


def _lines_summed(subject: Subject) -> int:
    counted = subject.printed.sure("lines")
    return max(int(counted), 1) if counted.isdecimal() else ROUNDED_LINES


def _check_vat_sums(subject: Subject) -> Iterator[Problem]:
    invoice = subject.invoice
    bases = sum((line.base for line in invoice.vat_lines), Decimal(0))
    taxes = sum((line.tax for line in invoice.vat_lines), Decimal(0))
    allowed = CENT * len(invoice.vat_lines)
    if invoice.total_ht is not None and abs(bases - invoice.total_ht) > allowed:
        yield VAT_BASES_DIFFER(sum=euros(bases), total=euros(invoice.total_ht))
    if invoice.total_tva is not None and abs(taxes - invoice.total_tva) > allowed:
        yield VAT_TAXES_DIFFER(sum=euros(taxes), total=euros(invoice.total_tva))


def check_vat_rates(subject: Subject) -> Iterator[Problem]:
    usual = law.vat_rates_on(subject.invoice.issue_date or subject.today)
    for line in subject.invoice.vat_lines:
        if line.rate not in usual:
            yield VAT_RATE_UNUSUAL(rate=_rate(line.rate))


def check_likely_rates(subject: Subject) -> Iterator[Problem]:
    """Each ordered product whose usual rates are all missing from an invoice that charges VAT; one line is enough."""
    day_of_law = subject.invoice.issue_date or subject.today
    printed = {line.rate for line in subject.invoice.vat_lines if line.rate}
    for order in subject.orders:
        for goods, ordered in order.goods:
            likely = law.likely_rates(goods, day_of_law)
            if printed and likely and not printed & (likely | {ordered}):
                yield VAT_RATE_UNLIKELY(goods=goods, likely=_rates(likely), printed=_rates(printed))
                return


def check_regime_told(subject: Subject) -> Iterator[Problem]:
    if not subject.supplier.vat_regime:
        yield VAT_REGIME_UNKNOWN()


def check_vat_regime(subject: Subject) -> Iterator[Problem]:
    tva, regime = subject.invoice.total_tva, subject.supplier.vat_regime
    if tva is None:
        return
    if tva != 0:
        if regime in law.UNTAXED_REGIMES:
            yield VAT_FORBIDDEN(tva=euros(tva))
        return
    mention = law.MENTIONS.get(subject.printed.any("vat_mention"))
    if mention:
        yield from _check_mention(subject, mention)
    elif regime in {"", "normal"}:
        yield VAT_ABSENT()
    elif regime in law.UNTAXED_REGIMES and subject.printed.fields:
        yield VAT_MENTION_MISSING(wording=law.MENTIONS[law.UNTAXED_REGIMES[regime]].wording)


def _check_mention(subject: Subject, mention: law.Mention) -> Iterator[Problem]:
    if mention.until:
        is_over = (subject.invoice.issue_date or subject.today) > mention.until
        # « Franchise en base » without an article, or what was read in a picture, is only guessed to be the old one.
        level = Level.STOP if is_over and subject.printed.sure("vat_mention") else None
        yield VAT_MENTION_OLD(
            wording=mention.wording,
            day=day(mention.until),
            new=law.MENTIONS["franchise-cibs"].wording,
            level=level,
        )
    if subject.supplier.vat_regime and subject.supplier.vat_regime not in mention.regimes:
        yield VAT_MENTION_OTHER_REGIME(wording=mention.wording)


def _rate(value: Decimal) -> str:
    return f"{value.normalize():f}".replace(".", ",")


def _rates(values: Iterable[Decimal]) -> str:
    return " ou ".join(_rate(value) for value in sorted(values))


SUMS = (check_totals, check_lines, check_net_to_pay, check_vat_lines)

CHECKS = (
    check_currency,
    *SUMS,
    check_vat_rates,
    check_likely_rates,
    check_regime_told,
    check_vat_regime,
)
