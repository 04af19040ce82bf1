"""What suppliers tell to whoever stands above them, without knowing who listens. Sent inside the transaction."""

from django.dispatch import Signal

# supplier, by: the portal may no longer deposit for this supplier; stop what has not left.
deposit_stopped = Signal()

# supplier, iban_hash, denied: an account was given, or spoken about on the telephone.
account_heard = Signal()

# supplier, columns: who he is, or his VAT regime, was written.
identity_changed = Signal()
