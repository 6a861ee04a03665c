"""This file holds what tests change: where files go, and a cheaper password hash of the same kind."""

from config.settings.base import *  # noqa: F403

EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
ARGON2_MEMORY_KIB = 512
LOGGING = {"level": "WARNING", "readable": True}
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PROVIDERS_ON_LOOPBACK = True
STATIC_ROOT = None  # nothing is collected: finders serve static files
