"""The people around one order. A month is also lived with Chorus Pro: the portal of tests/chorus, for those who ask."""

import pytest

from tests.chorus.conftest import account, portal, running_simulator, simulator  # noqa: F401
from tests.factories import MemberFactory, OrderFactory, UserFactory
from tests.people import signed_in


@pytest.fixture
def order():
    return OrderFactory()


@pytest.fixture
def farmer(order):
    return signed_in(MemberFactory(supplier=order.supplier).user)


@pytest.fixture
def agent():
    return UserFactory(is_staff=True)
