from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0012_search_indexes")]

    operations = [
        migrations.RemoveIndex(model_name="order", name="orders_orde_supplie_b7619c_idx"),
        migrations.RemoveIndex(model_name="order", name="orders_orde_buyer_i_2210fc_idx"),
        migrations.AddIndex(
            model_name="orderline",
            index=models.Index(fields=["order"], include=("quantity", "unit_price"), name="line_amounts"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["buyer"], condition=models.Q(engagement_number=""), name="order_numberless"
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["-ordered_on", "-id"], name="order_newest_first"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["supplier", "-ordered_on", "-id"], include=("buyer",), name="order_of_supplier"
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["buyer", "-ordered_on", "-id"], include=("supplier",), name="order_of_buyer"),
        ),
    ]
