"""The agents' view of buyers, of what Chorus Pro asks for them, and of their orders."""

from orders.admin.buyers import BuyerAdmin, BuyerMembershipRequestAdmin, RecipientAdmin
from orders.admin.orders import OrderAdmin
from orders.admin.takeovers import TakeoverAdmin

__all__ = ["BuyerAdmin", "BuyerMembershipRequestAdmin", "OrderAdmin", "RecipientAdmin", "TakeoverAdmin"]
