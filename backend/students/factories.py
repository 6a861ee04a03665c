"""This file holds the smallest valid rows of this app for tests."""

from datetime import date
from typing import Any

from faculties.factories import numbered, saved
from faculties.models import Institution
from students.models import Case, Mobility, Student


def make_student(institution: Institution, **fields: Any) -> Student:
    """An active student who entered in 2026."""
    usual = {"number": numbered("R26"), "given_names": "Rudo", "family_name": "Ncube", "entry_year": 2026}
    return saved(Student(institution=institution, **{**usual, **fields}))


def make_case(institution: Institution, *, owner: Any, **fields: Any) -> Case:
    """An open case in the hands of an account."""
    student = fields.pop("student", None) or make_student(institution)
    return saved(Case(institution=institution, student=student, owner=owner, **{"kind": "wellbeing", **fields}))


def make_mobility(institution: Institution, **fields: Any) -> Mobility:
    """A planned term at a partner in South Africa."""
    usual = {
        "direction": "outbound",
        "country": "ZA",
        "partner": "University of Pretoria",
        "starts_on": date(2026, 2, 1),
        "ends_on": date(2026, 6, 30),
    }
    student = fields.pop("student", None) or make_student(institution)
    return saved(Mobility(institution=institution, student=student, **{**usual, **fields}))
