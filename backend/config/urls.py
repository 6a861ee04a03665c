"""This file holds every address of the system, and the few that need no sign-in."""

from django.urls import URLPattern, URLResolver, include, path

from core.http import docs, health
from core.http.routing import fork
from instauth.pages.urls import BY_COOKIE, PAGE_ROUTES
from instauth.tokens.api import key_set

PUBLIC_ROUTES = {
    "healthz": "a load balancer asks whether the process lives",
    "readyz": "a load balancer asks whether the process can serve",
    "schema/": "the contract of the API is public",
    "docs/": "the contract of the API is public",
    "auth/sign-in/": "whoever signs in is not signed in yet",
    "auth/sign-in/second/": "the challenge of the first step is the credential",
    "auth/sign-in/second/passkey/begin/": "the challenge of the first step is the credential",
    "auth/sign-in/second/passkey/": "the challenge of the first step is the credential",
    "auth/sign-in/passkey/begin/": "whoever signs in is not signed in yet",
    "auth/sign-in/passkey/": "the passkey is the credential",
    "auth/recoveries/ask/": "whoever lost a factor is not signed in; the challenge is the credential",
    "auth/recoveries/prove/": "the token of the letter is the credential",
    "auth/recoveries/cancel/": "the token of the letter is the credential",
    "auth/providers/offered/": "whoever signs in by one is not signed in yet",
    "auth/providers/depart/": "whoever signs in by one is not signed in yet",
    "auth/providers/return/": "the provider's answer is the credential",
    "auth/invitations/open/": "the token of the letter is the credential",
    "auth/invitations/accept/": "whoever is invited has no account yet",
    "auth/password/reset/": "whoever forgot a password can't sign in",
    "auth/password/reset/confirm/": "the token of the letter is the credential",
    "auth/address/confirm/": "the token of the letter is the credential",
    "auth/sign-ups/offers/": "whoever signs up has no account yet",
    "auth/sign-ups/ask/": "whoever signs up has no account yet",
    "auth/sign-ups/prove/": "the token of the letter is the credential",
    "files/<str:token>/": "the signature in the address is the credential",
    "academic/feeds/fetch/<str:token>/": "the secret in the address is the credential of a calendar program",
    "auth/refresh/": "the refresh token is the credential",
    ".well-known/jwks.json": "whoever verifies a signature of ours needs the public keys",
    ".well-known/openid-configuration": "a client learns here how to ask",
    ".well-known/oauth-authorization-server": "a client learns here how to ask",
    "oauth/authorize/": "it asks the browser itself who is signed in",
    "account/consents/": BY_COOKIE,
    "oauth/token/": "the client's secret, code or refresh token is the credential",
    "oauth/revoke/": "the client's secret and the token are the credential",
    "oauth/introspect/": "the client's secret is the credential",
    "oauth/userinfo/": "it judges the client's token itself, and answers as RFC 6750 says",
    **PAGE_ROUTES,
}

api: list[URLPattern | URLResolver] = [
    fork("auth/", "instauth.urls"),
    fork("users/", "users.urls"),
    fork("staff/", "staff.urls"),
    fork("students/", "students.urls"),
    fork("academic/", "academic.urls"),
    fork("analysis/", "analysis.urls"),
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
    path("", include("instauth.oauth.urls")),
    path("account/", include("instauth.pages.urls")),
    fork("api/v1/", (api, "v1")),
    fork("api/", (api, "current")),
]

handler400 = "core.http.refusals.bad_request"
handler403 = "core.http.refusals.permission_denied"
handler404 = "core.http.refusals.page_not_found"
handler500 = "core.http.refusals.server_error"
