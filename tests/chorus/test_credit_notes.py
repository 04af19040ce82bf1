"""How an avoir leaves: the sign and the mode of payment are settings, and its doubt is settled whatever the sign."""

from decimal import Decimal

import pytest

from chorus.models import Submission
from chorus.tasks import deposit_sweep
from invoicing.lifecycle import Status
from invoicing.models import Invoice, Kind

pytestmark = pytest.mark.django_db(transaction=True)

AMOUNTS = {"total_ht": "22.18", "total_tva": "1.22", "total_ttc": "23.40", "net_to_pay": "23.40"}


@pytest.fixture
def credit_note(approved):
    def make(sign=1, **values):
        amounts = {name: Decimal(amount) * sign for name, amount in AMOUNTS.items()}
        return approved(kind=Kind.CREDIT_NOTE, origin_number="F2026-0001", **amounts, **values)

    return make


def sent() -> dict:
    return Submission.objects.get().payload


@pytest.mark.parametrize(
    ("wanted", "printed", "leaves"),
    [("printed", 1, "23.4"), ("printed", -1, "-23.4"), ("positive", -1, "23.4"), ("negative", 1, "-23.4")],
)
def test_its_amounts_bear_the_sign_of_the_setting(simulator, account, settings, credit_note, wanted, printed, leaves):
    settings.CHORUS["CREDIT_NOTE_SIGN"] = wanted
    credit_note(printed)
    deposit_sweep()
    submission = Submission.objects.get()
    assert submission.status == Submission.Status.DEPOSITED
    assert Decimal(str(sent()["montantTotal"]["montantTtcTotal"])) == submission.total_ttc == Decimal(leaves)
    assert sent()["references"]["numeroFactureOrigine"] == "F2026-0001"


@pytest.mark.parametrize("mode", ["", "AUTRE"])
def test_it_has_no_mode_of_payment_unless_it_is_set(simulator, account, settings, credit_note, mode):
    settings.CHORUS["CREDIT_NOTE_PAYMENT"] = mode
    credit_note()
    deposit_sweep()
    assert Invoice.objects.get().status == Status.DEPOSITED
    assert sent()["references"].get("modePaiement", "") == mode


def test_an_invoice_keeps_both(simulator, account, settings, approved):
    settings.CHORUS |= {"CREDIT_NOTE_SIGN": "negative", "CREDIT_NOTE_PAYMENT": "AUTRE"}
    approved()
    deposit_sweep()
    assert sent()["references"]["modePaiement"] == "VIREMENT"
    assert sent()["montantTotal"]["montantTtcTotal"] > 0
