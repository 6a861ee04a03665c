"""This file holds the app's addresses, below /api/v1/."""

from django.urls import path

from core.http.routing import resource_routes
from faculties.accreditations.api import AccreditationViewSet
from faculties.bookings.api import BookingViewSet
from faculties.campuses.api import BuildingViewSet, CampusViewSet
from faculties.contacts.api import ContactViewSet
from faculties.departments.api import DepartmentViewSet
from faculties.equipment.api import EquipmentViewSet
from faculties.faculties.api import FacultyViewSet
from faculties.former_names.api import FormerNameViewSet
from faculties.institutions.api import InstitutionViewSet
from faculties.intakes.api import ApprovedIntakeViewSet
from faculties.logos.api import Logo
from faculties.rooms.api import RoomViewSet
from faculties.travel_times.api import TravelTimeViewSet

urlpatterns = [
    path("institutions/<uuid:pk>/logo/", Logo.as_view(), name="institutions-logo"),
    *resource_routes("institutions", InstitutionViewSet),
    *resource_routes("institution-contacts", ContactViewSet),
    *resource_routes("accreditations", AccreditationViewSet),
    *resource_routes("approved-intakes", ApprovedIntakeViewSet),
    *resource_routes("former-names", FormerNameViewSet),
    *resource_routes("faculties", FacultyViewSet),
    *resource_routes("departments", DepartmentViewSet),
    *resource_routes("campuses", CampusViewSet),
    *resource_routes("buildings", BuildingViewSet),
    *resource_routes("travel-times", TravelTimeViewSet),
    *resource_routes("rooms", RoomViewSet),
    *resource_routes("equipment", EquipmentViewSet),
    *resource_routes("bookings", BookingViewSet),
]
