"""This file holds the walk over every route, and the check that none is open by accident."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, get_resolver

from core.http.permissions import PUBLIC, SIGNED_IN, address, public_routes
from core.http.views import Endpoint


@dataclass(frozen=True, slots=True)
class Route:
    """One address, with what each of its methods needs; `needs` is None for a view that is no endpoint of ours."""

    path: str
    name: str | None
    needs: dict[str, str | None] | None


def all_routes() -> Iterator[Route]:
    for path, pattern in walked(get_resolver().url_patterns):
        yield Route(path, pattern.name, needs_of(pattern.callback))


def walked(patterns: list, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield path, pattern
        else:
            yield from walked(pattern.url_patterns, path)


def needs_of(callback: Any) -> dict[str, str | None] | None:
    view_class = getattr(callback, "cls", None)
    if view_class is None or not issubclass(view_class, Endpoint):
        return None
    view = view_class(**callback.initkwargs)
    view.action_map = getattr(callback, "actions", None) or {}
    methods = view.action_map or [name for name in view.http_method_names if hasattr(view, name)]
    return {name.upper(): view.needs_for(name.upper()) for name in methods if name not in ("head", "options")}


def is_permission(need: str | None) -> bool:
    return need == SIGNED_IN or bool(need and "." in need)


@register()
def check_routes(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Each method of each route needs a permission or sign-in, or the route stands in PUBLIC_ROUTES with a reason."""
    reasons, found, gaps = public_routes(), set[str](), list[CheckMessage]()
    for route in all_routes():
        short = address(route.path)
        found.add(short)
        if short in reasons:
            continue
        if route.needs is None:
            gaps.append(Error(f"{route.path} is no Endpoint and not in PUBLIC_ROUTES.", id="core.http.E001"))
            continue
        for method, need in route.needs.items():
            if need == PUBLIC:
                gaps.append(Error(f"{method} {route.path} is public: add it to PUBLIC_ROUTES.", id="core.http.E002"))
            elif not is_permission(need):
                gaps.append(Error(f"{method} {route.path} declares no permission.", id="core.http.E003"))
    stale = sorted(path for path, reason in reasons.items() if path not in found or not reason)
    gaps += [Error(f"PUBLIC_ROUTES names {path}, which is no route.", id="core.http.E004") for path in stale]
    return gaps
