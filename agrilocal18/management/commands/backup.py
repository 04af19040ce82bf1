"""`manage.py backup FOLDER`: database and files into a new folder, while the portal runs."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from agrilocal18 import backup
from suppliers.templatetags.french import file_size
from suppliers.typography import french, how_many


class Command(BaseCommand):
    help = "Sauvegarde la base de données puis les fichiers dans un dossier neuf ; le portail peut rester en marche."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, help="Dossier neuf ou vide.")

    def handle(self, *, folder, **options):
        try:
            made = backup.make(folder)
        except backup.Refusal as refusal:
            raise CommandError(french(str(refusal))) from None
        rows, files = sum(made["rows"].values()), made["files"]
        told = f"{how_many(rows, 'ligne')}, {how_many(files['count'], 'fichier')} ({file_size(files['bytes'])})"
        self.stdout.write(french(f"{told} dans {folder}."))
        self.stdout.write(french("Gardez FIELD_KEYS et FIELD_HASH_KEY ailleurs : sans elles, pas d'IBAN."))
