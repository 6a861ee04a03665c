"""This file holds every address of the system, and the few that need no sign-in."""

from django.urls import URLPattern, URLResolver, include, path

from core.http import docs, health
from instauth.tokens.api import key_set

PUBLIC_ROUTES = {
    "healthz": "a load balancer asks whether the process lives",
    "readyz": "a load balancer asks whether the process can serve",
    "schema/": "the contract of the API is public",
    "docs/": "the contract of the API is public",
    "auth/sign-in/": "whoever signs in is not signed in yet",
    "auth/providers/offered/": "whoever signs in by one is not signed in yet",
    "auth/providers/depart/": "whoever signs in by one is not signed in yet",
    "auth/providers/return/": "the provider's answer is the credential",
    "auth/refresh/": "the refresh token is the credential",
    ".well-known/jwks.json": "whoever verifies a signature of ours needs the public keys",
}

api: list[URLPattern | URLResolver] = [
    path("auth/", include("instauth.urls")),
    path("users/", include("users.urls")),
    path("students/", include("students.urls")),
    path("academic/", include("academic.urls")),
    path("analysis/", include("analysis.urls")),
    path("schema/", docs.schema, name="schema"),
    path("docs/", docs.docs_page, name="docs"),
    # Last: whatever is asked for tries each address that stands before its own.
    path("", include("faculties.urls")),
    path("", include("core.urls")),
]

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path(".well-known/jwks.json", key_set, name="jwks"),
    path("api/v1/", include((api, "v1"))),
    path("api/", include((api, "current"))),
]

handler400 = "core.http.refusals.bad_request"
handler403 = "core.http.refusals.permission_denied"
handler404 = "core.http.refusals.page_not_found"
handler500 = "core.http.refusals.server_error"
