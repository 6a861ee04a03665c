"""This file holds that a day is that of the institution: at half past eleven UTC, Harare is in the next one."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from core.actor import Actor
from core.errors import RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import person_at
from core.tests.uploads_lab import checked, committed, uploader, workbook
from faculties.factories import make_institution, zone_of_another_day
from faculties.models import Institution
from students.cases.rules import close_case, open_case
from students.factories import (
    make_award,
    make_outreach,
    make_participation,
    make_placement,
    make_pledge,
    make_student,
    make_tranche,
)
from students.models import Placement, WorkEntry
from students.outreach.rules import give_certificate, take_part
from students.permissions import PERMISSIONS
from students.placements.rules import break_off_placement, complete_placement
from students.scholarships.rules import end_award, pay_tranche
from students.work.rules import enter_work
from users.factories import make_person, make_role

EVENING = datetime.combine(timezone.now(), time(23, 30), UTC)
UTC_DAY, DAY = EVENING.date(), timedelta(days=1)
HERE = UTC_DAY + DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(harare: Institution) -> Any:
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS).actor


def code_of(rule: Any, *args: Any, **fields: Any) -> str:
    with pytest.raises(RuleBroken) as refusal:
        rule(*args, **fields)
    return refusal.value.code


@pytest.mark.time_machine(EVENING)
def test_what_is_entered_of_a_day_may_be_of_the_one_it_is_there(office: Actor, harare: Institution):
    tomorrow = HERE + DAY
    pledge = make_pledge(harare, starts_on=UTC_DAY - DAY, ends_on=tomorrow)
    assert code_of(enter_work, office, pledge=pledge, worked_on=tomorrow, hours=2) == "not_yet"
    assert enter_work(office, pledge=pledge, worked_on=HERE, hours=2) == WorkEntry.objects.get()
    award = make_award(harare, starts_on=UTC_DAY - DAY, ends_on=HERE)
    tranche = make_tranche(harare, award=award)
    assert code_of(pay_tranche, office, tranche, paid_on=tomorrow) == "not_yet"
    assert pay_tranche(office, tranche, paid_on=HERE).paid_on == HERE
    assert end_award(office, award, ended_on=HERE).ended_on == HERE
    codes = ("students.add_case", "students.view_case", "students.change_case")
    counselor = make_person(grants=[(make_role(*codes), harare)]).actor
    case = open_case(counselor, student=make_student(harare), kind="wellbeing")
    assert (case.opened_on, close_case(counselor, case).closed_on) == (HERE, HERE)


@pytest.mark.time_machine(EVENING)
def test_placements_and_programs_end_with_the_day_there(office: Actor, harare: Institution):
    assert code_of(take_part, office, program=make_outreach(harare, ends_on=UTC_DAY), student=make_student(harare)) == (
        "program_over"
    )
    done = make_participation(harare, status="completed")
    assert code_of(give_certificate, office, done, certificate_on=HERE + DAY) == "not_then"
    assert give_certificate(office, done, certificate_on=HERE).certificate_on == HERE
    placement = make_placement(harare, starts_on=UTC_DAY - DAY, ends_on=HERE)
    assert complete_placement(office, placement).status == Placement.Status.COMPLETED
    other = make_placement(harare, starts_on=UTC_DAY - DAY, ends_on=HERE + 9 * DAY)
    assert code_of(break_off_placement, office, other, broken_off_on=HERE + DAY, reason="Left.") == "not_yet"
    assert break_off_placement(office, other, broken_off_on=HERE, reason="Left.").broken_off_on == HERE


def test_what_a_file_says_of_days_is_read_on_the_day_it_is_there():
    abroad = make_institution(time_zone=zone_of_another_day())
    there = timezone.localdate(timezone=ZoneInfo(abroad.time_zone))
    assert there != timezone.localdate()
    header = ("Reg Number", "Company", "Type", "Start Date", "End Date")
    days = {"R1": (there - 2 * DAY, there - DAY), "R2": (there - 2 * DAY, there), "R3": (there + DAY, there + 2 * DAY)}
    with reaching(abroad.pk):
        person = uploader(abroad, "placements")
        for number in days:
            make_student(abroad, number=number)
        rows = [(number, "Colliery", "Intern", str(first), str(last)) for number, (first, last) in days.items()]
        committed(person, checked(person, "placements", workbook(header, *rows)))
        found = dict(Placement.objects.values_list("student__number", "status"))
    assert found == {"R1": "completed", "R2": "running", "R3": "planned"}
