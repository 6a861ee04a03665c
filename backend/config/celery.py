"""This file holds the Celery application; its tasks come from every room's `tasks.py` (core.apps imports them)."""

from celery import Celery

app = Celery("tesc")
app.config_from_object("django.conf:settings", namespace="CELERY")
