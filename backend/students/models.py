"""This file holds the index of the app's models; each lives in its room."""

from students.documents.models import StudentDocument
from students.registry.models import DoubleEnrollment, Learner, LearnerToCount
from students.students.models import Student

__all__ = ["DoubleEnrollment", "Learner", "LearnerToCount", "Student", "StudentDocument"]
