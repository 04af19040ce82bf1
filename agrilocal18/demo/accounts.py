"""The people of the demonstration and the doors they come in by. Everybody and everything is fictitious."""

from dataclasses import dataclass

PASSWORD = "fraise-des-bois-18"


@dataclass(frozen=True)
class Person:
    """`part` is said beside the address in the terminal; `start` is the page he begins on."""

    email: str
    first_name: str
    part: str
    start: str = "/"
    last_name: str = "Exemple"


PRODUCER = Person(
    "producteur@example.org", "Camille", "producteur, Ferme des Trois Chênes : le portail dépose pour lui"
)
SELF_DEPOSITOR = Person("gaec@example.org", "Dominique", "producteur, GAEC du Val Fleuri : dépose lui-même")
BUYER = Person("college@example.org", "Sacha", "acheteur, Collège des Marais")
AGENT = Person("agent@example.org", "Alix", "agent du Département", "/admin/")
OPERATOR = Person(
    "informatique@example.org", "Noa", "service informatique : comptes techniques, fournisseurs en Factur-X", "/admin/"
)
PEOPLE = (PRODUCER, SELF_DEPOSITOR, BUYER, AGENT, OPERATOR)
