from django.db import migrations, models

SUMMED = ("kind", "status", "total_ht", "total_ttc")


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0020_french_labels")]

    operations = [
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["supplier", "-id"], include=(*SUMMED, "buyer"), name="invoice_of_supplier"),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["buyer", "-id"], include=(*SUMMED, "supplier"), name="invoice_of_buyer"),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["-id"], condition=~models.Q(no_order=""), name="invoice_off_order"),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["id"], include=("kind", "status"), name="invoice_counts"),
        ),
        migrations.AddIndex(
            model_name="billedorder",
            index=models.Index(fields=["order"], include=("invoice", "amount_ht"), name="billed_amounts"),
        ),
    ]
