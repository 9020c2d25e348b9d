"""The one settings file. Everything that differs between installations comes from the environment, checked loudly.

LINLI_DATA    folder for database, files and keys (default: `data` beside the repository)
LINLI_DB      `postgresql://user:password@host:port/name`; empty: SQLite in LINLI_DATA
LINLI_PORT    port of `linli run` (8000)
LINLI_DEMO    `1`: the demo is loaded; pages say so and offer the demo accounts
LINLI_HOSTS   host names served, separated by commas
LINLI_PACKS   further folders of packs, separated as in PATH; read where packs are loaded (`linli/law/load.py`)
LINLI_STRICT  `1`: an action that wrote no line into the trail fails (tests set it)
LINLI_PROXY   `1`: a reverse proxy with HTTPS stands in front and sets X-Forwarded-Proto and X-Forwarded-For
LINLI_ACCEPT  weak durability settings that the operator answers for, by their key in `linli check`, separated by commas
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

from linli.kit.disk import reason
from linli.kit.sqlite import driver

driver.install()  # before anything imports sqlite3: the system library may carry the WAL-reset bug


class BadSetting(SystemExit):
    """A value in the environment cannot be used."""


def env_text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def env_flag(name: str) -> bool:
    value = env_text(name).lower()
    if value not in {"", "0", "1", "true", "false", "yes", "no"}:
        raise BadSetting(f"{name} 只能是 0 或 1，现在是“{value}”。")
    return value in {"1", "true", "yes"}


def env_port(name: str, default: int) -> int:
    value = env_text(name, str(default))
    if not (value.isascii() and value.isdigit() and 0 < int(value) < 65536):
        raise BadSetting(f"{name} 要填 1 到 65535 的端口号，现在是“{value}”。")
    return int(value)


def secret_file(path: Path, size: int) -> bytes:
    """Read a secret, or make it on first use, readable by the owner only."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as out:
                out.write(secrets.token_bytes(size))
    except FileExistsError:
        pass
    except OSError as error:
        raise BadSetting(
            f"不能写入数据目录 {path.parent}：{reason(error)}。请用 LINLI_DATA 指定可写的目录。"
        ) from error
    found = path.read_bytes()
    if len(found) != size:
        raise BadSetting(f"{path} 应为 {size} 字节，实为 {len(found)} 字节。请从备份恢复这个密钥文件。")
    return found


BASE_DIR = Path(__file__).resolve().parent.parent.parent
SITE_DIR = Path(__file__).resolve().parent
LINLI_DATA = Path(env_text("LINLI_DATA") or BASE_DIR / "data").resolve()
LINLI_FILES = LINLI_DATA / "files"
LINLI_PORT = env_port("LINLI_PORT", 8000)
LINLI_DEMO = env_flag("LINLI_DEMO")
LINLI_STRICT = env_flag("LINLI_STRICT")
LINLI_PROXY = env_flag("LINLI_PROXY")
LINLI_ACCEPT = [key for key in env_text("LINLI_ACCEPT").replace(" ", "").split(",") if key]
LINLI_BASIS = "linli.commons.basis.basis_for"
LINLI_REFUSALS = {"/open311/": "linli.areas.appeals.api.georeport.speak.refused"}
LINLI_CHANNEL = "desk"

SECRET_KEY = secret_file(LINLI_DATA / "secret.key", 48).hex()
LINLI_FIELD_KEY = secret_file(LINLI_DATA / "field.key", 32)
DEBUG = False
ALLOWED_HOSTS = [host for host in env_text("LINLI_HOSTS", "127.0.0.1,localhost,[::1]").split(",") if host]


def database() -> dict[str, object]:
    """The database named by LINLI_DB, or SQLite in the data folder."""
    address = env_text("LINLI_DB")
    if not address:
        return {"ENGINE": "linli.kit.sqlite", "NAME": str(LINLI_DATA / "linli.sqlite3"), "CONN_MAX_AGE": 600}
    parts = urlsplit(address)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise BadSetting("LINLI_DB 要写成 postgresql://用户:密码@主机:端口/库名。")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        # A short reconnect_timeout keeps the pauses between attempts short too: after an outage pages come back in seconds.
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 12, "timeout": 8, "reconnect_timeout": 20}},
    }


DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_filters",
    "django_htmx",
    "linli.kit",
    "linli.commons",
    "linli.areas.mandates",
    "linli.areas.appeals",
    "linli.areas.assembly",
    "linli.areas.duties",
    "linli.site",
]
MIDDLEWARE = [
    "linli.site.middleware.SafetyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # above WhiteNoise: first view within 100 KB on a slow line
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "linli.site.crowd.CrowdMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "linli.site.middleware.ActorMiddleware",
    "linli.kit.errors.RefusalMiddleware",
]
ROOT_URLCONF = "linli.site.urls"
WSGI_APPLICATION = "linli.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [SITE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "linli.site.context.page",
            ],
            "builtins": ["linli.site.templatetags.linli"],
        },
    }
]
AUTH_USER_MODEL = "commons.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "linli.commons.doors.passwords.NotOnesNameValidator"},
]
LOGIN_URL = LOGIN_PATH = "/login/"
LOGIN_REDIRECT_URL = "work:today"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [SITE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [SITE_DIR / "static"]
STATIC_ROOT = LINLI_DATA / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

if LINLI_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
SESSION_ENGINE = "linli.commons.doors.sessions"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True  # pages carry the token in the form
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "linli.site.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "linli.site.logs.PlainFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
