"""This file holds what a developer's own machine adds: readable logs and any loopback host. It opens no door."""

from config.settings.base import *  # noqa: F403

DEBUG = False
LOGGING = {"level": "INFO", "readable": True}
STATIC_ROOT = None  # nothing is collected: finders serve static files
