from django.db import migrations

from suppliers.journals import keep


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0017_board"), ("suppliers", "0009_journals")]

    operations = [keep("invoicing_invoiceevent")]
