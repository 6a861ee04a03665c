"""This file holds the addresses of the pages, below /account/."""

from django.urls import URLPattern, path

from instauth.pages import devices, entry, factors, failures, invitations, providers
from instauth.pages.base import Page

pages: list[tuple[str, type[Page]]] = [
    ("", devices.Home),
    ("sign-in/", entry.SignIn),
    ("sign-in/second/", entry.SecondStep),
    ("sign-in/depart/", providers.Depart),
    ("sign-in/return/", providers.Return),
    ("sign-out/", entry.SignOut),
    ("confirm/", factors.Confirm),
    ("factors/", factors.Factors),
    ("factors/new/", factors.NewApp),
    ("factors/<uuid:pk>/", factors.ConfirmApp),
    ("factors/recovery-codes/", factors.RecoveryCodes),
    ("invitation/", invitations.Invited),
    ("devices/", devices.Devices),
    ("<path:anything>", failures.NoSuchPage),
]
urlpatterns: list[URLPattern] = [path(address, page.as_view(), name=page.__name__) for address, page in pages]

BY_COOKIE = "a page: it asks for its own cookie, and sends whoever has none to sign in"
PAGE_ROUTES = {f"account/{address}": page.opened_because or BY_COOKIE for address, page in pages}
