"""This file holds the promises of a resource, kept by derived lists and their members."""

from analysis.factories import make_derived_list, make_list_member
from core.testing.promises import ResourcePromises


class TestDerivedLists(ResourcePromises):
    url = "/api/v1/analysis/lists/"
    view = "analysis.view_list"
    create = "analysis.count_list"

    def make(self, institution):
        return make_derived_list(institution)

    def body(self, institution):
        return {"name": "at_risk"}


class TestListMembers(ResourcePromises):
    url = "/api/v1/analysis/list-members/"
    view = "analysis.view_list"

    def make(self, institution):
        return make_list_member(institution)
