"""This file holds the smallest valid rows of this app for tests."""

from datetime import date
from typing import Any

from faculties.factories import make_department, make_faculty, numbered, saved
from faculties.models import Institution
from staff.models import Absence, Application, Appointment, Contract, Member, Qualification, Vacancy

JOINED = date(2020, 1, 1)


def make_member(institution: Institution, **fields: Any) -> Member:
    """A member of staff since 2020."""
    usual = {"number": numbered("E"), "given_names": "Tendai", "family_name": "Moyo", "joined_on": JOINED}
    return saved(Member(institution=institution, **{**usual, **fields}))


def make_contract(institution: Institution, *, member: Member | None = None, **fields: Any) -> Contract:
    """A permanent contract for a full post of teaching, from 2020 on."""
    usual = {"kind": "permanent", "activity": "teaching", "starts_on": JOINED}
    member = member or make_member(institution)
    return saved(Contract(institution=institution, member=member, **{**usual, **fields}))


def make_appointment(institution: Institution, *, member: Member | None = None, **fields: Any) -> Appointment:
    """A lecturer of a department from 2020 on; of a faculty for a dean."""
    post = fields.pop("post", "lecturer")
    if not {"faculty", "department"} & fields.keys():
        fields |= (
            {"faculty": make_faculty(institution)} if post == "dean" else {"department": make_department(institution)}
        )
    member = member or make_member(institution)
    return saved(Appointment(institution=institution, member=member, post=post, **{"starts_on": JOINED, **fields}))


def make_qualification(institution: Institution, *, member: Member | None = None, **fields: Any) -> Qualification:
    """A master's degree."""
    member = member or make_member(institution)
    return saved(
        Qualification(institution=institution, member=member, **{"level": 7, "title": "MSc Physics", **fields})
    )


def make_absence(institution: Institution, *, member: Member | None = None, **fields: Any) -> Absence:
    """A week of annual leave in May 2026."""
    usual = {"kind": "annual", "starts_on": date(2026, 5, 4), "ends_on": date(2026, 5, 8)}
    member = member or make_member(institution)
    return saved(Absence(institution=institution, member=member, **{**usual, **fields}))


def make_vacancy(institution: Institution, **fields: Any) -> Vacancy:
    """An open vacancy for a permanent full post of teaching, with applications until the end of 2026."""
    usual = {"title": "Lecturer in Physics", "kind": "permanent", "activity": "teaching"}
    days = {"opens_on": date(2026, 1, 1), "closes_on": date(2026, 12, 31)}
    department = fields.pop("department", None) or make_department(institution)
    return saved(Vacancy(institution=institution, department=department, **{**usual, **days, **fields}))


def make_application(institution: Institution, *, vacancy: Vacancy | None = None, **fields: Any) -> Application:
    """Somebody who applies."""
    usual = {"given_names": "Rudo", "family_name": "Ncube", "applied_on": date(2026, 2, 1)}
    vacancy = vacancy or make_vacancy(institution)
    return saved(Application(institution=institution, vacancy=vacancy, **{**usual, **fields}))
