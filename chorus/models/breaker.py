"""The breaker of an account: what fails alike for many is not the fault of one. Part of the models.

Two things open it, both counted over different invoices:

- Chorus Pro takes none of five in a row: the account rests. Then one row at a time tries, after a growing pause, until
  one passes. Nobody need do anything.
- Chorus Pro refuses five suppliers in a row for the same reason: from the fifth on the refusal is not believed, and the
  account is paused until a person resumes it. Then one row tries; the same refusal again pauses it again.

It also spaces out the probes of a blocked account: Chorus Pro may lock one that tries a dead password each minute.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

MANY = 5
LONGEST_REST = timedelta(minutes=15)
# With its jitter an hour.
LONGEST_BETWEEN_PROBES = timedelta(minutes=40)


class BreakerQuerySet(models.QuerySet):
    def shut(self, at: datetime):
        """Breakers that let nothing leave now."""
        return self.filter(Q(paused_since__isnull=False) | Q(next_trial_at__gt=at))


class Breaker(models.Model):
    account = models.OneToOneField("chorus.TechnicalAccount", models.CASCADE, related_name="breaker")
    # Invoices that Chorus Pro did not take since it last took one.
    failing = models.JSONField(default=list)
    # Given: nothing leaves before, then one row at a time.
    next_trial_at = models.DateTimeField("prochain essai", null=True, blank=True)
    rests = models.PositiveSmallIntegerField("pauses de suite", default=0)
    rested_at = models.DateTimeField(null=True, blank=True)
    # The refusal heard last, and to whom it was said: supplier -> invoice.
    refusal = models.CharField("refus répété", max_length=120, blank=True)
    refused = models.JSONField(default=dict)
    paused_since = models.DateTimeField("suspendu depuis", null=True, blank=True)
    paused_reason = models.CharField("motif de la suspension", max_length=500, blank=True)

    # How often in a row a probe was denied, and when the next one may come.
    denials = models.PositiveSmallIntegerField("essais refusés de suite", default=0)
    next_probe_at = models.DateTimeField("prochaine vérification du compte", null=True, blank=True)
    # Of the worker that took the trial with this very object.
    trial_until: datetime | None = None

    objects = BreakerQuerySet.as_manager()

    class Meta:
        verbose_name = "disjoncteur"

    def __str__(self):
        return f"{self.account}, {self.paused_reason or 'en pause' if self.is_open else 'fermé'}"

    @property
    def is_open(self) -> bool:
        return bool(self.paused_since or self.next_trial_at)

    @property
    def is_resuming(self) -> bool:
        """A person resumed it, and one row tries."""
        return bool(self.next_trial_at and len(self.refused) >= MANY)

    @classmethod
    @contextmanager
    def changing(cls, account) -> Iterator["Breaker"]:
        """The account's breaker, to be changed by one worker at a time."""
        cls.objects.get_or_create(account=account)
        with transaction.atomic():
            breaker = cls.objects.select_for_update().get(account=account)
            yield breaker
            breaker.save()

    def take_trial(self, until: datetime) -> bool:
        """Be the one row that tries; False when another worker was faster. Given up by itself at `until`."""
        won = self._waits_until(self.next_trial_at).update(next_trial_at=until)
        self.trial_until = until if won else None
        return bool(won)

    def _waits_until(self, moment: datetime | None):
        return Breaker.objects.filter(pk=self.pk, next_trial_at=moment, paused_since__isnull=True)

    def end_trial(self, next_at: datetime) -> None:
        """The trial told nothing about the account, which would have moved its next one: another row tries then."""
        if self.trial_until:
            self._waits_until(self.trial_until).update(next_trial_at=next_at)

    def failed(self, invoice_id: int, *, claimed_at: datetime, pause: timedelta) -> bool:
        """Chorus Pro did not take this invoice. Returns whether that says something about the invoice: not when it is
        tried again and nothing passed in between, nor while all of them fail."""
        alone = not self.is_open and invoice_id not in self.failing
        if invoice_id not in self.failing and len(self.failing) < MANY:
            self.failing.append(invoice_id)
        # Those that had left before the account went to rest say nothing new.
        if len(self.failing) >= MANY and (not self.rested_at or claimed_at > self.rested_at):
            self._rest(pause)
        return alone

    def _rest(self, pause: timedelta) -> None:
        self.rests += 1
        self.rested_at = timezone.now()
        self.next_trial_at = self.rested_at + growing(pause, self.rests, LONGEST_REST)

    def denied(self, pause: timedelta) -> None:
        """A probe found the account still refused."""
        self.denials += 1
        self.next_probe_at = timezone.now() + growing(pause, self.denials, LONGEST_BETWEEN_PROBES)

    def answered(self) -> None:
        """Chorus Pro reads invoices: what failed before was an outage, and it is over."""
        self.failing, self.rests, self.next_trial_at, self.rested_at = [], 0, None, None

    def passed(self) -> None:
        """An invoice was taken: no refusal is everybody's."""
        self.answered()
        if not self.paused_since:
            self.refusal, self.refused = "", {}

    def refuse(self, refusal: str, label: str, *, supplier_id: int, invoice_id: int) -> bool:
        """Chorus Pro refused this invoice. Returns whether to believe that it is the invoice's fault."""
        self.answered()
        if self.paused_since:
            return refusal != self.refusal
        if refusal != self.refusal:
            self.refusal, self.refused = refusal, {}
        self.refused.setdefault(str(supplier_id), invoice_id)
        if len(self.refused) < MANY:
            return True
        self.paused_since = timezone.now()
        self.paused_reason = f"Le même refus pour {len(self.refused)} fournisseurs de suite : {label or refusal}"[:500]
        return False

    def resume(self) -> None:
        """A person has seen to it: one row tries."""
        self.paused_since, self.paused_reason, self.rests = None, "", 0
        self.next_trial_at = timezone.now()


def growing(pause: timedelta, times: int, longest: timedelta) -> timedelta:
    """`pause`, doubled each time up to `longest`, with jitter."""
    return with_jitter(min(pause * 2 ** min(times - 1, 10), longest))


def with_jitter(pause: timedelta) -> timedelta:
    """Up to half as long again, so that those who failed together do not come back together."""
    return pause * random.uniform(1, 1.5)
