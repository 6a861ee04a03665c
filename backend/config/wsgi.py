"""This file holds the entry of web servers."""

import gc
import sys

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

# Threads that sign people in compute; one that only reads would wait 5 ms, Python's default, for each of its steps.
sys.setswitchinterval(0.0005)

application = get_wsgi_application()
# All addresses with their views are read now, not by the first who asks: a worker that answers answers at once.
get_resolver().url_patterns  # noqa: B018
# What is loaded by now stays. A full collection, which stops all threads, need not look at it: it took 200 ms, now 30.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
