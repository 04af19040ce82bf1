"""What was typed against what the PDF shows. The buyer pays on the paper he sees."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

from invoicing.checks.rule import Level, Problem, stop, warn
from invoicing.checks.subject import Subject
from invoicing.matching import clean, is_slip
from invoicing.typography import day, euros, pages
from suppliers.identifiers import format_siret

NO_TEXT = warn(
    "no-text",
    "pdf",
    "{picture} : rien n'a pu y être lu.",
    "Vérifiez vous-même que chaque valeur est celle de la facture.",
)
GUESSED_TEXT = warn(
    "guessed-text",
    "pdf",
    "{picture} : un programme y a reconnu les caractères, et peut se tromper.",
    "Comparez chaque valeur avec l'image de la facture avant de confirmer.",
)
UNREAD_PAGES = warn(
    "unread-pages",
    "pdf",
    "Une partie de ce PDF n'a pas pu être lue : {pages}.",
    "Vérifiez vous-même ce qui y est écrit. Si une page ne s'affiche pas non plus chez vous, refaites le PDF.",
)
ELECTRONIC_SIGNED = stop(
    "electronic-signed",
    "pdf",
    "Ce PDF signé contient une facture électronique (Factur-X) que Chorus Pro traiterait autrement. "
    "L'enlever effacerait votre signature : nous ne modifions pas un PDF signé.",
    "Refaites-le en PDF simple, sans facture électronique ou sans signature, puis remplacez le PDF.",
)
LOCKED_SIGNED = stop(
    "locked-signed",
    "pdf",
    "Ce PDF signé est protégé contre les modifications, et Chorus Pro n'accepte pas les PDF protégés.",
    "Refaites-le sans protection, signez-le de nouveau si vous le souhaitez, puis remplacez le PDF.",
)
HIDDEN_KEPT = stop(
    "hidden-kept",
    "pdf",
    "Ce PDF contient une facture électronique ou une protection que nous n'avons pas pu enlever, et que Chorus Pro "
    "n'accepte pas dans un PDF simple.",
    "Imprimez la facture en PDF (« Imprimer », puis « Enregistrer au format PDF ») et prenez cette copie à la place.",
)
ELECTRONIC_DIFFERS = stop(
    "electronic-differs",
    "{field}",
    "La facture électronique jointe au PDF et la page ne disent pas la même chose : {label}, {electronic} d'un côté, "
    "{printed} de l'autre.",
    "L'acheteur ne saurait pas laquelle croire : refaites le PDF dans votre logiciel, puis remplacez-le.",
)
ELECTRONIC_UNSEEN = warn(
    "electronic-unseen",
    "pdf",
    "Nous n'avons pas retrouvé sur les pages ce que dit la facture électronique jointe : {labels}.",
    "Vérifiez que les pages montrent bien ces valeurs.",
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
# Fields of the electronic invoice that are compared: what people call them, how their values are written.
COMPARED: dict[str, tuple[str, Callable[[str], str]]] = {
    "number": ("numéro", str),
    "issue_date": ("date", lambda value: day(date.fromisoformat(value))),
    "supplier_siret": ("SIRET du fournisseur", format_siret),
    "buyer_siret": ("SIRET de l'acheteur", format_siret),
    "total_ttc": ("total TTC", lambda value: euros(Decimal(value))),
    "iban": ("IBAN", str),
    "kind": ("type de document", lambda value: KINDS.get(value, value)),
}


def check_file(subject: Subject) -> Iterator[Problem]:
    picture = "Cette facture est une photo" if subject.printed.is_photograph else "Ce PDF est une image"
    if subject.printed.guessed:
        yield GUESSED_TEXT(picture=picture)
    elif not subject.printed.has_text:
        yield NO_TEXT(picture=picture)
    if subject.printed.unread:
        yield UNREAD_PAGES(pages=pages(subject.printed.unread))


def check_hidden(subject: Subject) -> Iterator[Problem]:
    """What Chorus Pro would take for something else than a plain PDF, and no copy without it is ready."""
    printed = subject.printed
    if printed.signed and printed.embedded_xml:
        yield ELECTRONIC_SIGNED()
    elif printed.signed and printed.is_locked:
        yield LOCKED_SIGNED()
    elif (
        not printed.signed and not printed.has_copy and (printed.embedded_xml or printed.is_marked or printed.is_locked)
    ):
        yield HIDDEN_KEPT()


def check_electronic(subject: Subject) -> Iterator[Problem]:
    """The pages are the invoice people see, the XML the one machines read: they must be the same one."""
    unseen = []
    for name, difference in subject.printed.differences.items():
        label, said = COMPARED.get(name, (name, str))
        if not difference.printed:
            unseen.append(f"{label} {said(difference.electronic)}")
            continue
        # The kind of a document is read from its title, which may say both; what was guessed may be guessed wrong.
        level = Level.WARN if name == "kind" or not difference.sure else None
        electronic, shown = said(difference.electronic), said(difference.printed)
        yield ELECTRONIC_DIFFERS(level=level, field=name, label=label, electronic=electronic, printed=shown)
    if unseen:
        yield ELECTRONIC_UNSEEN(labels=", ".join(unseen))


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
    printed, typed = subject.printed.sure_day("issue_date"), subject.invoice.issue_date
    if printed and typed and printed != typed:
        yield PRINTED_DATE(printed=day(printed), typed=day(typed))


def check_printed_total(subject: Subject) -> Iterator[Problem]:
    printed, typed = subject.printed.sure_amount("total_ttc"), subject.invoice.total_ttc
    # Signs of credit notes vary from one software to the next: only the size is compared.
    if printed is not None and typed is not None and abs(printed) != abs(typed):
        yield PRINTED_TOTAL(printed=euros(printed), typed=euros(typed))


def check_printed_engagement(subject: Subject) -> Iterator[Problem]:
    printed, typed = subject.printed.sure("engagement_number"), subject.invoice.engagement_number.strip()
    if printed and typed and clean(printed) != clean(typed) and not _means_an_order(subject, printed, typed):
        yield PRINTED_ENGAGEMENT(printed=printed, typed=typed)


def _means_an_order(subject: Subject, printed: str, typed: str) -> bool:
    """Whether a billed order had this number, has it but for a slip, or bears it as our own reference."""
    return any(
        printed in order.former_engagement_numbers
        or clean(printed) == clean(order.reference)
        or (typed == order.engagement_number and is_slip(printed, typed))
        for order in subject.orders
    )


CHECKS = (
    check_file,
    check_hidden,
    check_electronic,
    check_printed_words,
    check_printed_date,
    check_printed_total,
    check_printed_engagement,
)
