"""This file holds the app's addresses, below /api/v1/academic/."""

from django.urls import path

from academic.accreditations.api import ProgramAccreditationViewSet
from academic.attendance.api import (
    AttendancePolicyViewSet,
    AttendanceRates,
    AttendanceViewSet,
    MissingRegisterViewSet,
    RegisterViewSet,
)
from academic.audits.api import DegreeAudit
from academic.availability.api import LecturerAvailabilityViewSet
from academic.calendar.api import HolidayViewSet, TermExceptionViewSet, TermViewSet, TermWeeks, WindowViewSet
from academic.courses.api import CourseVersionViewSet, CourseViewSet
from academic.curricula.api import CourseGroupViewSet, ProgramCourseViewSet
from academic.enrollments.api import EnrollmentStatusViewSet, EnrollmentViewSet, VersionConsentViewSet
from academic.equivalences.api import CourseEquivalenceViewSet
from academic.exemptions.api import ExemptionViewSet
from academic.feeds.api import FeedCalendar, FeedViewSet
from academic.fields.api import FieldOfStudyViewSet
from academic.gradebook.api import AssessmentPlanViewSet, AssessmentViewSet, MarkViewSet
from academic.holds.api import HoldViewSet
from academic.intakes.api import ProgramIntakeViewSet
from academic.loads.api import LoadLimitViewSet
from academic.meetings.api import MeetingViewSet, MeetingWaiverViewSet, OccurrenceViewSet
from academic.norms.api import TeachingNormViewSet
from academic.occurrences.api import CohortHourViewSet, LecturerHourViewSet
from academic.permits.api import CoursePermitViewSet
from academic.planning.api import FreeRooms, FreeSlots, MeetingSuggestions
from academic.programs.api import ProgramViewSet
from academic.registrations.api import (
    CohortRegistration,
    DropCheck,
    RegistrationCheck,
    RegistrationViewSet,
    WaitlistEntryViewSet,
)
from academic.requisites.api import PrerequisiteViewSet, RequisiteViewSet, Standing
from academic.reservations.api import SeatReservationViewSet
from academic.sections.api import SectionCohortViewSet, SectionHours, SectionViewSet, TeachingViewSet
from academic.teaching_loads.api import TeachingLoads
from academic.timetables.api import PublicationCheck, Timetable, TimetablePublicationViewSet
from academic.transfers.api import TransferredCreditViewSet, TransferViewSet
from academic.versions.api import ProgramVersionViewSet, VersionDifference, VersionMoveViewSet
from academic.waitlists.api import WaitlistPolicyViewSet
from academic.waivers.api import WaiverViewSet
from core.http.routing import resource_routes

