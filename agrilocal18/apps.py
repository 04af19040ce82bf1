from django.apps import AppConfig


class Agrilocal18Config(AppConfig):
    """Holds no model: the demonstration's commands and the site's own template tags."""

    name = "agrilocal18"
    verbose_name = "Portail"
