"""This file holds the app's entry in Django."""

from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "staff"
