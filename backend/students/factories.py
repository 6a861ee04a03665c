"""This file holds the smallest valid rows of this app for tests."""

from typing import Any

from faculties.factories import numbered, saved
from faculties.models import Institution
from students.models import Student


def make_student(institution: Institution, **fields: Any) -> Student:
    """An active student who entered in 2026."""
    usual = {"number": numbered("R26"), "given_names": "Rudo", "family_name": "Ncube", "entry_year": 2026}
    return saved(Student(institution=institution, **{**usual, **fields}))
