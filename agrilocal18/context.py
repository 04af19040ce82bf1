"""What every page may show about the site itself, and where the person who reads it may go."""

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from chorus.conf import ENVIRONMENTS, PRODUCTION
from orders.models import BuyerMember
from suppliers.models import Member, User

PRODUCER_PAGES = (
    ("Accueil", "invoicing:supplier_home"),
    ("Commandes à facturer", "orders:to_bill"),
    ("Mes factures", "invoicing:list"),
    ("Déposer une facture", "invoicing:deposit"),
    ("Profil", "suppliers:profile"),
)
BUYER_PAGES = (
    ("Commandes", "orders:buyer_home"),
    ("Factures reçues", "invoicing:received"),
    ("Mon établissement", "orders:my_buyer"),
)
AGENT_PAGES = (("Bureau", "admin:index"),)
OTHERS_PAGES = (("Accueil", "home"),)
VISITOR_PAGES = (("Se connecter", "account_login"), ("S'inscrire", "account_signup"))


def site(request: HttpRequest) -> dict:
    """What base.html needs.

    `portal`: the site's name and contacts (allauth's pages use the word `site` for something else);
    `banner`: said on every page while invoices do not go to the real Chorus Pro;
    `mails_page`: where the demonstration shows its mails;
    `nav`: list of {label, url, current}, made only if the page shows it, in one query.
    """
    environment = settings.CHORUS["ENVIRONMENT"]
    return {
        "portal": settings.SITE,
        "banner": ENVIRONMENTS.get(environment, "") if environment != PRODUCTION else "",
        "mails_page": reverse("demo:mails") if settings.DEMONSTRATION else "",
        "nav": SimpleLazyObject(lambda: navigation(request)),
    }


def navigation(request: HttpRequest) -> list[dict]:
    """`current` is « page » for this very page, « true » for the nearest one above it."""
    entries = [{"label": label, "url": reverse(name)} for label, name in pages_of(getattr(request, "user", None))]
    above = [entry for entry in entries if request.path.startswith(entry["url"]) and entry["url"] != "/"]
    if nearest := max(above, key=lambda entry: len(entry["url"]), default=None):
        nearest["current"] = "page" if nearest["url"] == request.path else "true"
    return entries


def pages_of(user) -> tuple[tuple[str, str], ...]:
    if user is None or not user.is_authenticated:
        return VISITOR_PAGES
    sells, buys = roles(user)
    pages = PRODUCER_PAGES * sells + BUYER_PAGES * buys + AGENT_PAGES * user.is_staff
    return pages or OTHERS_PAGES


def roles(user) -> tuple[bool, bool]:
    """Whether this person acts for a supplier, and for a buyer."""
    mine = {"user": OuterRef("pk")}
    return (
        User.objects.filter(pk=user.pk)
        .values_list(Exists(Member.objects.filter(**mine)), Exists(BuyerMember.objects.filter(**mine)))
        .get()
    )
