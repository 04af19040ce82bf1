"""People who sign in."""

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models
from django.utils import timezone

from suppliers.models.absences import Absence


class UserManager(DjangoUserManager):
    use_in_migrations = False

    def staff_who_may(self, permission: str):
        """Such as `chorus.view_technicalaccount`."""
        return self.with_perm(permission).filter(is_staff=True)

    def staff_to_tell(self, permission: str):
        """As above, with the deputies of those who are away in their place."""
        people = list(self.staff_who_may(permission).values_list("pk", flat=True))
        return self.filter(pk__in=Absence.objects.stand_in(people, timezone.localdate()))

    def create_user(self, email, password=None, **fields):
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password) if password else user.set_unusable_password()
        user.save(using=self._db)
        return user

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class Rhythm(models.TextChoices):
    """How often somebody wants to be told."""

    AT_ONCE = "at_once", "Tout de suite"
    DAILY = "daily", "Une fois par jour"
    WEEKLY = "weekly", "Une fois par semaine"


class User(AbstractUser):
    """A person. Signs in with an e-mailed code or a password; is never deleted, since events name him."""

    username = None
    email = models.EmailField("adresse e-mail", unique=True)
    mail_rhythm = models.CharField("messages", max_length=10, choices=Rhythm, default=Rhythm.AT_ONCE)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []
    objects = UserManager()

    class Meta:
        verbose_name = "utilisateur"
        verbose_name_plural = "utilisateurs"

    def __str__(self):
        return self.get_full_name() or self.email
