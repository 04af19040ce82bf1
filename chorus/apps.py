from django.apps import AppConfig


class ChorusConfig(AppConfig):
    name = "chorus"
    verbose_name = "Échanges avec Chorus Pro"

    def ready(self):
        from chorus import board, checks, mails  # noqa: F401
