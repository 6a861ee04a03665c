"""This file holds the app's entry in Django."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class UsersConfig(AppConfig):
    name = "users"

    def ready(self) -> None:
        from users.roles import shipped, tasks  # noqa: F401 (tasks: its listeners register themselves)

        post_migrate.connect(lambda **_: shipped.ship_roles(), sender=self, weak=False, dispatch_uid="ship_roles")
