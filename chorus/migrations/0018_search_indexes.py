from django.db import migrations, models

from suppliers.search_indexes import index_words


class Migration(migrations.Migration):
    dependencies = [("chorus", "0017_french_labels"), ("suppliers", "0013_search_indexes")]
    operations = [
        index_words("submission_words", "chorus_submission", "number", "recipient_siret"),
        index_words("exchange_words", "chorus_exchange", "operation", "message_code", "label"),
        migrations.AddIndex("submission", models.Index(fields=["cpp_id"], name="submission_cpp_id")),
    ]
