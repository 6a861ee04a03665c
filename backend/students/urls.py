"""This file holds the app's addresses, below /api/v1/students/."""

from django.urls import path

from core.http.routing import resource_routes
from students.documents.api import DocumentLink, DocumentViewSet
from students.registry.api import DoubleEnrollmentViewSet, LearnerSearch, LearnerViewSet
from students.students.api import StudentViewSet

urlpatterns = [
    *resource_routes("documents", DocumentViewSet, "student-documents"),
    path("documents/<uuid:pk>/link/", DocumentLink.as_view(), name="student-documents-link"),
    *resource_routes("learners", LearnerViewSet),
    path("learners/find/", LearnerSearch.as_view(), name="learners-find"),
    *resource_routes("double-enrollments", DoubleEnrollmentViewSet),
    *resource_routes("", StudentViewSet, "students"),
]
