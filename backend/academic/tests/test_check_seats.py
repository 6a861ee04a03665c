"""This file holds the tests of the recount of seats."""

import pytest
from django.core.management import CommandError, call_command

from academic.factories import make_registration
from academic.models import Section
from academic.sections.recounts import miscounts
from academic.tests.registration_lab import make_coming_section, make_entry
from core.tenancy.scope import reaching
from faculties.factories import make_institution


@pytest.mark.django_db
def test_a_seat_that_is_counted_and_not_there_is_told_of_its_institution_alone(capsys):
    college, other = make_institution(), make_institution()
    with reaching(college.pk):
        section, waited_for = make_coming_section(college, capacity=2), make_coming_section(college)
        make_registration(college, section=section)
        make_registration(college, section=section, status="withdrawn", result="withdrawn")
        make_entry(college, section=waited_for)
    call_command("check_seats")
    assert capsys.readouterr().out == "The seats of all sections are as counted.\n"
    with reaching(college.pk):
        Section.objects.filter(pk=section.pk).update(seats_taken=2)
        Section.objects.filter(pk=waited_for.pk).update(seats_offered=1)
        words = sorted(miscounts(college.pk))
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
        assert miscounts(other.pk) == []
