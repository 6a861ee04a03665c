"""This file holds the forms of the pages: which fields there are, what a browser may fill in, and how long they get."""

import json
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST_PASSWORD = 512


def password_field(label: Any, autocomplete: str, **more: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, strip=False, max_length=LONGEST_PASSWORD, widget=widget, **more)


def email_field(autocomplete: str = "username", **more: Any) -> forms.EmailField:
    widget = forms.EmailInput(attrs={"autocomplete": autocomplete})
    return forms.EmailField(label=_("E-mail address"), max_length=254, widget=widget, **more)


def code_field(**more: Any) -> forms.CharField:
    attrs = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
    return forms.CharField(label=_("Code"), max_length=64, widget=forms.TextInput(attrs=attrs), **more)


class SignInForm(forms.Form):
    """What a person signs in with."""

    email = email_field()
    password = password_field(_("Password"), "current-password")


class CodeForm(forms.Form):
    """A code of a second factor, whichever kind it is."""

    code = code_field(help_text=_("Six digits that your authenticator app shows, or one of your recovery codes."))


class AppCodeForm(forms.Form):
    """The code of an authenticator app that is being added."""

    code = code_field(help_text=_("Six digits that the app shows for this account."))


class NewAppForm(forms.Form):
    """What an authenticator app is called."""

    name = forms.CharField(label=_("Name"), max_length=60, initial=_("Authenticator app"))


class CredentialField(forms.CharField):
    """What a passkey answered, in JSON. No person types it; what it holds is judged where the answer is."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> Any:
        try:
            answered = json.loads(super().clean(value))
        except (ValueError, RecursionError):  # a stranger may nest it without end
            answered = None
        if not isinstance(answered, dict):
            raise forms.ValidationError(_("Your browser sent no answer of a passkey. Try again."), "invalid")
        return answered

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Nothing: an answer is good once, so it is not shown again."""
        return None


class PasskeyForm(forms.Form):
    """A passkey that is shown."""

    credential = CredentialField(label=_("Passkey"))


class NewPasskeyForm(PasskeyForm):
    """A passkey that was made, and what it is called."""

    name = forms.CharField(label=_("Name"), max_length=60, initial=_("Passkey"))


class RemoveForm(forms.Form):
    """Which factor to remove."""

    factor = forms.UUIDField()


class ProviderForm(forms.Form):
    """By which identity provider to sign in."""

    provider = forms.UUIDField()


class NewAccountForm(forms.Form):
    """How a person is called, and the password they choose."""

    name = forms.CharField(label=_("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = password_field(_("New password"), "new-password", help_text=_("A few words you use nowhere else."))


class AddressForm(forms.Form):
    """The address of an account."""

    email = email_field()


class NewAddressForm(forms.Form):
    """The address that a person wants."""

    email = email_field("email")


class NewPasswordForm(forms.Form):
    """A password that a person chooses."""

    password = password_field(_("New password"), "new-password", help_text=_("A few words you use nowhere else."))


class ChangePasswordForm(forms.Form):
    """The password of now, and the next one."""

    current_password = password_field(_("Current password"), "current-password")
    password = password_field(_("New password"), "new-password", help_text=_("A few words you use nowhere else."))


class LostFactorForm(forms.Form):
    """At which of several institutions the staff decides about a lost factor."""

    institution = forms.TypedChoiceField(label=_("Institution"), coerce=UUID)


class SignUpForm(forms.Form):
    """Where somebody wants to be let in, and how they are called."""

    institution = forms.TypedChoiceField(label=_("Institution"), coerce=UUID)
    email = email_field("email")
    name = forms.CharField(label=_("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))
