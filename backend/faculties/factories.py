"""This file holds the smallest valid rows of this app for tests: a test states what matters, no more."""

from datetime import UTC, date, datetime
from itertools import count
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.utils import timezone

from core.records import Record
from core.tenancy.scope import reaching
from faculties.models import (
    Booking,
    Building,
    Campus,
    Department,
    Equipment,
    Faculty,
    Institution,
    Room,
    TravelTime,
)

AnyRecord = TypeVar("AnyRecord", bound=Record)

numbers = count(1)


def numbered(start: str) -> str:
    """A code that no other row made here has: "F7"."""
    return f"{start}{next(numbers)}"


def saved(row: AnyRecord) -> AnyRecord:
    """The row, checked and saved inside its institution, whatever the test reaches."""
    with reaching(row.institution_id):
        return row.save_checked()


def today_there() -> date:
    """The day it is at an institution made here: late in the evening of the servers it is the next one."""
    return timezone.localdate(timezone=ZoneInfo(Institution._meta.get_field("time_zone").default))


def zone_of_another_day() -> str:
    """A time zone where it is not the day of the servers now: nobody moves the clock of PostgreSQL for a test."""
    return "Pacific/Pago_Pago" if timezone.now().hour < 10 else "Pacific/Kiritimati"


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


def make_campus(institution: Institution, **fields: Any) -> Campus:
    """An open campus."""
    code = numbered("C")
    return saved(Campus(institution=institution, **{"code": code, "name": f"Campus {code}", **fields}))


def make_building(institution: Institution, *, campus: Campus | None = None, **fields: Any) -> Building:
    """A building of one floor."""
    code = numbered("B")
    usual = {"code": code, "name": f"Building {code}"}
    campus = campus or make_campus(institution)
    return saved(Building(institution=institution, campus=campus, **{**usual, **fields}))


def make_travel_time(institution: Institution, **fields: Any) -> TravelTime:
    """Half an hour from one campus to another."""
    for name in {"origin", "destination"} - set(fields):
        fields[name] = make_campus(institution)
    return saved(TravelTime(institution=institution, **{"minutes": 30, **fields}))


def make_room(institution: Institution, *, building: Building | None = None, **fields: Any) -> Room:
    """A classroom of forty seats that is available and shared."""
    usual = {"code": numbered("R"), "kind": Room.Kind.CLASSROOM, "capacity": 40}
    building = building or make_building(institution)
    return saved(Room(institution=institution, building=building, **{**usual, **fields}))


def make_equipment(institution: Institution, **fields: Any) -> Equipment:
    """A microscope that is available and shared."""
    usual = {"asset_number": numbered("A"), "name": "Microscope", "kind": Equipment.Kind.LABORATORY}
    return saved(Equipment(institution=institution, **{**usual, **fields}))


def make_booking(institution: Institution, **fields: Any) -> Booking:
    """A class from ten to twelve by the clocks of Harare, on the first of a month far ahead, in a room of its own."""
    usual = {
        "title": "Algebra",
        "purpose": Booking.Purpose.CLASS,
        "starts_at": datetime(2190, 3, 1, 8, tzinfo=UTC),
        "ends_at": datetime(2190, 3, 1, 10, tzinfo=UTC),
    }
    if not {"room", "equipment"} & set(fields):
        usual["room"] = make_room(institution)
    return saved(Booking(institution=institution, **{**usual, **fields}))
