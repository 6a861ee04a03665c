"""This file holds the app's entry in Django."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AcademicConfig(AppConfig):
    name = "academic"

    def ready(self) -> None:
        from academic.fields.shipped import ship_fields
        from academic.occurrences import following  # noqa: F401 it adds itself to who follows the calendar

        post_migrate.connect(
            lambda **_: ship_fields(self.get_model("FieldOfStudy")), sender=self, weak=False, dispatch_uid="ship_fields"
        )
