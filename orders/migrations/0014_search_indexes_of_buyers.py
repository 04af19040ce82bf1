from django.db import migrations

from suppliers.search_indexes import index_words


class Migration(migrations.Migration):
    dependencies = [("orders", "0013_list_indexes"), ("suppliers", "0013_search_indexes")]
    operations = [
        index_words("recipient_words", "orders_recipient", "siret", "name"),
        index_words("buyer_words", "orders_buyer", "name", "city", "phone", "contact_name"),
    ]
