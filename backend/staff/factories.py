"""This file holds the smallest valid rows of this app for tests."""

from datetime import date
from typing import Any

from faculties.factories import make_department, make_faculty, numbered, saved
from faculties.models import Institution
from staff.models import Absence, Appointment, Contract, Member, Qualification

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
