"""This file holds that a day is that of the institution: at eleven in the evening UTC, Harare is in the next one."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from academic.factories import make_enrollment, make_registration, make_section, make_term
from academic.models import Term
from academic.permissions import PERMISSIONS
from academic.registrations.rules import drop, register, reinstate, withdraw
from academic.tests.registration_lab import (
    REGISTRATIONS,
    checked,
    make_coming_section,
    make_hold,
    make_waiver,
    recount,
    refused,
)
from academic.waivers.queries import waived_for
from academic.waivers.rules import give_waiver
from core.actor import Actor
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.institutions.days import today_at, zones
from faculties.models import Institution
from students.factories import make_student
from users.factories import make_person

EVENING = datetime.combine(timezone.now(), time(23), UTC)
UTC_DAY = EVENING.date()
IN_HARARE = UTC_DAY + timedelta(days=1)
pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(EVENING)]


@pytest.fixture
def registrar(harare: Institution) -> Actor:
    return person_at(harare, *PERMISSIONS).actor


def test_the_day_of_an_institution_is_asked_for_once(harare: Institution, django_assert_num_queries: Any):
    with django_assert_num_queries(1):
        assert {today_at(harare.pk) for _ in range(3)} == {IN_HARARE}


def test_the_last_day_to_drop_ends_with_the_day_of_the_institution(registrar: Actor, harare: Institution):
    with reaching(harare.pk):
        registration = make_registration(harare, section=make_coming_section(harare))
        days = {"starts_on": UTC_DAY - timedelta(days=1), "census_on": UTC_DAY}
        Term.objects.filter(pk=registration.section.term_id).update(**days)
        assert refused(drop, registrar, registration) == ["drop_over"]
        Institution.objects.filter(pk=harare.pk).update(time_zone="America/Chicago")
        zones.clear()  # as after a minute
        drop(registrar, registration)
        assert recount(harare) == [(0, 0)]


def test_students_register_and_withdraw_on_the_day_that_it_is_for_them(harare: Institution):
    person = make_person(grants=[("student", harare)])
    with reaching(harare.pk):
        mine = make_enrollment(harare, student=make_student(harare, account=person))
        section = make_coming_section(harare)
    client = client_of(person.actor)
    made = client.post(REGISTRATIONS, {"enrollment": str(mine.pk), "section": str(section.pk)})
    assert (made.status_code, made.json()["data"]["registered_on"]) == (201, str(IN_HARARE))
    url = f"{REGISTRATIONS}{made.json()['data']['id']}/withdraw/"
    early = client.post(url, {"withdrawn_on": str(UTC_DAY)}, headers={"If-Match": "*"})
    assert (early.status_code, early.json()["errors"][0]["code"]) == (422, "today_only")
    assert client.post(url, {"withdrawn_on": str(IN_HARARE)}, headers={"If-Match": "*"}).status_code == 200
    with reaching(harare.pk):
        assert recount(harare) == [(0, 0)]


def test_the_registry_states_no_day_that_has_not_come_there(registrar: Actor, harare: Institution):
    with reaching(harare.pk):
        registration = make_registration(harare, registered_on=UTC_DAY)
        assert refused(withdraw, registrar, registration, withdrawn_on=IN_HARARE + timedelta(days=1)) == ["not_yet"]
        early = {"withdrawn_on": UTC_DAY - timedelta(days=1)}
        assert refused(withdraw, registrar, registration, **early) == ["withdrawn_before_registered"]
        assert withdraw(registrar, registration, withdrawn_on=IN_HARARE).withdrawn_on == IN_HARARE


def test_holds_and_waivers_end_with_the_day_of_the_institution(registrar: Actor, harare: Institution):
    with reaching(harare.pk):
        enrollment, section = make_enrollment(harare), make_coming_section(harare)
        student = enrollment.student
        make_hold(harare, student=student, ends_on=UTC_DAY)
        waiver = {"waives": "load", "section": section, "reason": "Last term"}
        assert refused(give_waiver, registrar, student=student, until=UTC_DAY, **waiver) == ["past"]
        make_waiver(harare, student=student, section=section, until=UTC_DAY)
        assert waived_for(harare.pk, [student.pk], "load") == set()
        assert register(registrar, enrollment=enrollment, section=section).student == student


def test_a_section_is_over_after_its_last_day_unless_the_registry_states_an_earlier_one(
    registrar: Actor, harare: Institution
):
    person = make_person(grants=[("student", harare)])
    with reaching(harare.pk):
        term = make_term(harare, starts_on=UTC_DAY - timedelta(days=90), ends_on=UTC_DAY)
        section, mine = (
            make_section(harare, term=term),
            make_enrollment(harare, student=make_student(harare, account=person)),
        )
        both = {"enrollment": mine, "section": section}
        answer = client_of(person.actor).post(REGISTRATIONS, {name: str(row.pk) for name, row in both.items()})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "section_over")
        for stated in ({}, {"registered_on": IN_HARARE}):
            assert refused(register, registrar, **both, **stated) == ["section_over"]
        made = register(registrar, **both, registered_on=UTC_DAY)
        assert refused(withdraw, person.actor, made, withdrawn_on=IN_HARARE) == ["section_over"]
        withdrawn = withdraw(registrar, made, withdrawn_on=UTC_DAY)
        # The day of the first time is not one of coming back.
        assert refused(reinstate, registrar, withdrawn) == ["section_over"]
        assert recount(harare) == [(0, 0)]
        make_waiver(harare, student=mine.student, section=section, waives="window")
        assert reinstate(registrar, withdrawn).registered_on == UTC_DAY
        assert recount(harare) == [(1, 1)]


def test_who_is_enrolled_later_registers_ahead_for_what_begins_by_then(registrar: Actor, harare: Institution):
    with reaching(harare.pk):
        section = make_coming_section(harare)
        early, later = (
            make_enrollment(harare, enrolled_on=section.starts_on + timedelta(days=days)) for days in (0, 1)
        )
        assert refused(register, registrar, enrollment=later, section=section) == ["enrollment_not_begun"]
        register(registrar, enrollment=early, section=section)
        # Once a section began, whoever is enrolled by now comes late.
        began = make_section(
            harare, term=make_term(harare, starts_on=UTC_DAY - timedelta(days=9), ends_on=section.ends_on)
        )
        register(registrar, enrollment=make_enrollment(harare, enrolled_on=IN_HARARE), section=began)
        assert checked(registrar, early, began) == ["enrollment_not_begun"]
        assert sorted(recount(harare)) == [(1, 1), (1, 1)]
