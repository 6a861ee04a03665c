"""This file holds the promises of students."""

from dataclasses import replace
from datetime import date

from core.audit.models import AuditEntry
from core.files.keeping import keep
from core.testing.fixtures import Person, client_of
from core.testing.promises import ResourcePromises
from core.tests.files_lab import PDF, sent, taken
from students.documents.models import StudentDocument
from students.documents.rules import PAPER
from students.factories import (
    make_award,
    make_case,
    make_employer,
    make_entry,
    make_inclusion,
    make_kin,
    make_mobility,
    make_outreach,
    make_participation,
    make_placement,
    make_pledge,
    make_scholarship,
    make_sponsor,
    make_student,
    make_tranche,
)
from students.models import CaseNote, StudentStatus
from students.placements.models import LogbookEntry, PlacementVisit
from users.factories import make_user
from users.models import User


class TestStudents(ResourcePromises):
    url = "/api/v1/students/"
    view = "students.view_student"
    create = "students.add_student"
    update = "students.change_student"
    changes = {"given_names": "Chipo"}

    def make(self, institution):
        return make_student(institution)

    def body(self, institution):
        return {"number": "R1", "given_names": "Rudo", "family_name": "Moyo", "entry_year": 2026}


class TestStatuses(ResourcePromises):
    url = "/api/v1/students/statuses/"
    view = "students.view_student"

    def make(self, institution):
        return StudentStatus(
            institution=institution, student=make_student(institution), status="active", starts_on=date(2026, 1, 1)
        ).save_checked()


class TestDocuments(ResourcePromises):
    url = "/api/v1/students/documents/"
    view = "students.view_document"
    create = "students.add_document"
    update = "students.change_document"
    remove = "students.remove_document"
    also = ("students.view_student",)
    changes = {"title": "Diploma"}
    sends = "multipart"

    def make(self, institution):
        student = make_student(institution)
        file = keep(institution.pk, PAPER, taken(PAPER, PDF), person=student.pk)
        return StudentDocument(
            institution=institution, student=student, file=file, kind="certificate", title="Certificate"
        ).save_checked()

    def body(self, institution):
        student = make_student(institution)
        return {"student": str(student.pk), "kind": "certificate", "title": "O level", "file": sent(PDF, "o.pdf")}


class TestEmployers(ResourcePromises):
    url = "/api/v1/students/employers/"
    view = "students.view_employer"
    create = "students.add_employer"
    update = "students.change_employer"
    changes = {"sector": "mining"}

    def make(self, institution):
        return make_employer(institution)

    def body(self, institution):
        return {"name": "Hwange Colliery", "sector": "mining", "address": "1 Coal Road, Hwange"}


class TestPlacements(ResourcePromises):
    url = "/api/v1/students/placements/"
    view = "students.view_placement"
    create = "students.add_placement"
    update = "students.change_placement"
    also = ("students.view_student", "students.view_employer")
    references = ("student", "employer")
    changes = {"host_supervisor": "T. Dube"}

    def make(self, institution):
        return make_placement(institution)

    def body(self, institution):
        student, employer = make_student(institution), make_employer(institution)
        days = {"starts_on": "2026-02-02", "ends_on": "2026-10-30"}
        return {"student": str(student.pk), "employer": str(employer.pk), "kind": "internship", **days}


class TestVisits(ResourcePromises):
    url = "/api/v1/students/placement-visits/"
    view = "students.view_placement"
    create = "students.visit_placement"
    update = "students.visit_placement"
    references = ("placement",)
    changes = {"findings": "She leads a shift."}

    def make(self, institution):
        placement = make_placement(institution)
        day = date(2026, 3, 3)
        return PlacementVisit(
            institution=institution, placement=placement, visited_on=day, findings="Well."
        ).save_checked()

    def body(self, institution):
        placement = make_placement(institution)
        return {"placement": str(placement.pk), "visited_on": "2026-03-03", "findings": "Well.", "grade": "B"}


