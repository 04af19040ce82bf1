"""The site's addresses with those of the demonstration."""

from django.urls import include, path

from agrilocal18.urls import handler400, handler500
from agrilocal18.urls import urlpatterns as of_the_site

__all__ = ["handler400", "handler500", "urlpatterns"]

urlpatterns = [*of_the_site, path("demonstration/", include("agrilocal18.demo.mails"))]
