"""This file holds the forms of the pages: which fields there are, what a browser may fill in, and how long they get."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST_PASSWORD = 512


def password_field(label: Any, autocomplete: str, **more: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, strip=False, max_length=LONGEST_PASSWORD, widget=widget, **more)


def email_field(autocomplete: str = "username", **more: Any) -> forms.EmailField:
    widget = forms.EmailInput(attrs={"autocomplete": autocomplete})
    return forms.EmailField(label=_("E-mail address"), max_length=254, widget=widget, **more)


class SignInForm(forms.Form):
    """What a person signs in with."""

    email = email_field()
    password = password_field(_("Password"), "current-password")
