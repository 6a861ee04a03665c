"""This file holds the index of the app's models; each lives in its room."""

from students.documents.models import StudentDocument
from students.mobility.models import Mobility
from students.students.models import Student

__all__ = ["Mobility", "Student", "StudentDocument"]
