"""Settings of the tests: the site's own, on whatever DATABASE_URL and REDIS_URL give, else on SQLite and files."""

import atexit
import os
import shutil
import tempfile

_var = tempfile.mkdtemp(prefix="agrilocal18-tests-")
atexit.register(shutil.rmtree, _var, ignore_errors=True)
# WhiteNoise warns when the folder of collected files is missing, and warnings are errors here.
os.mkdir(f"{_var}/static")
os.environ.update(
    {
        "READ_DOT_ENV": "0",
        "SECRET_KEY": "tests-only",
        "FIELD_KEYS": "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=",
        "FIELD_HASH_KEY": "tests-only",
        "VAR_DIR": _var,
        "HTTPS": "0",
        "EMAIL_URL": "memorymail://",
    }
)
for name in [name for name in os.environ if name.startswith("CHORUS_")]:
    del os.environ[name]

from agrilocal18.settings import *  # noqa: E402, F403

# Tests run beside one another: they neither compete for readers nor leave files to a worker because others are slow.
READERS, PAGE_READING_SECONDS = 64, 60
# Staff of the tests have no telephone, but where that is what is tested.
STAFF_MFA = False
# Nor do they count what people send, but where that is what is tested.
RATE_LIMITS = {}
# What they read is the same with and without Tesseract; those that want it say so.
OCR = "0"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Tests run in several processes at once: what one counts must not stop another at the door.
CACHES["default"]["KEY_PREFIX"] = os.path.basename(_var)  # noqa: F405
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A file, not memory: tests with several threads or processes share it, as in the demonstration.
    DATABASES["default"]["TEST"] = {"NAME": f"{_var}/test.sqlite3"}  # noqa: F405
else:
    # No test survives the power: none waits for the disk.
    DATABASES["default"]["OPTIONS"] = {"options": "-c synchronous_commit=off"}  # noqa: F405
