"""This file holds the addresses of a resource, from the parts its viewset lists, and how one of many is found."""

from typing import TYPE_CHECKING, Any

from django.urls import ResolverMatch, URLPattern, URLResolver, include
from django.urls import path as route
from django.urls.resolvers import RoutePattern
from django.utils.functional import cached_property

if TYPE_CHECKING:
    from core.http.resource import ResourceViewSet


def resource_routes(prefix: str, viewset: type["ResourceViewSet"], basename: str | None = None) -> list[URLPattern]:
    """`students/`, `students/bulk/`, `students/{id}/`, `students/{id}/verb/`: those that the viewset has a rule for.

    An empty prefix is the address of the app itself; then `basename` names the routes.
    """
    name, base = basename or prefix, f"{prefix}/" if prefix else ""
    base = f"{prefix}/" if prefix else ""
    many: dict[str, Any] = {"get": "list"}
    one: dict[str, Any] = {"get": "retrieve"}
    if "create" in viewset.rules:
        many["post"] = "create"
    if "update" in viewset.rules:
        one |= {"put": "update", "patch": "partial_update"}
    if "remove" in viewset.rules:
        one["delete"] = "destroy"
    routes = [
        route(base, viewset.as_view(many), name=f"{name}-list"),
        route(f"{base}<uuid:pk>/", viewset.as_view(one), name=f"{name}-detail"),
    ]
    if viewset.takes_bulk():
        routes.append(route(f"{base}bulk/", viewset.as_view({"post": "bulk_create"}), name=f"{name}-bulk"))
    for verb in viewset.verbs:
        view = viewset.as_view({"post": "act"}, verb=verb)
        routes.append(route(f"{base}<uuid:pk>/{verb}/", view, name=f"{name}-{verb}"))
    return routes


class Fork(URLResolver):
    """An include of many addresses that looks up by the next segment of a path which of them to try."""

    def resolve(self, path: str) -> ResolverMatch:
        found = self.pattern.match(str(path))
        segment = found[0].partition("/")[0] if found else ""
        return self.ways.get(segment, self.other_way).resolve(path)

    @cached_property
    def ways(self) -> dict[str, URLResolver]:
        """By each segment that addresses begin with, all that may fit, in their order."""
        segments = {segment for one in self.url_patterns if (segment := first_segment(one))}
        return {one: self.way({one, None}) for one in segments}

    @cached_property
    def other_way(self) -> URLResolver:
        return self.way({None})

    def way(self, segments: set[str | None]) -> URLResolver:
        patterns = [one for one in self.url_patterns if first_segment(one) in segments]
        return URLResolver(self.pattern, patterns, self.default_kwargs, self.app_name, self.namespace)


def fork(prefix: str, urls: Any) -> Fork:
    """`path(prefix, include(urls))` for many addresses."""
    module, app_name, namespace = include(urls)
    return Fork(RoutePattern(prefix), module, None, app_name=app_name, namespace=namespace)


def first_segment(one: URLPattern | URLResolver) -> str | None:
    """What every path of a pattern begins with, up to the first slash; None where that is not said."""
    said = str(one.pattern)
    segment, slash, _ = said.partition("/")
    is_whole = bool(slash) or isinstance(one, URLPattern)
    return segment if segment and is_whole and isinstance(one.pattern, RoutePattern) and "<" not in segment else None
