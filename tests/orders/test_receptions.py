"""What arrived: noted by the buyer, read by both sides, true also after the lines changed."""

import datetime
import io
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from invoicing.lifecycle import Status
from orders import reception_form
from orders.differences import Received
from orders.models import Order, OrderChanged, Reception
from orders.tasks import erase_photos
from suppliers import scan
from suppliers.confined.limits import Limits
from suppliers.confined.slots import reader_slot
from tests.factories import InvoiceFactory, OrderFactory
from tests.invoicing import photographs
from tests.people import address, signed_in

Outcome = Reception.Outcome
SPACES = str.maketrans("\u00a0\u202f", "  ")
PNG = photographs.photo(300, 400, kind="PNG")


def page_of(order) -> str:
    return f"/commandes/{order.pk}/reception/"


def text_of(response) -> str:
    return response.content.decode().translate(SPACES).replace("&#x27;", "'").replace("&nbsp;", " ")


def note(client, order, outcome, line=None, **values):
    line = line or order.lines.first()
    said = {f"ligne-{line.pk}-{name}": value for name, value in {"outcome": outcome, **values}.items()}
    revision = Order.objects.get(pk=order.pk).revision
    return client.post(page_of(order), {"revision": revision, **said})


def received(order) -> Received:
    return Received.of(Order.objects.with_differences().get(pk=order.pk))


def words(order) -> list[str]:
    return [line.in_words.translate(SPACES) for line in received(order).lines]


def photo(name="caisse.png", content=PNG):
    return SimpleUploadedFile(name, content)


def test_everything_is_conform_in_one_press(order, as_buyer, people):
    order.lines.create(description="Carottes", quantity=3, unit="botte", unit_price=2)
    answer = as_buyer.post(page_of(order), {"revision": order.revision, "all": "1"}, follow=True)
    assert "La réception est notée." in text_of(answer)
    assert words(order) == ["Reçu conforme"] * 2
    assert {reception.by for reception in order.receptions.all()} == {people["buyer"]}


def test_a_part_is_told_to_both_sides_with_its_reason(order, as_buyer, as_supplier):
    note(as_buyer, order, Outcome.PART, quantity="12,5", reason="le reste était abîmé")
    invoice = InvoiceFactory(order=order, status=Status.AVAILABLE)
    for client in (as_buyer, as_supplier):
        for page in (f"/commandes/{order.pk}/", address("detail", invoice)):
            seen = text_of(client.get(page))
            assert "Commandé 20 kg, reçu 12,5 kg" in seen
            assert "le reste était abîmé" in seen
            assert "Facturé 37,50 € HT de plus que reçu." in seen


def test_each_side_reads_on_the_order_where_its_invoice_is_in_its_own_words(order, as_buyer, as_supplier):
    InvoiceFactory(order=order, status=Status.SUSPENDED)
    told = {client: text_of(client.get(f"/commandes/{order.pk}/")) for client in (as_buyer, as_supplier)}
    assert "Réponse du fournisseur attendue" in told[as_buyer]
    assert "L'acheteur attend votre réponse" not in told[as_buyer]
    assert "L'acheteur attend votre réponse" in told[as_supplier]


@pytest.mark.parametrize(
    ("outcome", "billed", "said"),
    [
        (Outcome.CONFORM, "100.00", "Facturé exactement ce qui a été reçu."),
        (Outcome.CONFORM, "60.00", "Facturé 40,00 € HT de moins que reçu."),
        (Outcome.REFUSED, "100.00", "Facturé 100,00 € HT de plus que reçu."),
    ],
)
def test_what_was_billed_is_compared_with_what_arrived(outcome, billed, said, order, as_buyer):
    note(as_buyer, order, outcome, reason="pourri")
    assert received(order).in_words == ""
    InvoiceFactory(order=order, status=Status.DEPOSITED, total_ht=billed)
    assert said in text_of(as_buyer.get(f"/commandes/{order.pk}/"))


def test_a_draft_of_the_supplier_is_not_compared(order, as_buyer):
    note(as_buyer, order, Outcome.REFUSED, reason="pourri")
    InvoiceFactory(order=order)
    assert received(order).in_words == ""


def test_sums_are_compared_only_when_each_line_was_spoken_of(order, as_buyer):
    order.lines.create(description="Carottes", quantity=3, unit_price=2)
    InvoiceFactory(order=order, status=Status.DEPOSITED)
    note(as_buyer, order, Outcome.PART, quantity="5")
    assert received(order).in_words == ""
    assert words(order)[1] == "Réception pas encore notée"


def test_the_newest_word_counts_and_the_others_stay(order, as_buyer):
    note(as_buyer, order, Outcome.PART, quantity="8")
    note(as_buyer, order, Outcome.PART, quantity="15")
    assert words(order) == ["Commandé 20 kg, reçu 15 kg"]
    assert [reception.quantity for reception in order.receptions.all()] == [15, 8]


def test_the_same_sent_twice_is_kept_once(order, as_buyer):
    data = {"revision": order.revision, "all": "1"}
    as_buyer.post(page_of(order), data)
    assert "Rien n'a changé." in text_of(as_buyer.post(page_of(order), data, follow=True))
    assert order.receptions.count() == 1


