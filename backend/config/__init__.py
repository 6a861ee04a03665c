"""The composition root: settings, addresses, servers. Not an app."""

import os

# Here once, for manage.py, web servers and workers alike; which settings those are says TESC_MODE.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
