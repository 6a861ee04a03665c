"""This file holds the app's addresses, below /api/v1/students/."""

from core.http.routing import resource_routes
from students.students.api import StudentViewSet

urlpatterns = resource_routes("", StudentViewSet, "students")
