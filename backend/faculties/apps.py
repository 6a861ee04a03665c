"""This file holds the app's entry in Django."""

from django.apps import AppConfig


class FacultiesConfig(AppConfig):
    name = "faculties"
