"""One settings file: the environment comes in here, system checks go out (see sunshine.foundation.checks)."""

import os
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from config import postgres

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "1.0"

# -- the installation ---------------------------------------------------------------------------------------
MODE = os.environ.get("SUNSHINE_MODE", "rehearsal")  # "rehearsal" | "production"
REHEARSAL = MODE != "production"
VAR = Path(os.environ.get("SUNSHINE_VAR", BASE_DIR / "var")).resolve()
SECRETS = VAR / "secrets"
ORIGIN = os.environ.get("SUNSHINE_ORIGIN", "rehearsal.sunshine.example" if REHEARSAL else "")
if REHEARSAL and not ORIGIN.startswith("rehearsal."):
    ORIGIN = f"rehearsal.{ORIGIN}"  # sunshine-verify says REHEARSAL to such logs
PUBLIC_URL = os.environ.get("SUNSHINE_URL", "http://localhost:8000")


def _secret_key() -> str:
    if given := os.environ.get("SECRET_KEY"):
        return given
    kept = SECRETS / "secret_key"
    return kept.read_text("ascii").strip() if kept.exists() else ("only-for-rehearsal" if REHEARSAL else "")


SECRET_KEY = _secret_key()
DEBUG = os.environ.get("SUNSHINE_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("SUNSHINE_HOSTS", "*" if REHEARSAL else "").split(",")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL.startswith("https") else []

INSTALLED_APPS = [
    "sunshine.foundation.pages",  # before allauth: its templates are restyled there
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "csp",
    "template_partials",
    "sunshine.foundation",
    "sunshine.foundation.audit",
    "sunshine.foundation.outbox",
    "sunshine.foundation.calendars",
    "sunshine.foundation.files",
    "sunshine.foundation.vault",
    "sunshine.foundation.tlog",
    "sunshine.domain.parties",
    "sunshine.domain.sourcing",
    "sunshine.domain.bidding",
    "sunshine.domain.evaluation",
    "sunshine.domain.contracts",
    "sunshine.domain.publishing",
    "sunshine.flows",
    "sunshine.interfaces.web",
    "sunshine.interfaces.jobs",
    "sunshine.interfaces.web.portal",
    "sunshine.interfaces.web.buyer.drafting",
    "sunshine.interfaces.web.buyer.running",
    "sunshine.interfaces.web.supplier",
    "sunshine.interfaces.web.box",
    "sunshine.interfaces.web.draws",
    "sunshine.interfaces.web.trustee",
    "sunshine.interfaces.web.account",
    "sunshine.interfaces.web.expert",
    "sunshine.interfaces.web.supervisor",
    "sunshine.interfaces.web.operator",
    "sunshine.interfaces.api",
    "sunshine.interfaces.rehearsal",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "sunshine.interfaces.web.box.blind.BlindMiddleware",  # above everything that reads cookies
    "sunshine.interfaces.web.middleware.ForProgramsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "sunshine.foundation.files.middleware.RequestSizeMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "sunshine.interfaces.web.middleware.ActorMiddleware",
    "sunshine.interfaces.web.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "sunshine.interfaces.web.context.site",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]


# -- database -----------------------------------------------------------------------------------------------
DATABASE_URL = os.environ.get("DATABASE_URL") or postgres.address(VAR / "postgres")  # the embedded server's, if it runs
_POOL = {"pool": {"min_size": 1, "max_size": 8, "timeout": 20}} if os.environ.get("SUNSHINE_POOL") else {}
_DATABASE = postgres.django_database(DATABASE_URL)
DATABASES = {"default": {**_DATABASE, "CONN_MAX_AGE": 0, "OPTIONS": {**_DATABASE["OPTIONS"], **_POOL}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "sunshine_cache"}}

# -- people -------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "parties.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/work/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_ADAPTER = "sunshine.interfaces.web.accounts.AccountAdapter"
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,5/5m/key"}
ACCOUNT_LOGOUT_ON_GET = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = REHEARSAL
USERSESSIONS_TRACK_ACTIVITY = False
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# -- words and time -----------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

# -- public pages -------------------------------------------------------------------------------------------
PUBLIC_VERSION_SECONDS = 0.1  # how late a public page may learn that something happened

# -- the transparency log -----------------------------------------------------------------------------------
TICK_SECONDS = float(os.environ.get("SUNSHINE_TICK_SECONDS", "1"))  # between two batches of the log

# -- files --------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static_root"
BLOBS = VAR / "blobs"
SPOOL = VAR / "spool"
SEARCH_INDEX = VAR / "search"
_S3 = os.environ.get("SUNSHINE_S3_BUCKET")
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(VAR / "media")}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "blobs": (
        {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": _S3,
                "endpoint_url": os.environ.get("SUNSHINE_S3_ENDPOINT"),
                "file_overwrite": True,
                "querystring_auth": True,
                "max_memory_size": 8 * 1024**2,
            },
        }
        if _S3
        else {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(BLOBS)}}
    ),
}
WHITENOISE_USE_FINDERS = REHEARSAL
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024  # a chunk of a sealed body is at most 16 MiB
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
UPLOAD_LIMIT = int(os.environ.get("SUNSHINE_UPLOAD_LIMIT", 2 * 1024**3))  # bytes of one document
BID_LIMIT = int(os.environ.get("SUNSHINE_BID_LIMIT", 4 * 1024**3))  # bytes of one sealed part

# -- mail ---------------------------------------------------------------------------------------------------
EMAIL_BACKEND = os.environ.get("SUNSHINE_MAIL", "django.core.mail.backends.console.EmailBackend")
DEFAULT_FROM_EMAIL = os.environ.get("SUNSHINE_MAIL_FROM", "sunshine@localhost")

# -- security -----------------------------------------------------------------------------------------------
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not REHEARSAL
SECURE_PROXY_SSL_HEADER = None if REHEARSAL else ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, "'wasm-unsafe-eval'"],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# -- trust --------------------------------------------------------------------------------------------------
TRUSTED_CA_FILES = [path for path in os.environ.get("SUNSHINE_CA_FILES", "").split(":") if path]
USE_TEST_CA = os.environ.get("SUNSHINE_TEST_CA", "1" if REHEARSAL else "0") == "1"
TIMESTAMP_URL = os.environ.get("SUNSHINE_TIMESTAMP_URL", "")  # an RFC 3161 authority; none: no timestamps
TIMESTAMP_ROOTS = os.environ.get("SUNSHINE_TIMESTAMP_ROOTS", "")  # PEM file of the roots it leads to

# the age recipient of the inspecting body: from where bids came is sealed to it at the door (docs/trust.md)
INSPECTION_RECIPIENT = os.environ.get("SUNSHINE_INSPECTION_RECIPIENT", "")

OCID_PREFIX = os.environ.get("SUNSHINE_OCID_PREFIX", "ocds-rehears")  # registered with the Open Contracting Partnership

SITE = {
    "name": "阳光采购服务平台",
    "hotline": os.environ.get("SUNSHINE_HOTLINE", "020-0000-0000"),
    "version": VERSION,
    "operator": os.environ.get("SUNSHINE_OPERATOR", "云岭市阳光采购服务中心（虚构）" if REHEARSAL else ""),
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("SUNSHINE_LOG", "WARNING")},
}
