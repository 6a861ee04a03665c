"""This file holds how a timetable is read: some days of one student, lecturer, room, section or program version.

What a subject's hours are is said once, for published hours and for the draft alike, and compiled once for each form of
reach, as lists are (core.lists). So a timetable is one statement, whoever asks.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    DateTimeField,
    F,
    Func,
    IntegerField,
    OuterRef,
    PositiveSmallIntegerField,
    Q,
    Subquery,
    TextField,
    UUIDField,
    Value,
)
from django.db.models.functions import Cast, Coalesce, JSONObject
from django.db.models.lookups import Exact, GreaterThan, LessThan

from academic.occurrences.models import Occurrence
from academic.registrations.models import Registration
from academic.sections.models import Section, SectionCohort, Teaching
from academic.timetables.models import PublishedHost, PublishedHour, PublishedTeaching
from core.actor import Actor
from core.errors import Invalid, Problem
from core.lists.access import Access
from core.lists.places import Place, stand_in
from core.lists.statements import AnyOf, Hole, Statement, compiled

VIEW, VIEW_STUDENT = "academic.view_section", "academic.view_registration"
VIEW_DRAFT = "academic.view_timetable_draft"
MOST_HOURS = 2000
DAY = timedelta(days=1)
# How far the clocks of an institution are from UTC at most: what is read is wider, and then cut by its own clocks.
EAST, WEST = timedelta(hours=14), timedelta(hours=12)


class Asked(NamedTuple):
    """Whose timetable, and which days of it, the last included."""

    subject: str
    key: UUID
    starts_on: date
    ends_on: date
    year_of_study: int | None = None
    group: int | None = None
    is_draft: bool = False

    @property
    def permission(self) -> str:
        return VIEW_STUDENT if self.subject == "student" else VIEW

    @property
    def reads_by(self) -> str:
        """Whose reach counts. A student's draft is for those who see that student, and drafts as well."""
        return VIEW_DRAFT if self.is_draft and self.subject != "student" else self.permission

    @property
    def values(self) -> dict[str, str]:
        """What fills the holes of the statement."""
        first, beyond = midnight(self.starts_on), midnight(self.ends_on + DAY)
        return {
            "subject": str(self.key),
            "since": (first - EAST - DAY).isoformat(),
            "from": (first - EAST).isoformat(),
            "until": (beyond + WEST).isoformat(),
            "year_of_study": str(self.year_of_study),
            "group": str(self.group),
        }


class Hour(NamedTuple):
    """One hour as it is read: in the order of COLUMNS, then of OF_DRAFT or OF_PUBLISHED, then who teaches.

    `starts` and `ends` are what the clocks of the institution show.
    """

    starts_at: datetime
    ends_at: datetime
    starts: datetime
    ends: datetime
    kind: str
    section: str
    section_code: str
    course: str
    course_code: str
    course_title: str
    term: str
    term_code: str
    program: str
    room: str | None
    room_code: str | None
    room_name: str | None
    building: str | None
    building_code: str | None
    building_name: str | None
    campus: str | None
    campus_code: str | None
    campus_name: str | None
    institution: str
    time_zone: str
    id: str
    week: int | None
    change: str | None
    sequence: int | None
    version: int | None
    lecturers: str

    def within(self, asked: Asked) -> bool:
        """Whether a moment of it lies in the days asked for."""
        last = self.ends - timedelta.resolution
        return self.starts.date() <= asked.ends_on and last.date() >= asked.starts_on


def text(path: str) -> Cast:
    return Cast(F(path), TextField())


def by_the_clock(path: str) -> Func:
    return Func(F("institution__time_zone"), F(path), function="timezone", output_field=DateTimeField())


def lecturers(model: Any, *, named: bool) -> Cast:
    """Who is in the room to teach, as JSON: whoever may see a section sees that. The nation reads no names."""
    name = F("account__name") if named else Cast(Value(None), TextField())
    here = {"institution": OuterRef("institution")}
    if model is PublishedHour:
        people: Any = PublishedTeaching.objects.filter(**here, section=OuterRef("section_id"), is_over=False)
    else:
        people = Teaching.objects.filter(**here, section__meets_as=OuterRef("section_id"), attends=True)
    order = ("account__name", "account_id") if named else ("account_id",)
    people = people.order_by(*order).distinct(*order)
    each = ArraySubquery(people.values_list(JSONObject(id=text("account_id"), name=name)))
    return Cast(Func(each, function="to_jsonb", output_field=TextField()), TextField())


COLUMNS: Mapping[str, Any] = {
    "hour_starts_at": F("starts_at"),
    "hour_ends_at": F("ends_at"),
    "starts": by_the_clock("starts_at"),
    "ends": by_the_clock("ends_at"),
    "kind": F("meeting__kind"),
    "of_section": text("section_id"),
    "section_code": F("section__code"),
    "course": text("section__course_id"),
    "course_code": F("section__course__code"),
    "course_title": F("section__course__title"),
    "term": text("section__term_id"),
    "term_code": F("section__term__code"),
    "program": text("section__course__program_id"),
    "in_room": text("room_id"),
    "room_code": F("room__code"),
    "room_name": F("room__name"),
    "building": text("room__building_id"),
    "building_code": F("room__building__code"),
    "building_name": F("room__building__name"),
    "campus": text("room__building__campus_id"),
    "campus_code": F("room__building__campus__code"),
    "campus_name": F("room__building__campus__name"),
    "of_institution": text("institution_id"),
    "time_zone": F("institution__time_zone"),
}
NOTHING = Cast(Value(None), IntegerField())
OF_PUBLISHED: Mapping[str, Any] = {
    "hour": text("occurrence"),
    "of_week": F("week"),
    "changed": F("last_change"),
    "of_sequence": F("sequence"),
    "of_version": F("publication__number"),
}
OF_DRAFT: Mapping[str, Any] = {
    "hour": text("pk"),
    "of_week": NOTHING,
    "changed": Cast(Value(None), TextField()),
    "of_sequence": NOTHING,
    "of_version": NOTHING,
}


