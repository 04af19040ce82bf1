from django.apps import AppConfig


class InvoicingConfig(AppConfig):
    name = "invoicing"
    verbose_name = "Factures"

    def ready(self):
        from invoicing import dated_mails, mails, receivers  # noqa: F401
