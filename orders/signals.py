"""What orders tell to whoever stands above them, without knowing who listens. Sent inside the transaction."""

from django.dispatch import Signal

# order, changes (field -> (old, new)), by: engagement number, service code or contract number changed.
references_changed = Signal()
# recipient: staff wrote what they know of it, its services included.
recipient_noted = Signal()
# buyer, columns: its own people or an agent changed these.
buyer_changed = Signal()
# order: its supplier asked for the engagement number.
engagement_asked = Signal()
# takeover, orders, part_billed, by: these orders went to the successor, or back where the takeover is undone;
# `part_billed` stayed with the former company.
orders_moved = Signal()
