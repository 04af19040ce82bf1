import pytest

from tests.factories import AgentFactory, BuyerMemberFactory, MemberFactory, SupplierFactory, UserFactory


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


@pytest.fixture
def agent(db):
    return AgentFactory()


@pytest.fixture
def desk(client, agent):
    client.force_login(agent)
    return client
