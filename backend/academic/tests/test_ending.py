"""This file holds the tests of what becomes of the seats of who is enrolled no more."""

from datetime import timedelta

import pytest

from academic.enrollments.rules import change_status
from academic.factories import make_enrollment, make_registration, make_term
from academic.models import Registration, WaitlistEntry
from academic.permissions import PERMISSIONS
from academic.registrations.rules import register
from academic.registrations.waiting import join_waitlist
from academic.tests.registration_lab import make_coming_section, make_load_limit, recount
from academic.tests.waitlist_lab import full_section
from core.actor import Actor
from core.audit.models import AuditEntry
from core.tenancy.scope import reaching
from core.testing.fixtures import person_at
from core.testing.letters import posted
from faculties.factories import today_there
from faculties.models import Institution

pytestmark = pytest.mark.django_db
TODAY, DAY = today_there(), timedelta(days=1)
ENDED = TODAY - 3 * DAY


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS, "students.view_student").actor


def test_who_ends_an_enrollment_is_dropped_or_withdrawn_and_the_seats_are_free(registrar: Actor, harare: Institution):
    leaver = make_enrollment(harare, enrolled_on=TODAY - 60 * DAY)
    other = make_enrollment(harare, student=leaver.student)
    make_load_limit(harare, least_credits=10)
    running = make_term(harare, starts_on=TODAY - 50 * DAY, ends_on=TODAY + 50 * DAY, census_on=TODAY - 20 * DAY)
    days = {"starts_on": running.starts_on, "ends_on": running.ends_on}
    coming, begun, over, theirs = (
        make_coming_section(harare),
        make_coming_section(harare, term=running, **days),
        make_coming_section(harare, term=running, **{**days, "ends_on": ENDED - DAY}),
        make_coming_section(harare),
    )
    lab = make_coming_section(harare, course=begun.course, term=running, **days, whole=begun, kind="lab", code="L")
    register(registrar, enrollment=leaver, section=coming)
    for section in (begun, lab, over):
        make_registration(harare, enrollment=leaver, section=section, registered_on=TODAY - 50 * DAY)
    register(registrar, enrollment=other, section=theirs)
    wanted, _ = full_section(harare)
    entry = join_waitlist(registrar, enrollment=leaver, section=wanted)
    with posted():
        change_status(registrar, leaver, status="withdrawn", starts_on=ENDED)
    stands = Registration.objects.order_by("pk").values_list("section", "status", "withdrawn_on")
    assert list(stands.filter(student=leaver.student)) == [
        (begun.pk, "withdrawn", ENDED),
        (lab.pk, "withdrawn", ENDED),
        (over.pk, "registered", None),
        (theirs.pk, "registered", None),
    ]
    assert WaitlistEntry.objects.get(pk=entry.pk).status == "left"
    assert sorted(recount(harare)) == [(0, 0)] * 3 + [(1, 1)] * 3
    done = AuditEntry.objects.filter(actor_name="academic.registrations").values_list("rule", flat=True)
    assert sorted(done) == ["academic.registration.dropped"] + ["academic.registration.withdrawn"] * 2 + [
        "academic.waitlist.left"
    ]
