"""This file holds the smallest valid rows of this app for tests: a test states what matters, no more."""

from itertools import count
from typing import Any, TypeVar

from core.records import Record
from core.tenancy.scope import reaching
from faculties.models import Department, Faculty, Institution

AnyRecord = TypeVar("AnyRecord", bound=Record)

numbers = count(1)


def numbered(start: str) -> str:
    """A code that no other row made here has: "F7"."""
    return f"{start}{next(numbers)}"


def saved(row: AnyRecord) -> AnyRecord:
    """The row, checked and saved inside its institution, whatever the test reaches."""
    with reaching(row.institution_id):
        return row.save_checked()


def make_institution(code: str | None = None, **fields: Any) -> Institution:
    """An open university."""
    code = code or numbered("I")
    usual = {"name": f"University {code}", "type": Institution.Type.UNIVERSITY}
    return Institution(code=code, **{**usual, **fields}).save_checked()


def make_faculty(institution: Institution, **fields: Any) -> Faculty:
    """An open faculty."""
    code = numbered("F")
    usual = {"code": code, "name": f"Faculty {code}"}
    return saved(Faculty(institution=institution, **{**usual, **fields}))


def make_department(institution: Institution, *, faculty: Faculty | None = None, **fields: Any) -> Department:
    """An open department; in a faculty of its own unless one is given, as for every parent below."""
    code = numbered("D")
    usual = {"code": code, "name": f"Department {code}"}
    faculty = faculty or make_faculty(institution)
    return saved(Department(institution=institution, faculty=faculty, **{**usual, **fields}))
