"""This file holds the smallest valid rows of this app for tests."""

from django.utils import timezone

from academic.factories import make_enrollment
from analysis.lists.definitions import DEFINITIONS
from analysis.models import DerivedList, ListMember
from core.tenancy.scope import reaching
from faculties.factories import numbered, saved
from faculties.models import Institution


def make_derived_list(institution: Institution) -> DerivedList:
    """The first list that the institution has not; beyond all of them, lists that nobody defined."""
    with reaching(institution.pk):
        there = set(DerivedList.objects.values_list("name", flat=True))
        name = next((name for name in DEFINITIONS if name not in there), numbered("list-"))
        return DerivedList.objects.create(institution=institution, name=name, counted_at=timezone.now(), members=0)


def make_list_member(institution: Institution) -> ListMember:
    """A student of a program of STEM."""
    enrollment = make_enrollment(institution)
    return saved(
        ListMember(
            institution=institution,
            list="stem",
            enrollment=enrollment,
            student=enrollment.student,
            program=enrollment.program_version.program,
            rules=["field"],
            reasons=["The program is of the field 0613."],
            since=timezone.localdate(),
        )
    )
