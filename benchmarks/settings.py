"""Production's settings, on the servers of the benchmark: no debug page, no debug toolbar, no test double.

Only what a production machine would be given is made up here, and one thing differs: the names of static files are not
hashed, because hashing the design system's takes longer than the whole benchmark.
"""

import atexit
import os
import shutil
import tempfile
from typing import Any

_given = {
    "SECRET_KEY": "the benchmark's key, long enough to please the checks, that protects nothing",
    "FIELD_KEYS": "YmVuY2htYXJrLWtleS10aGF0LXByb3RlY3RzLW5vLSE=",
    "ALLOWED_HOSTS": "testserver",
    "SITE_URL": "https://testserver",
    "EMAIL_URL": "dummymail://",
    "LOG_LEVEL": "WARNING",
    "VAR_DIR": tempfile.mkdtemp(prefix="earlyaccess-bench-"),
    "DEMO": "0",
    # One connection per database, kept for the whole run as a production worker keeps its own.
    "DATABASE_POOL": "0",
}
os.environ.update(_given)
atexit.register(shutil.rmtree, _given["VAR_DIR"], ignore_errors=True)

from earlyaccess.settings.prod import *  # noqa: E402, F403
from earlyaccess.settings.prod import BASE_DIR, STORAGES, TEMPLATES, VAR_DIR  # noqa: E402

STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
(VAR_DIR / "static").mkdir(parents=True)
_templates: dict[str, Any] = TEMPLATES[0]
_templates["DIRS"] = [*_templates["DIRS"], BASE_DIR / "benchmarks" / "templates"]
ROOT_URLCONF = "benchmarks.urls"
