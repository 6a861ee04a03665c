"""This file holds the index of the app's models; each lives in its room."""

from academic.calendar.models import Holiday, Term, TermException, Window
from academic.courses.models import Course, Prerequisite
from academic.curricula.models import CourseGroup, ProgramCourse
from academic.enrollments.models import Enrollment, EnrollmentStatus
from academic.equivalences.models import CourseEquivalence
from academic.feeds.models import Feed
from academic.fields.models import FieldOfStudy
from academic.gradebook.models import Assessment, Mark
from academic.permits.models import CoursePermit
from academic.programs.models import Program, ProgramVersion
from academic.registrations.models import Registration
from academic.requisites.models import Requisite, RequisiteCourse
from academic.sections.models import Section, Teaching
from academic.transfers.models import Transfer, TransferredCredit

__all__ = [
    "Assessment",
    "Course",
    "CourseEquivalence",
    "CourseGroup",
    "CoursePermit",
    "Enrollment",
    "EnrollmentStatus",
    "Feed",
    "FieldOfStudy",
    "Holiday",
    "Mark",
    "Prerequisite",
    "Program",
    "ProgramCourse",
    "ProgramVersion",
    "Registration",
    "Requisite",
    "RequisiteCourse",
    "Section",
    "Teaching",
    "Term",
    "TermException",
    "Transfer",
    "TransferredCredit",
    "Window",
]
