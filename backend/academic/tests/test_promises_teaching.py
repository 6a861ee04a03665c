"""This file holds the promises of sections, who teaches them, their hours and attendance."""

from academic.factories import (
    make_attendance,
    make_course,
    make_meeting,
    make_program,
    make_program_version,
    make_section,
    make_term,
)
from academic.models import (
    AttendancePolicy,
    LecturerAvailability,
    MeetingWaiver,
    Occurrence,
    OccurrenceCohort,
    OccurrenceLecturer,
    SectionCohort,
    Teaching,
    TeachingNorm,
)
from academic.tests.registration_lab import (
    make_reservation,
)
from core.testing.promises import ResourcePromises
from faculties.factories import make_room, saved
from users.factories import make_grant, make_user


class TestSections(ResourcePromises):
    url = "/api/v1/academic/sections/"
    view, create, update = "academic.view_section", "academic.add_section", "academic.change_section"
    also = ("academic.view_course", "academic.view_term")
    references = ("course", "term")
    changes = {"capacity": 40}

    def make(self, institution):
        return make_section(institution)

    def body(self, institution):
        return {"course": str(make_course(institution).pk), "term": str(make_term(institution).pk)}


class TestTeachings(ResourcePromises):
    url = "/api/v1/academic/teachings/"
    view = "academic.view_section"
    create = update = remove = "academic.change_section"
    also = ("staff.view_member",)
    references = ("section", "account")
    changes = {"role": "coordinator"}

    def teacher(self, institution):
        user = make_user()
        make_grant(user, "lecturer", institution)
        return user

    def make(self, institution):
        section, account = make_section(institution), self.teacher(institution)
        return saved(Teaching(institution=institution, section=section, account=account))

    def body(self, institution):
        return {"section": str(make_section(institution).pk), "account": str(self.teacher(institution).pk)}


class TestTeachingNorms(ResourcePromises):
    url = "/api/v1/academic/teaching-norms/"
    view = "academic.view_teaching_load"
    create = update = remove = "academic.change_teaching_norm"
    changes = {"most_hours": "20.00"}

    def make(self, institution):
        taken = set(TeachingNorm.objects.filter(institution=institution).values_list("activity", flat=True))
        free = [one for one in ("", "other", "research", "teaching_and_research", "teaching") if one not in taken]
        return saved(TeachingNorm(institution=institution, activity=free[0], hours=12))

    def body(self, institution):
        return {"activity": "teaching", "per": "term", "hours": "200"}


class TestLecturerAvailability(ResourcePromises):
    url = "/api/v1/academic/lecturer-availability/"
    view = "academic.view_availability"
    create = update = remove = "academic.change_availability"
    also = ("staff.view_member", "academic.view_term")
    references = ("account", "term")
    changes = {"kind": "undesired"}

    def teacher(self, institution):
        user = make_user()
        make_grant(user, "lecturer", institution)
        return user

    def make(self, institution):
        account = self.teacher(institution)
        return saved(LecturerAvailability(institution=institution, account=account, kind="unavailable", weekday=1))

    def body(self, institution):
        account, term = self.teacher(institution), make_term(institution)
        return {"account": str(account.pk), "term": str(term.pk), "kind": "unavailable", "weekday": 2}


class TestSectionCohorts(ResourcePromises):
    url = "/api/v1/academic/section-cohorts/"
    view, create, remove = "academic.view_section", "academic.change_section", "academic.change_section"
    also = ("academic.view_program",)
    references = ("section", "program_version")

    def make(self, institution):
        section, version = make_section(institution), make_program_version(institution)
        return saved(SectionCohort(institution=institution, section=section, program_version=version, year_of_study=1))

    def body(self, institution):
        section, version = make_section(institution), make_program_version(institution)
        return {"section": str(section.pk), "program_version": str(version.pk), "year_of_study": 2}


