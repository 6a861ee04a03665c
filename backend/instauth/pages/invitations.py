"""This file holds the page on which a person accepts an invitation."""

from collections.abc import Mapping
from typing import Any

from django.forms import Form
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from instauth.invitations.models import Invitation
from instauth.invitations.rules import accept, join, opened
from instauth.pages.base import HOME, SIGN_IN
from instauth.pages.forms import NewAccountForm
from instauth.pages.letters import LetterPage
from users.models import User

INVITATION = "/account/invitation/"


class Invited(LetterPage):
    """Accept an invitation: with the account one is signed in by, or by making one."""

    title = _("You are invited")
    button = _("Accept")
    template_name = "instauth/invitation.html"

    @property
    def invitation(self) -> Invitation:
        return opened(self.token)

    def has_account(self) -> bool:
        return User.objects.filter(email=self.invitation.email).exists()

    def form(self, data: Any = None) -> Form:
        if self.who or self.has_account():
            return Form(data)
        return NewAccountForm(data, initial={"name": self.invitation.name})

    def context(self) -> dict[str, Any]:
        invitation = self.invitation
        return {
            "invitation": invitation,
            "place": invitation.institution.name if invitation.institution else "",
            "must_sign_in": not self.who and self.has_account(),
            "next": INVITATION,
        }

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        if self.who:
            join(User.objects.get(pk=self.who.person), self.token)
            return self.done(HOME)
        accept(self.token, **{"name": "", "password": "", **data})
        return self.done(SIGN_IN)
