"""Settings. Everything that differs between places is an environment variable, listed in docs/guide/settings.md."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from canbo.project.database.provider import state_home
from canbo.project.kept import kept
from canbo.rules import corpus

PACKAGE = Path(__file__).resolve().parent.parent
CHECKOUT = PACKAGE.parent
LIBRARY = CHECKOUT if (CHECKOUT / "rulebook").is_dir() else PACKAGE / "_library"


def flag(name: str) -> bool:
    """An environment variable as yes or no; unset is no."""
    return os.environ.get(name, "").lower() in {"1", "true", "yes", "on"}


def kept_secret(name: str) -> str:
    """A secret made at first use and kept, readable by its owner only, in the state folder."""
    path = state_home() / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        try:
            os.link(fresh, path)  # atomic: the first of two starters wins, the other reads what it wrote
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()


def databases() -> dict[str, dict[str, Any]]:
    """`default`: the application role, which cannot alter the journal. `owner`: migrations and bulk loads."""
    if flag("CANBO_NO_DATABASE"):
        return {"default": {"ENGINE": "django.db.backends.dummy"}}
    from canbo.project.connections import as_django
    from canbo.project.database.provider import provider

    urls = provider().ensure_running()
    keeping = {"OPTIONS": {**as_django(urls.app)["OPTIONS"], "prepare_threshold": 5}}  # for canbo.registry.planned
    day = {"TIME_ZONE": TIME_ZONE}  # so that the database's CURRENT_DATE is the same day as date.today()
    return {
        "default": {
            **as_django(urls.app),
            **keeping,
            **day,
            "ATOMIC_REQUESTS": True,
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
        },
        "owner": {**as_django(urls.owner), **day},
    }


TIME_ZONE = os.environ.get("CANBO_TIME_ZONE", "Asia/Ho_Chi_Minh")
CANBO_DEMO = flag("CANBO_DEMO")
DEBUG = flag("CANBO_DEBUG")
SECRET_KEY = os.environ.get("CANBO_SECRET_KEY") or kept_secret("secret_key")
ALLOWED_HOSTS = os.environ.get("CANBO_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("CANBO_ORIGINS", "").split(",") if o]
CANBO_JOURNAL_KEY_FILE = Path(os.environ.get("CANBO_JOURNAL_KEY_FILE") or state_home() / "journal.key")
CANBO_JOURNAL_ORIGIN = os.environ.get("CANBO_JOURNAL_ORIGIN", "canbo/register")
CANBO_BALLOT_KEYS = Path(os.environ.get("CANBO_BALLOT_KEYS") or state_home() / "ballots")
CANBO_WITNESS_QUORUM = int(os.environ.get("CANBO_WITNESS_QUORUM", "2"))
CANBO_SIGNING_ROOTS = Path(os.environ.get("CANBO_SIGNING_ROOTS") or state_home() / "roots")
CANBO_SNAPSHOTS = Path(os.environ.get("CANBO_SNAPSHOTS") or state_home() / "snapshots")
CANBO_RULEBOOK = os.environ.get("CANBO_RULEBOOK", "vn")
corpus.read_through(kept)  # five hundred articles take a second to read, and a tenth to take from disk
CANBO_RULEBOOK_OWN = Path(os.environ.get("CANBO_RULEBOOK_OWN") or state_home() / "rulebook")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "canbo.journal",
    "canbo.ballots",
    "canbo.registry",
    "canbo.evaluation",
    "canbo.procedures",
    "canbo.development",
    "canbo.pages",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "canbo.pages.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "canbo.project.reserve.keep_reserve",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "canbo.pages.asked.no_null_characters",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "canbo.pages.access.Gate",
]

ROOT_URLCONF = "canbo.project.urls"
WSGI_APPLICATION = "canbo.project.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "pages" / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "canbo.pages.folded.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "canbo.pages.context.shell",
            ],
        },
    }
]

DATABASES = databases()
DATABASE_ROUTERS: list[str] = []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "registry.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_FORMS = {"login": "canbo.pages.sign_in.LoginForm"}
ACCOUNT_ADAPTER = "canbo.pages.sign_in.Adapter"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_PREVENT_ENUMERATION = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_ISSUER = "canbo"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = CANBO_DEMO or DEBUG

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Vietnamese")), ("en", _("English")), ("fa", _("Persian"))]
LOCALE_PATHS = [LIBRARY / "locale"]
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = state_home() / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG

SESSION_ENGINE = "canbo.pages.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = flag("CANBO_HTTPS")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # What a reader may not open, or mistyped, is answered on the page; the console is for faults.
    "loggers": {"django.request": {"level": "ERROR"}},
}
