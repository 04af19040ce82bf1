"""People, the producers' legal units, and what they told us about Chorus Pro.

The calls about a bank account and who was told of them stand in `suppliers.bank`.
"""

from suppliers.bank import IbanCall, IbanNotice, PhoneChange
from suppliers.models.box import BoxChange, Depositor, Mandate
from suppliers.models.members import AlreadyDecided, Member, MembershipRequest, Partner
from suppliers.models.suppliers import Establishment, Supplier, VatRegime
from suppliers.models.users import User

__all__ = [
    "AlreadyDecided",
    "BoxChange",
    "Depositor",
    "Establishment",
    "IbanCall",
    "IbanNotice",
    "Mandate",
    "Member",
    "MembershipRequest",
    "Partner",
    "PhoneChange",
    "Supplier",
    "User",
    "VatRegime",
]