def test_what_arrived_stays_true_when_the_lines_change(order, as_buyer, people):
    note(as_buyer, order, Outcome.CONFORM)
    line = order.lines.get()
    line.quantity = Decimal(30)
    order.refresh_from_db()
    order.change_lines([line], by=people["buyer"], seen_revision=order.revision)
    assert words(order) == ["Commandé 30 kg, reçu 20 kg"]
    # Whoever saves the page for another line does not say that thirty came.
    as_buyer.post(page_of(order), {"revision": order.revision, f"ligne-{line.pk}-outcome": ""})
    assert words(order) == ["Commandé 30 kg, reçu 20 kg"]
    assert "checked" not in text_of(as_buyer.get(page_of(order)))


@pytest.mark.parametrize("change", [{"description": "Poireaux"}, {"unit": "colis"}])
def test_a_line_of_other_goods_was_not_received(change, order, as_buyer, people):
    note(as_buyer, order, Outcome.CONFORM)
    line = order.lines.get()
    for name, value in change.items():
        setattr(line, name, value)
    order.refresh_from_db()
    order.change_lines([line], by=people["buyer"], seen_revision=order.revision)
    assert words(order) == ["Réception pas encore notée"]
    assert "Pommes de terre : reçu conforme (20 kg)" in text_of(as_buyer.get(f"/commandes/{order.pk}/"))


def test_a_removed_line_leaves_its_history(order, as_buyer, people):
    note(as_buyer, order, Outcome.CONFORM)
    other = order.lines.create(description="Carottes", quantity=3, unit_price=2)
    order.refresh_from_db()
    order.change_lines([other], by=people["buyer"], seen_revision=order.revision)
    assert words(order) == ["Réception pas encore notée"]
    assert "Pommes de terre : reçu conforme" in text_of(as_buyer.get(f"/commandes/{order.pk}/"))


def test_an_aged_page_is_told_and_keeps_what_was_typed(order, as_buyer, people):
    seen, line = order.revision, order.lines.get()
    order.change_references(by=people["buyer"], engagement_number="EJ-NEUF")
    data = {"revision": seen, f"ligne-{line.pk}-outcome": "refused", f"ligne-{line.pk}-reason": "tout pourri"}
    answer = as_buyer.post(page_of(order), data)
    assert str(OrderChanged()).translate(SPACES) in text_of(answer)
    assert "tout pourri" in text_of(answer)
    assert not order.receptions.exists()
    again = {**data, "revision": answer.context["revision"]}
    assert as_buyer.post(page_of(order), again).status_code == 302
    assert order.receptions.get().reason == "tout pourri"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"outcome": "part"}, "moins de 20 kg"),
        ({"outcome": "part", "quantity": "20"}, "moins de 20 kg"),
        ({"outcome": "part", "quantity": "-1"}, "moins de 20 kg"),
        ({"outcome": "part", "quantity": "beaucoup"}, "Ce nombre n'est pas valable"),
        ({"outcome": "refused"}, "Dites en quelques mots pourquoi"),
        ({"outcome": "", "reason": "abîmé"}, "Dites d'abord ce qu'il en est"),
    ],
)
def test_what_makes_no_sense_is_said_and_kept(values, said, order, as_buyer):
    answer = note(as_buyer, order, **values)
    assert said in text_of(answer)
    assert all(value in text_of(answer) for value in values.values())
    assert not order.receptions.exists()


def test_a_photo_is_kept_private_and_only_downloaded(order, as_buyer, people):
    note(as_buyer, order, Outcome.PART, quantity="8", photo=photo())
    kept = order.receptions.get()
    url = f"{page_of(order)}photo/{kept.pk}/"
    allowed = {"buyer", "supplier", "agent"}
    with kept.photo.open("rb") as file:
        stored = file.read()
    assert {person for person, user in people.items() if photo_for(user, url) == stored} == allowed
    answer = as_buyer.get(url)
    assert answer.getvalue() == stored
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert as_buyer.get(f"{page_of(OrderFactory(buyer=order.buyer))}photo/{kept.pk}/").status_code == 404


def picture_of(order) -> Image.Image:
    with order.receptions.get().photo.open("rb") as file:
        return Image.open(io.BytesIO(file.read()))


