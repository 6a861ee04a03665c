"""This file holds how a database gets a term to register for, and who registers whom. It prints one JSON object.

One institution: four programs, 400 sections of 100 courses that meet once a week, and a large one; a window that is
open, limits of load, holds, waivers, and courses that ask for another one. Every check of the verdict has something to
look at, and some attempts fail at each.

spread      [enrollment, section] of attempts on the 400 sections, four by one student
hot         the same on the large one, one by one student
tokens      access tokens of registrars, one for each client
"""

import json
import sys
from datetime import time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402
from django.test import override_settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from academic.factories import make_program_version, make_term, make_window  # noqa: E402 (models need Django)
from academic.models import (  # noqa: E402
    Course,
    Enrollment,
    Hold,
    LoadLimit,
    Meeting,
    ProgramVersion,
    Registration,
    Requisite,
    Section,
    Waiver,
    Window,
)
from academic.occurrences.making import renew  # noqa: E402
from core.tenancy.roles import as_owner  # noqa: E402
from core.tenancy.scope import reaching  # noqa: E402
from faculties.factories import make_institution  # noqa: E402
from faculties.models import Institution  # noqa: E402
from instauth.sessions.rules import begin_session  # noqa: E402
from students.models import Student  # noqa: E402
from users.factories import make_person  # noqa: E402
from users.models import User  # noqa: E402

CODE, HOT = "RUSH", "HOT"
COURSES, SECTIONS_OF_A_COURSE, PROGRAMS = 100, 4, 4
SECTIONS = COURSES * SECTIONS_OF_A_COURSE
EACH = 4  # attempts of one student on the 400
CREDITS, MOST_CREDITS, LESS_CREDITS = 15, 60, 45
HOURS = [(weekday, time(hour)) for weekday in range(1, 6) for hour in range(8, 18)]
ONE_OF = 50  # one of so many students has a hold, one an enrollment that is suspended, one lacks a requisite
TODAY = timezone.localdate()


