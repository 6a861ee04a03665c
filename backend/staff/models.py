"""This file holds the index of the app's models; each lives in its room."""

from staff.absences.models import Absence
from staff.appointments.models import Appointment
from staff.contracts.models import Contract
from staff.members.models import Member
from staff.qualifications.models import Qualification
from staff.vacancies.models import Application, Vacancy

__all__ = ["Absence", "Application", "Appointment", "Contract", "Member", "Qualification", "Vacancy"]
