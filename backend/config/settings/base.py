"""This file holds the settings of every installation; what differs comes from `config.env`."""

from pathlib import Path

from config.env import env

SECRET_KEY = env.keys.django
PASSWORD_PEPPER = env.keys.pepper
ENCRYPTION_KEY = env.keys.encryption
ENCRYPTION_NEXT_KEY = env.keys.next_encryption  # while encryption.key is being replaced (manage.py rotate_keys)
BLIND_INDEX_KEY = env.keys.blind_index
TOKEN_SIGNING_KEY = env.keys.token_signing
AUDIT_SIGNING_KEY = env.keys.audit_signing

DEBUG = False
ALLOWED_HOSTS = env.allowed_hosts
PUBLIC_URL = env.public_url
VAR_DIR = env.var_dir
AUDIT_DIR = env.audit_dir

# --- The house, from the ground up -----------------------------------------------------------------------------------
OUR_APPS = ["core", "faculties", "users", "instauth", "staff", "students", "academic", "analysis"]
INSTALLED_APPS = [
    *OUR_APPS,
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
]
TENANT_MODEL = "faculties.Institution"
AUTH_USER_MODEL = "users.User"
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEST_RUNNER = "config.testing.PytestRunner"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MIDDLEWARE = [
    "core.http.middleware.RequestMiddleware",
    "django.middleware.common.CommonMiddleware",  # refuses foreign hosts, tells the length
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "core.http.versions.VersionMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]

# --- Databases -------------------------------------------------------------------------------------------------------
WEB_TIMEOUTS = "-c statement_timeout=5s -c lock_timeout=2s -c idle_in_transaction_session_timeout=15s"
DATABASES = {"default": {**env.application_database, "CONN_MAX_AGE": 600, "ATOMIC_REQUESTS": False}}
DATABASES["default"]["OPTIONS"] = {
    "prepare_threshold": 5,  # lists bind on the server and are prepared from their fifth use (core.lists)
    **DATABASES["default"].get("OPTIONS", {}),
}
OWNER_DATABASE = env.owner_database
APPLICATION_ROLE = env.application_database.get("USER", "")  # as_owner() changes DATABASES while it lasts
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": env.redis_url}}

# --- HTTP ------------------------------------------------------------------------------------------------------------
API_VERSION = "1.0.0"
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["instauth.sessions.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["core.http.permissions.DenyAll"],
    "DEFAULT_RENDERER_CLASSES": ["core.http.rendering.EnvelopeRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.http.parsing.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "core.http.rendering.JSONNegotiation",
    "DEFAULT_SCHEMA_CLASS": "core.http.schema.ResourceSchema",
    "EXCEPTION_HANDLER": "core.http.refusals.answer_refusal",
    "UNAUTHENTICATED_USER": None,
    "COERCE_DECIMAL_TO_STRING": True,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
APPEND_SLASH = False
SILENCED_SYSTEM_CHECKS = ["security.W003"]  # cookies of the API: instauth.tokens.cookies; pages add the check
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_COOKIE_NAME = "__Host-tesc-csrf" if PUBLIC_URL.startswith("https://") else "tesc-csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "instauth.pages.failures.csrf_failure"
STATIC_URL = "/static/"
STATIC_ROOT: Path | None = env.var_dir / "static"
WHITENOISE_USE_FINDERS = True
SPECTACULAR_SETTINGS = {
    "TITLE": "TESC",
    "DESCRIPTION": "The national tertiary-education system: institutions, people, programs, results, figures.",
    "VERSION": API_VERSION,
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "POSTPROCESSING_HOOKS": ["core.http.schema.finish_schema"],
    "PREPROCESSING_HOOKS": ["core.http.schema.only_current_version"],
}

# --- Sign-in ---------------------------------------------------------------------------------------------------------
PASSWORD_HASHERS = ["users.accounts.hashing.PepperedArgon2Hasher"]
ACCESS_TOKEN_MINUTES = 10
STEP_UP_SECONDS = 300
PROVIDERS_ON_LOOPBACK = False  # only tests run an identity provider of their own
# For people without a role, and students; the other two are for staff (users.roles.limits).
SESSION_IDLE_HOURS = 12
SESSION_LONGEST_HOURS = 24 * 14
STAFF_SESSION_IDLE_MINUTES = 30
STAFF_SESSION_LONGEST_HOURS = 12
SESSIONS_PER_PERSON = 10

# --- Personal data ----------------------------------------------------------------------------------------------------
DATA_EXPORT_DAYS = 7  # how long a copy of what is held on a person can be fetched
BACKUP_RETENTION_DAYS = 35  # how long the oldest backup is kept: until then it holds what was erased since

# --- Files -----------------------------------------------------------------------------------------------------------
FILES_BUCKET = env.files["bucket"]  # a bucket of S3, or a folder of this machine
FILES_BY_NGINX = env.files["by_nginx"]  # the internal location by which nginx sends them
FILES_SCANNER = env.files["scanner"]
FILES_UNSCANNED = env.files["unscanned"]
FILES_LINK_SECONDS = 60
FILES_QUOTA = env.files["quota"]  # bytes of all files of one institution
PRIVATE_BUCKET = {
    "bucket_name": FILES_BUCKET,
    "endpoint_url": env.files["endpoint"] or None,
    "default_acl": None,  # private, as the bucket is
    "querystring_auth": True,
    "file_overwrite": False,
    "signature_version": "s3v4",
}
STORAGES = {
    "default": {"BACKEND": "core.files.storing.PrivateDisk", "OPTIONS": {"location": env.files["dir"]}},
    "private": (
        {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": PRIVATE_BUCKET}
        if FILES_BUCKET
        else {"BACKEND": "core.files.storing.PrivateDisk", "OPTIONS": {"location": env.files["dir"]}}
    ),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# --- Later work ------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = env.redis_url.replace("unix://", "redis+socket://", 1)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_TIME_LIMIT = 600
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 1200,  # longer than the hard limit, or work runs twice
    # A request does not wait for a broker that is down: the schedule finds what the outbox holds.
    "max_retries": 0,
    "socket_connect_timeout": 1,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = {
    "relay the outbox": {"task": "core.outbox.tasks.relay", "schedule": 5.0},
    "forget messages that were done": {"task": "core.outbox.tasks.prune", "schedule": 3600.0},
    "seal the audit log": {"task": "core.ledger.tasks.seal", "schedule": 5.0},
    "forget old changes of access": {"task": "core.freshness.tasks.prune", "schedule": 3600.0},
    "delete expired copies of personal data": {"task": "users.exports.tasks.forget_expired", "schedule": 3600.0},
    "forget old accesses of clients": {"task": "instauth.oauth.tasks.prune", "schedule": 3600.0},
    "delete tokens of letters": {"task": "instauth.proofs.tasks.forget_expired", "schedule": 3600.0},
    "forget sessions that are over": {"task": "instauth.sessions.tasks.forget_over", "schedule": 86400.0},
    "delete challenges of sign-ins": {"task": "instauth.signin.tasks.forget_expired", "schedule": 600.0},
    "delete questions to passkeys": {"task": "instauth.factors.tasks.forget_expired", "schedule": 600.0},
    "delete departures to providers": {"task": "instauth.providers.tasks.forget_expired", "schedule": 600.0},
    "delete changes of address": {"task": "instauth.addresses.tasks.forget_expired", "schedule": 3600.0},
    "delete unused invitations": {"task": "instauth.invitations.tasks.forget_unused", "schedule": 86400.0},
    "delete sign-ups that nobody decided": {"task": "instauth.signups.tasks.forget_stale", "schedule": 3600.0},
    "forget counts of attempts that ended": {"task": "instauth.attempts.tasks.prune", "schedule": 3600.0},
    "take away lost factors": {"task": "instauth.recoveries.tasks.complete_due", "schedule": 300.0},
    "sweep files that nobody names": {"task": "core.files.tasks.sweep", "schedule": 3600.0},
    "scan files that were not scanned": {"task": "core.files.tasks.rescan", "schedule": 600.0},
    "forget who left sections that ended": {"task": "academic.feeds.tasks.forget_left", "schedule": 86400.0},
    "move courses on": {"task": "academic.courses.versions.tasks.move_on", "schedule": 3600.0},
    "count who comes to what rooms are booked for": {
        "task": "academic.occurrences.tasks.count_all_attendees",
        "schedule": 3600.0,
    },
    "count derived lists": {"task": "analysis.lists.tasks.count_all", "schedule": 86400.0},
    "forget old rows of uploads": {"task": "core.bulk.tasks.forget_old", "schedule": 86400.0},
    "count learners of several institutions": {"task": "students.registry.tasks.count_learners", "schedule": 10.0},
    "pass on seats that were not accepted": {"task": "academic.waitlists.tasks.pass_on", "schedule": 60.0},
    "forget old idempotency keys": {"task": "core.http.tasks.forget_old_keys", "schedule": 3600.0},
}

# --- Words, times, mail, logs ----------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]  # what pages and letters are translated to
TIME_ZONE = "UTC"  # lists print instants as PostgreSQL and orjson give them
USE_TZ = True
SITE_NAME = "TESC"
DEFAULT_FROM_EMAIL = env.mail_from
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = env.var_dir / "mail"
LOGGING_CONFIG = "core.http.logs.configure"
LOGGING = {"level": "INFO", "readable": False}
