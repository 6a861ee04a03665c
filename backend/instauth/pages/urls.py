"""This file holds the addresses of the pages, below /account/."""

from django.urls import URLPattern, path

from instauth.pages import (
    addresses,
    devices,
    entry,
    factors,
    failures,
    invitations,
    passkeys,
    passwords,
    providers,
    recoveries,
    signups,
)
from instauth.pages.base import Page

pages: list[tuple[str, type[Page]]] = [
    ("", devices.Home),
    ("sign-in/", entry.SignIn),
    ("sign-in/second/", entry.SecondStep),
    ("sign-in/passkey/", passkeys.SignInByPasskey),
    ("sign-in/second/passkey/", passkeys.SecondByPasskey),
    ("sign-in/lost/", recoveries.LostFactor),
    ("sign-in/depart/", providers.Depart),
    ("sign-in/return/", providers.Return),
    ("sign-out/", entry.SignOut),
    ("confirm/", factors.Confirm),
    ("confirm/passkey/", passkeys.ConfirmByPasskey),
    ("factors/", factors.Factors),
    ("factors/passkey/", passkeys.NewPasskey),
    ("factors/new/", factors.NewApp),
    ("factors/<uuid:pk>/", factors.ConfirmApp),
    ("factors/recovery-codes/", factors.RecoveryCodes),
    ("factors/keep/", recoveries.KeepOwnFactor),
    ("recover/", recoveries.ProveLoss),
    ("keep-factor/", recoveries.KeepFactor),
    ("invitation/", invitations.Invited),
    ("sign-up/ask/", signups.SignUp),
    ("sign-up/", signups.ProveSignUp),
    ("forgot/", passwords.ForgotPassword),
    ("reset/", passwords.ResetPassword),
    ("password/", passwords.ChangePassword),
    ("email/", addresses.ChangeAddress),
    ("address/", addresses.ProveAddress),
    ("devices/", devices.Devices),
    ("<path:anything>", failures.NoSuchPage),
]
urlpatterns: list[URLPattern] = [path(address, page.as_view(), name=page.__name__) for address, page in pages]

BY_COOKIE = "a page: it asks for its own cookie, and sends whoever has none to sign in"
PAGE_ROUTES = {f"account/{address}": page.opened_because or BY_COOKIE for address, page in pages}
