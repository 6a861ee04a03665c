"""This file holds the app's addresses, below /api/v1/academic/."""

from academic.calendar.api import TermViewSet
from academic.courses.api import CourseViewSet, PrerequisiteViewSet
from academic.curricula.api import ProgramCourseViewSet
from academic.enrollments.api import EnrollmentStatusViewSet, EnrollmentViewSet
from academic.gradebook.api import AssessmentViewSet, MarkViewSet
from academic.programs.api import ProgramVersionViewSet, ProgramViewSet
from academic.registrations.api import RegistrationViewSet
from academic.sections.api import SectionViewSet, TeachingViewSet
from academic.transfers.api import TransferredCreditViewSet, TransferViewSet
from core.http.routing import resource_routes

urlpatterns = [
    *resource_routes("terms", TermViewSet),
    *resource_routes("programs", ProgramViewSet),
    *resource_routes("program-versions", ProgramVersionViewSet),
    *resource_routes("program-courses", ProgramCourseViewSet),
    *resource_routes("courses", CourseViewSet),
    *resource_routes("prerequisites", PrerequisiteViewSet),
    *resource_routes("sections", SectionViewSet),
    *resource_routes("teachings", TeachingViewSet),
    *resource_routes("enrollments", EnrollmentViewSet),
    *resource_routes("enrollment-history", EnrollmentStatusViewSet),
    *resource_routes("registrations", RegistrationViewSet),
    *resource_routes("assessments", AssessmentViewSet),
    *resource_routes("marks", MarkViewSet),
    *resource_routes("transfers", TransferViewSet),
    *resource_routes("transferred-credits", TransferredCreditViewSet),
]
