"""This file holds the index of the app's models; each lives in its room."""

from faculties.departments.models import Department
from faculties.faculties.models import Faculty
from faculties.institutions.models import Institution
from faculties.logos.models import InstitutionLogo

__all__ = ["Department", "Faculty", "Institution", "InstitutionLogo"]
