"""This file holds one whole term, run through the API alone: from an empty institution to attendance.

`make term` runs it with 5,000 students, the suite with a few: TERM_STUDENTS says how many.
"""

import os
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from icalendar import Calendar

from core.outbox.tasks import relay
from core.testing.fixtures import client_of
from core.tests.uploads_lab import UPLOADS, as_file, workbook
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
        self.person, self.client = person, client_of(person)

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


@pytest.fixture
def national() -> Office:
    return Office(make_person(grants=[("national-administrator", None)]).actor)


def employ(national: Office, institution: str, name: str, *roles: str) -> tuple[Office, str]:
    """Somebody with an account and roles at an institution, and the account."""
    account = national.add("users/", email=f"{name}@tesc.test", name=name.title())["id"]
    for code in roles:
        (role,) = [one for one in national.all("users/roles/") if one["code"] == code]
        national.add("users/grants/", user=account, role=role["id"], institution=institution)
    return Office(replace(actor_of(User.objects.get(pk=account)), strong_at=JUST_NOW)), account


def test_a_whole_term_is_run_by_the_api_alone(national: Office):
    place = national.add("institutions/", code="HIT", name="Harare Institute", type="university")["id"]
    administrator, _ = employ(national, place, "rudo", "institution-administrator")
    office, _ = employ(national, place, "chipo", "registrar")
    (ada, ada_key), (ben, ben_key) = (employ(national, place, name, "lecturer") for name in ("ada", "ben"))
    lecturers = [ada_key, ben_key]
    faculty = administrator.add("faculties/", code="SCI", name="Science")
    department = administrator.add("departments/", faculty=faculty["id"], code="PHY", name="Physics")
    campus = administrator.add("campuses/", code="MAIN", name="Main")
    building = administrator.add("buildings/", campus=campus["id"], code="B1", name="First")
    hall, laboratory, small = (
        administrator.add("rooms/", building=building["id"], code=code, kind=kind, capacity=seats)["id"]
        for code, kind, seats in (
            ("HALL", "hall", MANY), ("LAB", "laboratory", MANY // 2), ("SMALL", "seminar_room", MANY // 4)
        )
    )  # fmt: skip

    # The curriculum: physics in two steps, mathematics beside it.
    program = office.add(
        "academic/programs/", department=department["id"], code="BSC-PHY", name="BSc Physics", level="bachelor"
    )
    version = office.add("academic/program-versions/", program=program["id"], catalog_year=2026, credits_required=80)
    group = office.add("academic/course-groups/", program_version=version["id"], name="Core", min_credits=80)
    courses = {}
    for code, title in (("PHY101", "Mechanics"), ("PHY102", "Waves"), ("MAT101", "Calculus"), ("COM101", "Writing")):
        courses[code] = office.add("academic/courses/", program=program["id"], code=code, title=title, credits=20)["id"]
        office.add("academic/program-courses/", program_version=version["id"], course=courses[code], group=group["id"])
    for office_or_other, step in ((office, "submit"), (administrator, "approve"), (office, "activate")):
        office_or_other.ask(f"academic/program-versions/{version['id']}/{step}/")
    office.add("academic/requisites/", course=courses["PHY102"], tree={"is": "passed", "course": "PHY101"})

    # The calendar: this week is the third of the first semester.
    today = timezone.localdate()
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

    # The timetable: a lecture with two laboratories, two lectures beside it, and one that clashes with the first.

    def offer(code: str, number: str, seats: int, **fields: Any) -> str:
        return office.add(
            "academic/sections/", course=courses[code], term=term["id"], code=number, capacity=seats, **fields
        )["id"]

    def meet(section: str, weekday: int, hour: int, room: str, **fields: Any) -> dict[str, Any]:
        return {
            "section": section, "weekday": weekday, "starts_at": f"{hour:02}:00", "ends_at": f"{hour + 2:02}:00",
            "room": room, **fields,
        }  # fmt: skip

    mechanics = offer("PHY101", "1", MANY)
    labs = [offer("PHY101", f"L{n}", MANY // 2, kind="lab", whole=mechanics) for n in (1, 2)]
    calculus, waves, writing = offer("MAT101", "1", MANY), offer("PHY102", "1", MANY), offer("COM101", "1", MANY // 4)
    for section, teacher in ((mechanics, 0), (labs[0], 0), (labs[1], 1), (calculus, 1)):
        office.add("academic/teachings/", section=section, account=lecturers[teacher])
    office.add("academic/section-cohorts/", section=mechanics, program_version=version["id"], year_of_study=1)
    office.add("academic/section-cohorts/", section=calculus, program_version=version["id"], year_of_study=1)
    office.add("academic/meetings/", **meet(mechanics, 1, 8, hall))
    # The hour of the lecture is taken: of its room, and of its cohort.
    assert office.refusals("academic/meetings/", **meet(calculus, 1, 9, hall)) == ["already_booked"]
    assert office.refusals("academic/meetings/", **meet(calculus, 1, 9, laboratory)) == ["room_too_small"]
    for wanted in (
        meet(calculus, 2, 8, hall), meet(labs[0], 3, 8, laboratory, kind="lab", rhythm="odd"),
        meet(labs[1], 3, 8, laboratory, kind="lab", rhythm="even"), meet(writing, 5, 9, small), meet(waves, 4, 8, hall),
    ):  # fmt: skip
        office.add("academic/meetings/", **wanted)
    for section in (mechanics, *labs, calculus, waves, writing):
        office.send("patch", f"academic/sections/{section}/", {"status": "open"}, 200)
    taught = office.all("academic/occurrences/", section=mechanics)
    assert len(taught) == 15  # sixteen weeks, and a holiday

    # The students come in a file, and are enrolled by it.
    header = ("Student ID", "First name", "Surname", "Programme", "Entry year")
    rows = [(f"R{n:05}", "Student", f"Number {n}", "BSC-PHY", 2026) for n in range(MANY)]
    sent = office.upload("students", header, *rows)
    assert (sent["state"], sent["error_rows_count"]) == ("committed", 0), sent
    enrollments = [row["id"] for row in office.all("academic/enrollments/", program_version=version["id"])]
    assert len(enrollments) == MANY

    # Registration. One may take waves without mechanics; the others take it on condition.
    register_waves = {"enrollments": enrollments[:2], "sections": [waves]}
    assert refusals_of(office.ask("academic/registrations/check/", **register_waves)) == ["not_passed"] * 2
    student = office.get(f"academic/enrollments/{enrollments[0]}/")["student"]
    office.add(
        "academic/waivers/", student=student, section=waves, waives="requisites", reason="The board", until=str(today)
    )
    assert refusals_of(register(office, enrollments[:2], [waves])) == ["not_passed"]
    # Everybody in the core, each with a laboratory; writing has a seat for one in four.
    half = MANY // 2
    for share, lab in ((enrollments[:half], labs[0]), (enrollments[half:], labs[1])):
        registered(office, share, [mechanics, lab])
    # Five were here from the first day, which the registry states.
    for enrollment in enrollments[:5]:
        office.add("academic/registrations/", enrollment=enrollment, section=calculus, registered_on=str(monday))
    registered(office, enrollments[5:], [calculus])
    registered(office, enrollments[1:2], [waves])
    assert Counter(refusals_of(register(office, enrollments, [writing], waitlist=True))) == {"full": MANY - MANY // 4}
    taken = {row["id"]: row["seats_taken"] for row in office.all("academic/sections/", term=term["id"])}
    assert taken == {mechanics: MANY, labs[0]: half, labs[1]: MANY - half, calculus: MANY, writing: MANY // 4, waves: 2}

    # Whoever finds writing full waits; a seat that is freed is offered to the first, who takes it.
    waiting = office.all("academic/waitlist-entries/", section=writing, status="waiting")
    assert len(waiting) == MANY - MANY // 4
    (leaving, *_) = office.all("academic/registrations/", section=writing)
    office.ask(f"academic/registrations/{leaving['id']}/withdraw/", withdrawn_on=str(today))
    (offer_made,) = office.all("academic/waitlist-entries/", section=writing, status="offered")
    assert office.ask(f"academic/waitlist-entries/{offer_made['id']}/accept/")["status"] == "accepted"
    assert office.get(f"academic/sections/{writing}/")["seats_taken"] == MANY // 4

    # The timetable is published, and read by students, by the week and in their calendar programs.
    published = office.add("academic/timetable-publications/", term=term["id"])
    assert published["number"] == 1
    days = {"from": str(monday), "until": str(monday + WEEK - timedelta(days=1))}
    week = office.get("academic/timetable/", section=mechanics, **days)
    assert [(hour["week"], hour["room"]["code"]) for hour in week] == [(1, "HALL")]
    link = urlsplit(ada.add("academic/feeds/", kind="timetable")["url"]).path
    feed = Calendar.from_ical(client_of().get(link).content)
    hours = [event for event in feed.walk("VEVENT") if event["STATUS"] == "CONFIRMED"]
    assert len(hours) == len(office.all("academic/lecturer-hours/", account=ada_key))

    # Attendance: the lecturer takes the register of the first class, of whoever was there already.
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

    # Results: who rested on mechanics and failed it no longer meets what waves ask for.
    (row,) = office.all("academic/registrations/", enrollment=enrollments[1], section=mechanics)
    office.ask(f"academic/registrations/{row['id']}/record-result/", result="fail", result_mark="31")
    (row,) = office.all("academic/registrations/", requisites="not_met")
    assert (row["enrollment"], row["section"]) == (enrollments[1], waves)


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
