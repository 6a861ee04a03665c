"""This file holds the outermost layer of a request: its id, its time, its log line, and headers of every answer."""

import re
import time
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse

from core.audit.origin import Origin, origin
from core.ids import uuid7

log = structlog.get_logger("tesc.request")

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestMiddleware:
    """Names the request, lets the rest of the system know where work comes from, and writes one log line about it.

    The client's address is the peer's. A peer without one came by the unix socket, which only our nginx reaches: it
    writes the client's into X-Real-IP, over whatever was sent. From anybody else that header counts for nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if REQUEST_ID.fullmatch(given) else str(uuid7())
        token = origin.set(Origin(request_id, client_of(request.META)))
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            response.headers["X-Request-ID"] = request_id
            response.headers.setdefault("X-Content-Type-Options", "nosniff")
            response.headers.setdefault("Cache-Control", "no-store")
            log.info("request", **described(request, response), ms=round((time.perf_counter() - started) * 1000, 1))
            return response
        finally:
            origin.reset(token)


def client_of(meta: Mapping[str, Any]) -> str | None:
    """The address that a request comes from, or None where nobody that we trust tells it."""
    if peer := meta.get("REMOTE_ADDR"):
        return peer
    try:
        return str(ip_address(meta.get("HTTP_X_REAL_IP", "")))
    except ValueError:
        return None


def described(request: HttpRequest, response: HttpResponse) -> dict[str, Any]:
    """What the log may know: no address with values in it, no names, no bodies."""
    actor = getattr(request, "actor", None)
    return {
        "method": request.method,
        "route": request.resolver_match.route if request.resolver_match else None,
        "status": response.status_code,
        "user": str(actor.id) if actor and actor.id else None,
        "institutions": len(actor.institutions) if actor else 0,
    }
