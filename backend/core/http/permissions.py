"""This file holds what stands before every view: a permission, sign-in alone, or a reason to be public."""

import re
from time import time
from typing import Any, NoReturn

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string
from rest_framework.exceptions import MethodNotAllowed, NotAuthenticated
from rest_framework.permissions import SAFE_METHODS, BasePermission

from core.actor import Actor
from core.errors import NotAllowed, RuleBroken, SecondFactorNeeded, StepUpNeeded
from core.rules import Refusal

SIGNED_IN = "signed in"  # whoever is signed in, as for one's own profile
PUBLIC = "public"  # anybody; the address stands in PUBLIC_ROUTES with a reason
VERSION_PREFIX = re.compile(r"^api/(v\d+/)?")


class DenyAll(BasePermission):
    """The default: a view that declares nothing answers nobody."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return False


class Declared(BasePermission):
    """What the endpoint declares for this method, judged before the body is read."""

    def has_permission(self, request: Any, view: Any) -> bool:
        need = view.needs_for(request.method)
        if need == PUBLIC and address(request.resolver_match.route) in public_routes():
            return True
        if request.user is None:
            raise NotAuthenticated()
        if request.method not in view.allowed_methods:
            raise MethodNotAllowed(request.method)
        if not need:
            raise ImproperlyConfigured(f"{type(view).__name__} declares no permission for {request.method}.")
        if request.actor.lacks_factor and not view.open_without_factor:
            refuse(SecondFactorNeeded(), request, view)
        if need != SIGNED_IN and not request.actor.may(need):
            refuse(NotAllowed(need), request, view)
        if request.actor.behind and not is_open_to_support(need, request, view):
            refuse(NotAllowed("support"), request, view)
        if request.actor.client and not is_open_to_clients(need, request, view):
            refuse(NotAllowed("client"), request, view)
        if view.steps_up(request.method) and not is_strong(request.actor):
            refuse(StepUpNeeded(settings.STEP_UP_SECONDS), request, view)
        return True


def is_open_to_support(need: str, request: Any, view: Any) -> bool:
    """Whether staff who act as a person may do this: what the person's roles allow, and look at what is the person's
    own; nothing that is hidden from them.
    """
    if view.hidden_from_support:
        return False
    return need != SIGNED_IN or view.open_to_support or request.method in SAFE_METHODS


def refuse(denied: RuleBroken, request: Any, view: Any) -> NoReturn:
    denied.refusal = Refusal(request.actor, view.deed_of(request.method), None, denied.code)
    raise denied


def is_open_to_clients(need: str, request: Any, view: Any) -> bool:
    """Nothing that is a person's own, unless the view says so; nothing that asks for a second factor."""
    if need == SIGNED_IN:
        return view.open_to_clients and request.actor.id is not None and request.method in SAFE_METHODS
    return not view.steps_up(request.method)


def is_strong(actor: Actor) -> bool:
    """Whether the actor showed a second factor a moment ago."""
    return actor.strong_at is not None and time() - actor.strong_at <= settings.STEP_UP_SECONDS


def address(route: str) -> str:
    """A route without the prefix that says the version: `auth/sign-in/`."""
    return VERSION_PREFIX.sub("", route)


def public_routes() -> dict[str, str]:
    """The addresses that need no sign-in, each with its reason; they stand beside the routes."""
    return import_string(f"{settings.ROOT_URLCONF}.PUBLIC_ROUTES")
