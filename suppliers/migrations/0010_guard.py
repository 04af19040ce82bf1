from django.db import migrations

from suppliers.journals import renew


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0009_journals")]

    operations = [renew()]
