"""`manage.py check_files`: what is missing, altered or nobody's among the stored files. Exit 1 when anything is."""

import sys
from collections import Counter

from django.core.management.base import BaseCommand

from agrilocal18.stored_files import ALTERED, MISSING, ORPHAN, examine
from suppliers.typography import french


class Command(BaseCommand):
    help = (
        "Compare chaque fichier gardé à son empreinte SHA-256, et nomme ceux qui manquent, sont altérés ou ne "
        "sont à personne ; rend 1 dans ce cas. Ne change rien."
    )

    def handle(self, *args, **options):
        found = Counter()
        for fault in examine():
            found[fault.kind if fault else "bon"] += 1
            if fault:
                self.stdout.write(french(f"{fault.kind} : {fault.file}{fault.row and f' ({fault.row})'}"))
        counted = [f"{kind} : {found[kind]}" for kind in ("bon", MISSING, ALTERED, ORPHAN)]
        self.stdout.write(french(f"Fichiers, {', '.join(counted)}."))
        if found.keys() - {"bon"}:
            sys.exit(1)
