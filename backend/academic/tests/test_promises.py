"""This file holds the promises of the academic resources."""

from dataclasses import replace
from datetime import date

from django.utils import timezone

from academic.factories import (
    make_assessment,
    make_attendance,
    make_course,
    make_course_version,
    make_enrollment,
    make_exemption,
    make_feed,
    make_holiday,
    make_mark,
    make_meeting,
    make_program,
    make_program_version,
    make_registration,
    make_section,
    make_term,
    make_term_exception,
    make_transfer,
    make_window,
)
from academic.models import (
    AttendancePolicy,
    CourseEquivalence,
    CourseGroup,
    CoursePermit,
    EnrollmentStatus,
    Feed,
    LecturerAvailability,
    MeetingWaiver,
    Occurrence,
    OccurrenceCohort,
    OccurrenceLecturer,
    Prerequisite,
    ProgramAccreditation,
    ProgramCourse,
    ProgramIntake,
    Requisite,
    SectionCohort,
    Teaching,
    TeachingNorm,
    TimetablePublication,
    TransferredCredit,
    VersionConsent,
    VersionMove,
    WaitlistPolicy,
)
from academic.tests.registration_lab import (
    make_coming_section,
    make_entry,
    make_hold,
    make_load_limit,
    make_reservation,
    make_waiver,
)
from core.audit.models import AuditEntry
from core.testing.fixtures import Person, client_of, person_at
from core.testing.promises import ResourcePromises
from faculties.factories import make_department, make_institution, make_room, saved
from students.factories import make_student
from users.factories import make_grant, make_user
from users.models import User


class TestTerms(ResourcePromises):
    url = "/api/v1/academic/terms/"
    view, create, update = "academic.view_term", "academic.add_term", "academic.change_term"
    changes = {"name": "Renamed"}

    def make(self, institution):
        return make_term(institution)

    def body(self, institution):
        days = {"starts_on": "2027-02-08", "ends_on": "2027-06-18"}
        return {"code": "2027-1", "name": "First semester", "academic_year": 2027, **days}


class TestTermExceptions(ResourcePromises):
    url = "/api/v1/academic/term-exceptions/"
    view, create, update, remove = "academic.view_term", *["academic.change_term"] * 3
    also = ("academic.view_program",)
    references = ("term", "program")
    changes = {"reason": "Industrial attachment first"}

    def make(self, institution):
        return make_term_exception(institution)

    def body(self, institution):
        term, program = make_term(institution), make_program(institution)
        days = {"starts_on": "2026-02-16", "ends_on": "2026-06-26", "census_on": "2026-04-01"}
        return {"term": str(term.pk), "program": str(program.pk), "reason": "Attachment", **days}


class TestHolidays(ResourcePromises):
    url = "/api/v1/academic/holidays/"
    view, create, update = "academic.view_term", "academic.change_term", "academic.change_term"
    changes = {"is_break": True}

    def make(self, institution):
        return make_holiday(institution)

    def body(self, institution):
        return {"name": "Independence Day", "starts_on": "2026-04-18", "ends_on": "2026-04-18"}


class TestWindows(ResourcePromises):
    url = "/api/v1/academic/windows/"
    view, create, update, remove = "academic.view_term", *["academic.change_term"] * 3
    also = ("academic.view_section", "academic.view_program")
    references = ("term", "section")
    changes = {"closes_after": 21}

    def make(self, institution):
        return make_window(institution)

    def body(self, institution):
        section = make_section(institution)
        of = {"term": str(section.term_id), "section": str(section.pk)}
        return {**of, "kind": "drop", "opens_after": 0, "closes_after": 28}


class TestFeeds(ResourcePromises):
    """Feeds show to one subscriber alone, who owns them all; all but one are revoked."""

    url = "/api/v1/academic/feeds/"
    view, create = "academic.view_term", "academic.view_term"

    def subscriber(self):
        return User.objects.filter(email="subscriber@tesc.test").first() or make_user(email="subscriber@tesc.test")

    def reader(self, institution):
        return Person(replace(super().reader(institution).actor, id=self.subscriber().pk))

    def writer(self, institution):
        return Person(replace(super().writer(institution).actor, id=self.subscriber().pk))

    def make(self, institution):
        return make_feed(institution, account=self.subscriber(), revoked_at=timezone.now())

    def body(self, institution):
        return {"kind": "calendar"}

    def test_creating_needs_the_permission(self, harare):
        answer = client_of(person_at(harare)).post(self.url, self.body_for(harare))
        assert (answer.status_code, Feed.objects.count()) == (403, 0)
        assert AuditEntry.objects.filter(decision="refused").count() == 1


