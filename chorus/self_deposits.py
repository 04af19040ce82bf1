"""What suppliers deposited themselves: looked for by number where an account of ours sees their structure.

A row says that an invoice is looked for; each look is claimed by moving its date. What is found is adopted and followed
as any other. After a day of looks the supplier is told that it is not there under this number.
"""

import logging
from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from chorus import adoption, news
from chorus.api import Chorus, ChorusError, Denied, InvoiceRow, NotAllowed
from chorus.conf import Configuration, configuration
from chorus.models import AttachedStructure, Search
from chorus.wiring import connect
from invoicing.checks import number_key
from invoicing.models import Invoice

logger = logging.getLogger(__name__)

# The first wait between two looks, as a part of the time after which we give up; each next one is twice as long.
FIRST_WAIT = 96


def queue_declared(batch: int = 500) -> int:
    """Look for every invoice that was declared deposited and whose structure an account sees. Twice run is harmless."""
    environment = configuration().environment
    seen = AttachedStructure.objects.leading(OuterRef("establishment__siret"), OuterRef("supplier"))
    declared = Invoice.objects.filter(Exists(seen), declared_at__isnull=False)
    made = Search.objects.bulk_create(
        [
            Search(invoice_id=key, environment=environment)
            for key in declared.filter(search__isnull=True).values_list("pk", flat=True)[:batch]
        ],
        ignore_conflicts=True,
    )
    aged = Q(asked_at__lt=F("invoice__declared_at")) | ~Q(environment=environment)
    again = Search.objects.filter(aged, invoice__in=declared).values_list("pk", flat=True)[:batch]
    return len(made) + restart(Search.objects.filter(pk__in=list(again)), environment=environment)


def restart(searches, **values) -> int:
    """Look again from the beginning."""
    now = timezone.now()
    return searches.update(state=Search.State.LOOKING, asked_at=now, due_at=now, looks=0, **values)


def look_due(budget: timedelta = timedelta(seconds=20)) -> int:
    """One look each for what is due, within the time budget. Returns how many were found."""
    config, start, found = configuration(), timezone.now(), 0
    due = Search.objects.filter(
        environment=config.environment,
        state=Search.State.LOOKING,
        due_at__lte=start,
        invoice__declared_at__isnull=False,
        # Who unticked the box ended what we read for him.
        invoice__supplier__uses_chorus=True,
    ).select_related("invoice__establishment", "invoice__recipient")
    for search in due.order_by("due_at")[:200]:
        if timezone.now() > start + budget:
            break
        if search.claim(start + config.lease):
            found += look(search, config)
    return found


def look(search: Search, config: Configuration) -> bool:
    """One look. Trouble of ours or of Chorus Pro leaves it to a later one."""
    leading = AttachedStructure.objects.leading(search.invoice.establishment.siret, search.invoice.supplier_id)
    structure = leading.select_related("account").first()
    if structure is None or structure.account.blocked_since:
        return False
    try:
        with connect(structure.account, config=config) as client:
            for row in rows_like(search, client, structure.cpp_id):
                news.take_one(row, client, config.environment)
    except NotAllowed:
        structure.not_allowed()
    except Denied as error:
        structure.account.block(str(error))
    except ChorusError as error:
        logger.info("Invoice %s could not be looked for: %s", search.invoice_id, error)
    else:
        return _conclude(search, config)
    return False


def _conclude(search: Search, config: Configuration) -> bool:
    """Found, not there, or not there yet."""
    search.invoice.refresh_from_db()
    if not search.invoice.is_declared:
        return True
    now = timezone.now()
    if now >= search.asked_at + config.doubt_deadline:
        search.give_up()
    else:
        wait = config.doubt_deadline / FIRST_WAIT * 2 ** min(search.looks, 8)
        Search.objects.filter(pk=search.pk).update(due_at=now + wait)
    return False


def rows_like(search: Search, client: Chorus, structure_cpp_id: int) -> list[InvoiceRow]:
    """The supplier's invoices under this number, the likeliest first; written otherwise, found by their date."""
    invoice, number = search.invoice, search.number or search.invoice.number
    rows = list(client.every_invoice(supplier_id=structure_cpp_id, number=number))
    if not any(adoption.fits(invoice, row) for row in rows):
        rows = list(client.every_invoice(supplier_id=structure_cpp_id, changed_from=invoice.issue_date))
    keys = {invoice.number_key, search.number_key} - {""}
    alike = [row for row in rows if row.cpp_id is not None and number_key(row.number) in keys]
    return sorted(alike, key=lambda row: (row.number != number, bool(adoption.differences(invoice, row))))
