"""This file holds the app's addresses, below /api/v1/students/."""

from django.urls import path

from core.http.routing import resource_routes
from students.students.api import StudentIdentity, StudentViewSet

urlpatterns = [
    *resource_routes("", StudentViewSet, "students"),
    path("<uuid:pk>/identity/", StudentIdentity.as_view(), name="student-identity"),
]