class TestTimetablePublications(ResourcePromises):
    url = "/api/v1/academic/timetable-publications/"
    view, create = "academic.view_section", "academic.publish_timetable"
    also = ("academic.view_term",)
    references = ("term",)

    def make(self, institution):
        counts = ("hours_new", "hours_moved", "hours_room_changed", "hours_canceled", "people_told")
        fields = {"term": make_term(institution), "number": 1, "published_at": timezone.now()}
        return saved(TimetablePublication(institution=institution, **fields, **dict.fromkeys(counts, 1)))

    def body(self, institution):
        return {"term": str(make_meeting(institution).section.term_id), "note": "For the first week"}


class TestPrograms(ResourcePromises):
    url = "/api/v1/academic/programs/"
    view, create, update = "academic.view_program", "academic.add_program", "academic.change_program"
    also = ("faculties.view_department",)
    references = ("department",)
    changes = {"name": "Renamed"}

    def make(self, institution):
        return make_program(institution)

    def body(self, institution):
        department = make_department(institution)
        return {"department": str(department.pk), "code": "NEW", "name": "New", "level": "bachelor"}


class TestProgramIntakes(ResourcePromises):
    url = "/api/v1/academic/program-intakes/"
    view = "academic.view_program"
    create = update = "academic.change_program"
    references = ("program",)
    changes = {"places": 60}
    days = {"starts_on": "2026-01-01", "ends_on": "2026-12-31"}

    def make(self, institution):
        return saved(ProgramIntake(institution=institution, program=make_program(institution), places=50, **self.days))

    def body(self, institution):
        return {"program": str(make_program(institution).pk), "places": 50, **self.days}


class TestProgramAccreditations(ResourcePromises):
    url = "/api/v1/academic/program-accreditations/"
    view = "academic.view_program"
    create = update = "academic.accredit_program"
    references = ("program",)
    changes = {"number": "A 12"}

    def make(self, institution):
        of = {"program": make_program(institution), "body": "ZIMCHE", "starts_on": date(2020, 1, 1)}
        return saved(ProgramAccreditation(institution=institution, **of))

    def body(self, institution):
        return {"program": str(make_program(institution).pk), "body": "ZIMCHE", "starts_on": "2020-01-01"}


class TestProgramVersions(ResourcePromises):
    url = "/api/v1/academic/program-versions/"
    view, create, update = "academic.view_program", "academic.add_program", "academic.change_program"
    references = ("program",)
    changes = {"catalog_year": 2031}

    def make(self, institution):
        return make_program_version(institution)

    def body(self, institution):
        return {"program": str(make_program(institution).pk), "catalog_year": 2030}


class TestProgramVersionHistory(ResourcePromises):
    url = "/api/v1/academic/program-version-history/"
    view = "academic.view_program"

    def make(self, institution):
        version = make_program_version(institution, status="draft")
        return saved(
            VersionMove(institution=institution, program_version=version, from_status="draft", to_status="submitted")
        )


class TestProgramCourses(ResourcePromises):
    url = "/api/v1/academic/program-courses/"
    view = "academic.view_program"
    create = update = remove = "academic.change_program"
    also = ("academic.view_course",)
    references = ("program_version", "course")
    changes = {"term_of_study": 2}

    def make(self, institution):
        version, course = make_program_version(institution), make_course(institution)
        return saved(ProgramCourse(institution=institution, program_version=version, course=course))

    def body(self, institution):
        version, course = make_program_version(institution), make_course(institution)
        return {"program_version": str(version.pk), "course": str(course.pk)}


class TestCourseGroups(ResourcePromises):
    url = "/api/v1/academic/course-groups/"
    view = "academic.view_program"
    create = update = remove = "academic.change_program"
    references = ("program_version",)
    changes = {"name": "Renamed"}

    def make(self, institution):
        version = make_program_version(institution)
        return saved(CourseGroup(institution=institution, program_version=version, name="Electives"))

    def body(self, institution):
        return {"program_version": str(make_program_version(institution).pk), "name": "Core", "min_credits": "60"}


