"""`manage.py chorus_status`: the admin's status line for operators. Exit 1 when something must be treated."""

import sys

from django.core.management.base import BaseCommand

from chorus import watch
from invoicing.typography import french


class Command(BaseCommand):
    help = "Dit comment va l'échange avec Chorus Pro ; rend 1 quand quelque chose est à traiter."

    def handle(self, *args, **options):
        signs = watch.signs()
        for sign in signs:
            self.stdout.write(french(f"{sign.level.label:<13} {sign.title} : {sign.told}"))
        if watch.worst(signs) == watch.Level.STOP:
            sys.exit(1)
