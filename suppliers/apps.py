from django.apps import AppConfig


class SuppliersConfig(AppConfig):
    name = "suppliers"
    verbose_name = "Fournisseurs"

    def ready(self):
        from suppliers import checks, entries  # noqa: F401
        from suppliers.importing import suppliers  # noqa: F401

        entries.listen()
