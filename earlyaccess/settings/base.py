"""Settings common to every environment. Whatever changes between machines comes from the environment variables that the
table of the README describes; a test compares that table with the `env(...)` calls of this package."""

from pathlib import Path
from urllib.parse import unquote

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from earlyaccess.logs import logging_config
from earlyaccess.schedule import BEAT_SCHEDULE
from earlyaccess.settings.api import *  # noqa: F403
from earlyaccess.settings.numbers import whole_number, whole_numbers
from earlyaccess.storage import storage_from_url

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

# --- Secrets -----------------------------------------------------------------------------------------------------
SECRET_KEY = env.str("SECRET_KEY")
# Fernet keys of the encrypted columns, newest first: the first encrypts, all decrypt, so that keys rotate.
FIELD_KEYS: list[str] = env.list("FIELD_KEYS")

# --- What this site is -------------------------------------------------------------------------------------------
DEBUG = False
DEMO = env.bool("DEMO", default=False)
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Permanent links of mails and QR codes of letters start with this; no request is at hand when they are made.
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))

INSTALLED_APPS = [
    "earlyaccess",
    "workflows",
    "accounts",
    "catalogue",
    "documents",
    "notifications",
    "dossiers",
    "cohort",
    "devices",
    "api",
    "register",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "widget_tweaks",
    "dsfr",
    "django_htmx",
    "csp",
    "pgtrigger",
    "django_structlog",
    "rest_framework",
    "drf_spectacular",
]

MIDDLEWARE = [
    "earlyaccess.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "earlyaccess.middleware.PrivateUnlessSaid",
    # Default deny: a view is public only when it says so with @login_not_required.
    "accounts.middleware.SignInRequiredMiddleware",
    "accounts.middleware.MembershipMiddleware",
    "earlyaccess.middleware.NulIsNotFound",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
]

ROOT_URLCONF = "earlyaccess.urls"
WSGI_APPLICATION = "earlyaccess.wsgi.application"

# django-dsfr draws its forms with Django's own template engine, project templates first.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "earlyaccess.context.site",
            ],
        },
    },
]

# --- Database ----------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default="postgresql://earlyaccess@127.0.0.1:5432/earlyaccess")}
DATABASES["default"]["ENGINE"] = "django.db.backends.postgresql"
# A socket's folder is written %2Ffolder in a URL; django-environ leaves it so.
DATABASES["default"]["HOST"] = unquote(DATABASES["default"]["HOST"])
DATABASES["default"]["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"].setdefault("OPTIONS", {})
# Only the web server sets DATABASE_POOL: a pool opened before a Celery worker forks would be shared by its children.
DATABASE_POOL = env.int("DATABASE_POOL", default=0)
if DATABASE_POOL:
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": DATABASE_POOL, "timeout": 10}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis: broker and cache; it may be emptied at any time, PostgreSQL is the queue of record -------------------
REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "earlyaccess",
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 5},
    }
}

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # A task of a killed worker comes back after this; longer than CELERY_TASK_TIME_LIMIT, or a slow one runs twice.
    "visibility_timeout": 150,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    # Who asks for a task tries once: kombu would try for six seconds, whatever CELERY_TASK_PUBLISH_RETRY says. Worker
    # and beat have their own patience, below.
    "max_retries": 0,
    "socket_connect_timeout": 2,
    "socket_timeout": 30,
    "socket_keepalive": True,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 100
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# The poke after a commit must not make a user wait for a broker that is down: the sweeper passes anyway.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_TIMEZONE = "Europe/Paris"
CELERY_ENABLE_UTC = True
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE

# --- People: django-allauth (this part belongs to the accounts room) --------------------------------------------
AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_PREVENT_ENUMERATION = True
# A mail to an address nobody has would tell that somebody else typed it, and invite to a sign-up that is closed.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = False
# A whole hospital may share one address: the limit that matters against guessing is the one per account.
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "login_failed": "30/m/ip,5/5m/key"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "earlyaccess"
CSRF_FAILURE_VIEW = "accounts.typed.csrf_failure"

# --- Language and time -------------------------------------------------------------------------------------------
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = "Europe/Paris"
USE_TZ = True

