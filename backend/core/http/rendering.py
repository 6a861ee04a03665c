"""This file holds how answers are written: JSON in the envelope, and nothing else."""

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from core.http.envelope import Envelope, as_json, success

BODYLESS = {204, 304}


class EnvelopeRenderer(BaseRenderer):
    """Writes JSON, and wraps what a view returned unless it is an envelope already."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        context: Any = renderer_context or {}
        response = context.pop("response", None)  # which holds the context: DRF's circle is cut
        if response is not None and response.status_code in BODYLESS:
            return b""
        return as_json(data if isinstance(data, Envelope) else success(data))


class JSONNegotiation(BaseContentNegotiation):
    """The first renderer that the caller accepts. Nearly every view has one, so that this is nearly free."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        given = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == given), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        accepted = request.META.get("HTTP_ACCEPT", "*/*")
        for renderer in renderers:
            if accepted in ("*/*", renderer.media_type) or request._request.accepts(renderer.media_type):
                return renderer, renderer.media_type
        raise NotAcceptable()
