"""This file holds the promises of a resource, kept by faculties and departments."""

from core.testing.promises import ResourcePromises
from faculties.models import Department, Faculty


class TestFaculties(ResourcePromises):
    url = "/api/v1/faculties/"
    view = "faculties.view_faculty"
    create = "faculties.add_faculty"
    update = "faculties.change_faculty"
    changes = {"name": "Renamed"}

    def make(self, institution):
        count = Faculty.objects.count()
        return Faculty.objects.create(institution=institution, code=f"F{count}", name=f"Faculty {count}")

    def body(self, institution):
        return {"code": "NEW", "name": "New"}


class TestDepartments(ResourcePromises):
    url = "/api/v1/departments/"
    view = "faculties.view_department"
    create = "faculties.add_department"
    update = "faculties.change_department"
    also = ("faculties.view_faculty",)
    references = ("faculty",)
    changes = {"name": "Renamed"}

    def parent(self, institution):
        return Faculty.objects.get_or_create(institution=institution, code="SCI", defaults={"name": "Science"})[0]

    def make(self, institution):
        count, parent = Department.objects.count(), self.parent(institution)
        return Department.objects.create(
            institution=institution, faculty=parent, code=f"D{count}", name=f"Department {count}"
        )

    def body(self, institution):
        return {"faculty": str(self.parent(institution).pk), "code": "NEW", "name": "New"}
