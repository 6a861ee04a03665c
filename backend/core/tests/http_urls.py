"""This file holds addresses that only tests know: what goes wrong in every way, and what is about to end."""

from datetime import date

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import IntegrityError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path
from psycopg.errors import DeadlockDetected, LockNotAvailable, QueryCanceled
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config import urls
from core.audit.models import AuditEntry
from core.errors import RuleBroken
from core.http.permissions import PUBLIC, SIGNED_IN
from core.http.versions import Deprecation
from core.http.views import Endpoint


class Failing(Endpoint):
    """Fails as the address says, after a change that must not stay."""

    needs = {"get": SIGNED_IN, "post": SIGNED_IN}

    def get(self, request: Request, how: str) -> Response:
        AuditEntry.objects.create(rule="test.failing", actor_name="test")
        if how == "answered":
            return Response({"code": "no"}, status=422)
        raise FAILURES[how]()

    def post(self, request: Request, how: str) -> Response:
        return Response(request.data)


def caused(error: type[Exception], cause: Exception):
    def make() -> Exception:
        made = error("of the database")
        made.__cause__ = cause
        return made

    return make


FAILURES = {
    "bug": lambda: ZeroDivisionError("secret words"),
    "rule": lambda: RuleBroken("too_late", "It is too late.", field="day"),
    "not-found": lambda: Http404("secret words"),
    "forbidden": lambda: PermissionDenied("secret words"),
    "suspicious": lambda: SuspiciousOperation("secret words"),
    "conflict": lambda: IntegrityError("secret words"),
    "gone": lambda: OperationalError("server closed the connection"),
    "slow": caused(OperationalError, QueryCanceled()),
    "locked": caused(OperationalError, LockNotAvailable()),
    "deadlock": caused(OperationalError, DeadlockDetected()),
    "throttled": lambda: Throttled(wait=7),
}


class Slow(Endpoint):
    """Waits in the database for longer than it may."""

    needs = {"get": SIGNED_IN}

    def get(self, request: Request) -> Response:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 50")
            cursor.execute("SELECT pg_sleep(2)")
        return Response({})


class Ending(Endpoint):
    """An operation that is about to end."""

    needs = {"get": PUBLIC}
    deprecated = {"get": Deprecation(date(2026, 1, 1), date(2027, 1, 1), "https://tesc.test/moved")}

    def get(self, request: Request) -> Response:
        return Response({"still": "here"})


class Forgotten(APIView):
    """A view that says nothing about who may call it."""

    def get(self, request: Request) -> Response:
        return Response({"open": "door"})


class HalfDeclared(Endpoint):
    """An endpoint that forgot one of its methods."""

    needs = {"get": SIGNED_IN}

    def get(self, request: Request) -> Response:
        return Response({})

    def post(self, request: Request) -> Response:
        return Response({})


class SteppingUp(Endpoint):
    """An endpoint with one method that needs a second factor."""

    needs = {"get": "lab.view", "post": "lab.change"}
    step_up = {"post"}

    def get(self, request: Request) -> Response:
        return Response({})

    def post(self, request: Request) -> Response:
        return Response({})


class SecretlyPublic(Endpoint):
    """An endpoint that says it is public, and stands on no list."""

    needs = {"get": PUBLIC}

    def get(self, request: Request) -> Response:
        return Response({})


def broken_outside(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError("secret words")


tested = [
    path("failing/<str:how>/", Failing.as_view()),
    path("slow/", Slow.as_view()),
    path("ending/", Ending.as_view()),
    path("forgotten/", Forgotten.as_view()),
    path("half/", HalfDeclared.as_view()),
    path("step-up/", SteppingUp.as_view()),
    path("secretly/", SecretlyPublic.as_view()),
    path("outside/", broken_outside),
]

PUBLIC_ROUTES = {**urls.PUBLIC_ROUTES, "ending/": "a test"}
urlpatterns = [*urls.urlpatterns, path("api/v1/", include(tested)), path("api/", include(tested))]
handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500
