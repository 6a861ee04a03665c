"""This file holds the pages of second factors: to add one, to remove one, to show one before something grave."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import segno
from django.http.response import HttpResponseBase
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import NotVisible
from core.personal.oneself import OWN, as_oneself
from instauth.factors import rules
from instauth.factors.models import Factor, RecoveryCode
from instauth.factors.proofs import app_of
from instauth.factors.queries import RECOVERY, TOTP, has_passkey
from instauth.pages.base import FACTORS, HOME, Page
from instauth.pages.forms import AppCodeForm, CodeForm, NewAppForm, RemoveForm
from instauth.recoveries.models import Recovery

SIX_DIGITS = re.compile(r"[\d ]{6,7}")


def method_of(code: str) -> str:
    """By which method a code that a person typed is meant: an app's has six digits, a recovery code has letters."""
    return TOTP if SIX_DIGITS.fullmatch(code.strip()) else RECOVERY


class OwnFactors(Page):
    """What these share: one's own, also before a factor was added."""

    opened_without_factor = True

    def factor(self, pk: UUID) -> Factor:
        found = Factor.objects.visible_to(as_oneself(self.actor), OWN).select_related("user").filter(pk=pk).first()
        if found is None:
            raise NotVisible()
        return found


class Factors(OwnFactors):
    """One's second factors. Remove what was lost."""

    title = _("Second factors")
    template_name = "instauth/factors.html"
    form_class = RemoveForm

    def context(self) -> dict[str, Any]:
        oneself = as_oneself(self.actor)
        return {
            "factors": Factor.objects.visible_to(oneself, OWN).ready(),
            "codes_left": RecoveryCode.objects.visible_to(oneself, OWN).filter(used_at=None).count(),
            "must_add": self.actor.lacks_factor,
            "said_lost": Recovery.objects.going_on().filter(user=oneself.id).first(),
        }

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        self.refuse_unless_strong()
        rules.remove_factor(as_oneself(self.actor), self.factor(data["factor"]))
        return self.sent(FACTORS)


class NewApp(OwnFactors):
    """Begin to add an authenticator app. Its secret is shown once."""

    title = _("Add an authenticator app")
    form_class = NewAppForm

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        factor = rules.begin_totp(as_oneself(self.actor), name=data["name"])
        return ConfirmApp.begun(self, factor)


class ConfirmApp(OwnFactors):
    """Add the app by a code that it shows; with the first factor come recovery codes."""

    title = _("Add an authenticator app")
    button = _("Add it")
    template_name = "instauth/app.html"
    form_class = AppCodeForm

    @staticmethod
    def begun(page: Page, factor: Factor) -> HttpResponseBase:
        page.template_name, page.button = ConfirmApp.template_name, ConfirmApp.button
        uri = app_of(factor).provisioning_uri()
        return page.shown(AppCodeForm(), picture=picture_of(uri), secret=factor.secret, action=f"{FACTORS}{factor.pk}/")

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        oneself = as_oneself(self.actor)
        rules.confirm_totp(oneself, self.factor(self.kwargs["pk"]), code=data["code"])
        return added(self, oneself)


class RecoveryCodes(OwnFactors):
    """Ten new recovery codes; the older ones are void."""

    title = _("New recovery codes")
    button = _("Make new codes")
    steps_up = True

    def context(self) -> dict[str, Any]:
        return {"intro": _("The codes you have now will work no longer.")}

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        return codes_shown(self, rules.make_recovery_codes(as_oneself(self.actor)))


class Confirm(OwnFactors):
    """Show a second factor now, before something grave."""

    title = _("Confirm that it is you")
    template_name = "instauth/confirm.html"
    form_class = CodeForm
    opens_transaction = False  # a wrong code counts, although it is refused

    def context(self) -> dict[str, Any]:
        intro = _("What you are about to do asks for your second factor.")
        return {"intro": intro, "has_passkey": has_passkey(self.actor.id)}

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        rules.step_up_by_code(self.actor, method_of(data["code"]), data["code"])
        return self.sent(self.onward() or HOME)


def added(page: Page, oneself: Actor) -> HttpResponseBase:
    """A factor was added. Where it is the first one, its person gets recovery codes."""
    if RecoveryCode.objects.visible_to(oneself, OWN).exists():
        return page.sent(FACTORS)
    return codes_shown(page, rules.make_recovery_codes(oneself))


def codes_shown(page: Page, codes: list[RecoveryCode]) -> HttpResponseBase:
    page.template_name = "instauth/codes.html"
    return page.shown(codes=[one.code for one in codes], title=_("Your recovery codes"))


def picture_of(uri: str) -> SafeString:
    """A QR code, drawn here: no script, nothing fetched, and nothing in it but squares."""
    return mark_safe(segno.make(uri, error="m").svg_inline(scale=4, light="#fff", title="QR"))  # noqa: S308
