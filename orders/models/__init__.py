"""Public buyers and their orders: `buyers` says who they are and what Chorus Pro asks, `orders` what they ordered."""

from orders.amounts import CENT, to_cents
from orders.models.buyers import (
    CONTRACT_MAX,
    ENGAGEMENT_MAX,
    PSEUDO_SERVICE,
    SERVICE_MAX,
    Buyer,
    BuyerClosure,
    BuyerMember,
    BuyerMembershipRequest,
    Recipient,
    RecipientService,
    Requires,
)
from orders.models.engagements import StateEngagement
from orders.models.lines import OrderLine
from orders.models.orders import LinesLocked, Order, OrderChange, OrderChanged
from orders.models.receptions import Reception

__all__ = [
    "CENT",
    "CONTRACT_MAX",
    "ENGAGEMENT_MAX",
    "PSEUDO_SERVICE",
    "SERVICE_MAX",
    "Buyer",
    "BuyerClosure",
    "BuyerMember",
    "BuyerMembershipRequest",
    "LinesLocked",
    "Order",
    "OrderChange",
    "OrderChanged",
    "OrderLine",
    "Reception",
    "Recipient",
    "RecipientService",
    "Requires",
    "StateEngagement",
    "to_cents",
]
