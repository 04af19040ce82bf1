from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = "Acheteurs et commandes"

    def ready(self):
        from orders import mails  # noqa: F401
