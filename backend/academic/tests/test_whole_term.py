"""This file holds one whole term, run through the API alone: from an empty institution to attendance.

`make term` runs it with 5,000 students, the suite with a few: TERM_STUDENTS says how many.
"""

import os
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from icalendar import Calendar

from core.outbox.tasks import relay
from core.testing.fixtures import client_of
from core.tests.uploads_lab import UPLOADS, as_file, workbook
from faculties.factories import today_there
from users.factories import JUST_NOW, make_person
from users.models import User
from users.roles.actors import actor_of

pytestmark = pytest.mark.django_db
MANY = int(os.environ.get("TERM_STUDENTS", "40"))
WEEK = timedelta(weeks=1)
API = "/api/v1/"


class Office:
    """Somebody who works through the API. What it refuses fails the test, unless it is expected."""

    def __init__(self, person: Any) -> None:
        self.account, self.client = str(person.id), client_of(person)

    def send(self, method: str, path: str, body: Any, expected: int, **options: Any) -> Any:
        answer = getattr(self.client, method)(f"{API}{path}", body, headers={"If-Match": "*"}, **options)
        assert answer.status_code == expected, (path, answer.json())
        return answer.json()

    def add(self, path: str, **fields: Any) -> dict[str, Any]:
        return self.send("post", path, fields, 201)["data"]

    def ask(self, path: str, **fields: Any) -> Any:
        """What a verb answers."""
        return self.send("post", path, fields, 200)["data"]

    def get(self, path: str, **query: Any) -> Any:
        return self.send("get", path, query, 200)["data"]

    def all(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """All rows of a list, page by page."""
        page = self.send("get", path, {"limit": "200", **query}, 200)
        rows = page["data"]
        while following := page["meta"].get("next"):
            page = self.send("get", path, {"limit": "200", **query, "cursor": following}, 200)
            rows += page["data"]
        return rows

    def refusals(self, path: str, **fields: Any) -> list[str]:
        """The codes with which something is refused."""
        answer = self.client.post(f"{API}{path}", fields, headers={"If-Match": "*"})
        assert answer.status_code in (400, 409, 422), (path, answer.json())
        return [error["code"] for error in answer.json()["errors"]]

    def upload(self, name: str, *rows: tuple) -> dict[str, Any]:
        """A file of one set, checked, committed, and done."""
        sent = self.send(
            "post", UPLOADS.removeprefix(API), {"set": name, "file": as_file(workbook(*rows))}, 202, format="multipart"
        )
        worked()
        self.ask_commit(sent["data"]["id"])
        worked()
        return self.get(f"uploads/{sent['data']['id']}/")

    def ask_commit(self, key: str) -> None:
        self.send("post", f"uploads/{key}/commit/", {}, 200)


def worked() -> None:
    """Workers did all that there is to do."""
    while relay():
        pass


class Staff(NamedTuple):
    administrator: Office
    registrar: Office
    ada: Office  # lecturers
    ben: Office


class Place(NamedTuple):
    """The ids of a department and of its rooms."""

    department: str
    hall: str
    laboratory: str
    small: str


class Curriculum(NamedTuple):
    version: str
    courses: dict[str, str]  # ids by their codes


class Term(NamedTuple):
    id: str
    monday: date  # its first day


class Sections(NamedTuple):
    """The sections of a term: a lecture with two laboratories, and three lectures beside it."""

    mechanics: str
    labs: list[str]
    calculus: str
    waves: str
    writing: str


def test_a_whole_term_is_run_by_the_api_alone():
    staff = an_institution_is_opened_and_gets_its_staff()
    place = it_gets_a_department_and_rooms(staff)
    curriculum = a_curriculum_is_written_and_approved(staff, place)
    term = the_year_is_divided(staff)
    sections = sections_are_offered(staff, curriculum, term)
    they_get_their_hours(staff, place, sections)
    enrollments = students_come_in_a_file(staff, curriculum)
    waves_ask_for_mechanics_or_a_waiver(staff, enrollments, sections)
    students_register(staff, enrollments, term, sections)
    a_seat_that_is_freed_is_offered_to_the_first_who_waits(staff, sections)
    the_timetable_is_published_and_read(staff, term, sections)
    the_lecturer_takes_the_register_of_the_first_class(staff, sections)
    who_fails_mechanics_no_longer_meets_what_waves_ask_for(staff, enrollments, sections)


def an_institution_is_opened_and_gets_its_staff() -> Staff:
    national = Office(make_person(grants=[("national-administrator", None)]).actor)
    institution = national.add("institutions/", code="HIT", name="Harare Institute", type="university")["id"]
    return Staff(
        employ(national, institution, "rudo", "institution-administrator"),
        employ(national, institution, "chipo", "registrar"),
        employ(national, institution, "ada", "lecturer"),
        employ(national, institution, "ben", "lecturer"),
    )


def employ(national: Office, institution: str, name: str, code: str) -> Office:
    """Somebody with an account and a role at an institution."""
    account = national.add("users/", email=f"{name}@tesc.test", name=name.title())["id"]
    (role,) = [one for one in national.all("users/roles/") if one["code"] == code]
    national.add("users/grants/", user=account, role=role["id"], institution=institution)
    return Office(replace(actor_of(User.objects.get(pk=account)), strong_at=JUST_NOW))


def it_gets_a_department_and_rooms(staff: Staff) -> Place:
    office = staff.administrator
    faculty = office.add("faculties/", code="SCI", name="Science")
    department = office.add("departments/", faculty=faculty["id"], code="PHY", name="Physics")
    campus = office.add("campuses/", code="MAIN", name="Main")
    building = office.add("buildings/", campus=campus["id"], code="B1", name="First")
    rooms = (
        office.add("rooms/", building=building["id"], code=code, kind=kind, capacity=seats)["id"]
        for code, kind, seats in (
            ("HALL", "hall", MANY), ("LAB", "laboratory", MANY // 2), ("SMALL", "seminar_room", MANY // 4)
        )
    )  # fmt: skip
    return Place(department["id"], *rooms)


def a_curriculum_is_written_and_approved(staff: Staff, place: Place) -> Curriculum:
    """Physics in two steps, mathematics beside it."""
    office = staff.registrar
    program = office.add(
        "academic/programs/", department=place.department, code="BSC-PHY", name="BSc Physics", level="bachelor"
    )
    version = office.add("academic/program-versions/", program=program["id"], catalog_year=2026, credits_required=80)
    group = office.add("academic/course-groups/", program_version=version["id"], name="Core", min_credits=80)
    courses = {}
    for code, title in (("PHY101", "Mechanics"), ("PHY102", "Waves"), ("MAT101", "Calculus"), ("COM101", "Writing")):
        courses[code] = office.add("academic/courses/", program=program["id"], code=code, title=title, credits=20)["id"]
        office.add("academic/program-courses/", program_version=version["id"], course=courses[code], group=group["id"])
    for whoever, step in ((office, "submit"), (staff.administrator, "approve"), (office, "activate")):
        whoever.ask(f"academic/program-versions/{version['id']}/{step}/")
    office.add("academic/requisites/", course=courses["PHY102"], tree={"is": "passed", "course": "PHY101"})
    return Curriculum(version["id"], courses)


def the_year_is_divided(staff: Staff) -> Term:
    """Into semesters: this week is the third of the first."""
    office, today = staff.registrar, today_there()
    monday = today - timedelta(days=today.weekday()) - 2 * WEEK
    year = office.add(
        "academic/terms/", kind="year", code="Y", name="This year", academic_year=monday.year,
        starts_on=str(monday), ends_on=str(monday + 52 * WEEK - timedelta(days=3)),
    )  # fmt: skip
    office.ask(f"academic/terms/{year['id']}/divide/", structure="semesters")
    term, _ = sorted(office.all("academic/terms/", parent=year["id"]), key=lambda one: one["starts_on"])
    office.add("academic/holidays/", name="A day off", starts_on=str(monday + WEEK), ends_on=str(monday + WEEK))
    for kind in ("register", "drop", "withdraw"):
        office.add("academic/windows/", term=term["id"], kind=kind, opens_after=-30, closes_after=60)
    return Term(term["id"], monday)


def sections_are_offered(staff: Staff, curriculum: Curriculum, term: Term) -> Sections:
    office = staff.registrar

    def offer(code: str, number: str, seats: int, **fields: Any) -> str:
        course = curriculum.courses[code]
        return office.add(
            "academic/sections/", course=course, term=term.id, code=number, capacity=seats, **fields
        )["id"]  # fmt: skip

    mechanics = offer("PHY101", "1", MANY)
    labs = [offer("PHY101", f"L{n}", MANY // 2, kind="lab", whole=mechanics) for n in (1, 2)]
    calculus, waves, writing = offer("MAT101", "1", MANY), offer("PHY102", "1", MANY), offer("COM101", "1", MANY // 4)
    for section, teacher in ((mechanics, staff.ada), (labs[0], staff.ada), (labs[1], staff.ben), (calculus, staff.ben)):
        office.add("academic/teachings/", section=section, account=teacher.account)
    for section in (mechanics, calculus):
        office.add("academic/section-cohorts/", section=section, program_version=curriculum.version, year_of_study=1)
    return Sections(mechanics, labs, calculus, waves, writing)


def they_get_their_hours(staff: Staff, place: Place, sections: Sections) -> None:
    """And are opened. The hour of mechanics is taken: of its room, and of its cohort."""
    office, (mechanics, labs, calculus, waves, writing) = staff.registrar, sections

    def meet(section: str, weekday: int, hour: int, room: str, **fields: Any) -> dict[str, Any]:
        return {
            "section": section, "weekday": weekday, "starts_at": f"{hour:02}:00", "ends_at": f"{hour + 2:02}:00",
            "room": room, **fields,
        }  # fmt: skip

    office.add("academic/meetings/", **meet(mechanics, 1, 8, place.hall))
    assert office.refusals("academic/meetings/", **meet(calculus, 1, 9, place.hall)) == ["already_booked"]
    assert office.refusals("academic/meetings/", **meet(calculus, 1, 9, place.laboratory)) == ["room_too_small"]
    for wanted in (
        meet(calculus, 2, 8, place.hall), meet(writing, 5, 9, place.small), meet(waves, 4, 8, place.hall),
        meet(labs[0], 3, 8, place.laboratory, kind="lab", rhythm="odd"),
        meet(labs[1], 3, 8, place.laboratory, kind="lab", rhythm="even"),
    ):  # fmt: skip
        office.add("academic/meetings/", **wanted)
    for section in (mechanics, *labs, calculus, waves, writing):
        office.send("patch", f"academic/sections/{section}/", {"status": "open"}, 200)
    taught = office.all("academic/occurrences/", section=mechanics)
    assert len(taught) == 15  # sixteen weeks, and a holiday


def students_come_in_a_file(staff: Staff, curriculum: Curriculum) -> list[str]:
    """And are enrolled by it: the ids of their enrollments."""
    header = ("Student ID", "First name", "Surname", "Programme", "Entry year")
    rows = [(f"R{n:05}", "Student", f"Number {n}", "BSC-PHY", 2026) for n in range(MANY)]
    sent = staff.registrar.upload("students", header, *rows)
    assert (sent["state"], sent["error_rows_count"]) == ("committed", 0), sent
    enrollments = staff.registrar.all("academic/enrollments/", program_version=curriculum.version)
    assert len(enrollments) == MANY
    return [row["id"] for row in enrollments]


def waves_ask_for_mechanics_or_a_waiver(staff: Staff, enrollments: list[str], sections: Sections) -> None:
    """One may take waves without mechanics; the others take it on condition."""
    office, (first, second, *_), waves = staff.registrar, enrollments, sections.waves
    both = {"enrollments": [first, second], "sections": [waves]}
    assert refusals_of(office.ask("academic/registrations/check/", **both)) == ["not_passed"] * 2
    student, today = office.get(f"academic/enrollments/{first}/")["student"], str(today_there())
    office.add(
        "academic/waivers/", student=student, section=waves, waives="requisites", reason="The board", until=today
    )
    assert refusals_of(register(office, [first, second], [waves])) == ["not_passed"]


def students_register(staff: Staff, enrollments: list[str], term: Term, sections: Sections) -> None:
    """Everybody in the core, each with a laboratory; writing has a seat for one in four."""
    office, half, (mechanics, labs, calculus, waves, writing) = staff.registrar, MANY // 2, sections
    for share, lab in ((enrollments[:half], labs[0]), (enrollments[half:], labs[1])):
        registered(office, share, [mechanics, lab])
    # Five were here from the first day, which the registry states.
    for enrollment in enrollments[:5]:
        office.add("academic/registrations/", enrollment=enrollment, section=calculus, registered_on=str(term.monday))
    registered(office, enrollments[5:], [calculus])
    registered(office, enrollments[1:2], [waves])
    assert Counter(refusals_of(register(office, enrollments, [writing], waitlist=True))) == {"full": MANY - MANY // 4}
    taken = {row["id"]: row["seats_taken"] for row in office.all("academic/sections/", term=term.id)}
    assert taken == {mechanics: MANY, labs[0]: half, labs[1]: MANY - half, calculus: MANY, writing: MANY // 4, waves: 2}


def a_seat_that_is_freed_is_offered_to_the_first_who_waits(staff: Staff, sections: Sections) -> None:
    office, writing = staff.registrar, sections.writing
    waiting = office.all("academic/waitlist-entries/", section=writing, status="waiting")
    assert len(waiting) == MANY - MANY // 4
    (leaving, *_) = office.all("academic/registrations/", section=writing)
    office.ask(f"academic/registrations/{leaving['id']}/withdraw/", withdrawn_on=str(today_there()))
    (offered,) = office.all("academic/waitlist-entries/", section=writing, status="offered")
    assert office.ask(f"academic/waitlist-entries/{offered['id']}/accept/")["status"] == "accepted"
    assert office.get(f"academic/sections/{writing}/")["seats_taken"] == MANY // 4


def the_timetable_is_published_and_read(staff: Staff, term: Term, sections: Sections) -> None:
    """By the week, and in the calendar program of a lecturer."""
    office, ada = staff.registrar, staff.ada
    published = office.add("academic/timetable-publications/", term=term.id)
    assert published["number"] == 1
    days = {"from": str(term.monday), "until": str(term.monday + WEEK - timedelta(days=1))}
    week = office.get("academic/timetable/", section=sections.mechanics, **days)
    assert [(hour["week"], hour["room"]["code"]) for hour in week] == [(1, "HALL")]
    link = urlsplit(ada.add("academic/feeds/", kind="timetable")["url"]).path
    feed = Calendar.from_ical(client_of().get(link).content)
    hours = [event for event in feed.walk("VEVENT") if event["STATUS"] == "CONFIRMED"]
    assert len(hours) == len(office.all("academic/lecturer-hours/", account=ada.account))


def the_lecturer_takes_the_register_of_the_first_class(staff: Staff, sections: Sections) -> None:
    """Of whoever was there already: five."""
    office, ben, calculus = staff.registrar, staff.ben, sections.calculus
    held, *_ = sorted(office.all("academic/occurrences/", section=calculus), key=lambda one: one["starts_at"])
    roll = ben.add("academic/attendance-registers/", occurrence=held["id"])
    first, *others = ben.all("academic/attendance/", register=roll["id"])
    assert len(others) == 4
    absent = {"registration": first["registration"], "status": "absent"}
    ben.ask(f"academic/attendance-registers/{roll['id']}/mark/", marks=[absent])
    ben.ask(f"academic/attendance-registers/{roll['id']}/close/", others="present")
    rates = office.get("academic/attendance-rates/", section=calculus)
    assert (rates["percent"], Counter(row["percent"] for row in rates["rates"])) == (
        "80.0", {"100.0": 4, "0.0": 1, None: MANY - 5},
    )  # fmt: skip
    missing = ben.all("academic/missing-registers/", section=calculus)
    assert held["id"] not in [one["id"] for one in missing]


def who_fails_mechanics_no_longer_meets_what_waves_ask_for(
    staff: Staff, enrollments: list[str], sections: Sections
) -> None:
    office = staff.registrar
    (row,) = office.all("academic/registrations/", enrollment=enrollments[1], section=sections.mechanics)
    office.ask(f"academic/registrations/{row['id']}/record-result/", result="fail", result_mark="31")
    (row,) = office.all("academic/registrations/", requisites="not_met")
    assert (row["enrollment"], row["section"]) == (enrollments[1], sections.waves)


def register(office: Office, enrollments: list[str], sections: list[str], **options: Any) -> list[dict[str, Any]]:
    """The answers to each of the students in each of the sections, at most a thousand students a call."""
    answers = []
    for first in range(0, len(enrollments), 1000):
        body = {"enrollments": enrollments[first : first + 1000], "sections": sections, **options}
        answers += office.ask("academic/registrations/cohort/", **body)
    return answers


def refusals_of(answers: list[dict[str, Any]]) -> list[str]:
    return [failure["code"] for one in answers for failure in one["failed"]]


def registered(office: Office, enrollments: list[str], sections: list[str]) -> None:
    """All of them are registered."""
    answers = register(office, enrollments, sections)
    assert [one for one in answers if not one["passed"]] == []
    assert len(answers) == len(enrollments) * len(sections)
