"""This file holds what a term needs around its sections: rooms and lecturers, staged where the loads find them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import connection

from academic.imports.loads import BadSource
from academic.imports.merging import Merged
from academic.uiuc.sections import Calendar, SectionRow
from core.texts import folded
from users.models import User

# Nobody gets letters there, nor signs in by it: the source has names alone, and these are replaced.
MAILBOX = "{}@uiuc.invalid"
LONGEST_CODE = 20
STAGES = (
    "CREATE TEMP TABLE uiuc_rooms (building text, building_name text, code text, name text) ON COMMIT DROP",
    """
    CREATE TEMP TABLE uiuc_sections (line int, crn text PRIMARY KEY, host text, course text, code text, kind text,
      status text, starts_on date, ends_on date, without_meetings boolean) ON COMMIT DROP""",
    "CREATE TEMP TABLE uiuc_teachings (crn text, account_id uuid) ON COMMIT DROP",
    """
    CREATE TEMP TABLE uiuc_meetings (line int, crn text, kind text, weekday int, starts_at time, ends_at time,
      building text, room text) ON COMMIT DROP""",
)
TABLES = ("uiuc_rooms", "uiuc_sections", "uiuc_teachings", "uiuc_meetings")


def stage_term(calendar: Calendar, sections: Sequence[SectionRow], accounts: Mapping[str, UUID]) -> None:
    """The sections of a term with all that belongs to them."""
    codes = building_codes(sections)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {', '.join(f'pg_temp.{table}' for table in TABLES)}")
        for statement in STAGES:
            cursor.execute(statement)
    fill("uiuc_rooms", rooms_of(sections, codes))
    fill("uiuc_sections", (section_fields(calendar, section) for section in sections))
    fill("uiuc_teachings", ((one.crn, accounts[name]) for one in sections for name in one.lecturers))
    fill(
        "uiuc_meetings",
        (
            (line, one.crn, kind, slot.weekday, slot.starts_at, slot.ends_at, codes.get(slot.building), slot.room)
            for one in sections
            if one.host is None
            for slot, (kind, line) in one.slots.items()
        ),
    )


def fill(table: str, rows: Iterable[Sequence[object]]) -> None:
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(f"ANALYZE {table}")


def section_fields(calendar: Calendar, one: SectionRow) -> tuple[object, ...]:
    host = one.host.crn if one.host else None
    days = calendar.days_of(one.part)
    return (one.line, one.crn, host, one.course, one.code, one.kind, one.status, *days, not one.slots)


def rooms_of(sections: Iterable[SectionRow], codes: Mapping[str, str]) -> list[tuple[str, str, str, str]]:
    """Each room once: a number of a building."""
    places = {(slot.building, slot.room) for one in sections for slot in one.slots if slot.building}
    return [(codes[building], building, room, f"{room} {building}") for building, room in sorted(places)]


def building_codes(sections: Iterable[SectionRow]) -> dict[str, str]:
    """Codes for buildings, which the source calls by name alone: the beginning of the name, in capitals."""
    names = sorted({slot.building for one in sections for slot in one.slots if slot.building})
    codes = {name: code_of(name) for name in names}
    if len(set(codes.values())) < len(codes):
        raise BadSource("Two buildings have names that begin alike: lengthen the codes of buildings.")
    return codes


def code_of(name: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "-", name.upper())[:LONGEST_CODE].strip("-")


def accounts_of(names: Iterable[str]) -> tuple[dict[str, UUID], Merged]:
    """An account for each lecturer, made where there is none. Nobody can sign in by it."""
    emails = {name: MAILBOX.format(re.sub(r"[^a-z0-9]+", "-", folded(name)).strip("-")) for name in sorted(set(names))}
    known = dict(User.objects.filter(email__in=emails.values()).values_list("email", "pk"))
    password = make_password(None)
    new = [
        User(name=name, email=email, password=password, is_active=False)
        for name, email in emails.items()
        if email not in known
    ]
    User.objects.bulk_create(new)
    known |= {user.email: user.pk for user in new}
    return {name: known[email] for name, email in emails.items()}, Merged(len(emails), len(new), 0)