class TestCourses(ResourcePromises):
    url = "/api/v1/academic/courses/"
    view, create, update = "academic.view_course", "academic.add_course", "academic.change_course"
    also = ("academic.view_program",)
    references = ("program",)
    changes = {"title": "Renamed"}

    def make(self, institution):
        return make_course(institution)

    def body(self, institution):
        return {"program": str(make_program(institution).pk), "code": "NEW", "title": "New", "credits": "20"}


class TestCourseVersions(ResourcePromises):
    url = "/api/v1/academic/course-versions/"
    view = "academic.view_course"
    create = update = remove = "academic.change_course"
    references = ("course",)
    changes = {"contact_hours": {"lecture": "36.0"}}

    def make(self, institution):
        return make_course_version(institution)

    def body(self, institution):
        course = make_course(institution)
        return {"course": str(course.pk), "starts_on": "2027-01-01", "credits": "12"}


class TestPrerequisites(ResourcePromises):
    url = "/api/v1/academic/prerequisites/"
    view, create, remove = "academic.view_course", "academic.change_course", "academic.change_course"
    references = ("course", "requires")

    def make(self, institution):
        course, requires = make_course(institution), make_course(institution)
        return saved(Prerequisite(institution=institution, course=course, requires=requires))

    def body(self, institution):
        return {"course": str(make_course(institution).pk), "requires": str(make_course(institution).pk)}


class TestRequisites(ResourcePromises):
    url = "/api/v1/academic/requisites/"
    view = "academic.view_course"
    create = update = remove = "academic.change_course"
    references = ("course",)
    changes = {"text": "The second year."}

    def make(self, institution):
        tree = {"is": "level_at_least", "level": 2}
        return saved(Requisite(institution=institution, course=make_course(institution), tree=tree))

    def body(self, institution):
        tree = {"is": "passed", "course": make_course(institution).code}
        return {"course": str(make_course(institution).pk), "tree": tree}


class TestCourseEquivalences(ResourcePromises):
    url = "/api/v1/academic/course-equivalences/"
    view = "academic.view_course"
    create = update = remove = "academic.change_course"
    references = ("course", "counts_as")
    changes = {"ends_on": "2029-12-31"}

    def make(self, institution):
        course, other = make_course(institution), make_course(institution)
        days = {"starts_on": date(2026, 1, 1)}
        return saved(CourseEquivalence(institution=institution, course=course, counts_as=other, **days))

    def body(self, institution):
        course, other = make_course(institution), make_course(institution)
        return {"course": str(course.pk), "counts_as": str(other.pk), "starts_on": "2026-01-01"}


class TestCoursePermits(ResourcePromises):
    url = "/api/v1/academic/course-permits/"
    view, create = "academic.view_permit", "academic.permit_course"
    also = ("students.view_student", "academic.view_course")
    references = ("student", "course")

    def make(self, institution):
        student, course = make_student(institution), make_course(institution)
        said = {"who": "dean", "starts_on": date(2026, 1, 1)}
        return saved(CoursePermit(institution=institution, student=student, course=course, **said))

    def body(self, institution):
        student, course = make_student(institution), make_course(institution)
        return {"student": str(student.pk), "course": str(course.pk), "who": "dean", "starts_on": "2026-01-01"}


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
    also = ("users.view_user",)
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
    view, create, update = "academic.view_section", "academic.change_meeting", "academic.change_meeting"
    also = ("faculties.view_room",)
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
    also = ("academic.view_section",)
    references = ("meeting",)

    def make(self, institution):
        reason = {"waives": "lecturer", "reason": "Two groups in one hall."}
        return saved(MeetingWaiver(institution=institution, meeting=make_meeting(institution), **reason))

    def body(self, institution):
        return {"meeting": str(make_meeting(institution).pk), "waives": "cohort", "reason": "An elective."}


class TestOccurrences(ResourcePromises):
    url = "/api/v1/academic/occurrences/"
    view = "academic.view_section"

    def make(self, institution):
        return Occurrence.objects.filter(meeting=make_meeting(institution)).first()