# --- Static and stored files -------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT: Path | None = VAR_DIR / "static"
STORAGE_URL = env.str("STORAGE_URL", default=f"file://{VAR_DIR / 'files'}")
STORAGES = {
    "default": storage_from_url(STORAGE_URL),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_PERMISSIONS = 0o600
# Empty: files are kept as "not scanned". Otherwise tcp://host:3310 or unix:///path/of/clamd.sock.
CLAMAV_URL = env.str("CLAMAV_URL", default="")
# What one attachment may weigh, in bytes and in pages, and how many a dossier may hold (documents.files).
ATTACHMENT_MAX_BYTES = 20 * 1024 * 1024
ATTACHMENT_MAX_PAGES = 500
ATTACHMENT_MAX_PIXELS = 80_000_000
ATTACHMENTS_PER_DOSSIER = 100

# --- Mail --------------------------------------------------------------------------------------------------------
EMAIL_URL = env.str("EMAIL_URL", default="consolemail://")
vars().update(env.email_url_config(EMAIL_URL))
EMAIL_TIMEOUT = 10
# In demo mode mails are read on the site, at /demo/mailbox/, unless EMAIL_URL names a server.
MAILBOX_DIR = VAR_DIR / "mailbox"
if DEMO and "EMAIL_URL" not in env.ENVIRON:
    EMAIL_BACKEND = "notifications.backends.DemoMailboxBackend"
# Longer than the slowest mail: a worker that died holds its messages until then, and no longer.
OUTBOX_LEASE_SECONDS = env.int("OUTBOX_LEASE_SECONDS", default=120)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="earlyaccess <no-reply@earlyaccess.invalid>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Browser-side defences ---------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        # data: for the icons inside the DSFR style sheet and the QR code of a second factor.
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = env.int("SESSION_COOKIE_AGE", default=10 * 3600)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_USE_SESSIONS = False
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- Logs --------------------------------------------------------------------------------------------------------
LOG_FORMAT = env.str("LOG_FORMAT", default="json")
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = logging_config(log_format=LOG_FORMAT, level=LOG_LEVEL)
DJANGO_STRUCTLOG_CELERY_ENABLED = True

# --- Letters -----------------------------------------------------------------------------------------------------
# ANSM's number for a life at risk, day and night; the receipt of an urgent request gives it, when there is one.
ANSM_ON_CALL_PHONE = env.str("ANSM_ON_CALL_PHONE", default="")

# --- The seal of the letters: a file, or a device ------------------------------------------------------------------
SEAL_PKCS12 = env.str("SEAL_PKCS12", default="")
SEAL_PKCS12_PASSPHRASE = env.str("SEAL_PKCS12_PASSPHRASE", default="")
SEAL_PKCS11_MODULE = env.str("SEAL_PKCS11_MODULE", default="")
SEAL_PKCS11_TOKEN = env.str("SEAL_PKCS11_TOKEN", default="")
SEAL_PKCS11_PIN = env.str("SEAL_PKCS11_PIN", default="")
SEAL_PKCS11_KEY = env.str("SEAL_PKCS11_KEY", default="")
SEAL_TIMESTAMP_URL = env.str("SEAL_TIMESTAMP_URL", default="")
# Whether a site without either seals with a certificate it makes for itself, which proves nothing (dev and test only).
SEAL_DEMONSTRATION = False

# --- Health ------------------------------------------------------------------------------------------------------
# Seconds the oldest unsent outbox row may wait before /health/ready reports it.
OUTBOX_LAG_LIMIT = env.int("OUTBOX_LAG_LIMIT", default=900)

# --- Delays without a legal value: settings, never constants of a rule (workflows/) -----------------------------
WORKFLOW_LIMITS = {
    # Longest time, in days, that ANSM may leave a hospital to answer a question about an AAC.
    "AAC_REPLY_MAX_DAYS": env.int("AAC_REPLY_MAX_DAYS", default=60),
    # How many days after an out-of-hours dispensing it may still be regularised.
    "AAC_REGULARISATION_MAX_DAYS": env.int("AAC_REGULARISATION_MAX_DAYS", default=15),
    # Fewest days given to a holder to comment before a suspension or a withdrawal.
    "COMMENTS_MIN_DAYS": whole_number(env.str("COMMENTS_MIN_DAYS", default="15"), of="COMMENTS_MIN_DAYS"),
    # Days offered to the companies of a framework (CPC) to give their information, then to comment on the drafts.
    "CPC_INFORMATION_DAYS": whole_number(env.str("CPC_INFORMATION_DAYS", default="90"), of="CPC_INFORMATION_DAYS"),
    "CPC_OBSERVATION_DAYS": whole_number(env.str("CPC_OBSERVATION_DAYS", default="15"), of="CPC_OBSERVATION_DAYS"),
    # ANSM's own targets for a decision on an AAC, in working days. They have no legal effect.
    "AAC_TARGET_WORKING_DAYS": env.int("AAC_TARGET_WORKING_DAYS", default=10),
    "AAC_URGENT_TARGET_WORKING_DAYS": env.int("AAC_URGENT_TARGET_WORKING_DAYS", default=1),
    # Of an exemption for a device: ANSM's own target, the longest time to answer, the longest period, and how many days
    # after the grant the Commission and the Member States are to be notified. No text seen gives any of them.
    "DEVICE_TARGET_WORKING_DAYS": env.int("DEVICE_TARGET_WORKING_DAYS", default=30),
    "DEVICE_REPLY_MAX_DAYS": env.int("DEVICE_REPLY_MAX_DAYS", default=60),
    "DEVICE_PERIOD_MONTHS": env.int("DEVICE_PERIOD_MONTHS", default=12),
    "DEVICE_NOTICE_DAYS": env.int("DEVICE_NOTICE_DAYS", default=15),
    # ANSM's own target for the answer of the Innovation and Referral Service, in working days. It has no legal effect.
    "ADVICE_TARGET_WORKING_DAYS": whole_number(
        env.str("ADVICE_TARGET_WORKING_DAYS", default="45"), of="ADVICE_TARGET_WORKING_DAYS"
    ),
    # Days that somebody who asks ANSM for a meeting proposes, and the weeks in which ANSM holds none: ranges of days of
    # each year, and ISO weeks (`workflows.meetings.Blackout`).
    "MEETING_SLOTS": env.int("MEETING_SLOTS", default=10),
    "MEETING_BLACKOUT": tuple(env.list("MEETING_BLACKOUT", default=["12-24/01-01", "08-01/08-20"])),
}
# Days left at which the holder of an authorisation is reminded that it ends, by procedure. 0 is its last day.
# `dossiers.checks` says which numbers make sense.
REMINDER_DAYS: dict[str, list[int]] = {
    "aac": whole_numbers(env.str("REMINDER_DAYS_AAC", default="60,30,15"), of="REMINDER_DAYS_AAC"),
    "aap": whole_numbers(env.str("REMINDER_DAYS_AAP", default="180,120,90,30"), of="REMINDER_DAYS_AAP"),
    "cpc": whole_numbers(env.str("REMINDER_DAYS_CPC", default="180,90,30"), of="REMINDER_DAYS_CPC"),
    "device_exemption": whole_numbers(
        env.str("REMINDER_DAYS_DEVICE_EXEMPTION", default="90,60,30"), of="REMINDER_DAYS_DEVICE_EXEMPTION"
    ),
}
# Days left at which whoever owes something under an authorisation is reminded of it; each week late comes besides.
OBLIGATION_REMINDER_DAYS: list[int] = whole_numbers(
    env.str("OBLIGATION_REMINDER_DAYS", default="30,7,0"), of="OBLIGATION_REMINDER_DAYS"
)
# Days left at which whoever sends a briefing document or slides before a meeting with ANSM is reminded of it.
MEETING_REMINDER_DAYS: list[int] = whole_numbers(
    env.str("MEETING_REMINDER_DAYS", default="7,2,0"), of="MEETING_REMINDER_DAYS"
)
# Days late from which the officer in charge, then the signatories, are told of it.
OBLIGATION_CLIMBS_AFTER_DAYS: list[int] = whole_numbers(
    env.str("OBLIGATION_CLIMBS_AFTER_DAYS", default="7,14"), of="OBLIGATION_CLIMBS_AFTER_DAYS"
)