class TestLogbookEntries(ResourcePromises):
    url = "/api/v1/students/logbook-entries/"
    view = "students.view_placement"
    create = "students.write_logbook"
    update = "students.write_logbook"
    references = ("placement",)
    changes = {"hours": "38.50"}

    def make(self, institution):
        placement, week = make_placement(institution), date(2026, 3, 2)
        return LogbookEntry(
            institution=institution, placement=placement, week_starts_on=week, hours=40, done="Pumps."
        ).save_checked()

    def body(self, institution):
        placement = make_placement(institution)
        return {"placement": str(placement.pk), "week_starts_on": "2026-03-02", "hours": "40.00", "done": "Pumps."}


class TestMobilities(ResourcePromises):
    url = "/api/v1/students/mobilities/"
    view, create, update = "students.view_mobility", "students.add_mobility", "students.change_mobility"
    also = ("students.view_student",)
    references = ("student",)
    changes = {"partner": "University of Cape Town"}

    def make(self, institution):
        return make_mobility(institution)

    def body(self, institution):
        return {
            "student": str(make_student(institution).pk),
            "direction": "outbound",
            "country": "ZA",
            "partner": "University of Pretoria",
            "starts_on": "2026-02-01",
            "ends_on": "2026-06-30",
        }


class TestSponsors(ResourcePromises):
    url = "/api/v1/students/sponsors/"
    view, create, update = "students.view_scholarship", "students.add_scholarship", "students.change_scholarship"
    changes = {"name": "Higherlife Foundation"}

    def make(self, institution):
        return make_sponsor(institution)

    def body(self, institution):
        return {"name": "Joshua Nkomo Fund"}


class TestScholarships(ResourcePromises):
    url = "/api/v1/students/scholarships/"
    view, create, update = "students.view_scholarship", "students.add_scholarship", "students.change_scholarship"
    references = ("sponsor",)
    changes = {"seats": 5}

    def make(self, institution):
        return make_scholarship(institution)

    def body(self, institution):
        sponsor = make_sponsor(institution)
        return {"sponsor": str(sponsor.pk), "title": "Merit", "currency": "USD", "amount_per_year": "1500.00"}


class TestAwards(ResourcePromises):
    url = "/api/v1/students/awards/"
    view, create, update = "students.view_award", "students.add_award", "students.change_award"
    also = ("students.view_student", "students.view_scholarship")
    references = ("student", "scholarship")
    changes = {"amount": "900.00"}

    def make(self, institution):
        return make_award(institution)

    def body(self, institution):
        student, scholarship = make_student(institution), make_scholarship(institution)
        days = {"starts_on": "2026-01-01", "ends_on": "2026-12-31"}
        return {"student": str(student.pk), "scholarship": str(scholarship.pk), "amount": "500.00", **days}


class TestTranches(ResourcePromises):
    url = "/api/v1/students/tranches/"
    view, create, update, remove = (
        "students.view_award", "students.change_award", "students.change_award", "students.change_award",
    )  # fmt: skip
    references = ("award",)
    changes = {"amount": "300.00"}

    def make(self, institution):
        return make_tranche(institution)

    def body(self, institution):
        return {"award": str(make_award(institution).pk), "due_on": "2026-03-01", "amount": "250.00"}


class OfOwnCases:
    """Rows of cases show to one counselor alone, who owns them all."""

    view = "students.view_case"

    def counselor(self):
        return User.objects.filter(email="counselor@tesc.test").first() or make_user(email="counselor@tesc.test")

    def reader(self, institution):
        return Person(replace(super().reader(institution).actor, id=self.counselor().pk))

    def writer(self, institution):
        return Person(replace(super().writer(institution).actor, id=self.counselor().pk))


class TestCases(OfOwnCases, ResourcePromises):
    url = "/api/v1/students/cases/"
    create, update = "students.add_case", "students.change_case"
    also = ("students.view_student",)
    references = ("student",)
    changes = {"kind": "financial"}

    def make(self, institution):
        return make_case(institution, owner=self.counselor())

    def body(self, institution):
        return {"student": str(make_student(institution).pk), "kind": "wellbeing"}


