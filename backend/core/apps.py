"""This file holds the app's entry in Django: the checks, and the relations that every app declares."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from core.relations import declare_relations

        for config in apps.get_app_configs():
            if find_spec(f"{config.name}.permissions"):
                declare_relations(getattr(import_module(f"{config.name}.permissions"), "RELATIONS", {}))
