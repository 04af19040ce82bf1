from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = "Acheteurs et commandes"

    def ready(self):
        from orders import checks, mails  # noqa: F401
        from orders.importing import buyers, orders  # noqa: F401
