from django.db import migrations

from suppliers.search_indexes import index_words


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0012_french_labels")]
    operations = [
        index_words("supplier_words", "suppliers_supplier", "name", "siren", "phone", "contact_name"),
        index_words("establishment_words", "suppliers_establishment", "siret"),
        index_words("user_words", "suppliers_user", "email", "first_name", "last_name"),
        index_words("mail_words", "suppliers_mail", "address", "subject"),
    ]
