"""`python -m agrilocal18.demo.prepare`: check the settings, migrate, gather the static files, load the data.

Safe to run again.
"""

import django
from django.conf import settings
from django.core.management import call_command

SAMPLES, EXPORT = "factures", "export-agrilocal.csv"


def main() -> None:
    django.setup()
    call_command("check")
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    # Models can be imported only now.
    from agrilocal18.demo import data, exported, samples

    data.load()
    samples.write(settings.VAR_DIR / SAMPLES)
    exported.write(settings.VAR_DIR / SAMPLES)


if __name__ == "__main__":
    main()
