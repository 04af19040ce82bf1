"""`manage.py chorus_status`: the admin's status line for operators. Exit 1 when something must be treated."""

import sys

from django.core.management.base import BaseCommand

from chorus import watch


class Command(BaseCommand):
    help = "Say how the exchange with Chorus Pro fares; exit 1 when something must be treated."

    def handle(self, *args, **options):
        signs = watch.signs()
        for sign in signs:
            self.stdout.write(f"{sign.level.label:<13} {sign.title} : {sign.told}")
        if watch.worst(signs) == watch.Level.STOP:
            sys.exit(1)
