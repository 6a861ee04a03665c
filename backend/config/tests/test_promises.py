"""This file holds the test that no resource of institutions is without its promises."""

from importlib import import_module

from django.conf import settings
from django.urls import get_resolver

from core.http.resource import ResourceViewSet
from core.http.routes import walked
from core.records import Record
from core.testing.promises import ResourcePromises


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


def promised() -> set[str]:
    modules = [
        import_module(f"{app}.tests.test_promises")
        for app in ("core", "faculties", "users", "staff", "students", "academic")
    ]
    assert {module.__name__.partition(".")[0] for module in modules} <= set(settings.OUR_APPS)
    return {
        thing.url
        for module in modules
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, ResourcePromises) and thing is not ResourcePromises
    }


def test_every_resource_of_institutions_keeps_the_promises():
    assert resources() == promised()