# --- Whose hours ---
def of_student(rows: Any, actor: Actor, _given: frozenset[str]) -> Any:
    registrations = Registration.objects.visible_to(actor, VIEW_STUDENT).filter(status=Registration.Status.REGISTERED)
    return met_by(rows, registrations.filter(asked_for("student_id")), "section")


def of_lecturer(rows: Any, actor: Actor, _given: frozenset[str]) -> Any:
    teachings = Teaching.objects.visible_to(actor, VIEW).filter(attends=True)
    return met_by(rows, teachings.filter(asked_for("account_id")), "section")


def of_program_version(rows: Any, actor: Actor, given: frozenset[str]) -> Any:
    """Those of its cohorts: of one year, or one group and what all groups share, where that is asked."""
    number = PositiveSmallIntegerField()
    cohorts = SectionCohort.objects.visible_to(actor, VIEW)
    if "year_of_study" in given:
        cohorts = cohorts.filter(Exact(F("year_of_study"), Hole("year_of_study", number)))
    if "group" in given:
        cohorts = cohorts.filter(Q(group__isnull=True) | Q(Exact(F("group"), Hole("group", number))))
    return met_by(rows, cohorts.filter(asked_for("program_version_id")), "section")


def of_room(rows: Any, actor: Actor, _given: frozenset[str]) -> Any:
    return rows.visible_to(actor, VIEW).filter(asked_for("room_id"))


def of_section(rows: Any, actor: Actor, _given: frozenset[str]) -> Any:
    """Its own, or those of the section that it meets with."""
    return met_by(rows, Section.objects.visible_to(actor, VIEW).filter(asked_for("id")), "")


def met_by(rows: Any, chosen: Any, path: str) -> Any:
    """The hours of the sections as which those that a path leads to meet, as was published or is planned. As an array,
    found first: so the planner walks the hours of these sections, and not those of everybody in these days.
    """
    prefix, key = (f"{path}__", f"{path}_id") if path else ("", "pk")
    host: Any = F(f"{prefix}meets_as")
    if rows.model is PublishedHour:
        known = PublishedHost.objects.filter(institution=OuterRef("institution"), section=OuterRef(key), is_over=False)
        host = Coalesce(Subquery(known.order_by().values("host_id")), F(key), output_field=UUIDField())
    return rows.filter(AnyOf(F("section_id"), ArraySubquery(chosen.order_by().values(meets_as_of=host))))


def asked_for(column: str) -> Exact:
    return Exact(F(column), Hole("subject", UUIDField()))


SUBJECTS: Mapping[str, Callable[[Any, Actor, frozenset[str]], Any]] = {
    "student": of_student,
    "lecturer": of_lecturer,
    "room": of_room,
    "section": of_section,
    "program_version": of_program_version,
}


# --- Reading ---
def published(actor: Actor, asked: Asked) -> list[Hour]:
    """What students read."""
    return hours(actor, asked, PublishedHour)


def draft(actor: Actor, asked: Asked) -> list[Hour]:
    """What planners work on. Weeks are not counted here."""
    return hours(actor, asked, Occurrence)


def hours(actor: Actor, asked: Asked, model: Any) -> list[Hour]:
    """In the order of time; one more than MOST_HOURS where there are more."""
    access = Access(actor, asked.reads_by)
    given = frozenset(name for name in ("year_of_study", "group") if getattr(asked, name) is not None)
    statement = statement_of(model, asked.subject, asked.permission, given, access.place)
    rows = access.rows(statement, model, asked.values)
    return [hour for hour in map(Hour._make, rows) if hour.within(asked)]


def refuse_many(hours: list[Hour]) -> list[Hour]:
    if len(hours) > MOST_HOURS:
        message = f"There are more than {MOST_HOURS} hours in these days: ask for fewer days."
        raise Invalid([Problem("too_many", message, "until")])
    return hours


@lru_cache(maxsize=256)
def statement_of(model: Any, subject: str, permission: str, given: frozenset[str], place: Place) -> Statement:
    actor, stand_ins = stand_in(place, permission)
    rows = SUBJECTS[subject](model.objects.order_by(), actor, given)
    rows = rows.filter(
        LessThan(F("starts_at"), Hole("until", DateTimeField())),
        GreaterThan(F("ends_at"), Hole("from", DateTimeField())),
        # No hour is longer than a day: so an index is walked from here, and not from the first hour ever.
        GreaterThan(F("starts_at"), Hole("since", DateTimeField())),
    )
    if model is Occurrence:
        rows = rows.filter(status=Occurrence.Status.SCHEDULED)
    columns = {**COLUMNS, **(OF_DRAFT if model is Occurrence else OF_PUBLISHED)}
    columns["taught_by"] = lecturers(model, named=not place.nation)
    chosen = rows.annotate(**columns).order_by("starts_at", "pk").values_list(*columns)
    return compiled(chosen, stand_ins, scoped=not place.nation, limit=MOST_HOURS + 1, unseen=True)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
