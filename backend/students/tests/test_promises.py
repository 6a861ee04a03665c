"""This file holds the promises of students."""

from core.files.keeping import keep
from core.testing.promises import ResourcePromises
from core.tests.files_lab import PDF, sent, taken
from students.documents.models import StudentDocument
from students.documents.rules import PAPER
from students.factories import make_mobility, make_student


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
