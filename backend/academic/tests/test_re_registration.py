"""This file holds the tests of re-registration: who continues registers in a window of its own, if there is one."""

from datetime import timedelta

import pytest
from django.utils import timezone

from academic.factories import make_enrollment, make_program_version, make_registration, make_term, make_window
from academic.models import Enrollment, Registration, Section, Window
from academic.permissions import PERMISSIONS
from academic.registrations.rules import check_cohort, register, swap
from academic.registrations.waiting import accept_offer
from academic.tests.registration_lab import (
    checked,
    codes,
    cohort,
    make_coming_section,
    make_entry,
    make_waiver,
    refused,
)
from academic.tests.waitlist_lab import HOUR, full_section, statuses
from academic.waitlists.tasks import pass_on
from core.actor import Actor
from core.tenancy.scope import reaching
from core.testing.fixtures import person_at
from core.testing.letters import posted
from faculties.factories import today_there
from faculties.models import Institution

pytestmark = pytest.mark.django_db
SHUT = ["window_shut"]
# Days from the first of a section that begins in a week.
OPEN, TO_COME, OVER = ({"opens_after": first, "closes_after": last} for first, last in ((-9, -5), (-2, -1), (-30, -20)))


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS).actor


def continuing(harare: Institution, **fields) -> Enrollment:
    """Somebody who was registered in a term that began a year ago, and withdrew."""
    enrollment, ago = make_enrollment(harare, **fields), today_there() - timedelta(days=365)
    section = make_coming_section(harare, term=make_term(harare, starts_on=ago, ends_on=ago + timedelta(days=90)))
    make_registration(harare, enrollment=enrollment, section=section, status="withdrawn", result="withdrawn")
    return enrollment


def opened(section: Section, kind: str, **fields) -> Window:
    return make_window(section.institution, term=section.term, kind=kind, **fields)


def test_who_continues_registers_in_the_window_of_re_registration_and_who_is_new_in_that_of_registering(
    registrar: Actor, harare: Institution
):
    section, old, new = make_coming_section(harare), continuing(harare), make_enrollment(harare)
    # Of this term, and of its parts: what was taken there says nothing.
    part = make_term(harare, kind="sub_term", parent=section.term, starts_on=section.starts_on, ends_on=section.ends_on)
    make_registration(harare, enrollment=new, section=make_coming_section(harare, term=part))
    register_of_all = opened(section, "register", **OPEN)
    assert codes(check_cohort(registrar, [old, new], [section])) == [[], []]
    again = opened(section, "re_registration", **TO_COME)
    assert codes(check_cohort(registrar, [old, new], [section])) == [SHUT, []]
    assert checked(registrar, old, make_coming_section(harare, term=part)) == SHUT
    Window.objects.filter(pk=again.pk).update(**OPEN)
    Window.objects.filter(pk=register_of_all.pk).update(**OVER)
    assert codes(cohort(registrar, [old, new], [section])) == [[], SHUT]
    # Adding is for all, and so is what is waived.
    late = make_enrollment(harare)
    make_waiver(harare, student=late.student, section=section, waives="window")
    assert checked(registrar, late, section) == []
    opened(section, "add", **OPEN)
    assert register(registrar, enrollment=new, section=section).section == section


def test_the_refusal_names_the_window_of_who_asks_and_its_hours_by_the_clock_there(
    registrar: Actor, harare: Institution
):
    section, old, new = make_coming_section(harare), continuing(harare), make_enrollment(harare)
    opened(section, "re_registration", **TO_COME)
    opened(section, "register", **OVER)
    opened(section, "add", opens_after=-1, closes_after=0)
    begins = section.starts_on
    for enrollment, kind, first, end in ((old, "re_registration", 2, 0), (new, "add", 1, -1)):
        (verdict,) = check_cohort(registrar, [enrollment], [section])
        opens, closes = begins - timedelta(days=first), begins - timedelta(days=end)
        hours = f"{opens} 00:00 and before {closes} 00:00, by the clock of Africa/Harare."
        assert verdict.failed[0].message == f"The {kind} window is open from {hours}"
    Window.objects.filter(kind="add").delete()
    (verdict,) = check_cohort(registrar, [new], [section])
    assert verdict.failed[0].message.startswith("The register window is open from ")
    assert "for who was registered here in an earlier term" in verdict.failed[0].remedy


def test_a_program_has_a_window_of_re_registration_of_its_own(registrar: Actor, harare: Institution):
    section, version = make_coming_section(harare), make_program_version(harare)
    own, other = continuing(harare, program_version=version), continuing(harare)
    opened(section, "re_registration", **OVER)
    assert codes(check_cohort(registrar, [own, other], [section])) == [SHUT, SHUT]
    opened(section, "re_registration", program=version.program, **OPEN)
    assert codes(check_cohort(registrar, [own, other], [section])) == [[], SHUT]
    # Without one of registering there is no limit for who is new.
    assert checked(registrar, make_enrollment(harare), section) == []


def test_swaps_and_offers_keep_to_the_same_window(registrar: Actor, harare: Institution):
    section, _ = full_section(harare)
    old, new = continuing(harare), make_enrollment(harare)
    entries = [make_entry(harare, section=section, enrollment=one) for one in (old, new)]
    mine = make_registration(harare, enrollment=old, section=make_coming_section(harare, term=section.term))
    now = timezone.now()
    times = {"opens_after": None, "closes_after": None, "opens_at": now - HOUR, "closes_at": now + HOUR}
    again = opened(section, "re_registration", **{**times, "opens_at": now + HOUR, "closes_at": now + 2 * HOUR})
    opened(section, "register", **times)
    Section.objects.filter(pk=section.pk).update(capacity=3)
    assert statuses(*entries) == ["waiting", "offered"]
    assert refused(swap, registrar, mine, section=section) == SHUT
    Window.objects.filter(pk=again.pk).update(opens_at=now - 2 * HOUR)
    pass_on()
    assert statuses(*entries) == ["offered", "offered"]
    Window.objects.filter(pk=again.pk).update(closes_at=now - HOUR)
    entry = entries[0]
    entry.refresh_from_db()
    assert entry.expires_at == now + 2 * HOUR
    assert refused(accept_offer, registrar, entry) == SHUT
    assert Registration.objects.filter(section=section).count() == 1
    accept_offer(registrar, entries[1])
    assert statuses(*entries) == ["offered", "accepted"]


def test_waiting_ends_for_who_may_register_no_more(registrar: Actor, harare: Institution):
    section, _ = full_section(harare)
    old, new = (
        make_entry(harare, section=section, enrollment=one) for one in (continuing(harare), make_enrollment(harare))
    )
    opened(section, "re_registration", **OVER)
    opened(section, "register", **OPEN)
    with posted():
        pass_on()
    assert statuses(old, new) == ["closed", "waiting"]
