from django.db import migrations

from suppliers.search_indexes import index_words


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0021_list_indexes"), ("suppliers", "0013_search_indexes")]
    operations = [index_words("event_words", "invoicing_invoiceevent", "reason")]
