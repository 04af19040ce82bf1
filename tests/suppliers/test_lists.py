"""What the lists of the desk have in common."""

import pytest

from suppliers.lists import CappedPaginator, words_of
from suppliers.models import Supplier
from tests.factories import SupplierFactory


def test_short_words_count_only_alone():
    assert words_of("Ferme de la Rue") == ["Ferme", "Rue"]
    assert words_of("la 12") == ["la", "12"]


@pytest.mark.django_db
def test_a_page_keeps_the_order_of_its_list():
    for n in (3, 1, 5, 2, 4):
        SupplierFactory(name=f"Ferme {n}")
    pages = CappedPaginator(Supplier.objects.order_by("-name"), 2)
    shown = [[str(supplier) for supplier in page.object_list] for page in pages]
    assert shown == [["Ferme 5", "Ferme 4"], ["Ferme 3", "Ferme 2"], ["Ferme 1"]]
