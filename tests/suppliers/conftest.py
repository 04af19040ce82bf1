import pytest

from tests.factories import BuyerMemberFactory, MemberFactory, SupplierFactory, UserFactory


@pytest.fixture
def supplier(db):
    return SupplierFactory(name="Ferme des Essais")


@pytest.fixture
def alice(supplier):
    """Acts for the supplier."""
    return MemberFactory(supplier=supplier).user


@pytest.fixture
def charlie(db):
    """Acts for another supplier."""
    return MemberFactory().user


@pytest.fixture
def buyer(db):
    return BuyerMemberFactory().user


@pytest.fixture
def nobody(db):
    return UserFactory()
