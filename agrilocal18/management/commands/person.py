"""`manage.py person EMAIL`: a person's right to read what is known of him, and to be forgotten."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from agrilocal18.person import KEPT
from agrilocal18.person.erase import erase
from agrilocal18.person.export import export
from suppliers.journals import MAY_NOT_ERASE, may_erase
from suppliers.models import User
from suppliers.typography import french, how_many


class Command(BaseCommand):
    help = (
        "Droits d'une personne (RGPD) : --export lui donne ce que le portail sait d'elle ; --erase remplace son nom et "
        "son adresse partout, sauf là où la loi les fait garder, et le dit."
    )

    def add_arguments(self, parser):
        parser.add_argument("email", help="Adresse e-mail de son compte.")
        parser.add_argument("--export", type=Path, metavar="FICHIER.zip", help="Écrit ses données dans un ZIP neuf.")
        parser.add_argument("--erase", action="store_true", help="Efface la personne ; rien ne la fait revenir.")
        parser.add_argument("--no-input", action="store_false", dest="ask", help="Efface sans demander.")

    def handle(self, *, email, erase, ask, **options):
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            raise CommandError(french("Personne n'a de compte à cette adresse. Vérifiez-la."))
        if not (options["export"] or erase):
            raise CommandError(french("Rien n'est demandé. Donnez --export, --erase, ou les deux."))
        if options["export"]:
            self._export(user, options["export"])
        if erase:
            self._erase(user, ask)

    def _export(self, user, path):
        try:
            count = export(user, path)
        except FileExistsError:
            raise CommandError(french(f"« {path} » existe déjà. Donnez un autre nom.")) from None
        path.chmod(0o600)
        self._say(f"{how_many(count, 'ligne')} dans {path}.")
        self._say("D'autres personnes y sont parfois nommées : relisez avant de donner.")

    def _erase(self, user, ask):
        if not may_erase():
            raise CommandError(MAY_NOT_ERASE)
        if user.is_superuser:
            raise CommandError(french("C'est un super-utilisateur. Retirez-lui d'abord ce droit, sur sa page."))
        if ask and input(french(f"Tapez {user.email} pour effacer cette personne : ")) != user.email:
            raise CommandError(french("Rien n'est effacé. Tapez l'adresse en entier pour effacer."))
        stays = erase(user)
        self._say(f"Effacée : elle s'appelle désormais « Personne effacée n° {user.pk} ».")
        for column, count in stays.items():
            self._say(f"Reste dans {column} ({how_many(count, 'ligne')}) : {KEPT[str(column)]}.")

    def _say(self, told):
        self.stdout.write(french(told))
