"""People, the producers' legal units, and what they told us about Chorus Pro.

The calls about a bank account stand in `suppliers.bank`.
"""

from suppliers.bank import IbanCall, PhoneChange
from suppliers.models.absences import Absence
from suppliers.models.box import BoxChange, Depositor, Mandate
from suppliers.models.houses import InvitationClosed, LastMember, NotOurs, TooManyInvitations
from suppliers.models.imports import Import
from suppliers.models.mail import Mail
from suppliers.models.members import AlreadyDecided, Invitation, Member, MemberChange, MembershipRequest, Partner
from suppliers.models.suppliers import Establishment, Supplier, VatRegime
from suppliers.models.users import Rhythm, User

__all__ = [
    "Absence",
    "AlreadyDecided",
    "BoxChange",
    "Depositor",
    "Establishment",
    "IbanCall",
    "Import",
    "Invitation",
    "InvitationClosed",
    "LastMember",
    "Mail",
    "Mandate",
    "Member",
    "MemberChange",
    "MembershipRequest",
    "NotOurs",
    "Partner",
    "PhoneChange",
    "Rhythm",
    "Supplier",
    "TooManyInvitations",
    "User",
    "VatRegime",
]
