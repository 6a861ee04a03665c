"""This file holds the index of the app's models; each lives in its room."""

from students.students.models import Student

__all__ = ["Student"]
