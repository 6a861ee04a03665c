"""This file holds the smallest valid rows of this app for tests."""

from datetime import date
from decimal import Decimal
from typing import Any

from faculties.factories import numbered, saved
from faculties.models import Institution
from students.models import Award, Case, Employer, Mobility, Placement, Scholarship, Sponsor, Student, Tranche


def make_student(institution: Institution, **fields: Any) -> Student:
    """An active student who entered in 2026."""
    usual = {"number": numbered("R26"), "given_names": "Rudo", "family_name": "Ncube", "entry_year": 2026}
    return saved(Student(institution=institution, **{**usual, **fields}))


def make_case(institution: Institution, *, owner: Any, **fields: Any) -> Case:
    """An open case in the hands of an account."""
    student = fields.pop("student", None) or make_student(institution)
    return saved(Case(institution=institution, student=student, owner=owner, **{"kind": "wellbeing", **fields}))


def make_employer(institution: Institution, **fields: Any) -> Employer:
    """An employer."""
    return saved(Employer(institution=institution, **{"name": numbered("Works "), **fields}))


def make_placement(institution: Institution, *, student: Student | None = None, **fields: Any) -> Placement:
    """A placement that runs through 2026."""
    usual = {"starts_on": date(2026, 1, 5), "ends_on": date(2026, 12, 18), "status": Placement.Status.RUNNING}
    student, employer = student or make_student(institution), fields.pop("employer", None) or make_employer(institution)
    return saved(Placement(institution=institution, student=student, employer=employer, **{**usual, **fields}))


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


def make_sponsor(institution: Institution, **fields: Any) -> Sponsor:
    """A sponsor."""
    return saved(Sponsor(institution=institution, **{"name": numbered("Fund "), **fields}))


def make_scholarship(institution: Institution, **fields: Any) -> Scholarship:
    """A scholarship in US dollars for as many as are awarded it."""
    usual = {"title": numbered("Merit "), "currency": "USD", "amount_per_year": Decimal(1000)}
    sponsor = fields.pop("sponsor", None) or make_sponsor(institution)
    return saved(Scholarship(institution=institution, sponsor=sponsor, **{**usual, **fields}))


def make_award(institution: Institution, **fields: Any) -> Award:
    """An award of 1,000 that is active through 2026."""
    scholarship = fields.pop("scholarship", None) or make_scholarship(institution)
    student = fields.pop("student", None) or make_student(institution)
    usual = {"amount": Decimal(1000), "starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31), "status": "active"}
    row = Award(institution=institution, student=student, scholarship=scholarship, **{**usual, **fields})
    row.currency = scholarship.currency
    return saved(row)


def make_tranche(institution: Institution, **fields: Any) -> Tranche:
    """A tranche of 400 that is due in February 2026."""
    award = fields.pop("award", None) or make_award(institution)
    usual = {"due_on": date(2026, 2, 1), "amount": Decimal(400)}
    return saved(Tranche(institution=institution, award=award, **{**usual, **fields}))
