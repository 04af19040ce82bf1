"""People, the producers' legal units, and what they told us about Chorus Pro.

The calls about a bank account stand in `suppliers.bank`.
"""

from suppliers.bank import IbanCall, PhoneChange
from suppliers.models.box import BoxChange, Depositor, Mandate
from suppliers.models.mail import Mail
from suppliers.models.members import AlreadyDecided, Member, MembershipRequest, Partner
from suppliers.models.suppliers import Establishment, Supplier, VatRegime
from suppliers.models.users import Rhythm, User

__all__ = [
    "AlreadyDecided",
    "BoxChange",
    "Depositor",
    "Establishment",
    "IbanCall",
    "Mail",
    "Mandate",
    "Member",
    "MembershipRequest",
    "Partner",
    "PhoneChange",
    "Rhythm",
    "Supplier",
    "User",
    "VatRegime",
]
