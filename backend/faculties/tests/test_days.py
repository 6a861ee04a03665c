"""This file holds that a day is that of the institution: where it is another one than that of the servers."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from core.errors import RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import person_at
from core.tests.uploads_lab import checked, committed, uploader, workbook
from faculties.factories import make_department, make_faculty, make_institution, zone_of_another_day
from faculties.faculties.rules import rename_faculty
from faculties.institutions.days import day_ends, today_at
from faculties.models import Faculty, Institution

EVENING = datetime.combine(timezone.now(), time(23, 30), UTC)
UTC_DAY, DAY = EVENING.date(), timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.mark.time_machine(EVENING)
def test_each_place_has_its_day_and_the_nation_its_own(harare: Institution):
    chicago = make_institution(time_zone="America/Chicago")
    assert [today_at(one) for one in (harare.pk, chicago.pk, None)] == [UTC_DAY + DAY, UTC_DAY, UTC_DAY]
    midnight = datetime.combine(UTC_DAY + DAY, time(), UTC)
    assert day_ends(None, harare.pk) == midnight.timestamp()
    assert day_ends(harare.pk, chicago.pk) == datetime.combine(midnight, time(6 - chicago_summer()), UTC).timestamp()


def chicago_summer() -> int:
    return 1 if datetime.combine(UTC_DAY + DAY, time(), ZoneInfo("America/Chicago")).dst() else 0


@pytest.mark.time_machine(EVENING)
def test_a_unit_is_renamed_on_the_day_that_has_come_there(harare: Institution):
    actor = person_at(harare, "faculties.change_faculty").actor
    with reaching(harare.pk):
        faculty = make_faculty(harare)
        with pytest.raises(RuleBroken) as refusal:
            rename_faculty(actor, faculty, name="Faculty of Mines", renamed_on=UTC_DAY + 2 * DAY)
        assert (refusal.value.code, Faculty.objects.get().name) == ("renamed_later", faculty.name)
        assert rename_faculty(actor, faculty, name="Faculty of Mines", renamed_on=UTC_DAY + DAY).name.endswith("Mines")


def test_a_complete_file_closes_what_it_lacks_on_the_day_it_is_there():
    there = make_institution(time_zone=zone_of_another_day())
    with reaching(there.pk):
        person = uploader(there, "faculties", "departments")
        kept, ended = make_department(there), make_department(there)
        upload = checked(person, "departments", workbook(("Code", "Name", "Faculty"), (
            kept.code, kept.name, kept.faculty.code,
        )), is_complete=True)  # fmt: skip
        committed(person, upload, may_end_many=True)
        ended.refresh_from_db()
    assert ended.closed_on == timezone.localdate(timezone=ZoneInfo(there.time_zone)) != timezone.localdate()
