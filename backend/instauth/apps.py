"""This file holds the app's entry in Django."""

from django.apps import AppConfig


class InstauthConfig(AppConfig):
    name = "instauth"

    def ready(self) -> None:
        from instauth.oauth import listeners  # noqa: F401 (they register themselves)
