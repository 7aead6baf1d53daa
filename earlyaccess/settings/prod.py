"""Production: everything that matters comes from the environment, nothing has a convenient default."""

from django.core.exceptions import ImproperlyConfigured

from earlyaccess.settings.base import *  # noqa: F403
from earlyaccess.settings.base import ALLOWED_HOSTS, DEMO, FIELD_KEYS, env

if DEMO:
    raise ImproperlyConfigured("DEMO=1 opens accounts with a public password: it never runs in production.")
if not FIELD_KEYS:
    raise ImproperlyConfigured("FIELD_KEYS is empty: patient data cannot be encrypted. See the README to draw one.")
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS is empty: name the hosts this site answers for.")
for required in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SITE_URL"):
    env.str(required)  # raises and names the variable

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
LANGUAGE_COOKIE_SECURE = True
