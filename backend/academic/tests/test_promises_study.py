"""This file holds the promises of enrollments, registrations, marks and transfers."""

from datetime import date

from academic.factories import (
    make_assessment,
    make_course,
    make_enrollment,
    make_exemption,
    make_mark,
    make_program_version,
    make_registration,
    make_section,
    make_transfer,
)
from academic.models import (
    EnrollmentStatus,
    TransferredCredit,
    VersionConsent,
    WaitlistPolicy,
)
from academic.tests.registration_lab import (
    make_coming_section,
    make_entry,
    make_hold,
    make_load_limit,
    make_waiver,
)
from core.audit.models import AuditEntry
from core.testing.fixtures import client_of
from core.testing.promises import ResourcePromises
from faculties.factories import make_institution, saved
from students.factories import make_student


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
