"""Pages of orders: `lists`, `order` (one of them), `writing` (a new one, its lines), `reception` (what arrived)."""
