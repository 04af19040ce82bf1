"""What happened, counted by those who cannot lie about it: the far side, and a trigger in the database."""

from collections import Counter
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Count

from chorus.models import Exchange, Submission
from chorus.simulator.codes import DUPLICATE
from chorus.simulator.remote import RemoteSimulator
from invoicing.lifecycle import ON_CHORUS
from invoicing.models import Invoice

TRIGGER = """
create table chaos_move (submission bigint, source text, target text, at timestamptz default clock_timestamp());
create function note_move() returns trigger language plpgsql as $$
begin
  insert into chaos_move values (old.id, old.status, new.status);
  return new;
end $$;
create trigger note_move after update of status on chorus_submission
  for each row when (old.status is distinct from new.status) execute function note_move();
"""
S = Submission.Status


def watch_moves() -> None:
    """From now on the database itself notes every change of a submission's status."""
    with connection.cursor() as cursor:
        cursor.execute(TRIGGER)


def keep_up() -> None:
    """What PostgreSQL's own housekeeping does within a minute; a test machine may have it switched off."""
    with connection.cursor() as cursor:
        cursor.execute("vacuum (analyze) chorus_submission, invoicing_invoice, suppliers_supplier, suppliers_mandate")


def moves() -> Counter[tuple[str, str]]:
    """How often a submission went from one status to another."""
    with connection.cursor() as cursor:
        cursor.execute("select source, target, count(*) from chaos_move group by 1, 2")
        return Counter({(source, target): count for source, target, count in cursor.fetchall()})


def deposits():
    return Submission.objects.deposits().filter(status=S.DEPOSITED)


@dataclass
class Comparison:
    """Our invoices beside those of the far side, by number."""

    ours: int = 0
    stored: int = 0
    twice: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    unfinished: Counter[str] = field(default_factory=Counter)

    @property
    def is_exactly_once(self) -> bool:
        wrong = self.twice or self.lost or self.strangers or self.wrong or self.unfinished
        return not wrong and self.ours == self.stored


def compare(simulator: RemoteSimulator) -> Comparison:
    """Each of our invoices must be there once, with its own PDF and amount, and known to us under its id."""
    ours = {invoice.number: invoice for invoice in Invoice.objects.select_related("establishment")}
    counts = {(row["supplier_siret"], row["number"]): row["count"] for row in simulator.counts()}
    wanted = {(invoice.establishment.siret, number) for number, invoice in ours.items()}
    result = Comparison(ours=len(ours), stored=sum(counts.values()))
    result.twice = sorted(number for (_, number), count in counts.items() if count > 1)
    result.lost = sorted(number for _, number in wanted - set(counts))
    result.strangers = sorted(number for _, number in set(counts) - wanted)
    result.wrong = _wrong(simulator, ours)
    result.unfinished = _unfinished()
    return result


def _wrong(simulator: RemoteSimulator, ours: dict[str, Invoice]) -> list[str]:
    """Numbers stored with another PDF or amount than ours, or that we know under another id."""
    ids = dict(deposits().values_list("number", "cpp_id"))
    stored: dict[str, set[int]] = {}
    wrong = set()
    for row in simulator.invoices():
        stored.setdefault(row["number"], set()).add(row["cpp_id"])
        invoice = ours.get(row["number"])
        if invoice and (
            row["piece_sha256"] != invoice.document_sha256 or round(row["total_ttc"] * 100) != invoice.total_ttc * 100
        ):
            wrong.add(row["number"])
    wrong.update(number for number, cpp_id in ids.items() if cpp_id not in stored.get(number, ()))
    return sorted(wrong)


def _unfinished() -> Counter[str]:
    """What is not deposited in our own books, by status and last error."""
    left = Submission.objects.exclude(status=S.DEPOSITED).values("status", "last_error").annotate(many=Count("pk"))
    found = Counter({f"submission {row['status']}: {row['last_error']}": row["many"] for row in left})
    for row in Invoice.objects.exclude(status__in=ON_CHORUS).values("status").annotate(many=Count("pk")):
        found[f"invoice {row['status']}"] = row["many"]
    return found


def adopted() -> int:
    """Deposits known by looking, not by their own answer: a search row has no codeRetour."""
    return deposits().exclude(answer__has_key="codeRetour").count()


def told_already_there() -> int:
    """Deposits that the far side's duplicate check refused."""
    return Exchange.objects.filter(operation="factures/soumettre", code=DUPLICATE.number).count()


def attempts() -> Counter[int]:
    rows = Submission.objects.deposits().values("attempt").annotate(many=Count("pk"))
    return Counter({row["attempt"]: row["many"] for row in rows})


def pace() -> dict[int, float]:
    """Seconds from the first move to the deposit of so many percent of the invoices."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select extract(epoch from at - (select min(at) from chaos_move)) from chaos_move"
            " where target = 'deposited' and submission in (select id from chorus_submission where kind = 'deposit')"
            " order by at"
        )
        seconds = [float(row[0]) for row in cursor.fetchall()]
    return {percent: seconds[len(seconds) * percent // 100 - 1] for percent in (50, 90, 99, 100)} if seconds else {}
