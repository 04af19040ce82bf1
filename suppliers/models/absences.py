"""Who stands in for whom at the Département, and from when to when."""

from collections.abc import Collection
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from suppliers.days import date_format
from suppliers.validators import validate_year


class AbsenceQuerySet(models.QuerySet):
    def on(self, day: date):
        return self.filter(first_day__lte=day, last_day__gte=day)

    def overlapping(self, first_day: date, last_day: date):
        return self.filter(first_day__lte=last_day, last_day__gte=first_day)

    def stand_in(self, people: Collection[int], day: date) -> set[int]:
        """Those of these people, by key, who read today what all of them are to be told.

        Only one of them can stand in for another: he has the rights that go with it. Where deputies are away too and
        lead back to where it began, that person reads it himself: nothing is told to nobody.
        """
        away = self.on(day).filter(user__in=people, deputy__in=people)
        deputies = dict(away.values_list("user", "deputy"))
        return {_reader(person, deputies) for person in people}


def _reader(person: int, deputies: dict[int, int]) -> int:
    passed = set()
    while person in deputies and person not in passed:
        passed.add(person)
        person = deputies[person]
    return person


class Absence(models.Model):
    """Days on which somebody of the Département is away, and who reads his mails meanwhile."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="absences", verbose_name="personne absente"
    )
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="personne qui la remplace"
    )
    first_day = models.DateField("du", validators=[validate_year])
    last_day = models.DateField("au (inclus)", validators=[validate_year])

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = "absence"
        ordering = ["-first_day", "-pk"]
        permissions = [("manage_absence", "Peut noter l'absence d'un collègue")]
        constraints = [
            models.CheckConstraint(condition=Q(first_day__lte=F("last_day")), name="absence_ends_after_it_begins"),
            models.CheckConstraint(condition=~Q(user=F("deputy")), name="absence_has_another_deputy"),
        ]

    def __str__(self):
        return f"{self.user}, du {date_format(self.first_day, 'j F Y')} au {date_format(self.last_day, 'j F Y')}"
