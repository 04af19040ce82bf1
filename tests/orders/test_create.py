"""A new order: for whom, from whom, what."""

import datetime
import re
import uuid
from decimal import Decimal
from html import unescape

import pytest
from django.utils import timezone

from orders.models import Order
from tests.at_once import at_once
from tests.factories import BuyerMemberFactory, OrderFactory, RecipientServiceFactory, SupplierFactory
from tests.people import signed_in

URL = "/commandes/nouvelle/"


@pytest.fixture
def url(order):
    return f"{URL}?acheteur={order.buyer.pk}&fournisseur={order.supplier.pk}"


def typed(*lines, **head) -> dict:
    """What a browser posts: the head, and rows of (product, quantity, unit, price, rate) then empty ones."""
    data = {
        "engagement_number": "EJ-1",
        "service_code": "",
        "contract_number": "",
        "ordered_on": "2026-11-02",
        "delivery_on": "2026-11-10",
        "reference": "",
        "form_key": str(uuid.uuid4()),
        "form-TOTAL_FORMS": len(lines) + 3,
        "form-INITIAL_FORMS": 0,
    }
    for number, line in enumerate([*lines, *[("", "", "kg", "", "5.5")] * 3]):
        for name, value in zip(("description", "quantity", "unit", "unit_price", "vat_rate"), line, strict=True):
            data[f"form-{number}-{name}"] = value
    return {**data, **head}


POTATOES = ("Pommes de terre", "20", "kg", "1,25", "5.5")
CIDER = ("Cidre", "1 200,5", "litre", "4.2", "20")


def new_orders(order):
    return Order.objects.exclude(pk=order.pk)


def text_of(response) -> str:
    return response.content.decode()


def test_it_keeps_what_was_typed_as_french_people_type_it(order, as_buyer, people, url):
    response = as_buyer.post(url, typed(POTATOES, CIDER, contract_number=" M 2026-1 "), follow=True)
    new = new_orders(order).get()
    assert response.redirect_chain == [(f"/commandes/{new.pk}/", 302)]
    assert (new.buyer, new.supplier, new.created_by) == (order.buyer, order.supplier, people["buyer"])
    assert (new.engagement_number, new.contract_number) == ("EJ-1", "M 2026-1")
    assert (new.ordered_on, new.delivery_on) == (datetime.date(2026, 11, 2), datetime.date(2026, 11, 10))
    assert [(line.description, line.quantity, line.unit_price) for line in new.lines.all()] == [
        ("Pommes de terre", Decimal(20), Decimal("1.25")),
        ("Cidre", Decimal("1200.5"), Decimal("4.2")),
    ]


def test_without_a_reference_it_gets_one_of_ours(order, as_buyer, url):
    as_buyer.post(url, typed(POTATOES))
    assert re.fullmatch(r"AGL-2026-\d{5}", new_orders(order).get().reference)


def test_our_reference_steps_aside_for_one_that_was_typed(order, as_buyer, url):
    as_buyer.post(url, typed(POTATOES))
    next_pk = new_orders(order).get().pk + 1
    Order.objects.filter(pk=order.pk).update(reference=f"AGL-2026-{next_pk:05d}")
    as_buyer.post(url, typed(POTATOES))
    assert Order.objects.get(pk=next_pk).reference == f"AGL-2026-{next_pk:05d}-2"


def test_a_reference_already_used_is_refused_in_words_and_nothing_is_lost(order, as_buyer, url):
    response = as_buyer.post(url, typed(POTATOES, reference=order.reference))
    assert "Cette référence est déjà celle d'une autre commande" in text_of(response).replace("&#x27;", "'")
    assert 'value="Pommes de terre"' in text_of(response)
    assert not new_orders(order).exists()


def test_a_reference_taken_at_the_last_moment_is_told_too(order, as_buyer, url, monkeypatch):
    """The other order appears between our check and our insert."""
    place = Order.place

    def late(self, lines, **kwargs):
        OrderFactory(reference="AGL-COURSE")
        return place(self, lines, **kwargs)

    monkeypatch.setattr(Order, "place", late)
    response = as_buyer.post(url, typed(POTATOES, reference="AGL-COURSE"))
    assert "Cette référence est déjà" in text_of(response)
    assert 'value="Pommes de terre"' in text_of(response)


@pytest.mark.parametrize("coming", ["", "à venir", "A VENIR", "« à venir »", "  à\u00a0venir "])
def test_a_coming_number_is_an_answer(order, as_buyer, url, coming):
    as_buyer.post(url, typed(POTATOES, engagement_number=coming))
    new = new_orders(order).get()
    assert new.engagement_number == ""
    assert new.lacks_engagement


