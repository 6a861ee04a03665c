"""This file holds the Celery application: it finds every room's `tasks.py`."""

from celery import Celery

app = Celery("tesc")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["core.outbox", "core.freshness", "core.http"])
