"""A stand-in for PISTE and Chorus Pro over real HTTP: same paths, headers, envelopes, error shapes and quirks.

In a test, in this process::

    with Simulator() as simulator:
        client = Chorus(api_url=simulator.url, token_url=simulator.token_url, …)
        simulator.trouble("lost_answer", operation="factures/soumettre")
        …
        assert [row["count"] for row in simulator.counts()] == [1]

On its own: `python -m chorus.simulator --port 8020 --state state.sqlite3` (then `RemoteSimulator(url)` from another
process, or `POST /_simulator/<verb>`); the page at `/` lets a person play the buyer and the accountant.

Token endpoint `{url}/api/oauth/token`, API `{url}/cpro/<family>/v1/…`. Who exists is in `world`, what may be ordered
to go wrong in `faults.KINDS`, the invented answer codes (`SIM_MSG_…`, 29xxx) in `codes`. A path that is not in
`operations.OPERATIONS` gets what the gateway gives to an undeclared one: 403 with an empty body.
"""

from chorus.simulator.remote import RemoteSimulator
from chorus.simulator.simulator import Simulator

__all__ = ["RemoteSimulator", "Simulator"]
