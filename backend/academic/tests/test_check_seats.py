"""This file holds the tests of the recount of seats."""

import pytest
from django.core.management import CommandError, call_command

from academic.factories import make_enrollment, make_meeting, make_registration, make_section, make_term
from academic.models import Section, WaitlistEntry
from academic.sections.recounts import faults
from academic.tests.registration_lab import make_coming_section, make_entry, make_waiver
from core.tenancy.scope import reaching
from faculties.factories import make_institution
from faculties.models import Institution

pytestmark = pytest.mark.django_db


@pytest.fixture
def college() -> Institution:
    return make_institution()


def test_a_seat_that_is_counted_and_not_there_is_told_of_its_institution_alone(college: Institution, capsys):
    other = make_institution()
    with reaching(college.pk):
        section, waited_for = make_coming_section(college, capacity=2), make_coming_section(college)
        make_registration(college, section=section)
        make_registration(college, section=section, status="withdrawn", result="withdrawn")
        make_entry(college, section=waited_for)
    call_command("check_seats")
    assert capsys.readouterr().out == "Seats, waitlists and clashes are as they should be.\n"
    with reaching(college.pk):
        Section.objects.filter(pk=section.pk).update(seats_taken=2)
        Section.objects.filter(pk=waited_for.pk).update(seats_offered=1)
        words = sorted(faults(college.pk))
    counts = "The section {} counts {} taken where {} are, {} offered where 0 are and 0 reserved where 0 are; "
    assert words == sorted(
        [
            counts.format(section.pk, 2, 1, 0) + "it has seats for 2.",
            counts.format(waited_for.pk, 0, 0, 1) + "it has seats for all.",
        ]
    )
    with pytest.raises(CommandError) as refused:
        call_command("check_seats")
    assert all(line.startswith(f"{college.code}: ") for line in str(refused.value).splitlines()[1:])
    with reaching(other.pk):
        assert faults(other.pk) == []


def test_who_waits_for_a_free_seat_or_for_their_own_is_told(college: Institution):
    with reaching(college.pk):
        section = make_coming_section(college, capacity=2)
        seated = make_registration(college, section=section)
        entry = make_entry(college, section=section, enrollment=seated.enrollment)
        make_entry(college, section=section, enrollment=make_enrollment(college, status="suspended"))
        assert faults(college.pk) == [
            f"The student {seated.student_id} is waiting on the waitlist of the section {section.pk}, and registered"
            " for it.",
            f"1 wait for the section {section.pk}, where 1 seats are nobody's.",
        ]
        WaitlistEntry.objects.filter(pk=entry.pk).update(status="left")
        assert faults(college.pk) == []


def test_who_is_in_two_sections_at_once_is_told_unless_it_is_waived(college: Institution):
    with reaching(college.pk):
        term = make_term(college)
        sections = [make_section(college, term=term) for _ in range(3)]
        for section, day in zip(sections, (1, 1, 2), strict=True):
            make_meeting(college, section=section, weekday=day)
        enrollment = make_enrollment(college)
        for section in sections:
            make_registration(college, section=section, enrollment=enrollment)
        first, second = sorted(one.pk for one in sections[:2])
        (told,) = faults(college.pk)
        assert told.startswith(
            f"The student {enrollment.student_id} is registered for the sections {first} and {second}"
        )
        make_waiver(college, student=enrollment.student, section=sections[1], waives="time_clash")
        assert faults(college.pk) == []
