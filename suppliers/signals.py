"""What suppliers tell to whoever stands above them, without knowing who listens. Sent inside the transaction."""

from django.dispatch import Signal

# supplier, by: the portal may no longer deposit for this supplier; stop what has not left.
deposit_stopped = Signal()
