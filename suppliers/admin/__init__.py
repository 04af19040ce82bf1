"""The agents' view of people and producers."""

from suppliers.admin.absences import AbsenceAdmin
from suppliers.admin.houses import (
    ChangesInline,
    HouseAdmin,
    InvitationsInline,
    PeopleFilter,
    PeopleInline,
    ReadOnlyInline,
)
from suppliers.admin.imports import ExportedListAdmin, ImportAdmin, ImportedListAdmin
from suppliers.admin.journal import JournalAdmin, Journalled
from suppliers.admin.mails import MailAdmin
from suppliers.admin.requests import MembershipRequestAdmin, RequestAdmin
from suppliers.admin.suppliers import BoxChangeAdmin, MandateAdmin, SupplierAdmin
from suppliers.admin.users import GroupAdmin, UserAdmin

__all__ = [
    "AbsenceAdmin",
    "BoxChangeAdmin",
    "ChangesInline",
    "ExportedListAdmin",
    "GroupAdmin",
    "HouseAdmin",
    "ImportAdmin",
    "ImportedListAdmin",
    "InvitationsInline",
    "JournalAdmin",
    "Journalled",
    "MailAdmin",
    "MandateAdmin",
    "MembershipRequestAdmin",
    "PeopleFilter",
    "PeopleInline",
    "ReadOnlyInline",
    "RequestAdmin",
    "SupplierAdmin",
    "UserAdmin",
]
