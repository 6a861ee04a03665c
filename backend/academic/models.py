"""This file holds the index of the app's models; each lives in its room."""

from academic.accreditations.models import ProgramAccreditation
from academic.attendance.models import Attendance, AttendancePolicy, AttendanceRegister
from academic.availability.models import LecturerAvailability
from academic.calendar.models import Holiday, Term, TermException, Window
from academic.courses.models import Course, Prerequisite
from academic.courses.versions.models import CourseVersion
from academic.curricula.models import CourseGroup, ProgramCourse
from academic.enrollments.models import Enrollment, EnrollmentStatus, VersionConsent
from academic.equivalences.models import CourseEquivalence
from academic.exemptions.models import Exemption
from academic.feeds.models import Feed, LeftSection
from academic.fields.models import FieldOfStudy
from academic.gradebook.models import Assessment, Mark
from academic.holds.models import Hold
from academic.intakes.models import ProgramIntake
from academic.loads.models import LoadLimit
from academic.meetings.models import Meeting, MeetingWaiver
from academic.norms.models import TeachingNorm
from academic.occurrences.models import Occurrence, OccurrenceCohort, OccurrenceLecturer
from academic.permits.models import CoursePermit
from academic.programs.models import Program, ProgramVersion, VersionMove
from academic.registrations.models import Registration
from academic.requisites.models import Requisite, RequisiteCourse
from academic.reservations.models import SeatReservation
from academic.sections.models import Section, SectionCohort, Teaching
from academic.timetables.models import PublishedHost, PublishedHour, PublishedTeaching, TimetablePublication
from academic.transfers.models import Transfer, TransferredCredit
from academic.waitlists.models import WaitlistEntry, WaitlistPolicy
from academic.waivers.models import Waiver

__all__ = [
    "Assessment",
    "Attendance",
    "AttendancePolicy",
    "AttendanceRegister",
    "Course",
    "CourseEquivalence",
    "CourseGroup",
    "CoursePermit",
    "CourseVersion",
    "Enrollment",
    "EnrollmentStatus",
    "Exemption",
    "Feed",
    "FieldOfStudy",
    "Hold",
    "Holiday",
    "LecturerAvailability",
    "LeftSection",
    "LoadLimit",
    "Mark",
    "Meeting",
    "MeetingWaiver",
    "Occurrence",
    "OccurrenceCohort",
    "OccurrenceLecturer",
    "Prerequisite",
    "Program",
    "ProgramAccreditation",
    "ProgramCourse",
    "ProgramIntake",
    "ProgramVersion",
    "PublishedHost",
    "PublishedHour",
    "PublishedTeaching",
    "Registration",
    "Requisite",
    "RequisiteCourse",
    "SeatReservation",
    "Section",
    "SectionCohort",
    "Teaching",
    "TeachingNorm",
    "Term",
    "TermException",
    "TimetablePublication",
    "Transfer",
    "TransferredCredit",
    "VersionConsent",
    "VersionMove",
    "WaitlistEntry",
    "WaitlistPolicy",
    "Waiver",
    "Window",
]