class TestLecturerHours(ResourcePromises):
    url = "/api/v1/academic/lecturer-hours/"
    view = "academic.view_section"

    def make(self, institution):
        section = make_section(institution)
        saved(Teaching(institution=institution, section=section, account=make_user()))
        meeting = make_meeting(institution, section=section, first_week=1, last_week=1)
        return OccurrenceLecturer.objects.get(occurrence__meeting=meeting)


class TestCohortHours(ResourcePromises):
    url = "/api/v1/academic/cohort-hours/"
    view = "academic.view_section"

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


class TestEnrollments(ResourcePromises):
    url = "/api/v1/academic/enrollments/"
    view, create = "academic.view_enrollment", "academic.add_enrollment"
    also = ("students.view_student", "academic.view_program")
    references = ("student", "program_version")

    def make(self, institution):
        return make_enrollment(institution)

    def body(self, institution):
        student, version = make_student(institution), make_program_version(institution)
        return {"student": str(student.pk), "program_version": str(version.pk), "enrolled_on": "2026-02-09"}


class TestEnrollmentHistory(ResourcePromises):
    url = "/api/v1/academic/enrollment-history/"
    view = "academic.view_enrollment"

    def make(self, institution):
        enrollment = make_enrollment(institution)
        return saved(
            EnrollmentStatus(
                institution=institution, enrollment=enrollment, status="active", starts_on=enrollment.enrolled_on
            )
        )


class TestExemptions(ResourcePromises):
    url = "/api/v1/academic/exemptions/"
    view, create = "academic.view_exemption", "academic.grant_exemption"
    also = ("academic.view_enrollment", "academic.view_course", "academic.view_transfer")
    references = ("enrollment", "course")

    def make(self, institution):
        return make_exemption(institution)

    def body(self, institution):
        enrollment, course = make_enrollment(institution), make_course(institution)
        return {
            "enrollment": str(enrollment.pk),
            "course": str(course.pk),
            "kind": "transfer",
            "reason": "Passed at NUST",
        }


class TestVersionConsents(ResourcePromises):
    url = "/api/v1/academic/version-consents/"
    view, create = "academic.view_enrollment", "academic.consent_to_version"
    also = ("academic.view_program",)
    references = ("enrollment", "to_version")

    def make(self, institution):
        enrollment, later = self.enrolled(institution)
        return saved(
            VersionConsent(
                institution=institution,
                enrollment=enrollment,
                from_version=enrollment.program_version,
                to_version=later,
                how="in_writing",
                agreed_on=date(2026, 3, 2),
                document="F 12",
            )
        )

    def body(self, institution):
        enrollment, later = self.enrolled(institution)
        return {"enrollment": str(enrollment.pk), "to_version": str(later.pk), "document": "F 12"}

    def enrolled(self, institution):
        enrollment = make_enrollment(institution)
        program = enrollment.program_version.program
        return enrollment, make_program_version(institution, program=program, catalog_year=2027)


class TestRegistrations(ResourcePromises):
    url = "/api/v1/academic/registrations/"
    view, create, remove = "academic.view_registration", "academic.add_registration", "academic.change_registration"
    also = ("academic.view_enrollment", "academic.view_section")
    references = ("enrollment", "section")

    def make(self, institution):
        return make_registration(institution, section=make_coming_section(institution))

    def body(self, institution):
        enrollment, section = make_enrollment(institution), make_section(institution)
        return {"enrollment": str(enrollment.pk), "section": str(section.pk), "registered_on": "2026-02-09"}


class TestWaitlistEntries(ResourcePromises):
    url = "/api/v1/academic/waitlist-entries/"
    view, create = "academic.view_waitlist", "academic.join_waitlist"
    also = ("academic.view_enrollment", "academic.view_section")
    references = ("enrollment", "section")

    def make(self, institution):
        return make_entry(institution)

    def body(self, institution):
        full = make_coming_section(institution, capacity=0)
        return {"enrollment": str(make_enrollment(institution).pk), "section": str(full.pk)}


class TestWaitlistPolicies(ResourcePromises):
    """One for an institution: `make` gives the one that is there, and `body` is of an institution that has none."""

    url = "/api/v1/academic/waitlist-policies/"
    view, create, update = "academic.view_section", "academic.change_waitlist", "academic.change_waitlist"
    changes = {"offer_hours": 24}

    def make(self, institution):
        return WaitlistPolicy.objects.first() or saved(WaitlistPolicy(institution=institution))

    def body(self, institution):
        return {"offer_hours": 12, "most_waiting": 20}


