"""This file holds the smallest valid rows of this app for tests."""

from datetime import date
from decimal import Decimal
from typing import Any

from faculties.factories import numbered, saved
from faculties.models import Institution
from students.models import (
    Award,
    Case,
    Employer,
    Inclusion,
    Kin,
    Mobility,
    OutreachParticipation,
    OutreachProgram,
    Placement,
    Scholarship,
    Sponsor,
    Student,
    Tranche,
    WorkEntry,
    WorkPledge,
)


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


def make_pledge(institution: Institution, **fields: Any) -> WorkPledge:
    """A pledge of 40 hours in the library through 2026."""
    usual = {
        "area": "Library",
        "hours_pledged": 40,
        "rate": "2.50",
        "currency": "USD",
        "starts_on": date(2026, 1, 5),
        "ends_on": date(2026, 12, 18),
    }
    student = fields.pop("student", None) or make_student(institution)
    return saved(WorkPledge(institution=institution, student=student, **{**usual, **fields}))


def make_entry(institution: Institution, *, pledge: WorkPledge | None = None, **fields: Any) -> WorkEntry:
    """Eight hours that nobody approved yet."""
    pledge = pledge or make_pledge(institution)
    usual = {"worked_on": date(2026, 3, 2), "hours": 8, "starts_on": pledge.starts_on, "ends_on": pledge.ends_on}
    return saved(WorkEntry(institution=institution, pledge=pledge, **{**usual, **fields}))


def make_outreach(institution: Institution, **fields: Any) -> OutreachProgram:
    """A short course with 20 seats that is not over for long."""
    usual = {
        "title": numbered("Welding "),
        "field": "Welding",
        "hours": 30,
        "starts_on": date(2026, 1, 5),
        "ends_on": date(2100, 1, 5),
        "seats": 20,
        "place": "Workshop 2",
    }
    return saved(OutreachProgram(institution=institution, **{**usual, **fields}))


def make_participation(institution: Institution, **fields: Any) -> OutreachParticipation:
    """Somebody who is registered, and has a seat."""
    student = fields.pop("student", None) or make_student(institution)
    program = fields.pop("program", None) or make_outreach(institution, seats_taken=1)
    return saved(OutreachParticipation(institution=institution, program=program, student=student, **fields))


def make_kin(institution: Institution, **fields: Any) -> Kin:
    """A mother whom a student named as next of kin."""
    usual = {
        "kind": "next_of_kin",
        "name": "Chipo Ncube",
        "relation": "mother",
        "phone": "+263 77 000 0000",
        "email": "chipo@example.test",
    }
    student = fields.pop("student", None) or make_student(institution)
    return saved(Kin(institution=institution, student=student, **{**usual, **fields}))


def make_inclusion(institution: Institution, **fields: Any) -> Inclusion:
    """What a student stated from February 2026 on, which is nothing."""
    student = fields.pop("student", None) or make_student(institution)
    return saved(Inclusion(institution=institution, student=student, **{"starts_on": date(2026, 2, 1), **fields}))
