"""This file holds the API's own description: as OpenAPI for programs, as a page for people. Both work offline."""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from core.http.envelope import as_json

# The page loads scripts and styles from here alone, and talks to nobody else. Swagger UI sets styles on its elements.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@cache
def described() -> dict[str, Any]:
    """The OpenAPI description of every operation of the current version."""
    return SchemaGenerator().get_schema(request=None, public=True)


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    return HttpResponse(as_json(described()), content_type="application/vnd.oai.openapi+json")


@require_safe
def docs_page(request: HttpRequest) -> HttpResponse:
    context = {"title": settings.SPECTACULAR_SETTINGS["TITLE"], "schema_url": reverse("v1:schema")}
    page = render(request, "core/docs.html", context)
    page.headers["Content-Security-Policy"] = POLICY
    return page
