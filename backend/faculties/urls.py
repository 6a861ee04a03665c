"""This file holds the app's addresses, below /api/v1/."""

from django.urls import path

from core.http.routing import resource_routes
from faculties.departments.api import DepartmentViewSet
from faculties.faculties.api import FacultyViewSet
from faculties.institutions.api import InstitutionViewSet
from faculties.logos.api import Logo

urlpatterns = [
    path("institutions/<uuid:pk>/logo/", Logo.as_view(), name="institutions-logo"),
    *resource_routes("institutions", InstitutionViewSet),
    *resource_routes("faculties", FacultyViewSet),
    *resource_routes("departments", DepartmentViewSet),
]
