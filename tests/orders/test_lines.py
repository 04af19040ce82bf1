"""Changing the lines of an order, while nothing is billed."""

from decimal import Decimal
from functools import partial

import pytest
from django.core.exceptions import ValidationError

from invoicing.lifecycle import Status
from orders.lines import RateField, quantity_of
from orders.models import LinesLocked, Order, OrderChanged, OrderLine
from tests.at_once import at_once
from tests.factories import InvoiceFactory, OrderFactory
from tests.people import signed_in


@pytest.fixture
def url(order):
    return f"/commandes/{order.pk}/lignes/"


def posted(order, *rows) -> dict:
    """Rows are (line pk or "", product, quantity, unit, price, rate)."""
    data = {"revision": order.revision, "form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": 0}
    for number, row in enumerate(rows):
        for name, value in zip(("line", "description", "quantity", "unit", "unit_price", "vat_rate"), row, strict=True):
            data[f"form-{number}-{name}"] = value
    return data


def row_of(line, **values):
    row = {"description": line.description, "quantity": "20", "unit": "kg", "unit_price": "5", "vat_rate": "5.5"}
    return (line.pk, *{**row, **values}.values())


LEEKS = ("", "Poireaux", "3", "botte", "2,50", "5.5")
EMPTY = ("", "", "", "kg", "", "5.5")


def text_of(response) -> str:
    return response.content.decode()


def lines_of(order):
    return [(line.description, line.quantity) for line in OrderLine.objects.filter(order=order)]


def test_the_form_shows_the_lines_as_french_people_write_them(order, as_buyer, url):
    order.lines.update(quantity=Decimal("12.500"), unit_price=Decimal("1.2"), vat_rate=Decimal("10.00"))
    page = text_of(as_buyer.get(url))
    for shown in ('value="Pommes de terre"', 'value="12,5"', 'value="1,20"', 'value="10" selected'):
        assert shown in page


@pytest.mark.parametrize(
    ("quantity", "unit", "said"),
    [
        ("12.500", "kg", "12,5\u00a0kg"),
        ("1.5", "litre", "1,5\u00a0litre"),
        ("2", "litre", "2\u00a0litres"),
        ("10", "colis", "10\u00a0colis"),
        ("1000", "sac de 5 kg", "1000\u00a0sac de 5 kg"),
    ],
)
def test_a_quantity_is_written_in_french(quantity, unit, said):
    assert quantity_of(OrderLine(quantity=Decimal(quantity), unit=unit)) == said


def test_lines_are_changed_added_and_removed_by_emptying(order, as_buyer, url):
    kept = order.lines.get()
    as_buyer.post(url, posted(order, row_of(kept, quantity="25"), EMPTY, LEEKS))
    assert lines_of(order) == [("Pommes de terre", Decimal(25)), ("Poireaux", Decimal(3))]
    assert order.lines.first().pk == kept.pk
    order.refresh_from_db()
    as_buyer.post(url, posted(order, (kept.pk, "", "", "kg", "", "5.5"), LEEKS))
    assert lines_of(order) == [("Poireaux", Decimal(3))]


def test_the_history_says_what_the_lines_were(order, as_buyer, people, url):
    as_buyer.post(url, posted(order, row_of(order.lines.get()), LEEKS))
    change = order.changes.get()
    assert (change.get_field_label(), change.by) == ("lignes", people["buyer"])
    assert (change.old, change.new) == ("1\u00a0ligne, 105,50\u00a0€ TTC", "2\u00a0lignes, 113,41\u00a0€ TTC")


def test_a_rate_from_elsewhere_stays_with_its_line(order, as_buyer, url):
    order.lines.update(vat_rate=Decimal("8.5"))
    assert 'value="8.5" selected' in text_of(as_buyer.get(url))
    as_buyer.post(url, posted(order, row_of(order.lines.get(), vat_rate="8.5", quantity="7")))
    assert (order.lines.get().vat_rate, order.lines.get().quantity) == (Decimal("8.5"), 7)


def test_a_line_of_another_order_cannot_be_taken(order, as_buyer, url):
    foreign = OrderFactory().lines.get()
    as_buyer.post(url, posted(order, row_of(foreign, description="Prise")))
    foreign.refresh_from_db()
    assert foreign.description == "Pommes de terre"
    assert order.lines.get().description == "Prise"


def test_one_line_named_twice_makes_two(order, as_buyer, url):
    line = order.lines.get()
    as_buyer.post(url, posted(order, row_of(line), row_of(line, description="Encore")))
    assert sorted(lines_of(order)) == [("Encore", Decimal(20)), ("Pommes de terre", Decimal(20))]


