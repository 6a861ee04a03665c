"""This file holds the index of the app's models; each lives in its room."""

from faculties.bookings.models import Booking
from faculties.campuses.models import Building, Campus
from faculties.departments.models import Department
from faculties.equipment.models import Equipment
from faculties.faculties.models import Faculty
from faculties.institutions.models import Institution
from faculties.logos.models import InstitutionLogo
from faculties.rooms.models import Room

__all__ = [
    "Booking",
    "Building",
    "Campus",
    "Department",
    "Equipment",
    "Faculty",
    "Institution",
    "InstitutionLogo",
    "Room",
]
