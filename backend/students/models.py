"""This file holds the index of the app's models; each lives in its room."""

from students.cases.models import Case, CaseMember, CaseNote
from students.documents.models import StudentDocument
from students.mobility.models import Mobility
from students.students.models import Student

__all__ = ["Case", "CaseMember", "CaseNote", "Mobility", "Student", "StudentDocument"]
