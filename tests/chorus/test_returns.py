"""A suspended invoice is answered from its page, once, and what Chorus Pro makes of it is read back."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from chorus import returns
from chorus.models import Return, Submission, TechnicalAccount
from chorus.tasks import deposit_sweep, news_sweep
from invoicing.lifecycle import Status
from invoicing.models import Attachment, Invoice, Reply
from tests.chorus.killed_worker import kill_a_worker_at, points_of_a_return
from tests.chorus.returning import address, come_back, cpp_id, people_of, post, words
from tests.invoicing.photographs import a_scanner

pytestmark = pytest.mark.django_db(transaction=True)

MOTIVE = "Il manque le bon de livraison n° 12"
COMPLETE = "factures/completer"


def a_file(name="bon de livraison.pdf", content=b"%PDF-1.4 bon"):
    return SimpleUploadedFile(name, content)


@pytest.fixture
def suspended(simulator, approved):
    return come_back(simulator, approved(), "SUSPENDUE", MOTIVE)


@pytest.fixture
def people(suspended):
    return people_of(suspended)


def text_of(client, page, invoice) -> str:
    return client.get(address(page, invoice)).content.decode()


# --- The whole way ---


def test_a_suspended_invoice_is_answered_with_a_document_and_a_comment(simulator, suspended, people):
    page = text_of(people.supplier, "detail", suspended)
    assert MOTIVE in page
    assert address("reply", suspended) in page
    assert MOTIVE in text_of(people.supplier, "reply", suspended)

    response = post(people.supplier, suspended, comment="Le voici", files=[a_file(), a_file("photo.JPG")])
    assert response.status_code == 302
    assert "part vers Chorus Pro" in text_of(people.supplier, "detail", suspended)
    deposit_sweep()
    suspended.refresh_from_db()
    assert suspended.status == Status.SUSPENDED  # our act never sets a status
    assert "est transmise" in text_of(people.supplier, "detail", suspended)

    news_sweep()
    suspended.refresh_from_db()
    assert suspended.status == Status.COMPLETED
    assert simulator.invoices()[0]["extra_pieces"] == 2
    assert simulator.history(cpp_id(suspended))[-1]["comment"] == "Le voici"
    events = [(event.title, event.reason) for event in suspended.timeline()]
    assert ("Réponse à l'acheteur", "Le voici\nPièces jointes\u00a0: bon de livraison.pdf, photo.JPG") in events
    assert events[-1][0] == "Réponse transmise"
    # Chorus Pro says it again: the page does not.
    assert text_of(people.supplier, "detail", suspended).count("Le voici") == 1
    assert address("reply", suspended) not in text_of(people.supplier, "detail", suspended)


def test_a_comment_alone_is_enough_and_a_second_suspension_is_answered_too(simulator, suspended, people):
    for number, answer in enumerate(["Première réponse", "Seconde réponse"], start=1):
        assert post(people.supplier, suspended, comment=answer).status_code == 302
        deposit_sweep()
        news_sweep()
        suspended.refresh_from_db()
        assert suspended.status == Status.COMPLETED
        assert words(simulator, suspended).count("COMPLETEE") == number
        simulator.advance(120)
        simulator.play(cpp_id(suspended), "SUSPENDUE", "Encore une question")
        news_sweep()
        suspended.refresh_from_db()
    assert Reply.objects.filter(state="sent").count() == 2
    assert "Encore une question" in text_of(people.supplier, "reply", suspended)


def test_who_has_answered_has_nothing_left_to_do(suspended, people):
    assert suspended in Invoice.objects.to_do()
    post(people.supplier, suspended, comment="Le voici")
    assert "Au portail\u00a0: la réponse part" in text_of(people.supplier, "detail", suspended)
    assert suspended not in Invoice.objects.to_do()
    assert suspended in Invoice.objects.under_way()
    deposit_sweep()
    assert "À Chorus Pro\u00a0: la réponse lui est transmise" in text_of(people.supplier, "detail", suspended)
    assert suspended not in Invoice.objects.to_do()


def test_a_refused_answer_is_to_do_again(suspended, people):
    post(people.supplier, suspended, comment="Le voici")
    Reply.objects.get().mark_refused("Pièce illisible")
    assert suspended in Invoice.objects.to_do()
    assert "attend une réponse. Le délai de paiement est interrompu" in text_of(people.supplier, "detail", suspended)


def test_an_agent_answers_for_the_supplier(simulator, suspended, people):
    assert address("reply", suspended) in text_of(people.agent, "detail", suspended)
    post(people.agent, suspended, comment="Vu avec le fournisseur")
    deposit_sweep()
    assert words(simulator, suspended)[-1] == "COMPLETEE"


def test_a_motive_about_a_reference_says_what_to_correct(simulator, approved):
    invoice = come_back(simulator, approved(), "SUSPENDUE", "Code service erroné")
    page = text_of(people_of(invoice).supplier, "reply", invoice)
    assert "le code service" in page
    assert "une nouvelle" in page


# --- Once ---


def test_a_lost_answer_is_not_sent_twice(simulator, suspended, people):
    post(people.supplier, suspended, comment="Le voici", files=[a_file()])
    simulator.trouble("lost_answer", operation="completer")
    deposit_sweep()
    deposit_sweep()
    assert Reply.objects.get().state == Reply.State.SENT
    assert simulator.calls()[COMPLETE] == 1
    assert words(simulator, suspended).count("COMPLETEE") == 1


def test_what_was_lost_before_it_was_taken_is_sent_again(simulator, suspended, people, patient):
    post(people.supplier, suspended, comment="Le voici")
    simulator.trouble("html_error", operation="completer")
    patient(SETTLING_DELAY=3600)
    deposit_sweep()
    deposit_sweep()
    assert Return.objects.get(kind="complete").status == Submission.Status.IN_DOUBT
    assert "en cours de vérification" in text_of(people.supplier, "detail", suspended)
    assert simulator.calls()[COMPLETE] == 1
    patient(SETTLING_DELAY=0)
    Return.objects.update(due_at="2026-01-01T00:00Z")
    for _ in range(4):
        deposit_sweep()
    assert Reply.objects.get().state == Reply.State.SENT
    assert words(simulator, suspended).count("COMPLETEE") == 1


@pytest.mark.parametrize("point", points_of_a_return())
def test_a_worker_killed_anywhere_answers_once(simulator, suspended, people, point):
    simulator.set_duplicate_check(False)
    post(people.supplier, suspended, comment="Le voici", files=[a_file()])
    kill_a_worker_at(point)
    for _ in range(5):
        deposit_sweep()
    assert Reply.objects.get().state == Reply.State.SENT
    assert simulator.answers() == [{"cpp_id": cpp_id(suspended), "operation": "completer", "count": 1}]
    assert simulator.invoices()[0]["extra_pieces"] == 1


def test_a_double_post_and_an_aged_page_write_one_reply(simulator, suspended, people):
    seen = Invoice.objects.get(pk=suspended.pk)
    assert post(people.supplier, seen, comment="Une fois", files=[a_file()]).status_code == 302
    assert post(people.supplier, seen, comment="Une fois", files=[a_file()]).status_code == 302
    response = people.agent.post(address("reply", seen), {"revision": seen.revision, "comment": "Et moi"}, follow=True)
    assert "n&#x27;attend pas de réponse" in response.content.decode()
    assert (Reply.objects.count(), Attachment.objects.count()) == (1, 1)


def test_two_copies_of_one_answer_are_never_both_claimed(suspended, people):
    post(people.supplier, suspended, comment="Une fois")
    returns.queue_written()
    first, second = (Return.objects.get(kind="complete") for _ in range(2))
    frozen = returns.frozen(first, TechnicalAccount.objects.get().structures.first())
    assert first.claim(frozen=frozen)
    assert not second.claim(frozen=frozen)


def test_a_document_that_changed_on_the_disk_never_leaves(simulator, suspended, people):
    post(people.supplier, suspended, files=[a_file()])
    name = Attachment.objects.get().file.name
    default_storage.delete(name)
    default_storage.save(name, ContentFile(b"%PDF-1.4 autre chose"))
    deposit_sweep()
    assert Return.objects.get(kind="complete").status == Submission.Status.HELD
    assert COMPLETE not in simulator.calls()


def test_a_page_opened_before_the_news_is_told_so(suspended, people):
    response = people.supplier.post(
        address("reply", suspended), {"revision": suspended.revision - 1, "comment": "Bonjour", "file_kind": "03"},
        follow=True,
    )  # fmt: skip
    assert "a changé depuis" in response.content.decode()
    assert not Reply.objects.exists()


# --- Refused, denied ---


def test_a_refusal_is_shown_with_the_form_again(simulator, suspended, people):
    post(people.supplier, suspended, comment="Trop tard")
    simulator.play(cpp_id(suspended), "MISE_A_DISPOSITION")
    deposit_sweep()
    reply = Reply.objects.get()
    assert reply.state == Reply.State.REFUSED
    assert "a changé d'état" in reply.refusal
    page = text_of(people.supplier, "reply", suspended)
    assert "GDP_MSG_11.033" in page
    assert "Trop tard" in page
    assert post(people.supplier, Invoice.objects.get(), comment="Je réessaie").status_code == 302
    assert Reply.objects.count() == 2


def test_a_denied_account_waits_and_resumes_by_itself(simulator, suspended, people):
    post(people.supplier, suspended, comment="Le voici")
    simulator.set_password("un autre")
    deposit_sweep()
    assert Return.objects.get(kind="complete").status == Submission.Status.BLOCKED
    assert "rien à faire" in text_of(people.supplier, "detail", suspended)
    simulator.set_password(TechnicalAccount.objects.get().password)
    deposit_sweep()
    assert Reply.objects.get().state == Reply.State.SENT


def test_a_reply_changes_nothing_for_deposits(simulator, suspended, people, approved):
    post(people.supplier, suspended, comment="Le voici")
    other = approved()
    deposit_sweep()
    other.refresh_from_db()
    assert other.status == Status.DEPOSITED
    assert simulator.calls()["factures/soumettre"] == 2


# --- Rights and bad input ---


def test_only_the_supplier_and_deciding_agents_answer(suspended, people):
    codes = {name: client.get(address("reply", suspended)).status_code for name, client in vars(people).items()}
    may = {"supplier": 200, "agent": 200}
    assert codes == {name: may.get(name, 404) for name in codes}
    for name in set(codes) - set(may):
        assert post(getattr(people, name), suspended, comment="Bonjour").status_code == 404
    assert not Reply.objects.exists()
    assert address("reply", suspended) not in text_of(people.buyer, "detail", suspended)


def test_documents_are_downloads_for_those_who_see_the_invoice(suspended, people):
    post(people.supplier, suspended, files=[a_file("page.html", b"<script>alert(1)</script>")])
    url = address("attachment", suspended, Attachment.objects.get().pk)
    codes = {}
    for name, client in vars(people).items():
        response = client.get(url)
        codes[name] = response.status_code
        b"".join(response)
    assert codes == {"supplier": 200, "other_supplier": 404, "buyer": 200, "agent": 200, "onlooker": 200,
                     "stranger": 404}  # fmt: skip
    response = people.buyer.get(url)
    assert b"".join(response) == b"<script>alert(1)</script>"
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Content-Type"] == "application/octet-stream"
    assert response["X-Content-Type-Options"] == "nosniff"


BAD = [
    ({"comment": ""}, "cette réponse est vide"),
    ({"comment": "x" * 2001}, "2000"),
    ({"comment": "Mon IBAN : FR76 3000 6000 0112 3456 7890 189"}, "joignez plutôt votre RIB"),
    ({"files": [("programme.exe", b"MZ")]}, "pas d&#x27;un type accepté"),
    ({"files": [("sans extension", b"x")]}, "pas d&#x27;un type accepté"),
    ({"files": [("vide.pdf", b"")]}, "est vide"),
    ({"files": [("lourd.pdf", b"x" * 1001)]}, "dépasse 10"),
    ({"files": [("un.pdf", b"x" * 900), ("deux.pdf", b"x" * 900)]}, "dépassent 120"),
    ({"comment": "Bonjour", "file_kind": "99"}, "choix valide"),
    ({"comment": "Bonjour", "revision": "vieux"}, "nombre entier"),
]


@pytest.mark.parametrize(("typed", "said"), BAD, ids=[said for _, said in BAD])
def test_bad_input_gets_a_french_sentence(settings, suspended, people, typed, said):
    settings.ATTACHMENT_MAX_BYTES, settings.DOSSIER_MAX_BYTES = 1000, 1500
    files = [a_file(name, content) for name, content in typed.get("files", [])]
    response = post(people.supplier, suspended, **{**typed, "files": files})
    assert response.status_code == 200
    assert said in response.content.decode()
    assert not Reply.objects.exists()


def test_documents_are_kept_only_once_the_scanner_called_them_clean(settings, suspended, people):
    def send(content):
        return post(people.supplier, suspended, files=[a_file(), a_file("photo.jpg", content)]).content.decode()

    before = sorted(settings.MEDIA_ROOT.rglob("*.*"))
    settings.CLAMD = "127.0.0.1:1"
    assert "ne répond pas en ce moment" in send(b"photo")
    with a_scanner() as scanner:
        settings.CLAMD = scanner.address
        assert "programme dangereux" in send(b"EICAR")
        assert (Reply.objects.count(), sorted(settings.MEDIA_ROOT.rglob("*.*"))) == (0, before)
        send(b"photo")
    kept = Attachment.objects.get(name="photo.jpg")
    with kept.file.open() as file:
        assert file.read() == scanner.seen[-1] == b"photo"


def test_a_long_name_is_shortened_with_its_extension(suspended, people):
    post(people.supplier, suspended, files=[a_file(f"{'photo du bon ' * 10}.jpeg")])
    name = Attachment.objects.get().name
    assert len(name) == 50
    assert name.endswith(".jpeg")


def test_a_wrong_number_on_a_suspended_invoice_says_what_can_be_done(simulator, approved):
    """It cannot be changed there: the buyer is asked, and what he gives becomes the first words of the answer."""
    invoice = come_back(simulator, approved(), "SUSPENDUE", "Numéro d'engagement erroné")
    people = people_of(invoice)
    page = text_of(people.supplier, "reply", invoice)
    assert "garde les siennes" in page
    assert "demandez-lui de refuser" in page
    assert "Demander le bon numéro ou service" in page
    assert people.supplier.get(address("reply", invoice)).context["form"]["comment"].value() == ""
    people.supplier.post(address("ask_buyer", invoice))
    assert "Bonne référence demandée" in text_of(people.buyer, "detail", invoice)
    invoice.orders.get().change_references(by=people.buyer.user, engagement_number="EJ-JUSTE")
    assert "EJ-JUSTE" in text_of(people.supplier, "detail", invoice)
    form = people.supplier.get(address("reply", invoice)).context["form"]
    assert form["comment"].value() == "Le bon numéro d'engagement est EJ-JUSTE."


def test_an_agent_is_led_from_his_desk_and_writes_in_the_suppliers_name(suspended, people):
    desk = people.agent.get(f"/admin/invoicing/invoice/{suspended.pk}/change/").content.decode()
    assert address("reply", suspended) in desk
    post(people.agent, suspended, comment="Vu avec le fournisseur")
    assert Reply.objects.get().acted_as == str(suspended.supplier)
    assert f"le Département, au nom de {suspended.supplier}".replace("'", "&#x27;") in text_of(
        people.supplier, "detail", suspended
    )
    desk = people.onlooker.get(f"/admin/invoicing/invoice/{suspended.pk}/change/").content.decode()
    assert "Agir au nom du fournisseur" not in desk