class TestSeatReservations(ResourcePromises):
    url = "/api/v1/academic/seat-reservations/"
    view, create, update = "academic.view_section", "academic.reserve_seats", "academic.reserve_seats"
    also = ("academic.view_program",)
    references = ("section", "program")
    changes = {"seats": 3}

    def make(self, institution):
        return make_reservation(institution)

    def body(self, institution):
        section, program = make_section(institution, capacity=10), make_program(institution)
        group = {"program": str(program.pk), "year_of_study": 2}
        return {"section": str(section.pk), **group, "seats": 4, "until": "2030-01-01T00:00:00Z"}


class TestMeetings(ResourcePromises):
    url = "/api/v1/academic/meetings/"
    view, create, update = "academic.view_timetable_draft", "academic.change_meeting", "academic.change_meeting"
    also = ("academic.view_section", "faculties.view_room")
    references = ("section", "room")
    changes = {"starts_at": "07:00:00"}

    def make(self, institution):
        return make_meeting(institution)

    def body(self, institution):
        section, room = make_section(institution), make_room(institution)
        hours = {"weekday": 2, "starts_at": "08:00", "ends_at": "10:00"}
        return {"section": str(section.pk), "room": str(room.pk), **hours}


class TestMeetingWaivers(ResourcePromises):
    url = "/api/v1/academic/meeting-waivers/"
    view, create, remove = "academic.view_meeting_waiver", "academic.waive_clash", "academic.waive_clash"
    also = ("academic.view_timetable_draft",)
    references = ("meeting",)

    def make(self, institution):
        reason = {"waives": "lecturer", "reason": "Two groups in one hall."}
        return saved(MeetingWaiver(institution=institution, meeting=make_meeting(institution), **reason))

    def body(self, institution):
        return {"meeting": str(make_meeting(institution).pk), "waives": "cohort", "reason": "An elective."}


class TestOccurrences(ResourcePromises):
    url = "/api/v1/academic/occurrences/"
    view = "academic.view_timetable_draft"

    def make(self, institution):
        return Occurrence.objects.filter(meeting=make_meeting(institution)).first()


class TestLecturerHours(ResourcePromises):
    url = "/api/v1/academic/lecturer-hours/"
    view = "academic.view_timetable_draft"

    def make(self, institution):
        section = make_section(institution)
        saved(Teaching(institution=institution, section=section, account=make_user()))
        meeting = make_meeting(institution, section=section, first_week=1, last_week=1)
        return OccurrenceLecturer.objects.get(occurrence__meeting=meeting)


class TestCohortHours(ResourcePromises):
    url = "/api/v1/academic/cohort-hours/"
    view = "academic.view_timetable_draft"

    def make(self, institution):
        section, version = make_section(institution), make_program_version(institution)
        saved(SectionCohort(institution=institution, section=section, program_version=version, year_of_study=1))
        meeting = make_meeting(institution, section=section, first_week=1, last_week=1)
        return OccurrenceCohort.objects.get(occurrence__meeting=meeting)


class TestAttendanceRegisters(ResourcePromises):
    url = "/api/v1/academic/attendance-registers/"
    view, create = "academic.view_attendance", "academic.take_attendance"
    also = ("academic.view_section",)
    references = ("occurrence",)

    def make(self, institution):
        return make_attendance(institution).register

    def body(self, institution):
        meeting = make_meeting(institution, first_week=1, last_week=1)
        return {"occurrence": str(Occurrence.objects.get(meeting=meeting).pk)}


class TestAttendance(ResourcePromises):
    url = "/api/v1/academic/attendance/"
    view = "academic.view_attendance"

    def make(self, institution):
        return make_attendance(institution)


class TestMissingRegisters(TestOccurrences):
    url = "/api/v1/academic/missing-registers/"
    view = "academic.view_attendance"


class TestAttendancePolicies(ResourcePromises):
    url = "/api/v1/academic/attendance-policies/"
    view, create, update = (
        "academic.view_attendance",
        "academic.set_attendance_policy",
        "academic.set_attendance_policy",
    )
    changes = {"least_percent": 80}
    test_a_longer_list_costs_no_more_queries = None  # an institution has one

    def make(self, institution):
        return saved(AttendancePolicy(institution=institution))

    def body(self, institution):
        return {"least_percent": 60}
