"""The test suite: its own PostgreSQL and Valkey (earlyaccess.testing), mails in memory, files in a temporary folder."""

import atexit
import os
import shutil
import tempfile

os.environ.setdefault("SECRET_KEY", "the test suite's key, long enough to please the checks, that protects nothing")
os.environ.setdefault("FIELD_KEYS", "dGVzdC1zdWl0ZS1rZXktdGhhdC1wcm90ZWN0cy1ub24=")
if "VAR_DIR" not in os.environ:  # with servers of our own, the folder that is removed with them
    os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="earlyaccess-test-var-")
    atexit.register(shutil.rmtree, os.environ["VAR_DIR"], ignore_errors=True)
os.environ.setdefault("LOG_LEVEL", "WARNING")

from earlyaccess.settings.base import *  # noqa: E402, F403
from earlyaccess.settings.base import DATABASES, MIDDLEWARE, STORAGES  # noqa: E402

DEBUG = False
MIDDLEWARE = ["earlyaccess.testing.readonly.GetNeverWrites", *MIDDLEWARE]
DEMO = True
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
# A connection lasts as long as its thread: the live server would open one for each request of a page.
DATABASES["default"]["CONN_MAX_AGE"] = None
DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
# scrypt costs a tenth of a second a sign-in, on purpose; the suite signs in thousands of times.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
SEAL_DEMONSTRATION = True
# Limits are counted where a test asks for it (tests/api/test_throttles.py).
API_REQUESTS_PER_MINUTE = API_ANONYMOUS_REQUESTS_PER_MINUTE = API_TOKEN_REQUESTS_PER_MINUTE = 0
