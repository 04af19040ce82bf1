"""`manage.py restore FOLDER`: a backup, verified, in the place of what is there. Nothing else of the portal may run."""

from datetime import datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import localtime

from agrilocal18 import backup
from suppliers.days import date_format
from suppliers.typography import french, how_many


class Command(BaseCommand):
    help = (
        "Contrôle une sauvegarde (empreintes, clés, version) puis la remet dans une base et un dossier vides. Arrêtez "
        "d'abord web, workers et beat."
    )
    # The database may not have a single table yet.
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, help="Dossier que « backup » a écrit.")
        parser.add_argument("--force", action="store_true", help="Remplace une base et des fichiers qui sont là.")

    def handle(self, *, folder, force, **options):
        try:
            found = backup.restore(folder, force=force, tell=lambda told: self.stdout.write(french(told)))
        except backup.Refusal as refusal:
            raise CommandError(french(str(refusal))) from None
        rows, files = how_many(sum(found["rows"].values()), "ligne"), how_many(found["files"]["count"], "fichier")
        began = date_format(localtime(datetime.fromisoformat(found["began"])), "j F Y à H:i")
        self.stdout.write(french(f"{rows} et {files}, tels qu'au {began}."))
        self.stdout.write(french("Avant de rouvrir : « manage.py migrate », « check_files », puis « doctor »."))
