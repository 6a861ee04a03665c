"""This file holds the promises of a resource, kept by derived lists and their members."""

from django.utils import timezone

from academic.factories import make_enrollment
from analysis.models import DerivedList, ListMember
from core.testing.promises import ResourcePromises


class TestDerivedLists(ResourcePromises):
    url = "/api/v1/analysis/lists/"
    view = "analysis.view_list"
    create = "analysis.count_list"

    def make(self, institution):
        name = f"list-{DerivedList.objects.count()}"
        return DerivedList.objects.create(institution=institution, name=name, counted_at=timezone.now(), members=0)

    def body(self, institution):
        return {"name": "at_risk"}


class TestListMembers(ResourcePromises):
    url = "/api/v1/analysis/list-members/"
    view = "analysis.view_list"

    def make(self, institution):
        enrollment = make_enrollment(institution)
        return ListMember.objects.create(
            institution=institution,
            list="stem",
            enrollment=enrollment,
            student=enrollment.student,
            program=enrollment.program_version.program,
            rules=["field"],
            reasons=["The program is of the field 0613."],
            since=timezone.localdate(),
        )
