"""Encrypts every secret column again with the newest key of FIELD_KEYS, so that the older keys may be thrown away."""

from collections import Counter

from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError

from suppliers.encryption import encrypted_columns, is_under_newest_key
from suppliers.typography import french, how_many


def _became(done: Counter, check: bool) -> list[str]:
    encrypted = how_many(done["old"], "chiffrée de nouveau", "chiffrées de nouveau")
    told = [f"{done['newest']} à jour", f"{done['old']} à chiffrer de nouveau" if check else encrypted]
    if done["moved"]:
        told.append(how_many(done["moved"], "modifiée entre-temps", "modifiées entre-temps"))
    return told


class Command(BaseCommand):
    help = (
        "Chiffre de nouveau, avec la première clé de FIELD_KEYS, tout ce qui l'est par une clé plus ancienne (IBAN, "
        "mots de passe techniques, jetons, doubles authentifications). Peut être interrompu et relancé, portail en "
        "marche."
    )

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="Compte ce qui reste, sans rien écrire.")
        parser.add_argument("--batch", type=int, default=500, help="Lignes lues à la fois (500).")

    def handle(self, *, check, batch, **options):
        unreadable = 0
        for column in encrypted_columns():
            done = self._column(column, batch=max(batch, 1), write=not check)
            unreadable += done["unreadable"]
            self._say(f"{column} : {', '.join(_became(done, check))}")
        if unreadable:
            told = how_many(unreadable, "valeur n'est lue", "valeurs ne sont lues")
            raise CommandError(french(f"{told} par aucune clé : gardez toutes les clés."))
        if not check:
            self._say("Terminé. Relancez avec --check : à zéro, les anciennes clés peuvent quitter FIELD_KEYS.")

    def _say(self, told):
        self.stdout.write(french(told))

    def _column(self, column, *, batch, write) -> Counter:
        done = Counter()
        for pk, token in column.tokens(batch=batch):
            try:
                done[self._token(column, pk, token, write)] += 1
            except InvalidToken:
                self.stderr.write(french(f"{column}, ligne {pk} : aucune clé ne la lit."))
                done["unreadable"] += 1
        return done

    def _token(self, column, pk, token, write) -> str:
        if is_under_newest_key(token):
            return "newest"
        if not write:
            return "old"
        return "old" if column.encrypt_again(pk, token) else "moved"
