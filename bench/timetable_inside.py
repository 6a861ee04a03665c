"""This file holds how a database gets years of timetables, and who asks for which week. Prints one JSON object.

One institution of eight terms: sections that meet twice in each of 25 weeks, fifty students in each, five sections a
term for each student, a room for every fifty hours of a week. More registrations are more students, sections and rooms,
and none of their weeks is fuller.

student, room    [path, access token]: a week of a student, asked by that student, and one of a room
"""

import json
import sys
from datetime import date, time, timedelta
from random import Random
from typing import Any

import django

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.test import override_settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from academic.calendar.weeks import monday_of  # noqa: E402 (models need Django)
from academic.factories import make_program_version, make_term  # noqa: E402
from academic.models import Course, Enrollment, Meeting, Section, Teaching, TimetablePublication  # noqa: E402
from core.tenancy.scope import reaching  # noqa: E402
from faculties.factories import make_building, make_institution  # noqa: E402
from faculties.models import Institution, Room  # noqa: E402
from instauth.sessions.rules import begin_session  # noqa: E402
from students.models import Student  # noqa: E402
from users.accounts.rules import generated_password  # noqa: E402
from users.factories import make_person, make_user  # noqa: E402
from users.models import User  # noqa: E402

CODE = "WEEKS"
TERMS, WEEKS, A_TERM, IN_A_SECTION, COURSES, LECTURERS = 8, 25, 5, 50, 100, 50
HOURS = [(weekday, time(hour)) for weekday in range(1, 6) for hour in range(8, 18)]
ASKING = 100
REGISTER = """
INSERT INTO academic_registration (id, institution_id, enrollment_id, student_id, section_id, status, result, attempt,
  age_band, requisites, created_at, updated_at)
SELECT uuidv7(), %(institution)s, enrollment.id, enrollment.student_id,
  (%(sections)s::uuid[])[(enrollment.number * %(a_term)s + place) %% cardinality(%(sections)s::uuid[]) + 1],
  'registered', 'pending', 1, '', 'met', now(), now()
FROM unnest(%(enrollments)s::uuid[], %(students)s::uuid[]) WITH ORDINALITY AS enrollment (id, student_id, number)
CROSS JOIN generate_series(0, %(a_term)s - 1) place"""
PUBLISH = """
INSERT INTO academic_publishedhour (id, institution_id, occurrence, meeting_id, section_id, week, starts_at, ends_at,
  room_id, last_change, sequence, publication_id, created_at, updated_at)
SELECT uuidv7(), meeting.institution_id, uuidv7(), meeting.id, meeting.section_id, week + 1, day + meeting.starts_at,
  day + meeting.ends_at, meeting.room_id, 'new', 0, %(publication)s, now(), now()
FROM academic_meeting meeting
JOIN academic_section section ON section.institution_id = meeting.institution_id AND section.id = meeting.section_id
CROSS JOIN generate_series(0, %(weeks)s - 1) week
CROSS JOIN LATERAL (SELECT section.starts_on + 7 * week + meeting.weekday - 1 AS day) days
WHERE meeting.institution_id = %(institution)s AND section.term_id = %(term)s"""

PUBLISH_TEACHING = """
INSERT INTO academic_publishedteaching (id, institution_id, section_id, account_id, publication_id, is_over, created_at,
  updated_at)
SELECT uuidv7(), teaching.institution_id, teaching.section_id, teaching.account_id, %(publication)s, false, now(), now()
FROM academic_teaching teaching
JOIN academic_section section ON section.institution_id = teaching.institution_id AND section.id = teaching.section_id
WHERE teaching.institution_id = %(institution)s AND section.term_id = %(term)s"""


def main(registrations: int, asked: int) -> None:
    institution = Institution.objects.filter(code=CODE).first() or filled(registrations)
    chance, monday = Random(asked), monday_of(timezone.localdate())
    tokens = [access_token(institution, number) for number in range(ASKING)]
    with reaching(institution.pk):
        students = [str(key) for key in Student.objects.order_by("number").values_list("pk", flat=True)[:ASKING]]
        rooms = [str(key) for key in Room.objects.values_list("pk", flat=True)]
    told: dict[str, list[list[str]]] = {"student": [], "room": []}
    for _ in range(asked):
        number, first = chance.randrange(ASKING), monday + timedelta(weeks=chance.randrange(-8, 8))
        for subject, key in (("student", students[number]), ("room", chance.choice(rooms))):
            path = f"/api/v1/academic/timetable/?{subject}={key}&from={first}&until={first + timedelta(days=6)}"
            told[subject].append([path, tokens[number]])
    json.dump(told, sys.stdout)