class TestCaseNotes(OfOwnCases, ResourcePromises):
    url = "/api/v1/students/case-notes/"

    def make(self, institution):
        case = make_case(institution, owner=self.counselor())
        return CaseNote(
            institution=institution, case=case, person_id=case.student_id, text="She sleeps badly.", author=case.owner
        ).save_checked()


class TestWorkPledges(ResourcePromises):
    url = "/api/v1/students/work-pledges/"
    view, create, update = "students.view_work", "students.add_work_pledge", "students.change_work_pledge"
    also = ("students.view_student",)
    references = ("student",)
    changes = {"area": "Gardens"}

    def make(self, institution):
        return make_pledge(institution)

    def body(self, institution):
        return {
            "student": str(make_student(institution).pk),
            "area": "Library",
            "hours_pledged": "40",
            "rate": "2.50",
            "currency": "USD",
            "starts_on": "2026-01-05",
            "ends_on": "2026-12-18",
        }


class TestWorkEntries(ResourcePromises):
    url = "/api/v1/students/work-entries/"
    view, create, update, remove = "students.view_work", *["students.enter_work"] * 3
    references = ("pledge",)
    changes = {"hours": "6.50"}

    def make(self, institution):
        return make_entry(institution)

    def body(self, institution):
        return {"pledge": str(make_pledge(institution).pk), "worked_on": "2026-03-02", "hours": "8"}


class TestOutreachPrograms(ResourcePromises):
    url = "/api/v1/students/outreach-programs/"
    view, create, update = "students.view_outreach", "students.add_outreach", "students.change_outreach"
    changes = {"place": "Workshop 3"}

    def make(self, institution):
        return make_outreach(institution)

    def body(self, institution):
        return {
            "title": "Welding",
            "field": "Welding",
            "hours": 30,
            "starts_on": "2026-01-05",
            "ends_on": "2026-02-05",
            "seats": 20,
            "place": "Workshop 2",
        }


class TestOutreachParticipations(ResourcePromises):
    url = "/api/v1/students/outreach-participations/"
    view, create = "students.view_outreach_participation", "students.change_outreach"
    also = ("students.view_student", "students.view_outreach")
    references = ("program", "student")

    def make(self, institution):
        return make_participation(institution)

    def body(self, institution):
        return {"program": str(make_outreach(institution).pk), "student": str(make_student(institution).pk)}


class TestKin(ResourcePromises):
    url = "/api/v1/students/kin/"
    view, create = "students.view_kin", "students.add_kin"
    update, remove = "students.change_kin", "students.remove_kin"
    also = ("students.view_student", "students.view_kin_contact")
    references = ("student",)
    changes = {"kind": "emergency"}

    def make(self, institution):
        return make_kin(institution)

    def body(self, institution):
        return {"student": str(make_student(institution).pk), "kind": "guardian", "name": "Chipo Ncube"}

    def test_creating_is_audited(self, harare):
        """Besides, the answer shows who it is, which is a look."""
        person = self.writer(harare)
        answer = client_of(person).post(self.url, self.body_for(harare))
        entries = AuditEntry.objects.filter(actor_id=person.pk, subject_id=answer.json()["data"]["id"])
        assert set(entries.values_list("rule", flat=True)) == {"students.kin.added", "students.kin.read"}

    def test_updating_is_audited(self, harare):
        row, person = self.made(harare), self.writer(harare)
        assert client_of(person).patch(self.of(row), self.changes).status_code == 200
        entry = AuditEntry.objects.get(actor_id=person.pk, rule="students.kin.changed")
        assert entry.changes == {"kind": ["next_of_kin", "emergency"]}


class TestInclusion(ResourcePromises):
    url = "/api/v1/students/inclusion/"
    view, create, update = "students.view_inclusion", "students.add_inclusion", "students.change_inclusion"
    also = ("students.view_student",)
    references = ("student",)
    changes = {"extra_time_percent": 25}

    def make(self, institution):
        return make_inclusion(institution)

    def body(self, institution):
        return {"student": str(make_student(institution).pk), "starts_on": "2026-02-01", "disability": "visual"}
