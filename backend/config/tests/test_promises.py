"""This file holds the test that no resource of institutions is without its promises."""

from django.urls import get_resolver

from config.tests.rows import promises
from core.http.resource import ResourceViewSet
from core.http.routes import walked
from core.records import Record


def resources() -> set[str]:
    """The addresses of every resource whose rows belong to an institution."""
    return {
        f"/{path}"
        for path, pattern in walked(get_resolver().url_patterns)
        if path.startswith("api/v1/")
        and "list" in getattr(pattern.callback, "actions", {}).values()
        and issubclass(pattern.callback.cls, ResourceViewSet)
        and issubclass(pattern.callback.cls.queryset.model, Record)
    }


def test_every_resource_of_institutions_keeps_the_promises():
    assert resources() == {one.url for one in promises()}