@pytest.mark.parametrize("turn", [3, 6, 8])
def test_of_a_photo_only_the_upright_pixels_are_kept(turn, order, as_buyer):
    note(as_buyer, order, Outcome.PART, quantity="8", photo=photo("IMG_0042.jpg", photographs.lying(turn)))
    picture = picture_of(order)
    assert (picture.format, picture.height > picture.width) == ("JPEG", True)
    assert picture.getpixel((picture.width // 2, picture.height // 20)) < (60, 60, 60)
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}
    assert "IMG_0042" not in order.receptions.get().photo.name


def test_a_large_photo_is_made_small(order, as_buyer):
    noise = io.BytesIO()
    Image.effect_noise((3000, 2250), 80).convert("RGB").save(noise, "JPEG", quality=92)
    note(as_buyer, order, Outcome.PART, quantity="8", photo=photo("a.jpg", noise.getvalue()))
    assert order.receptions.get().photo.size <= 1_000_000 < len(noise.getvalue())


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (photo(content=photographs.photo()[:3000]), "Cette photo est abîmée"),
        (photo(content=photographs.png_that_claims(60_000, 60_000)), "Cette photo est trop lourde"),
        (photo("IMG_0042.HEIC", photographs.heic()), "au format HEIC"),
        (photo("IMG_0042.jpg", photographs.heic()), "au format HEIC"),
    ],
    ids=["cut", "giant", "heic", "heic under another name"],
)
def test_a_photo_that_cannot_be_shown_is_refused_in_a_sentence(bad, said, order, as_buyer):
    assert said in text_of(note(as_buyer, order, Outcome.PART, quantity="8", photo=bad))
    assert not order.receptions.exists()


def test_while_every_reader_is_at_work_the_buyer_is_told(order, as_buyer, settings, tmp_path, monkeypatch):
    settings.READERS, settings.READERS_ROOT = 1, tmp_path
    monkeypatch.setattr(reception_form, "PHOTOS_SECONDS", 0)
    with reader_slot(Limits(readers=1, workplace=str(tmp_path))):
        answer = note(as_buyer, order, Outcome.PART, quantity="8", photo=photo())
    assert "n'a pas eu le temps de lire cette photo" in text_of(answer)
    assert not order.receptions.exists()


def test_a_photo_is_erased_after_a_while_and_the_words_stay(order, as_buyer, settings):
    settings.RECEPTION_PHOTO_DAYS = 30
    note(as_buyer, order, Outcome.PART, quantity="8", photo=photo())
    [kept] = order.receptions.all()
    file, url = kept.photo, f"{page_of(order)}photo/{kept.pk}/"
    erase_photos()
    assert photo_for(as_buyer.user, url)
    Reception.objects.update(at=timezone.now() - datetime.timedelta(days=31))
    erase_photos()
    assert not file.storage.exists(file.name)
    assert photo_for(as_buyer.user, url) is None
    assert "Commandé 20 kg, reçu 8 kg" in words(order)
    erased = timezone.localdate()
    assert f"Photo effacée le {erased.day}" in text_of(as_buyer.get(f"/commandes/{order.pk}/"))


def test_erasing_that_was_stopped_halfway_is_done_again(order, as_buyer, settings):
    settings.RECEPTION_PHOTO_DAYS = 0
    note(as_buyer, order, Outcome.PART, quantity="8", photo=photo())
    kept = order.receptions.get().photo
    kept.storage.delete(kept.name)
    erase_photos()
    assert order.receptions.get().photo_erased_at


def photo_for(user, url) -> bytes | None:
    answer = signed_in(user).get(url)
    assert answer.status_code in (200, 404)
    return answer.getvalue() if answer.status_code == 200 else None


@pytest.mark.parametrize("bad", [photo("caisse.pdf"), photo(content=b"%PDF-1.4"), photo("caisse.html", b"<script>")])
def test_what_is_no_photo_is_refused(bad, order, as_buyer):
    answer = note(as_buyer, order, Outcome.PART, quantity="8", photo=bad)
    assert "Ce fichier n'est pas une photo" in text_of(answer)
    assert "choisissez-les de nouveau" in text_of(answer)
    assert not order.receptions.exists()


def test_a_photo_with_a_virus_is_refused(order, as_buyer, monkeypatch):
    monkeypatch.setattr(scan, "is_infected", lambda content: True)
    assert "programme dangereux" in text_of(note(as_buyer, order, Outcome.PART, quantity="8", photo=photo()))
    assert not order.receptions.exists()


@pytest.mark.parametrize("person", ["other_buyer", "supplier", "other_supplier", "stranger", "agent"])
def test_nobody_but_the_buyer_notes_it(person, order, people):
    client = signed_in(people[person])
    assert client.get(page_of(order)).status_code == 404
    assert client.post(page_of(order), {"revision": order.revision, "all": "1"}).status_code == 404
    assert not order.receptions.exists()


def test_billing_waits_for_no_reception(order, as_supplier):
    assert f"/factures/deposer/?commande={order.pk}" in text_of(as_supplier.get(f"/commandes/{order.pk}/"))


def test_queries_do_not_grow_with_what_was_said(order, as_buyer):
    invoice, counts = InvoiceFactory(order=order, status=Status.AVAILABLE), []
    pages = [f"/commandes/{order.pk}/", page_of(order), address("detail", invoice)]
    for rows in (3, 30):
        for n in range(rows):
            line = order.lines.create(description=f"Produit {rows} {n}", quantity=2, unit_price=1)
            at = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
            Reception.of(line, Outcome.PART, quantity=1, by=as_buyer.user, at=at).save()
        with CaptureQueriesContext(connection) as queries:
            assert all(as_buyer.get(page).status_code == 200 for page in pages)
        counts.append(len(queries))
    assert counts[0] == counts[1]
