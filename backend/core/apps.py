"""This file holds the app's entry in Django: it finds what every app declares by the place where it stands."""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from django.apps import AppConfig
from django.conf import settings


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from core import checks  # noqa: F401 (the checks of each register themselves)
        from core.http import routes  # noqa: F401
        from core.lists import checks as list_checks  # noqa: F401
        from core.personal import checks as personal_checks  # noqa: F401
        from core.personal.declarations import declare_personal
        from core.relations import declare_relations
        from core.tenancy.startup import watch_connections

        watch_connections()
        for app in settings.OUR_APPS:
            if find_spec(f"{app}.permissions"):
                declared = import_module(f"{app}.permissions")
                declare_relations(getattr(declared, "RELATIONS", {}))
                declare_personal(getattr(declared, "PERSONAL", {}))
            for room in rooms(app):
                # Scheduled work, who hears which event, and what may be uploaded.
                for name in ("tasks", "uploads"):
                    if find_spec(f"{room}.{name}"):
                        import_module(f"{room}.{name}")


def rooms(package: str) -> Iterator[str]:
    """The package of every room of an app, and of the rooms in it."""
    for found in iter_modules(import_module(package).__path__):
        if found.ispkg:
            room = f"{package}.{found.name}"
            yield room
            yield from rooms(room)
