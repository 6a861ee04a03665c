"""This file holds the addresses of a resource, from the parts its viewset lists."""

from typing import TYPE_CHECKING, Any

from django.urls import URLPattern, URLResolver, include, path

if TYPE_CHECKING:
    from core.http.resource import ResourceViewSet


def resource_routes(
    prefix: str, viewset: type["ResourceViewSet"], basename: str | None = None
) -> list[URLPattern | URLResolver]:
    """`students/`, `students/bulk/`, `students/{id}/`, `students/{id}/verb/`: those that the viewset has a rule for.

    An empty prefix is the address of the app itself; then `basename` names the routes. All addresses of a resource hang
    below its prefix, so that a request for another one tries this alone, and not each of them.
    """
    name = basename or prefix
    many: dict[str, Any] = {"get": "list"}
    one: dict[str, Any] = {"get": "retrieve"}
    if "create" in viewset.rules:
        many["post"] = "create"
    if "update" in viewset.rules:
        one |= {"put": "update", "patch": "partial_update"}
    if "remove" in viewset.rules:
        one["delete"] = "destroy"
    routes: list[URLPattern | URLResolver] = [
        path("", viewset.as_view(many), name=f"{name}-list"),
        path("<uuid:pk>/", viewset.as_view(one), name=f"{name}-detail"),
    ]
    if viewset.takes_bulk():
        routes.append(path("bulk/", viewset.as_view({"post": "bulk_create"}), name=f"{name}-bulk"))
    for verb in viewset.verbs:
        view = viewset.as_view({"post": "act"}, verb=verb)
        routes.append(path(f"<uuid:pk>/{verb}/", view, name=f"{name}-{verb}"))
    return [path(f"{prefix}/", include(routes))] if prefix else routes
