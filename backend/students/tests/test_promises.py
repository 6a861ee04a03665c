"""This file holds the promises of students."""

from core.testing.promises import ResourcePromises
from students.factories import make_student


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
