"""This file holds the index of the app's models; each lives in its room."""

from faculties.accreditations.models import Accreditation
from faculties.bookings.models import Booking
from faculties.campuses.models import Building, Campus
from faculties.contacts.models import InstitutionContact
from faculties.departments.models import Department
from faculties.equipment.models import Equipment
from faculties.faculties.models import Faculty
from faculties.former_names.models import FormerName
from faculties.institutions.models import Institution
from faculties.intakes.models import ApprovedIntake
from faculties.logos.models import InstitutionLogo
from faculties.rooms.models import Room
from faculties.travel_times.models import TravelTime

__all__ = [
    "Accreditation",
    "ApprovedIntake",
    "Booking",
    "Building",
    "Campus",
    "Department",
    "Equipment",
    "Faculty",
    "FormerName",
    "Institution",
    "InstitutionContact",
    "InstitutionLogo",
    "Room",
    "TravelTime",
]
