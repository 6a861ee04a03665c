"""This file holds the API's version in every answer, and how an operation is announced to end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import http_date

log = structlog.get_logger("tesc.deprecation")

SHORTEST_NOTICE = timedelta(days=365)


class VersionMiddleware:
    """Says in every answer under /api/ which version gave it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path_info.startswith("/api/"):
            response.headers["API-Version"] = settings.API_VERSION
        return response


@dataclass(frozen=True, slots=True)
class Deprecation:
    """The end of an operation: since when it is announced, when it comes, and the page that says what comes instead."""

    since: date
    sunset: date
    page: str

    def __post_init__(self) -> None:
        if self.sunset - self.since < SHORTEST_NOTICE:
            raise ValueError("An operation ends at the earliest 12 months after its end was announced.")

    def announce(self, response: HttpResponseBase, request: HttpRequest) -> None:
        """RFC 9745 and RFC 8594 headers, and a log line that says who still calls."""
        response.headers["Deprecation"] = f"@{instant(self.since)}"
        response.headers["Sunset"] = http_date(instant(self.sunset))
        response.headers["Link"] = f'<{self.page}>; rel="deprecation"; type="text/html"'
        actor = getattr(request, "actor", None)
        log.warning(
            "deprecated operation called",
            method=request.method,
            route=request.resolver_match.route if request.resolver_match else "",
            client=str(actor.id) if actor else "",
            sunset=self.sunset.isoformat(),
        )


def instant(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())
