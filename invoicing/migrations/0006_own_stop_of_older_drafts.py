from django.db import migrations

# What the buyer still owes, as the verdicts of that time call it.
OWED_BY_BUYER = {"engagement-missing", "engagement-missing-for-service", "engagement-or-service-missing"}


def say_what_stops_older_drafts(apps, schema_editor):
    """Drafts judged before the column existed keep their verdict: it says whether they have a stop of their own."""
    invoices = apps.get_model("invoicing", "Invoice").objects.filter(status="draft", has_own_stop=False)
    stopped = [
        pk
        for pk, verdict in invoices.values_list("pk", "verdict").iterator()
        if any(one.get("level") == "stop" and one.get("code") not in OWED_BY_BUYER for one in verdict)
    ]
    for start in range(0, len(stopped), 500):
        invoices.filter(pk__in=stopped[start : start + 500]).update(has_own_stop=True)


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0005_plain_document")]

    operations = [migrations.RunPython(say_what_stops_older_drafts, migrations.RunPython.noop)]
