"""Invoices that came back from the simulator, and the people who answer them."""

from types import SimpleNamespace

from django.contrib.auth.models import Permission

from chorus.models import Submission
from chorus.tasks import deposit_sweep, news_sweep
from tests.factories import BuyerMemberFactory, MemberFactory, UserFactory
from tests.people import address, signed_in


def people_of(invoice) -> SimpleNamespace:
    agent = UserFactory(is_staff=True)
    agent.user_permissions.set(Permission.objects.filter(codename__in=["view_invoice", "review_invoice"]))
    onlooker = UserFactory(is_staff=True)
    onlooker.user_permissions.set(Permission.objects.filter(codename="view_invoice"))
    return SimpleNamespace(
        supplier=signed_in(MemberFactory(supplier=invoice.supplier).user),
        other_supplier=signed_in(MemberFactory().user),
        buyer=signed_in(BuyerMemberFactory(buyer=invoice.buyer).user),
        agent=signed_in(agent),
        onlooker=signed_in(onlooker),
        stranger=signed_in(UserFactory()),
    )


def come_back(simulator, invoice, word: str, motive: str):
    """Deposit it, let the buyer send it back, read the news."""
    deposit_sweep()
    simulator.play(cpp_id(invoice), "MISE_A_DISPOSITION")
    simulator.play(cpp_id(invoice), word, motive)
    news_sweep()
    invoice.refresh_from_db()
    return invoice


def cpp_id(invoice) -> int:
    return Submission.objects.get(invoice=invoice, kind=Submission.Kind.DEPOSIT).cpp_id


def words(simulator, invoice) -> list[str]:
    return [line["status"] for line in simulator.history(cpp_id(invoice))]


def post(client, invoice, page="reply", **typed):
    """What the page would post, but for these values."""
    data = {"revision": invoice.revision, **typed}
    if page == "reply":
        data = {"comment": "", "file_kind": "03", **data}
    return client.post(address(page, invoice), data)
