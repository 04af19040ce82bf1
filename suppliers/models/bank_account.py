"""The account a supplier is paid on: who gave it, and whether somebody telephoned."""

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from suppliers.bank import PHONE_QUARANTINE, IbanCall, rib_path
from suppliers.encryption import EncryptedTextField, keyed_hash
from suppliers.identifiers import clean_iban, mask_iban
from suppliers.mails import tell_account
from suppliers.models.users import User
from suppliers.signals import account_heard


class BankAccount(models.Model):
    """The account of the profile and what the telephone said of it, kept call by call. Part of the supplier."""

    iban = EncryptedTextField("IBAN", blank=True)
    iban_hash = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    iban_changed_at = models.DateTimeField("IBAN donné le", null=True, blank=True, editable=False)
    rib = models.FileField("RIB", upload_to=rib_path, max_length=200, blank=True, editable=False)
    iban_confirmed_at = models.DateTimeField("IBAN confirmé le", null=True, blank=True, editable=False)
    iban_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    iban_confirmed_how = models.CharField("IBAN confirmé comment", max_length=200, blank=True, editable=False)

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        fields = kwargs.get("update_fields")
        if fields is None or "iban" in fields:
            self.iban_hash = keyed_hash(self.iban) if self.iban else ""
            if fields is not None:
                kwargs["update_fields"] = {*fields, "iban_hash"}
        super().save(*args, **kwargs)

    @property
    def masked_iban(self) -> str:
        return mask_iban(self.iban)

    def change_iban(self, iban: str, *, rib=None) -> bool:
        """A new account counts as unconfirmed until somebody telephoned; the same one changes nothing but its RIB."""
        if iban == self.iban:
            if rib:
                self.rib = rib
                self.save(update_fields=["rib"])
            return False
        with transaction.atomic():
            self._take_account(iban, rib=rib or "", iban_changed_at=timezone.now())
            tell_account(self, "changed", self.iban_hash)
            account_heard.send(type(self), supplier=self, iban_hash=self.iban_hash, denied=False)
        return True

    def _take_account(self, iban: str, **values) -> None:
        """Confirmed by nobody unless `values` say so."""
        columns = {
            "iban": iban,
            "iban_confirmed_at": None,
            "iban_confirmed_by": None,
            "iban_confirmed_how": "",
        } | values
        for name, value in columns.items():
            setattr(self, name, value)
        self.save(update_fields=list(columns))

    def record_call(self, iban: str, *, outcome: str, phone: str, person: str, called_at, by: User, rib="") -> IbanCall:
        """Record the call-back about an account (never « verified »: we only telephoned). A confirmed one becomes the
        account of the profile; one the person does not know is confirmed no more."""
        iban = clean_iban(iban)
        with transaction.atomic():
            call = self.iban_calls.create(
                iban_hash=keyed_hash(iban), masked_iban=mask_iban(iban), outcome=outcome, phone=phone, person=person,
                called_at=called_at, by=by, rib=rib or self.rib_of(iban),
            )  # fmt: skip
            if outcome == IbanCall.Outcome.CONFIRMED:
                self._take_account(
                    iban, rib=call.rib.name, iban_changed_at=self.account_since(iban) or called_at,
                    iban_confirmed_at=called_at, iban_confirmed_by=by, iban_confirmed_how=call.in_words,
                )  # fmt: skip
            elif outcome == IbanCall.Outcome.DENIED and iban == self.iban:
                self._take_account(iban)
            if outcome != IbanCall.Outcome.UNREACHED:
                tell_account(self, outcome, call.iban_hash)
            denied = outcome == IbanCall.Outcome.DENIED
            account_heard.send(type(self), supplier=self, iban_hash=call.iban_hash, denied=denied)
        return call

    def what_was_said_of(self, iban: str) -> str:
        """« confirmed » or « denied » by telephone, or empty: nobody answered yet. Compared by keyed hash."""
        asked = keyed_hash(clean_iban(iban))
        last = self.iban_calls.filter(iban_hash=asked).exclude(outcome=IbanCall.Outcome.UNREACHED).first()
        if last and last.outcome == IbanCall.Outcome.DENIED:
            return last.outcome
        # An account that was changed back is a changed one: its former call confirms it no more.
        is_confirmed = self.iban_confirmed_at if asked == self.iban_hash else last
        return IbanCall.Outcome.CONFIRMED if is_confirmed else ""

    def account_since(self, iban: str):
        """When the profile took this account; None for another one."""
        return self.iban_changed_at if clean_iban(iban) == self.iban else None

    def rib_of(self, iban: str):
        """The RIB we have for this account: the profile's, or one of an earlier call; empty when there is none."""
        if clean_iban(iban) == self.iban and self.rib:
            return self.rib.name
        earlier = self.iban_calls.filter(iban_hash=keyed_hash(clean_iban(iban))).exclude(rib="").first()
        return earlier.rib.name if earlier else ""

    def phone_known_before(self, moment) -> str:
        """The number to call about an account that came at `moment`: the one known well before; may be empty."""
        phone = self.phone
        for change in self.phone_changes.filter(at__gt=moment - PHONE_QUARANTINE):
            if phone == change.new:
                phone = change.old
        return phone
