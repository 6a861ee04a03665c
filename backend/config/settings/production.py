"""This file holds what production tightens, and nothing else."""

from config.env import env
from config.settings.base import *  # noqa: F403
from config.settings.base import DATABASES, WEB_TIMEOUTS

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # set by nginx, which strips it from outside
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
DATABASES["default"]["OPTIONS"] = {**DATABASES["default"]["OPTIONS"], "options": WEB_TIMEOUTS}

vars().update(env.mail_settings)
