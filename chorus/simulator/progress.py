"""What happens by itself as the clock moves: fluxes are integrated, then invoices are routed."""

from chorus.simulator import life
from chorus.simulator.flux import life as flux_life
from chorus.simulator.office import Office


def catch_up(office: Office) -> None:
    """Inside a transaction: everything that is due, each step dated when it was due."""
    flux_life.catch_up(office)
    life.catch_up(office)
