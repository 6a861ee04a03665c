"""This file holds the app's addresses, below /api/v1/staff/."""

from core.http.routing import resource_routes
from staff.absences.api import AbsenceViewSet
from staff.appointments.api import AppointmentViewSet
from staff.contracts.api import ContractViewSet
from staff.members.api import MemberViewSet
from staff.qualifications.api import QualificationViewSet
from staff.vacancies.api import ApplicationViewSet, VacancyViewSet

urlpatterns = [
    *resource_routes("members", MemberViewSet),
    *resource_routes("contracts", ContractViewSet),
    *resource_routes("appointments", AppointmentViewSet),
    *resource_routes("qualifications", QualificationViewSet),
    *resource_routes("absences", AbsenceViewSet),
    *resource_routes("vacancies", VacancyViewSet),
    *resource_routes("applications", ApplicationViewSet),
]
