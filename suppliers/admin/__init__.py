"""The agents' view of people and producers."""

from suppliers.admin.mails import MailAdmin
from suppliers.admin.requests import MembershipRequestAdmin, RequestAdmin
from suppliers.admin.suppliers import BoxChangeAdmin, MandateAdmin, SupplierAdmin
from suppliers.admin.users import UserAdmin

__all__ = [
    "BoxChangeAdmin",
    "MailAdmin",
    "MandateAdmin",
    "MembershipRequestAdmin",
    "RequestAdmin",
    "SupplierAdmin",
    "UserAdmin",
]
