"""`make bench-web` in small: every page it names is there."""

import pytest

from tests.bench_web.fill import Size, fill
from tests.bench_web.measure import cost, explained
from tests.bench_web.pages import pages


@pytest.mark.postgresql
# The rows that are copied must stand below the numbers the copies take.
@pytest.mark.django_db(transaction=True, reset_sequences=True)
def test_it_visits_every_page_and_explains_a_query():
    size = Size(invoices=3000, suppliers=60, buyers=60, large=200)
    fill(size)
    named = list(pages(size, houses=1))
    assert {page.who for page in named} == {"supplier", "large supplier", "buyer", "large buyer", "agent", "operator"}
    visits = [visit for page in named for visit in page.visits]
    assert {client.get(address).status_code for client, address in visits} == {200}
    first = cost(named[0], requests=2)
    assert first.queries > 0
    assert "Execution Time" in explained(first.slowest)
