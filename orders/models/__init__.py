"""Public buyers and their orders: `buyers` says who they are and what Chorus Pro asks, `orders` what they ordered."""

from orders.amounts import CENT, to_cents
from orders.models.buyer_changes import BuyerChange
from orders.models.buyers import (
    CONTRACT_MAX,
    ENGAGEMENT_MAX,
    PSEUDO_SERVICE,
    SERVICE_MAX,
    Buyer,
    BuyerClosure,
    BuyerInvitation,
    BuyerMember,
    BuyerMemberChange,
    BuyerMembershipRequest,
    Recipient,
    RecipientService,
    Requires,
)
from orders.models.engagements import StateEngagement
from orders.models.imports import ImportedOrder
from orders.models.lines import OrderLine
from orders.models.orders import LinesLocked, Order, OrderChange, OrderChanged
from orders.models.receptions import Reception
from orders.models.takeovers import Share, Takeover, TakeoverChanged, TakeoverRefused, why_not

__all__ = [
    "CENT",
    "CONTRACT_MAX",
    "ENGAGEMENT_MAX",
    "PSEUDO_SERVICE",
    "SERVICE_MAX",
    "Buyer",
    "BuyerChange",
    "BuyerClosure",
    "BuyerInvitation",
    "BuyerMember",
    "BuyerMemberChange",
    "BuyerMembershipRequest",
    "ImportedOrder",
    "LinesLocked",
    "Order",
    "OrderChange",
    "OrderChanged",
    "OrderLine",
    "Reception",
    "Recipient",
    "RecipientService",
    "Requires",
    "Share",
    "StateEngagement",
    "Takeover",
    "TakeoverChanged",
    "TakeoverRefused",
    "to_cents",
    "why_not",
]
