"""An avoir: every page and every trace of it speaks of an avoir, none of an invoice."""

import re
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from invoicing import ball, desk
from invoicing.lifecycle import BEFORE_DEPOSIT, Status, TransitionError
from invoicing.models import Invoice, Kind, Reply
from invoicing.models.querysets import NOT_FOR_BUYERS
from tests.invoicing.at_desk import page as desk_page
from tests.invoicing.at_desk import problem, read, sit_down
from tests.invoicing.pdfs import an_invoice
from tests.people import address

pytestmark = pytest.mark.django_db

# What would be wrong to say of it: agreements and acts of an invoice.
OF_AN_INVOICE = re.compile(
    r"\b(?:la|une|cette|nouvelle) facture\b(?! d'origine| qu'il corrige)|refusée|refaite|rejetée|sera pas payée"
    r"|déposée|\benvoyée|retirée|transmise au|\w+ez-la\b|\b[Ee]lle\b|[Ll]e délai de paiement"
)


BEFORE = sorted(BEFORE_DEPOSIT | {Status.DEPOSITED, Status.ROUTING})


@pytest.fixture
def avoir(an_invoice_of):
    values = {"kind": Kind.CREDIT_NOTE, "number": "AV-1", "number_key": "AV1"}
    return lambda status, **more: an_invoice_of(status=status, **values, **more)


@pytest.fixture
def refused(avoir):
    return avoir(Status.REJECTED)


def main_of(client, page, invoice) -> str:
    return main_in(client.get(address(page, invoice)))


def main_in(response) -> str:
    return read(response).split("<main")[1].split("</main>")[0]


def misnamed(text: str) -> list[str]:
    return OF_AN_INVOICE.findall(re.sub(r"<[^>]+>", "", text))


@pytest.mark.parametrize("status", BEFORE)
def test_each_reads_before_its_deposit_that_it_is_an_avoir(people, avoir, status):
    invoice = avoir(status)
    readers = ["supplier", "agent"] if status in NOT_FOR_BUYERS else ["supplier", "buyer", "agent"]
    assert [misnamed(main_of(getattr(people, who), "detail", invoice)) for who in readers] == [[] for _ in readers]


@pytest.mark.parametrize("status", [Status.DRAFT, Status.RETURNED])
def test_so_does_the_page_that_confirms_it(people, avoir, status):
    page = main_of(people.supplier, "confirm", avoir(status))
    assert "Vérifier l'avoir" in page
    assert misnamed(page) == []


@pytest.mark.parametrize("status", [Status.TO_REVIEW, Status.APPROVED, Status.TO_SELF_DEPOSIT, Status.OUTSIDE])
@pytest.mark.parametrize("level", ["stop", "warn"])
def test_so_does_the_page_that_reviews_it(client, avoir, status, level):
    sit_down(client)
    invoice = avoir(status, verdict=[problem(level) | {"remedy": "Ajoutez le jour."}], verdict_at=timezone.now())
    page = main_in(client.get(desk_page(invoice)))
    assert "Ce que dit l'avoir" in page
    assert "Date de l'avoir" in page
    assert misnamed(page) == []


def test_so_does_the_page_that_corrects_its_recipient(people, avoir):
    page = main_of(people.supplier, "reply", avoir(Status.TO_REROUTE))
    assert "L'avoir garde son numéro" in page
    assert misnamed(page) == []


def test_so_does_what_an_agent_is_refused(avoir):
    invoice = avoir(Status.TO_REVIEW, verdict=[problem("stop")])
    for act in (partial(desk.let_go, invoice), partial(desk.let_go_unopened, invoice)):
        with pytest.raises(TransitionError) as refused:
            act(by=None, seen_revision=None)
        assert misnamed(str(refused.value)) == []


def test_so_do_the_texts_an_agent_sends_it_back_with():
    assert misnamed(" ".join(desk.REASONS.values())) == []


def test_so_do_the_messages_once_it_is_withdrawn(people, avoir):
    invoice = avoir(Status.DRAFT)
    page = read(people.supplier.post(address("withdraw", invoice), {"revision": invoice.revision}, follow=True))
    assert "L'avoir est retiré : il ne partira pas." in page


SENTENCES = [
    said.replace("{day}", "2 mai")
    for value in vars(ball).values()
    for said in (value.values() if isinstance(value, dict) else [value])
    if isinstance(said, str) and " : " in said
]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_each_sentence_of_who_has_the_ball_can_be_said_of_both(sentence):
    told = Invoice(kind=Kind.CREDIT_NOTE).tell(sentence)
    assert not set(misnamed(told)) - {"le délai de paiement", "Le délai de paiement"}
    assert misnamed(Invoice(kind=Kind.INVOICE).tell(sentence)) or told == Invoice(kind=Kind.INVOICE).tell(sentence)


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("supplier", "À vous : l'acheteur a refusé l'avoir."),
        ("buyer", "Au fournisseur : vous avez refusé l'avoir."),
        ("agent", "Au fournisseur : l'acheteur a refusé l'avoir."),
    ],
)
def test_each_reads_that_an_avoir_was_refused(people, refused, who, said):
    page = main_of(getattr(people, who), "detail", refused).split('<h2 id="la-facture"')[0]
    assert said in page
    assert "Avoir refusé par l'acheteur" in page
    assert misnamed(page) == []


def test_the_page_that_redoes_it_does_too(people, refused):
    page = main_of(people.supplier, "redo", refused)
    assert "Refaire l'avoir" in page
    assert "Déposer le nouvel avoir" in page
    assert misnamed(page) == []


def test_so_do_the_traces_of_its_redoing(people, refused, order):
    document = SimpleUploadedFile("avoir.pdf", an_invoice(order, title="Avoir", number="AV-2"))
    people.supplier.post(address("redo", refused), {"revision": refused.revision, "document": document})
    new = Invoice.objects.exclude(pk=refused.pk).get()
    assert new.events.get(kind="note").reason.startswith("Refait l'avoir AV-1,")
    page = main_of(people.supplier, "detail", refused)
    assert "Cet avoir est refait" in page
    assert "Avoir refait\u00a0: avoir AV-2." in refused.timeline()[-1].reason


def test_so_do_those_of_its_giving_up(people, refused):
    data = {"abandon-revision": refused.revision, "abandon-comment": ""}
    page = read(people.supplier.post(address("give_up", refused), data, follow=True))
    assert Reply.objects.get().redone_as is None
    assert page.count("Cet avoir ne sera pas refait.") == 3  # the message, where it stands, what happened
    assert "refaite" not in page
