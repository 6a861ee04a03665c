"""This package holds the settings; which of them count says TESC_MODE."""

from config.celery import app as celery_app  # noqa: F401 (in each process, or its tasks go to Celery's own broker)
from config.env import env

if env.mode == "production":
    from config.settings.production import *  # noqa: F403
elif env.mode == "test":
    from config.settings.testing import *  # noqa: F403
else:
    from config.settings.development import *  # noqa: F403