def test_the_same_form_sent_twice_makes_one_order(order, as_buyer, url):
    data = typed(POTATOES, reference="CMD-7")
    first = as_buyer.post(url, data)
    again = as_buyer.post(url, data, follow=True)
    assert again.redirect_chain[0][0] == first.url
    assert "déjà enregistrée" in text_of(again)
    assert new_orders(order).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_order(order, people, url):
    data = typed(POTATOES)

    def post():
        return signed_in(people["buyer"]).post(url, data).status_code

    assert at_once(*[post] * 4) == [302] * 4
    assert new_orders(order).count() == 1


def test_more_lines_keep_all_that_was_typed_and_judge_nothing(order, as_buyer, url):
    data = typed(("Poireaux", "beaucoup", "botte", "", "10"), engagement_number="EJ-ENCORE", ordered_on="")
    page = text_of(as_buyer.post(url, {**data, "more": "1"}))
    for kept in ('value="Poireaux"', 'value="beaucoup"', 'value="botte"', 'value="EJ-ENCORE"', data["form_key"]):
        assert kept in page
    assert 'value="10" selected' in page
    assert "errorlist" not in page
    assert 'name="form-3-description"' in page
    assert not new_orders(order).exists()


def test_filled_rows_grow_by_empty_ones(order, as_buyer, url):
    data = {**typed(*[POTATOES] * 4), "form-TOTAL_FORMS": 4, "more": "1"}
    page = text_of(as_buyer.post(url, data))
    assert page.count('value="Pommes de terre"') == 4
    assert 'name="form-6-description"' in page
    assert 'name="form-7-description"' not in page


def test_the_rows_stop_growing_at_a_hundred(order, as_buyer, url):
    data = typed(*[POTATOES] * 99)
    page = text_of(as_buyer.post(url, {**data, "more": "1"}))
    assert "form-99-description" in page
    assert "form-100-description" not in page
    response = as_buyer.post(url, typed(*[POTATOES] * 104))
    assert "au plus 100 lignes" in text_of(response)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("Carottes", "", "kg", "2", "5.5"), "Ce champ est obligatoire."),
        (("", "3", "kg", "2", "5.5"), "Ce champ est obligatoire."),
        (("Carottes", "3", "", "2", "5.5"), "Ce champ est obligatoire."),
        (("Carottes", "3", "kg", "2", ""), "Ce champ est obligatoire."),
        (("Carottes", "trois", "kg", "2", "5.5"), "pas valable"),
        (("Carottes", "0", "kg", "2", "5.5"), "supérieure ou égale"),
        (("Carottes", "-3", "kg", "2", "5.5"), "supérieure ou égale"),
        (("Carottes", "3", "kg", "-2", "5.5"), "supérieure ou égale"),
        (("Carottes", "1,2345", "kg", "2", "5.5"), "trop de chiffres après la virgule"),
        (("Carottes", "12345678901", "kg", "2", "5.5"), "trop grand"),
        (("Carottes", "NaN", "kg", "2", "5.5"), "pas valable"),
        (("Carottes", "3", "kg", "1e400", "5.5"), "trop grand"),
        (("Carottes", "3", "kg", "2", "7"), "choix"),
        (("C" * 201, "3", "kg", "2", "5.5"), "200"),
    ],
)
def test_a_wrong_line_is_told_and_kept(order, as_buyer, url, line, said):
    response = as_buyer.post(url, typed(POTATOES, line))
    assert response.status_code == 200
    assert said in text_of(response)
    assert "Ligne 2" in text_of(response)
    assert 'value="Pommes de terre"' in text_of(response)
    assert not new_orders(order).exists()


def test_an_order_without_any_line_is_refused(order, as_buyer, url):
    assert "au moins une ligne" in text_of(as_buyer.post(url, typed()))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("engagement_number", "E" * 51, "50"),
        ("service_code", "S" * 101, "100"),
        ("contract_number", "M" * 51, "50"),
        ("service_code", "factures_publiques", "réservé aux factures entre administrations"),
        ("ordered_on", "hier", "date"),
        ("delivery_on", "3026-11-10", "année 3026"),
        ("ordered_on", "", "obligatoire"),
        ("delivery_on", "2026-11-01", "précéder"),
        ("reference", "R" * 41, "40"),
    ],
)
def test_a_wrong_head_is_told_and_kept(order, as_buyer, url, name, value, said):
    response = as_buyer.post(url, typed(POTATOES, **{name: value}))
    assert said in text_of(response)
    assert f'value="{value}"' in text_of(response)
    assert not new_orders(order).exists()


