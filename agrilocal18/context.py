"""What every page may show about the site itself."""

from django.conf import settings
from django.http import HttpRequest

from chorus.conf import ENVIRONMENTS, PRODUCTION


def site(request: HttpRequest) -> dict:
    """`site`: name and contacts; `banner`: said on every page while invoices do not go to the real Chorus Pro."""
    environment = settings.CHORUS["ENVIRONMENT"]
    return {"site": settings.SITE, "banner": ENVIRONMENTS.get(environment, "") if environment != PRODUCTION else ""}