urlpatterns = [
    *resource_routes("terms", TermViewSet),
    path("terms/<uuid:pk>/weeks/", TermWeeks.as_view(), name="terms-weeks"),
    *resource_routes("term-exceptions", TermExceptionViewSet),
    *resource_routes("holidays", HolidayViewSet),
    *resource_routes("windows", WindowViewSet),
    path("feeds/fetch/<str:token>/", FeedCalendar.as_view(), name="feeds-fetch"),
    *resource_routes("feeds", FeedViewSet),
    *resource_routes("programs", ProgramViewSet),
    *resource_routes("program-intakes", ProgramIntakeViewSet),
    *resource_routes("program-accreditations", ProgramAccreditationViewSet),
    *resource_routes("program-versions", ProgramVersionViewSet),
    path("program-versions/<uuid:pk>/difference/", VersionDifference.as_view(), name="program-versions-difference"),
    *resource_routes("program-version-history", VersionMoveViewSet),
    *resource_routes("program-courses", ProgramCourseViewSet),
    *resource_routes("course-groups", CourseGroupViewSet),
    *resource_routes("courses", CourseViewSet),
    *resource_routes("course-versions", CourseVersionViewSet),
    *resource_routes("prerequisites", PrerequisiteViewSet),
    *resource_routes("requisites", RequisiteViewSet),
    *resource_routes("course-equivalences", CourseEquivalenceViewSet),
    *resource_routes("course-permits", CoursePermitViewSet),
    *resource_routes("sections", SectionViewSet),
    path("sections/<uuid:pk>/contact-hours/", SectionHours.as_view(), name="sections-contact-hours"),
    path(
        "sections/<uuid:pk>/take-assessment-plan/",
        AssessmentPlanViewSet.as_view({"post": "act"}, verb="take-assessment-plan"),
        name="sections-take-assessment-plan",
    ),
    *resource_routes("teachings", TeachingViewSet),
    *resource_routes("teaching-norms", TeachingNormViewSet),
    path("teaching-loads/", TeachingLoads.as_view(), name="teaching-loads"),
    *resource_routes("lecturer-availability", LecturerAvailabilityViewSet),
    *resource_routes("section-cohorts", SectionCohortViewSet),
    *resource_routes("seat-reservations", SeatReservationViewSet),
    *resource_routes("meetings", MeetingViewSet),
    *resource_routes("meeting-waivers", MeetingWaiverViewSet),
    *resource_routes("occurrences", OccurrenceViewSet),
    *resource_routes("lecturer-hours", LecturerHourViewSet),
    *resource_routes("cohort-hours", CohortHourViewSet),
    path("free-rooms/", FreeRooms.as_view(), name="free-rooms"),
    path("sections/<uuid:pk>/free-slots/", FreeSlots.as_view(), name="sections-free-slots"),
    path("meetings/<uuid:pk>/suggestions/", MeetingSuggestions.as_view(), name="meetings-suggestions"),
    path("timetable/", Timetable.as_view(), name="timetable"),
    path("timetable-publications/check/", PublicationCheck.as_view(), name="timetable-publications-check"),
    *resource_routes("timetable-publications", TimetablePublicationViewSet),
    *resource_routes("attendance-registers", RegisterViewSet),
    *resource_routes("attendance", AttendanceViewSet),
    *resource_routes("attendance-policies", AttendancePolicyViewSet),
    path("attendance-rates/", AttendanceRates.as_view(), name="attendance-rates"),
    *resource_routes("missing-registers", MissingRegisterViewSet),
    *resource_routes("enrollments", EnrollmentViewSet),
    path("enrollments/<uuid:pk>/audit/", DegreeAudit.as_view(), name="enrollments-audit"),
    path("enrollments/<uuid:pk>/requisites/", Standing.as_view(), name="enrollments-requisites"),
    *resource_routes("enrollment-history", EnrollmentStatusViewSet),
    *resource_routes("version-consents", VersionConsentViewSet),
    *resource_routes("exemptions", ExemptionViewSet),
    *resource_routes("registrations", RegistrationViewSet),
    path("registrations/<uuid:pk>/check-drop/", DropCheck.as_view(), name="registrations-check-drop"),
    path("registrations/check/", RegistrationCheck.as_view(), name="registrations-check"),
    path("registrations/cohort/", CohortRegistration.as_view(), name="registrations-cohort"),
    *resource_routes("waitlist-entries", WaitlistEntryViewSet),
    *resource_routes("waitlist-policies", WaitlistPolicyViewSet),
    *resource_routes("holds", HoldViewSet),
    *resource_routes("waivers", WaiverViewSet),
    *resource_routes("load-limits", LoadLimitViewSet),
    *resource_routes("assessments", AssessmentViewSet),
    *resource_routes("marks", MarkViewSet),
    *resource_routes("transfers", TransferViewSet),
    *resource_routes("transferred-credits", TransferredCreditViewSet),
    # No address of its own for each: the list is one page of codes, and the same for everybody.
    path("fields-of-study/", FieldOfStudyViewSet.as_view({"get": "list"}), name="fields-of-study-list"),
    path(
        "fields-of-study/<uuid:pk>/declare-critical/",
        FieldOfStudyViewSet.as_view({"post": "act"}, verb="declare-critical"),
        name="fields-of-study-declare-critical",
    ),
]
