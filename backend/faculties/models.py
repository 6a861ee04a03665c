"""This file holds the index of the app's models; each lives in its room."""

from faculties.departments.models import Department
from faculties.faculties.models import Faculty
from faculties.institutions.models import Institution

__all__ = ["Department", "Faculty", "Institution"]
