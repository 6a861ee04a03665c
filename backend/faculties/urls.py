"""This file holds the app's addresses, below /api/v1/."""

from core.http.routing import resource_routes
from faculties.departments.api import DepartmentViewSet
from faculties.faculties.api import FacultyViewSet
from faculties.institutions.api import InstitutionViewSet

urlpatterns = [
    *resource_routes("institutions", InstitutionViewSet),
    *resource_routes("faculties", FacultyViewSet),
    *resource_routes("departments", DepartmentViewSet),
]
