"""`manage.py doctor`: what works and what does not, and how to mend it. Exit 1 when something does not."""

import sys

from django.core.management.base import BaseCommand

from agrilocal18.doctor import diagnose
from suppliers.typography import french


class Command(BaseCommand):
    help = "Essaie chaque partie du portail et dit comment réparer ce qui ne marche pas ; rend 1 dans ce cas."
    # It tells of a wrong setting or of missing migrations itself, with the rest.
    requires_system_checks = []

    def handle(self, *args, **options):
        ill = 0
        for found in diagnose():
            ill += found.is_ill
            mark = "À RÉPARER" if found.is_ill else "bien"
            self.stdout.write(french(f"{mark:<10} {found.title} : {found.told}"))
            if found.is_ill:
                self.stdout.write(french(f"{'':<10} → {found.mend}"))
        self.stdout.write(french(f"{ill} à réparer." if ill else "Tout va bien."))
        if ill:
            sys.exit(1)
