"""What was typed against what the PDF shows. The buyer pays on the paper he sees."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from invoicing.checks.rule import Problem, stop, warn
from invoicing.checks.subject import Subject
from invoicing.typography import day, euros
from suppliers.identifiers import format_siret

NO_TEXT = warn(
    "no-text",
    "pdf",
    "Ce PDF est une image : rien n'a pu y être lu.",
    "Vérifiez vous-même que chaque valeur est celle de la facture.",
)
EMBEDDED_XML = stop(
    "embedded-xml",
    "pdf",
    "Ce PDF contient une facture électronique cachée (Factur-X) que Chorus Pro traiterait autrement.",
    "Imprimez la facture en PDF (« Imprimer », puis « Enregistrer au format PDF ») et déposez cette copie.",
)
PRINTED_NUMBER = warn(
    "printed-number-differs",
    "number",
    "Le PDF porte le numéro {printed}, et vous avez mis {typed}.",
    "Mettez le numéro imprimé, sauf si nous avons mal lu.",
)
PRINTED_DATE = warn(
    "printed-date-differs",
    "issue_date",
    "Le PDF est daté du {printed}, et vous avez mis le {typed}.",
    "Mettez la date imprimée, sauf si nous avons mal lu.",
)
PRINTED_TOTAL = warn(
    "printed-total-differs",
    "total_ttc",
    "Le PDF porte un total TTC de {printed}, et vous avez mis {typed}.",
    "Mettez le total imprimé, sauf si nous avons mal lu.",
)
PRINTED_KIND = warn(
    "printed-kind-differs",
    "kind",
    "Le PDF semble être {printed}, et vous avez choisi {typed}.",
    "Choisissez ce qui est écrit sur le PDF, sauf si nous avons mal lu.",
)
PRINTED_BUYER = warn(
    "printed-buyer-differs",
    "buyer_siret",
    "Le SIRET de l'acheteur imprimé sur le PDF ({printed}) n'est pas celui du destinataire ({typed}).",
    "Vérifiez qui doit payer : une école et sa commune, par exemple, ont chacune leur SIRET.",
)
PRINTED_ENGAGEMENT = warn(
    "printed-engagement-differs",
    "engagement_number",
    "Le PDF porte le numéro d'engagement {printed}, et vous avez mis {typed}.",
    "Mettez le numéro que l'acheteur vous a donné en dernier.",
)

KINDS = {"FACTURE": "une facture", "AVOIR": "un avoir"}


def check_file(subject: Subject) -> Iterator[Problem]:
    if not subject.printed.has_text:
        yield NO_TEXT()
    if subject.printed.embedded_xml:
        yield EMBEDDED_XML()


def check_printed_words(subject: Subject) -> Iterator[Problem]:
    invoice, printed = subject.invoice, subject.printed
    number, kind, buyer = printed.sure("number"), printed.sure("kind"), printed.sure("buyer_siret")
    if number and invoice.number and number != invoice.number.strip():
        yield PRINTED_NUMBER(printed=number, typed=invoice.number)
    if kind in KINDS and invoice.kind in KINDS and kind != invoice.kind:
        yield PRINTED_KIND(printed=KINDS[kind], typed=KINDS[invoice.kind])
    if buyer and invoice.buyer_siret and buyer != invoice.buyer_siret:
        yield PRINTED_BUYER(printed=format_siret(buyer), typed=format_siret(invoice.buyer_siret))


def check_printed_date(subject: Subject) -> Iterator[Problem]:
    printed, typed = subject.printed.sure("issue_date"), subject.invoice.issue_date
    if printed and typed and date.fromisoformat(printed) != typed:
        yield PRINTED_DATE(printed=day(date.fromisoformat(printed)), typed=day(typed))


def check_printed_total(subject: Subject) -> Iterator[Problem]:
    printed, typed = subject.printed.sure("total_ttc"), subject.invoice.total_ttc
    # Signs of credit notes vary from one software to the next: only the size is compared.
    if printed and typed is not None and abs(Decimal(printed)) != abs(typed):
        yield PRINTED_TOTAL(printed=euros(Decimal(printed)), typed=euros(typed))


def check_printed_engagement(subject: Subject) -> Iterator[Problem]:
    printed, typed = subject.printed.sure("engagement_number"), subject.invoice.engagement_number.strip()
    former = {number for order in subject.orders for number in order.former_engagement_numbers}
    if printed and typed and printed != typed and printed not in former:
        yield PRINTED_ENGAGEMENT(printed=printed, typed=typed)


CHECKS = (check_file, check_printed_words, check_printed_date, check_printed_total, check_printed_engagement)
