"""This file holds how every failure becomes an answer: its status, its words, and no more than that."""

from collections.abc import Iterator, Mapping
from typing import Any

import structlog
from django.core import signals
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import Error as DatabaseError
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from psycopg import errors as postgres
from redis.exceptions import ConnectionError as RedisGone
from rest_framework.exceptions import APIException, ErrorDetail, MethodNotAllowed, ValidationError
from rest_framework.response import Response

from core.errors import Conflict, NotVisible, Problem, RuleBroken
from core.http.envelope import as_json, failure
from core.http.parsing import TooLarge
from core.rules import conflict_of

log = structlog.get_logger("tesc.failure")

SECONDS_TO_WAIT = "1"
LOST_A_RACE = (postgres.LockNotAvailable, postgres.DeadlockDetected, postgres.SerializationFailure)


class Busy(Conflict):
    """Another change holds what this one needs."""

    headers: Mapping[str, str] = {"Retry-After": SECONDS_TO_WAIT}

    def __init__(
        self, code: str = "busy", message: str = "Another change is being made here. Repeat yours in a moment."
    ):
        super().__init__(code, message)


class Unavailable(RuleBroken):
    """Something that this answer depends on is down, or too slow."""

    status = 503
    headers: Mapping[str, str] = {"Retry-After": SECONDS_TO_WAIT}

    def __init__(self) -> None:
        super().__init__("unavailable", "This can't be answered just now. Repeat it in a moment.")


class BadRequest(RuleBroken):
    """A request that no browser or client of good faith sends."""

    status = 400

    def __init__(self) -> None:
        super().__init__("bad_request", "The request is malformed.")


class Forbidden(RuleBroken):
    """Django itself refused."""

    status = 403

    def __init__(self) -> None:
        super().__init__("not_allowed", "You may not do this.")


class Broken(RuleBroken):
    """A bug of ours. The caller learns the request id, and nothing else."""

    status = 500

    def __init__(self) -> None:
        super().__init__("internal_error", "Something went wrong here. Tell the request id to whoever runs this site.")


def answer_refusal(error: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's EXCEPTION_HANDLER."""
    if isinstance(error, APIException):
        problems = list(flattened(error.detail)) if isinstance(error, ValidationError) else [problem_of(error)]
        return Response(failure(problems), status=error.status_code, headers=headers_of(error))
    known = named(error)
    if isinstance(known, Broken):
        request = getattr(context["request"], "_request", context["request"])
        # Told as Django tells its own, so that the test client and error trackers hear of it.
        signals.got_request_exception.send(sender=type(context["view"]), request=request)
    if known.status >= 500:
        log.error("request failed", exc_info=error)
    return Response(failure(known.problems), status=known.status, headers=dict(getattr(known, "headers", {})))


def named(error: Exception) -> RuleBroken:
    """The failure in our own words."""
    match error:
        case RuleBroken():
            return error
        case Http404():
            return NotVisible()
        case PermissionDenied():
            return Forbidden()
        case RequestDataTooBig():
            return TooLarge()
        case SuspiciousOperation() | UnreadablePostError():
            return BadRequest()
        case IntegrityError():
            return conflict_of(error)
        case DatabaseError() if isinstance(error.__cause__, LOST_A_RACE):
            return Busy()
        case OperationalError() | InterfaceError() | RedisGone():
            return Unavailable()
    return Broken()


def problem_of(error: APIException) -> Problem:
    if isinstance(error, MethodNotAllowed):
        return Problem("method_not_allowed", str(error.detail))
    code = error.detail.code if isinstance(error.detail, ErrorDetail) else None
    return Problem(code or error.default_code, str(error.detail))


def headers_of(error: APIException) -> dict[str, str]:
    headers = {}
    if error.status_code == 401:
        headers["WWW-Authenticate"] = getattr(error, "auth_header", "Bearer")
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(int(wait))
    return headers


def flattened(detail: Any, path: tuple[str, ...] = ()) -> Iterator[Problem]:
    """A serializer's nested errors as a list of problems, each with a path such as `items/3/credits`."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from flattened(inner, path if name == "non_field_errors" else (*path, str(name)))
    elif isinstance(detail, list | tuple):
        for position, inner in enumerate(detail):
            is_problem = isinstance(inner, str)
            yield from flattened(inner, path if is_problem else (*path, str(position)))
    else:
        yield Problem(getattr(detail, "code", None) or "invalid", str(detail), "/".join(path) or None)


def plain_answer(refusal: RuleBroken) -> HttpResponse:
    """The envelope where DRF is not: unknown addresses, and failures before or after a view."""
    return HttpResponse(as_json(failure(refusal.problems)), status=refusal.status, content_type="application/json")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return plain_answer(named(exception))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return plain_answer(named(exception))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return plain_answer(NotVisible())


def server_error(request: HttpRequest) -> HttpResponse:
    return plain_answer(Broken())