@override_settings(ACCESS_TOKEN_MINUTES=240)
def access_token(institution: Institution, number: int) -> str:
    """Of a student."""
    with reaching(institution.pk):
        return begin_session(User.objects.get(email=email(number)), "bench", {"pwd"}).access


def email(number: int) -> str:
    return f"student{number}@weeks.bench.test"


@transaction.atomic
def filled(registrations: int) -> Institution:
    institution = make_institution(CODE)
    count = registrations // (TERMS * A_TERM)
    with reaching(institution.pk):
        students = make_students(institution, count)
        rooms = make_rooms(institution, count * A_TERM // IN_A_SECTION * 2 // len(HOURS))
        now = monday_of(timezone.localdate())
        for number in range(TERMS):
            starts_on = now - timedelta(weeks=10 + WEEKS * (TERMS - 1 - number))
            make_taught_term(institution, starts_on, rooms, students)
    return institution


def make_students(institution: Institution, count: int) -> dict[str, list[Any]]:
    """Students with an enrollment each; the first ones have accounts."""
    grants = [("student", institution)]
    password = generated_password()
    accounts = [make_person(email=email(number), password=password, grants=grants) for number in range(ASKING)]
    students = Student.objects.bulk_create(
        Student(
            institution=institution,
            number=f"W{number:07}",
            family_name="Ncube",
            entry_year=2026,
            account=accounts[number] if number < ASKING else None,
        )
        for number in range(count)
    )
    version = make_program_version(institution)
    usual = {"institution": institution, "program_version": version, "status": "active"}
    enrolled_on = timezone.localdate()
    enrollments = Enrollment.objects.bulk_create(
        Enrollment(student=student, enrolled_on=enrolled_on, **usual) for student in students
    )
    Course.objects.bulk_create(
        Course(institution=institution, program=version.program, code=f"C{place}", title=f"Course {place}", credits=15)
        for place in range(COURSES)
    )
    return {"enrollments": [one.pk for one in enrollments], "students": [one.pk for one in students]}


def make_rooms(institution: Institution, count: int) -> list[Room]:
    usual = {"institution": institution, "building": make_building(institution), "kind": Room.Kind.CLASSROOM}
    return Room.objects.bulk_create(Room(code=f"R{number}", capacity=60, **usual) for number in range(count or 1))


def make_taught_term(
    institution: Institution, starts_on: date, rooms: list[Room], students: dict[str, list[Any]]
) -> None:
    """One term with its sections, meetings, lecturers, registrations and published hours."""
    days = {"starts_on": starts_on, "ends_on": starts_on + timedelta(weeks=WEEKS, days=-1)}
    term = make_term(institution, academic_year=starts_on.year, **days)
    courses, lecturers = list(Course.objects.order_by("id")), [make_user() for _ in range(LECTURERS)]
    sections = Section.objects.bulk_create(
        Section(institution=institution, term=term, course=courses[number % COURSES], code=str(number), **days)
        for number in range(len(students["students"]) * A_TERM // IN_A_SECTION)
    )
    Teaching.objects.bulk_create(
        Teaching(institution=institution, section=section, account=lecturers[number % LECTURERS])
        for number, section in enumerate(sections)
    )
    meetings = []
    for number, section in enumerate(section for section in sections for _ in range(2)):
        weekday, starts_at = HOURS[number % len(HOURS)]
        room = rooms[number // len(HOURS) % len(rooms)]
        hours = {"weekday": weekday, "starts_at": starts_at, "ends_at": starts_at.replace(minute=50)}
        meetings.append(Meeting(institution=institution, section=section, room=room, **hours))
    Meeting.objects.bulk_create(meetings)
    counts = ("hours_new", "hours_moved", "hours_room_changed", "hours_canceled", "people_told")
    publication = TimetablePublication.objects.create(
        institution=institution, term=term, number=1, published_at=timezone.now(), **dict.fromkeys(counts, 0)
    )
    values: dict[str, Any] = {"institution": institution.pk, "term": term.pk, "publication": publication.pk, **students}
    with connection.cursor() as cursor:
        cursor.execute(REGISTER, {**values, "sections": [one.pk for one in sections], "a_term": A_TERM})
        cursor.execute(PUBLISH, {**values, "weeks": WEEKS})
        cursor.execute(PUBLISH_TEACHING, values)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
