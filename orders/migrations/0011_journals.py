from django.db import migrations

from suppliers.journals import keep


class Migration(migrations.Migration):
    dependencies = [("orders", "0010_imports"), ("suppliers", "0009_journals")]

    operations = [keep("orders_buyerchange", "orders_buyermemberchange", "orders_orderchange")]
