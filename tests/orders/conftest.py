"""The people around one order: both sides, their counterparts elsewhere, a stranger and an agent."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from orders.models import Order
from tests.factories import AgentFactory, BuyerMemberFactory, MemberFactory, OrderFactory, UserFactory
from tests.people import signed_in


@pytest.fixture
def order(db) -> Order:
    return OrderFactory()


@pytest.fixture
def people(order) -> dict:
    agent = UserFactory(is_staff=True)
    agent.user_permissions.add(Permission.objects.get(codename="view_order"))
    return {
        "buyer": BuyerMemberFactory(buyer=order.buyer).user,
        "other_buyer": BuyerMemberFactory().user,
        "supplier": MemberFactory(supplier=order.supplier).user,
        "other_supplier": MemberFactory().user,
        "stranger": UserFactory(),
        "agent": agent,
    }


@pytest.fixture
def as_buyer(people) -> Client:
    return signed_in(people["buyer"])


@pytest.fixture
def as_supplier(people) -> Client:
    return signed_in(people["supplier"])


@pytest.fixture
def agent(db):
    return AgentFactory()


@pytest.fixture
def desk(client, agent):
    client.force_login(agent)
    return client


@pytest.fixture
def head(client):
    """A person with every right on orders: more than the group of agents has."""
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="orders"))
    user.user_permissions.add(*Permission.objects.filter(codename__in=["view_supplier", "view_user"]))
    client.force_login(user)
    return client