@pytest.mark.parametrize("key", ["", "pas-une-clé", "0" * 500])
def test_a_form_whose_key_was_tampered_with_still_works(order, as_buyer, url, key):
    as_buyer.post(url, typed(POTATOES, form_key=key))
    assert new_orders(order).count() == 1


@pytest.mark.parametrize("total", ["", "-1", "abc", "9" * 30])
def test_rows_counted_wrong_are_no_error_of_the_server(order, as_buyer, url, total):
    data = typed(POTATOES, **{"form-TOTAL_FORMS": total})
    assert as_buyer.post(url, data).status_code in (200, 302)
    assert as_buyer.post(url, {**data, "more": "1"}).status_code == 200


def test_services_of_the_recipient_are_offered_and_the_usual_one_chosen(order, as_buyer, url):
    recipient = order.buyer.recipient
    RecipientServiceFactory(recipient=recipient, code="CUISINE", engagement_required=True)
    RecipientServiceFactory(recipient=recipient, code="FERMÉ", is_active=False)
    RecipientServiceFactory(recipient=recipient, code="FACTURES_PUBLIQUES")
    order.buyer.usual_service = "CUISINE"
    order.buyer.save()
    page = text_of(as_buyer.get(url))
    assert '<option value="CUISINE" selected>' in page
    assert "exige un numéro d" in page
    assert "FERMÉ" not in page
    assert "FACTURES_PUBLIQUES" not in page
    refused = as_buyer.post(url, typed(POTATOES, service_code="FACTURES_PUBLIQUES"))
    assert refused.status_code == 200
    as_buyer.post(url, typed(POTATOES, service_code="CUISINE"))
    assert new_orders(order).get().service_code == "CUISINE"


def test_the_service_is_free_text_when_the_recipient_has_none_known(order, as_buyer, url):
    as_buyer.post(url, typed(POTATOES, service_code=" SERVICE  7 "))
    assert new_orders(order).get().service_code == "SERVICE 7"


def test_suppliers_are_searched_and_the_usual_ones_come_first(order, as_buyer):
    SupplierFactory(name="Aaa, la première du tri")
    hidden = SupplierFactory(name="Pas encore validée", validated_at=None)
    page = text_of(as_buyer.get(URL))
    assert page.index(order.supplier.name.replace("'", "&#x27;")) < page.index("Aaa, la première du tri")
    assert hidden.name not in page
    found = text_of(as_buyer.get(URL, {"q": order.supplier.siren}))
    assert "Aaa, la première du tri" not in found
    assert "Aucun fournisseur ne correspond" in text_of(as_buyer.get(URL, {"q": "introuvable"}))
    assert order.supplier.name in unescape(text_of(as_buyer.get(URL, {"q": "bourges"})))


def test_an_unvalidated_supplier_cannot_be_chosen(order, as_buyer):
    hidden = SupplierFactory(validated_at=None)
    assert as_buyer.get(f"{URL}?fournisseur={hidden.pk}").status_code == 404


def test_who_acts_for_several_buyers_is_asked_for_which(order, people):
    other = BuyerMemberFactory(user=people["buyer"]).buyer
    client = signed_in(people["buyer"])
    assert f"?acheteur={other.pk}" in text_of(client.get(URL))
    page = text_of(client.get(f"{URL}?acheteur={other.pk}&fournisseur={order.supplier.pk}"))
    assert other.name.replace("'", "&#x27;") in page


@pytest.mark.parametrize("who", ["999999", "abc", "9" * 40])
def test_another_buyer_is_not_found(order, as_buyer, who):
    assert as_buyer.get(f"{URL}?acheteur={who}").status_code == 404
    stranger = BuyerMemberFactory().buyer
    assert as_buyer.get(f"{URL}?acheteur={stranger.pk}").status_code == 404


def test_the_year_of_the_reference_is_the_orders(order, as_buyer, url):
    as_buyer.post(url, typed(POTATOES, ordered_on="2025-12-30", delivery_on=""))
    assert new_orders(order).get().reference.startswith("AGL-2025-")


def test_the_blank_form_is_dated_today(order, as_buyer, url):
    assert f'value="{timezone.localdate():%Y-%m-%d}"' in text_of(as_buyer.get(url))
