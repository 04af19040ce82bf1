from django.db import migrations

from suppliers.journals import keep


class Migration(migrations.Migration):
    dependencies = [
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("suppliers", "0008_imports"),
    ]

    operations = [
        keep(
            "django_admin_log",
            "suppliers_boxchange",
            "suppliers_ibancall",
            "suppliers_memberchange",
            "suppliers_phonechange",
        )
    ]