def main(attempts: int, clients: int) -> None:
    institution = Institution.objects.filter(code=CODE).first() or filled(attempts)
    chance = Random(attempts)
    with reaching(institution.pk):
        enrolled = [str(one) for one in Enrollment.objects.order_by("id").values_list("id", flat=True)]
        offered = Section.objects.filter(status=Section.Status.OPEN).order_by("id")
        sections = [str(one) for one in offered.exclude(code=HOT).values_list("id", flat=True)]
        hot = str(offered.get(code=HOT).pk)
    coming = enrolled[: -(-attempts // EACH)]
    spread = [[one, section] for one in coming for section in chance.sample(sections, EACH)]
    chance.shuffle(spread)
    told = {
        "spread": spread[:attempts],
        "hot": [[one, hot] for one in enrolled[:attempts]],
        "tokens": [access_token(institution, number) for number in range(clients)],
    }
    json.dump(told, sys.stdout)


@override_settings(ACCESS_TOKEN_MINUTES=240)
def access_token(institution: Institution, number: int) -> str:
    """Of a registrar: each client is one."""
    email = f"registrar{number}@rush.bench.test"
    known = User.objects.filter(email=email).first()
    with reaching(institution.pk):
        user = known or make_person(email=email, grants=[("registrar", institution)])
        return begin_session(user, "bench", {"pwd", "otp"}).access  # a registrar needs a second factor


def filled(attempts: int) -> Institution:
    """The institution with everything in it; four of five attempts find a seat, if nothing else is in the way."""
    institution = make_institution(CODE)
    with reaching(institution.pk):
        versions = [make_program_version(institution) for _ in range(PROGRAMS)]
        basics = make_courses(institution, versions[:1], "BASICS", 1)[0]
        courses = make_courses(institution, versions, "C", COURSES)
        sections = make_sections(institution, courses, attempts)
        make_meetings(institution, sections[:1])
    analyze()  # so that the hours of all others are looked up by indexes
    with reaching(institution.pk):
        make_meetings(institution, sections[1:])
        make_requisites(institution, courses, basics)
        limit = {"institution": institution, "most_credits": Decimal(MOST_CREDITS)}
        LoadLimit.objects.create(**limit)
        LoadLimit.objects.create(**limit | {"most_credits": Decimal(LESS_CREDITS), "program_version": versions[0]})
        make_students(institution, versions, basics, attempts)
    return institution


def analyze() -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def make_courses(institution: Institution, versions: list[ProgramVersion], code: str, count: int) -> list[Course]:
    return Course.objects.bulk_create(
        Course(
            institution=institution,
            program=versions[number % len(versions)].program,
            code=f"{code}{number}",
            title=f"Course {code}{number}",
            credits=CREDITS,
        )
        for number in range(count)
    )


def make_sections(institution: Institution, courses: list[Course], attempts: int) -> list[Section]:
    """Those of a term that begins in a month."""
    days = {"starts_on": TODAY + timedelta(days=30), "ends_on": TODAY + timedelta(days=130)}
    term = make_term(institution, academic_year=days["starts_on"].year, **days)
    now = timezone.now()
    instants = {"opens_at": now - timedelta(days=1), "closes_at": now + timedelta(days=100)}
    make_window(institution, term=term, kind=Window.Kind.REGISTER, **instants, opens_after=None, closes_after=None)
    seats = attempts * 4 // 5
    usual: dict[str, Any] = {"institution": institution, "term": term, "status": Section.Status.OPEN, **days}
    sections = [
        Section(course=course, code=str(number), capacity=seats // SECTIONS, **usual)
        for course in courses
        for number in range(SECTIONS_OF_A_COURSE)
    ]
    sections.append(Section(course=courses[0], code=HOT, capacity=seats, **usual))
    return Section.objects.bulk_create(sections)


def make_meetings(institution: Institution, sections: list[Section]) -> None:
    """Once a week for each, in 50 hours of it."""
    for number, section in enumerate(sections):
        weekday, begins = HOURS[number % len(HOURS)]
        meeting = Meeting(institution=institution, section=section, weekday=weekday)
        meeting.starts_at, meeting.ends_at = begins, begins.replace(minute=50)
        meeting.save()
        renew(institution.pk, meeting.pk)


def make_requisites(institution: Institution, courses: list[Course], basics: Course) -> None:
    """One of ten courses asks for the basics with half of the marks."""
    tree = {"is": "passed", "course": str(basics.pk), "min_mark": 50}
    Requisite.objects.bulk_create(
        Requisite(institution=institution, course=course, tree=tree) for course in courses[5::10]
    )


def make_students(institution: Institution, versions: list[ProgramVersion], basics: Course, count: int) -> None:
    """Students with an enrollment each, who passed the basics a year ago; some have a hold, some a waiver."""
    students = Student.objects.bulk_create(
        Student(institution=institution, number=f"R{number}", family_name="Ncube", entry_year=2026, birth_year=2004)
        for number in range(count)
    )
    enrollments = Enrollment.objects.bulk_create(
        Enrollment(
            institution=institution,
            student=student,
            program_version=versions[number % len(versions)],
            status="suspended" if number % ONE_OF == 1 else "active",
            enrolled_on=TODAY - timedelta(days=400),
        )
        for number, student in enumerate(students)
    )
    year_ago = {"starts_on": TODAY - timedelta(days=365), "ends_on": TODAY - timedelta(days=265)}
    past = make_term(institution, academic_year=year_ago["starts_on"].year, **year_ago)
    taken = Section.objects.create(
        institution=institution, course=basics, term=past, status=Section.Status.FINISHED, seats_taken=count, **year_ago
    )
    Registration.objects.bulk_create(
        Registration(
            institution=institution,
            enrollment=enrollment,
            student=enrollment.student,
            section=taken,
            result=Registration.Result.PASS,
            result_mark=40 if number % ONE_OF == 2 else 70,
        )
        for number, enrollment in enumerate(enrollments)
    )
    Hold.objects.bulk_create(
        Hold(institution=institution, student=student, kind=Hold.Kind.FINANCIAL, reason="Fees", starts_on=TODAY)
        for student in students[::ONE_OF]
    )
    some_course = Course.objects.get(code="C0")
    Waiver.objects.bulk_create(
        Waiver(
            institution=institution,
            student=student,
            course=some_course,
            waives=Waiver.Waived.TIME_CLASH,
            reason="Both may be attended online",
            until=TODAY + timedelta(days=200),
        )
        for student in students[3::ONE_OF]
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
