"""A developer's machine and `make run`: plain HTTP on the loopback, demo mode allowed, keys that protect nothing."""

import os

# Only so that `manage.py` works before `make run` has drawn real keys into var/; production has no default.
os.environ.setdefault("SECRET_KEY", "a developer's key, long enough to please the checks, that protects nothing")
os.environ.setdefault("FIELD_KEYS", "ZGV2ZWxvcGVyLWtleS10aGF0LXByb3RlY3RzLW5vbmU=")

from earlyaccess.settings.base import *  # noqa: E402, F403
from earlyaccess.settings.base import ALLOWED_HOSTS, STORAGES, VAR_DIR, env  # noqa: E402

DEBUG = env.bool("DEBUG", default=True)
ALLOWED_HOSTS = ALLOWED_HOSTS or ["127.0.0.1", "localhost", "[::1]"]
# Static files are served from where they lie: collecting and compressing two thousand of them would cost minutes.
STATIC_ROOT = None
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
# Mails of the demo are read on the site; a copy of each lies on disk.
EMAIL_FILE_PATH = str(VAR_DIR / "mail")
# Passkeys on http://localhost, where there is no certificate.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
# Letters of a site that has no real seal bear one that says DEMONSTRATION.
SEAL_DEMONSTRATION = True