def test_more_lines_keep_what_was_typed_and_the_revision_that_was_seen(order, as_buyer, url):
    data = posted(order, row_of(order.lines.get(), quantity="trois"), LEEKS)
    order.change_references(by=None, contract_number="M-2")
    page = text_of(as_buyer.post(url, {**data, "more": "1"}))
    assert 'value="trois"' in page
    assert 'value="Poireaux"' in page
    assert 'name="revision" value="1"' in page
    assert "errorlist" not in page


def test_wrong_input_is_told_and_kept(order, as_buyer, url):
    page = text_of(as_buyer.post(url, posted(order, row_of(order.lines.get(), quantity="trois"))))
    assert 'value="trois"' in page
    assert "pas valable" in page
    assert lines_of(order) == [("Pommes de terre", Decimal(20))]


def test_emptying_everything_is_refused(order, as_buyer, url):
    page = text_of(as_buyer.post(url, posted(order, (order.lines.get().pk, "", "", "kg", "", "5.5"))))
    assert "au moins une ligne" in page
    assert order.lines.count() == 1


def test_a_page_that_has_aged_shows_both_and_loses_nothing(order, as_buyer, url):
    seen = posted(order, row_of(order.lines.get(), quantity="30"), LEEKS)
    as_buyer.post(url, posted(order, row_of(order.lines.get(), description="Navets")))
    page = text_of(as_buyer.post(url, seen))
    assert "a changé entre-temps" in page
    assert "Navets" in page
    assert 'value="Poireaux"' in page
    assert lines_of(order) == [("Navets", Decimal(20))]
    order.refresh_from_db()
    assert f'name="revision" value="{order.revision}"' in page
    as_buyer.post(url, {**seen, "revision": order.revision})
    assert lines_of(order) == [("Pommes de terre", Decimal(30)), ("Poireaux", Decimal(3))]


@pytest.mark.parametrize("revision", ["", "abc", "9" * 40])
def test_a_revision_tampered_with_counts_as_aged(order, as_buyer, url, revision):
    data = {**posted(order, row_of(order.lines.get())), "revision": revision}
    assert "a changé entre-temps" in text_of(as_buyer.post(url, data))


def test_billed_lines_are_locked_in_words(order, as_buyer, url):
    InvoiceFactory(order=order, status=Status.TO_REVIEW)
    for response in (as_buyer.get(url, follow=True), as_buyer.post(url, posted(order, LEEKS), follow=True)):
        assert "ses lignes ne peuvent plus changer" in text_of(response)
    assert lines_of(order) == [("Pommes de terre", Decimal(20))]
    assert f'href="{url}"' not in text_of(as_buyer.get(f"/commandes/{order.pk}/"))


def test_an_invoice_that_came_meanwhile_locks_the_lines_too(order):
    line = OrderLine(description="Poireaux", quantity=1, unit_price=1)
    InvoiceFactory(order=order, status=Status.TO_REVIEW)
    with pytest.raises(LinesLocked):
        order.change_lines([line], by=None, seen_revision=order.revision)
    assert order.lines.count() == 1


def test_a_draft_locks_nothing(order, as_buyer, url):
    InvoiceFactory(order=order)
    as_buyer.post(url, posted(order, LEEKS))
    assert lines_of(order) == [("Poireaux", Decimal(3))]


@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_once_one_wins_and_the_other_is_told(order, people, url):
    users = [people["buyer"], order.buyer.members.create(user=people["stranger"]).user]
    line = order.lines.get()

    def post(user, name):
        return signed_in(user).post(url, posted(order, row_of(line, description=name)))

    pages = at_once(*(partial(post, user, f"Produit {n}") for n, user in enumerate(users)))
    assert sorted(page.status_code for page in pages) == [200, 302]
    assert "a changé entre-temps" in text_of(next(page for page in pages if page.status_code == 200))
    assert Order.objects.get(pk=order.pk).revision == order.revision + 1


def test_the_model_refuses_an_aged_revision_by_itself(order):
    with pytest.raises(OrderChanged, match="a changé entre-temps"):
        order.change_lines([], by=None, seen_revision=order.revision - 1)


@pytest.mark.parametrize("rate", ["abc", "\0", "9999-12-31", "<b>", "1" * 1000, "NaN"])
def test_a_rate_that_is_none_is_no_error_of_the_server(rate):
    assert RateField().has_changed(Decimal("5.5"), rate)
    with pytest.raises(ValidationError):
        RateField().clean(rate)
