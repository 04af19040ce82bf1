"""What the lists of the desk have in common."""

import pytest

from suppliers import lists
from suppliers.lists import CappedPaginator, holding, words_of
from suppliers.models import Establishment, Supplier
from tests.factories import EstablishmentFactory, SupplierFactory


def test_short_words_count_only_alone():
    assert words_of("Ferme de la Rue") == ["Ferme", "Rue"]
    assert words_of("la 12") == ["la", "12"]


def test_what_stands_together_is_one_word():
    assert words_of("123 456 789 00012") == ["12345678900012"]
    assert words_of('Ferme "02 48 12"') == ["Ferme", "02 48 12"]
    assert words_of("l'EHPAD de l'Auron") == ["l'EHPAD", "l'Auron"]
    assert words_of('"Ferme') == ["Ferme"]


@pytest.mark.django_db
@pytest.mark.parametrize("few", [lists.FEW_KEYS, 1])
def test_a_word_is_found_in_the_row_or_in_what_it_is_of(monkeypatch, few):
    monkeypatch.setattr(lists, "FEW_KEYS", few)
    farm, other = SupplierFactory(name="Ferme des Essais"), SupplierFactory(name="GAEC")
    sites = [EstablishmentFactory(supplier=farm) for _ in range(2)]
    theirs = EstablishmentFactory(supplier=other).siret
    columns = ["name", "establishments__siret", "created_at"]
    for word, expected in (("essais", [farm]), (sites[0].siret[:9], [farm]), (theirs, [other]), ("introuvable", [])):
        assert list(Supplier.objects.filter(holding(Supplier, columns, word))) == expected, word
    of_farm = Establishment.objects.filter(holding(Establishment, ["siret", "supplier__name"], "ferme"))
    assert set(of_farm) == set(farm.establishments.all()) >= set(sites)


@pytest.mark.django_db
@pytest.mark.parametrize(("word", "found"), [("{}", 1), ("{}9", 0), ("9" * 30, 0), ("mot", 0)])
def test_a_number_is_compared_as_a_whole(word, found):
    farm = SupplierFactory()
    rows = Supplier.objects.filter(holding(Supplier, ["id"], word.format(farm.pk)))
    assert rows.count() == found


@pytest.mark.django_db
def test_a_page_keeps_the_order_of_its_list():
    for n in (3, 1, 5, 2, 4):
        SupplierFactory(name=f"Ferme {n}")
    pages = CappedPaginator(Supplier.objects.order_by("-name"), 2)
    shown = [[str(supplier) for supplier in page.object_list] for page in pages]
    assert shown == [["Ferme 5", "Ferme 4"], ["Ferme 3", "Ferme 2"], ["Ferme 1"]]
