"""This file holds the promises of members of staff and of what hangs on them."""

from core.testing.promises import ResourcePromises
from faculties.factories import make_department
from staff.factories import (
    make_absence,
    make_application,
    make_appointment,
    make_contract,
    make_member,
    make_qualification,
    make_vacancy,
)


class TestMembers(ResourcePromises):
    url = "/api/v1/staff/members/"
    view = "staff.view_member"
    create = "staff.add_member"
    update = "staff.change_member"
    also = ("faculties.view_department",)
    references = ("department",)
    changes = {"given_names": "Chipo"}

    def make(self, institution):
        return make_member(institution)

    def body(self, institution):
        department = make_department(institution)
        return {"number": "E1", "family_name": "Moyo", "joined_on": "2024-01-08", "department": str(department.pk)}


class TestContracts(ResourcePromises):
    url = "/api/v1/staff/contracts/"
    view = "staff.view_contract"
    create = "staff.add_contract"
    update = "staff.change_contract"
    also = ("staff.view_member",)
    references = ("member",)
    changes = {"fte": "0.50"}

    def make(self, institution):
        return make_contract(institution)

    def body(self, institution):
        member = make_member(institution)
        return {"member": str(member.pk), "kind": "permanent", "activity": "research", "starts_on": "2024-01-08"}


class TestAppointments(ResourcePromises):
    url = "/api/v1/staff/appointments/"
    view = "staff.view_appointment"
    create = "staff.add_appointment"
    also = ("staff.view_member", "faculties.view_department")
    references = ("member", "department")

    def make(self, institution):
        return make_appointment(institution)

    def body(self, institution):
        member, department = make_member(institution), make_department(institution)
        return {
            "member": str(member.pk),
            "post": "head",
            "department": str(department.pk),
            "starts_on": "2024-01-08",
        }


class TestQualifications(ResourcePromises):
    url = "/api/v1/staff/qualifications/"
    view = "staff.view_qualification"
    create = "staff.add_qualification"
    update = "staff.change_qualification"
    remove = "staff.remove_qualification"
    also = ("staff.view_member",)
    references = ("member",)
    changes = {"title": "MSc Chemistry"}

    def make(self, institution):
        return make_qualification(institution)

    def body(self, institution):
        return {"member": str(make_member(institution).pk), "level": 8, "title": "PhD Physics"}


class TestAbsences(ResourcePromises):
    url = "/api/v1/staff/absences/"
    view = "staff.view_absence"
    create = "staff.add_absence"
    update = "staff.change_absence"
    remove = "staff.remove_absence"
    also = ("staff.view_member",)
    references = ("member",)
    changes = {"ends_on": "2026-05-07"}

    def make(self, institution):
        return make_absence(institution)

    def body(self, institution):
        return {"member": str(make_member(institution).pk), "kind": "study", "starts_on": "2026-05-04"}


class TestVacancies(ResourcePromises):
    url = "/api/v1/staff/vacancies/"
    view = "staff.view_vacancy"
    create = "staff.add_vacancy"
    update = "staff.change_vacancy"
    also = ("faculties.view_department",)
    references = ("department",)
    changes = {"title": "Senior Lecturer in Physics"}

    def make(self, institution):
        return make_vacancy(institution)

    def body(self, institution):
        return {
            "department": str(make_department(institution).pk),
            "title": "Professor of Physics",
            "kind": "permanent",
            "activity": "teaching_and_research",
            "opens_on": "2026-01-01",
            "closes_on": "2026-03-31",
        }


class TestApplications(ResourcePromises):
    url = "/api/v1/staff/applications/"
    view = "staff.view_application"
    create = "staff.add_application"
    update = "staff.change_application"
    also = ("staff.view_vacancy",)
    references = ("vacancy",)
    changes = {"given_names": "Chipo"}

    def make(self, institution):
        return make_application(institution)

    def body(self, institution):
        return {"vacancy": str(make_vacancy(institution).pk), "family_name": "Moyo", "applied_on": "2026-02-01"}
