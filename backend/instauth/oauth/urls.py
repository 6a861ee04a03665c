"""This file holds the addresses of OAuth 2 and OpenID Connect, and that of the page of consents."""

from django.urls import path

from instauth.oauth import views
from instauth.oauth.page import Authorize, Consents

urlpatterns = [
    path(".well-known/openid-configuration", views.metadata, name="openid-configuration"),
    path(".well-known/oauth-authorization-server", views.metadata, name="oauth-metadata"),
    path("oauth/authorize/", Authorize.as_view(), name="oauth-authorize"),
    path("account/consents/", Consents.as_view(), name="consents"),
    path("oauth/token/", views.token, name="oauth-token"),
    path("oauth/revoke/", views.revoke, name="oauth-revoke"),
    path("oauth/introspect/", views.introspect, name="oauth-introspect"),
    path("oauth/userinfo/", views.userinfo, name="oauth-userinfo"),
]
