"""What invoices tell to whoever listens. Sent inside the transaction."""

from django.dispatch import Signal

# invoice, label (what the event says besides): somebody's act, or Chorus Pro's news, gave it this status. What a person
# declares of it is no news to those who follow it.
status_given = Signal()