class TestHolds(ResourcePromises):
    url = "/api/v1/academic/holds/"
    view, create = "academic.view_hold", "academic.place_hold"
    also = ("students.view_student",)
    references = ("student",)

    def make(self, institution):
        return make_hold(institution)

    def body(self, institution):
        student = make_student(institution)
        return {"student": str(student.pk), "kind": "library", "reason": "Two books", "starts_on": "2026-02-09"}


class TestWaivers(ResourcePromises):
    url = "/api/v1/academic/waivers/"
    view, create = "academic.view_waiver", "academic.add_waiver"
    also = ("academic.waive_load", "students.view_student", "academic.view_section")
    references = ("student", "section")

    def make(self, institution):
        return make_waiver(institution)

    def body(self, institution):
        student, section = make_student(institution), make_section(institution)
        told = {"waives": "load", "reason": "Last term", "until": "2096-02-09"}
        return {"student": str(student.pk), "section": str(section.pk), **told}


class TestLoadLimits(ResourcePromises):
    url = "/api/v1/academic/load-limits/"
    view, create, update = "academic.view_load_limit", "academic.change_load_limit", "academic.change_load_limit"
    remove = "academic.change_load_limit"
    also = ("academic.view_program",)
    references = ("program_version",)
    changes = {"most_credits": "72.0"}

    def make(self, institution):
        return make_load_limit(institution, program_version=make_program_version(institution))

    def body(self, institution):
        return {"program_version": str(make_program_version(institution).pk), "most_credits": "60"}


class TestAssessments(ResourcePromises):
    url = "/api/v1/academic/assessments/"
    view, create, update = "academic.view_assessment", "academic.add_assessment", "academic.change_assessment"
    also = ("academic.view_section",)
    references = ("section",)
    changes = {"name": "Essay"}

    def make(self, institution):
        return make_assessment(institution)

    def body(self, institution):
        section = make_section(institution)
        return {"section": str(section.pk), "code": "A1", "type": "tutor_marked", "weight": "50"}


class TestMarks(ResourcePromises):
    url = "/api/v1/academic/marks/"
    view, create, update = "academic.view_mark", "academic.add_mark", "academic.change_mark"
    also = ("academic.view_assessment", "academic.view_registration")
    references = ("assessment", "registration")
    changes = {"mark": "71.5"}

    def make(self, institution):
        return make_mark(institution)

    def body(self, institution):
        registration = make_registration(institution)
        assessment = make_assessment(institution, section=registration.section)
        return {"assessment": str(assessment.pk), "registration": str(registration.pk), "mark": "64"}


class TestTransfers(ResourcePromises):
    url = "/api/v1/academic/transfers/"
    view, create = "academic.view_transfer", "academic.add_transfer"
    also = ("students.view_student",)
    references = ("student",)

    def make(self, institution):
        return make_transfer(institution)

    def body(self, institution):
        student, other = make_student(institution), make_institution()
        return {"student": str(student.pk), "institution_code": other.code, "reason": "Family"}

    def test_creating_is_audited(self, harare):
        """On either side, each about its own row."""
        person, body = self.writer(harare), self.body_for(harare)
        answer = client_of(person).post(self.url, body)
        assert answer.status_code == 201, answer.content
        created = answer.json()["data"]
        ours, theirs = (
            AuditEntry.objects.get(actor_id=person.pk, institution_id=institution)
            for institution in (harare.pk, created["other_institution"])
        )
        assert (ours.decision, ours.subject_id) == ("done", created["id"])
        assert (theirs.decision, theirs.rule) == ("done", ours.rule)
        assert theirs.subject_id != ours.subject_id


class TestTransferredCredits(ResourcePromises):
    url = "/api/v1/academic/transferred-credits/"
    view = "academic.view_transfer"

    def make(self, institution):
        transfer = make_transfer(institution)
        return saved(
            TransferredCredit(
                institution=institution, transfer=transfer, student=transfer.student, code="C1", title="Course",
                credits=20, level=1, grade="pass", ended_on="2026-06-19",
            )
        )  # fmt: skip
