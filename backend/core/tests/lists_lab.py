"""This file holds what tests of lists are made of: rows, and short ways to ask and to read an answer."""

from core.tenancy.scope import reaching
from faculties.models import Department, Faculty
from students.models import Student


def make_student(institution, number, **fields):
    with reaching(institution.pk):
        return Student.objects.create(institution=institution, number=number, **{"entry_year": 2024, **fields})


def make_students(institution, prefix, count, **fields):
    return [make_student(institution, f"{prefix}{slot}", **fields) for slot in range(count)]


def make_department(institution, code, **fields):
    with reaching(institution.pk):
        faculty, _ = Faculty.objects.get_or_create(institution=institution, code="ALL", defaults={"name": "All"})
        return Department.objects.create(
            institution=institution, faculty=faculty, code=code, **{"name": f"Department {code}", **fields}
        )


def change(row, **fields):
    with reaching(row.institution_id):
        type(row).objects.filter(pk=row.pk).update(**fields)


def page(client, url, **query):
    answer = client.get(url, query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def refusals(answer):
    assert answer.status_code == 400, answer.content
    return {one["field"]: one["code"] for one in answer.json()["errors"]}
