"""This file holds what is promised of ways between campuses: whoever is at both has the time to get there."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from academic.factories import make_enrollment, make_program_version, make_registration, make_term
from academic.meetings.occurring import move_occurrence
from academic.meetings.rules import add_meeting, end_waiver, schedule_meeting, waive_limit
from academic.models import SectionCohort, Teaching
from academic.permissions import PERMISSIONS
from academic.tests.registration_lab import make_coming_section
from academic.tests.timetable_lab import MONDAYS, at, days_of, refused, section_of, weekly
from core.errors import RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.campuses.rules import close_campus
from faculties.factories import make_building, make_campus, make_room, make_travel_time, saved
from faculties.models import Institution, TravelTime
from faculties.permissions import PERMISSIONS as PLACES
from faculties.travel_times.rules import change_travel_time, set_travel_time
from users.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS, *PLACES).actor


@pytest.fixture
def term(harare: Institution):
    """Three weeks, from a Monday to a Friday."""
    return make_term(harare, starts_on=MONDAYS[0], ends_on=MONDAYS[2].replace(day=27))


@pytest.fixture
def rooms(harare: Institution):
    """One in town and one on the hill, half an hour from each other, and forty minutes up."""
    town, hill = (make_campus(harare, name=name) for name in ("Town", "Hill"))
    make_travel_time(harare, origin=hill, destination=town, minutes=30)
    make_travel_time(harare, origin=town, destination=hill, minutes=40)
    return [
        make_room(harare, name=f"{campus.name} Hall", building=make_building(harare, campus=campus))
        for campus in (town, hill)
    ]


def shared(kind: str, harare: Institution, *sections: Any) -> None:
    """One lecturer or cohort for all of the sections."""
    lecturer, version = make_user(name="Rudo Moyo"), make_program_version(harare)
    for section in sections:
        if kind == "lecturer":
            saved(Teaching(institution=harare, section=section, account=lecturer))
        else:
            saved(SectionCohort(institution=harare, section=section, program_version=version, year_of_study=1))


# --- Travel times ---
def test_a_way_is_known_once_and_leads_elsewhere_between_open_campuses(registrar, harare, rooms):
    town, hill = (room.building.campus for room in rooms)
    for wrong, field in (((town, town), "destination"), ((town, hill), None)):
        with pytest.raises(RuleBroken) as refusal:
            set_travel_time(registrar, origin=wrong[0], destination=wrong[1], minutes=5)
        assert refusal.value.problems[0].field == field
    shut = close_campus(registrar, make_campus(harare), closed_on=MONDAYS[0])
    with pytest.raises(RuleBroken) as refusal:
        set_travel_time(registrar, origin=town, destination=shut, minutes=5)
    assert (refusal.value.code, refusal.value.problems[0].field) == ("campus_closed", "destination")
    for minutes in (0, 1441):
        with pytest.raises(IntegrityError, match="travel_time_within_a_day"), transaction.atomic():
            TravelTime.objects.update(minutes=minutes)
    assert TravelTime.objects.count() == 2


# --- Hours at two campuses ---
@pytest.mark.parametrize("kind", ["lecturer", "cohort"])
@pytest.mark.parametrize(
    ("starts", "ends", "missing"),
    [
        (time(10, 40), time(12), 0),  # exactly the way up
        (time(10, 39), time(12), 1),
        (time(10), time(12), 40),
        (time(6), time(7, 30), 0),  # exactly the way down
        (time(6), time(7, 31), 1),
    ],
)
def test_the_gap_is_as_long_as_the_way_in_its_direction(registrar, harare, term, rooms, kind, starts, ends, missing):
    first, second = section_of(term, "PHY"), section_of(term, "ALG")
    shared(kind, harare, first, second)
    add_meeting(registrar, section=first, **weekly(room=rooms[0]))
    asked = weekly(room=rooms[1], starts_at=starts, ends_at=ends)
    if not missing:
        assert days_of(add_meeting(registrar, section=second, **asked)) == MONDAYS
        return
    refusal = refused(add_meeting, registrar, section=second, **asked)
    assert refusal.code == "way_too_long"
    assert f" minutes, and {missing} are missing" in refusal.message


def test_a_way_too_long_names_both_sides_the_places_the_hours_and_the_minutes(registrar, harare, term, rooms):
    first, second = section_of(term, "PHY"), section_of(term, "ALG")
    shared("lecturer", harare, first, second)
    add_meeting(registrar, section=first, **weekly(room=rooms[0]))
    asked = weekly(room=rooms[1], starts_at=time(10, 15), ends_at=time(12))
    assert refused(add_meeting, registrar, section=second, **asked).message == (
        "Rudo Moyo teaches PHY 1 lecture in Town Hall at Town on 9 February 2026 from 08:00 to 10:00;"
        " ALG 1 lecture in Hill Hall at Hill would be on 9 February 2026 from 10:15 to 12:00."
        " The way takes 40 minutes, and 25 are missing:"
        " choose another hour, or a room nearer by, or have it waived (travel)."
    )


def test_without_a_row_for_the_way_back_it_takes_as_long_and_without_any_no_time(registrar, harare, term, rooms):
    first, second = section_of(term, "PHY"), section_of(term, "ALG")
    shared("cohort", harare, first, second)
    add_meeting(registrar, section=first, **weekly(room=rooms[0]))
    asked = weekly(room=rooms[1], starts_at=time(10, 20), ends_at=time(12))
    TravelTime.objects.filter(minutes=40).delete()
    assert " takes 30 minutes, and 10 are missing" in refused(add_meeting, registrar, section=second, **asked).message
    change_travel_time(registrar, TravelTime.objects.get(), minutes=20)
    meeting = add_meeting(registrar, section=second, **asked)
    TravelTime.objects.all().delete()
    move_occurrence(registrar, meeting.occurrences.first(), starts_at=at(8), ends_at=at(9))


def test_without_a_room_a_meeting_is_at_the_campus_that_it_asks_for(registrar, harare, term, rooms):
    first, second, third = (section_of(term, code) for code in ("PHY", "ALG", "BIO"))
    shared("lecturer", harare, first, second, third)
    add_meeting(registrar, section=first, **weekly(room=rooms[0]))
    later = weekly(starts_at=time(10), ends_at=time(11))
    asked = {**later, "campus": rooms[1].building.campus}
    assert refused(add_meeting, registrar, section=second, **asked).code == "way_too_long"
    assert add_meeting(registrar, section=third, **later)  # nowhere: on the screen


def test_a_way_is_waived_by_either_meeting_and_kept_again(registrar, harare, term, rooms):
    first, second = section_of(term, "PHY"), section_of(term, "ALG")
    shared("lecturer", harare, first, second)
    add_meeting(registrar, section=first, **weekly(room=rooms[0]))
    asked = weekly(room=rooms[1], starts_at=time(10), ends_at=time(12))
    planned = add_meeting(registrar, section=second, is_planned=True, **asked)
    waiver = waive_limit(registrar, meeting=planned, waives="travel", reason="A car waits.")
    assert days_of(schedule_meeting(registrar, planned)) == MONDAYS
    assert refused(end_waiver, registrar, waiver).code == "way_too_long"


# --- Students ---
def test_a_student_is_warned_of_a_way_that_is_too_long_and_not_refused(registrar, harare, rooms):
    first, second, third = (make_coming_section(harare) for _ in range(3))
    term_day = first.starts_on + timedelta(days=-first.starts_on.weekday() % 7 + 7)  # a Monday in all of them
    times = {"on_date": term_day, "starts_at": time(8), "ends_at": time(10)}
    add_meeting(registrar, section=first, room=rooms[0], **times)
    add_meeting(registrar, section=second, room=rooms[1], **{**times, "starts_at": time(10, 15), "ends_at": time(11)})
    there = {"campus": rooms[1].building.campus}
    add_meeting(registrar, section=third, **{**times, **there, "starts_at": time(10, 40), "ends_at": time(11)})
    enrollment = make_enrollment(harare)
    make_registration(harare, enrollment=enrollment, section=first)
    client = client_of(registrar)
    body = {"enrollments": [str(enrollment.pk)], "sections": [str(second.pk), str(third.pk)]}
    answer = client.post("/api/v1/academic/registrations/check/", body).json()["data"]
    assert [(one["passed"], len(one["warnings"])) for one in answer] == [(True, 1), (False, 0)]
    assert answer[0]["warnings"] == [
        f"Between this section at Hill and {first.course.code} 1 at Town there are 15 minutes on 1 of its days,"
        f" first on {term_day:%-d %B %Y}, and the way takes 40."
    ]
    body["sections"] = [str(second.pk)]
    alone = {"enrollment": str(make_registration(harare, section=first).enrollment_id), "section": str(second.pk)}
    assert len(client.post("/api/v1/academic/registrations/", alone).json()["data"]["warnings"]) == 1
    answer = client.post("/api/v1/academic/registrations/cohort/", body).json()["data"]
    assert [(one["passed"], len(one["warnings"])) for one in answer] == [(True, 1)]
