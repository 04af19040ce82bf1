"""Pages of invoices: `lists`, `drafts` (deposit, confirm, replace), `invoice` (one invoice and its acts), `files`."""
