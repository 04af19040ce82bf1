"""Secrets of second factors that were stored as they are."""

from django.db import migrations

from suppliers.encryption import FACTOR_SECRETS, decrypt_if_encrypted, encrypt


def write_anew(write):
    def run(apps, schema_editor):
        for factor in apps.get_model("mfa", "Authenticator").objects.all():
            factor.data |= {key: write(decrypt_if_encrypted(factor.data[key])) for key in FACTOR_SECRETS if key in factor.data}
            factor.save(update_fields=["data"])

    return run


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0010_guard"), ("mfa", "0003_authenticator_type_uniq")]

    operations = [migrations.RunPython(write_anew(encrypt), write_anew(str))]
