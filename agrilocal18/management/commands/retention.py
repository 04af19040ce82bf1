"""`manage.py retention`: what was kept long enough. Writes the list for the archives; destroys what stands on one."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from agrilocal18 import retention
from agrilocal18.retention import lists
from agrilocal18.retention.destroy import Outcome, destroy
from invoicing.models import Destruction
from suppliers.journals import MAY_NOT_ERASE, may_erase
from suppliers.typography import french, how_many


def _counted(invoices: int, orders: int) -> str:
    return f"{how_many(invoices, 'facture')} et {how_many(orders, 'commande')}"


class Command(BaseCommand):
    help = (
        "Compte les factures et les commandes gardées assez longtemps. --list écrit le bordereau à soumettre aux "
        "Archives départementales ; --apply détruit ce qui y figure, et rien d'autre, une fois le visa donné."
    )

    def add_arguments(self, parser):
        parser.add_argument("--list", type=Path, metavar="FICHIER", help="Écrit le bordereau (CSV) ; ne détruit rien.")
        parser.add_argument("--apply", type=Path, metavar="FICHIER", help="Détruit ce qui est sur ce bordereau.")
        parser.add_argument("--visa", default="", help="Référence du visa des Archives, exigée avec --apply.")
        parser.add_argument("--journal", action="store_true", help="Montre les destructions faites.")

    def handle(self, *, visa, **options):
        if options["journal"]:
            return self._tell_journal()
        if options["apply"]:
            return self._apply(options["apply"], visa.strip())
        self._tell_due()
        if options["list"]:
            self._list(options["list"])

    def _tell_due(self):
        today = timezone.localdate()
        due = _counted(retention.invoices(today).count(), retention.orders(today).count())
        kept = f"INVOICES_KEPT_YEARS = {settings.INVOICES_KEPT_YEARS}"
        self._say(f"Jusqu'à {retention.last_year(today)} ({kept}) : {due}.")

    def _list(self, path):
        try:
            count = lists.write(path, retention.due(timezone.localdate()))
        except FileExistsError:
            raise CommandError(french(f"« {path} » existe déjà. Donnez un autre nom au bordereau.")) from None
        self._say(f"{how_many(count, 'ligne')} dans {path}, SHA-256 {lists.digest(path)}.")
        self._say(f"Rien n'est détruit. Visa obtenu : manage.py retention --apply {path} --visa RÉFÉRENCE.")

    def _apply(self, path, visa):
        if not may_erase():
            raise CommandError(MAY_NOT_ERASE)
        if not visa:
            raise CommandError(french("Le visa des Archives manque. Donnez sa référence avec --visa."))
        try:
            for _ in lists.read(path):
                pass
        except (OSError, ValueError):
            told = f"« {path} » n'est pas un bordereau. Donnez le fichier que --list a écrit, tel quel."
            raise CommandError(french(told)) from None
        named = {"visa": visa, "list_name": path.name}
        destruction, _ = Destruction.objects.get_or_create(list_sha256=lists.digest(path), defaults=named)
        if destruction.visa != visa:
            raise CommandError(french(f"Ce bordereau porte déjà le visa « {destruction.visa} ». Donnez celui-là."))
        self._tell(destroy(path, destruction, timezone.localdate()), destruction)

    def _tell(self, became, destruction):
        destruction.refresh_from_db()
        self._say(f"Détruit en tout : {_counted(destruction.invoices, destruction.orders)}.")
        if became[Outcome.HELD]:
            self._say(f"Gardé : {became[Outcome.HELD]} dont dépend ce qui reste (avoir, facture refaite).")
        if became[Outcome.CHANGED]:
            self._say(f"Gardé : {became[Outcome.CHANGED]} qui ont changé depuis, ou dont le délai n'est pas passé.")

    def _tell_journal(self):
        for one in Destruction.objects.all():
            ended = f"{timezone.localtime(one.ended_at):%d/%m/%Y}" if one.ended_at else "inachevée"
            counts = _counted(one.invoices, one.orders)
            self._say(f"{ended} : {counts}, visa « {one.visa} », {one.list_name} ({one.list_sha256}).")

    def _say(self, told):
        self.stdout.write(french(told))
