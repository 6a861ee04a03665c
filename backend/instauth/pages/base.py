"""This file holds the base of every page: who looks at it, its form, its refusals, and the headers that fence it in.

A page is HTML that needs no script. It calls the rules that the API calls, and decides nothing itself.
"""

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any, ClassVar
from urllib.parse import urlencode

import structlog
from django.conf import settings
from django.core import signals
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.csrf import csrf_protect

from core.actor import Actor
from core.errors import NotVisible, RuleBroken, StepUpNeeded
from core.http.permissions import is_strong
from core.http.refusals import Broken, named
from core.http.views import NOBODY
from core.tenancy.scope import reaching
from instauth.pages.browser import signed_in
from instauth.rates.throttles import PerNetwork
from instauth.sessions.authentication import SignedIn

log = structlog.get_logger("tesc.failure")

HOME, SIGN_IN, CONFIRM, FACTORS = "/account/", "/account/sign-in/", "/account/confirm/", "/account/factors/"
STEP_UP = StepUpNeeded(0).code
POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}


@method_decorator(csrf_protect, name="dispatch")
class Page(View):
    """One page below /account/.

      title, template_name   what it is called, and what shows it
      form_class, button     the form it holds, if any, and what its button says
      opened_because         why it needs no sign-in; empty where it does
      steps_up               whether a second factor must have been shown a moment ago
      opened_without_factor  whether it is open to whoever must add a second factor first
      opens_transaction      whether what a form does is one transaction
      policy                 what its Content-Security-Policy allows besides: {"script-src": "'self'"}

    `submitted(data)` does what the form asks, and answers. A rule that says no is told at the top of the form.
    """

    title: Any = ""
    template_name = "instauth/form.html"
    form_class: type[Form] = Form
    button: Any = gettext_lazy("Continue")
    opened_because: ClassVar[str] = ""
    steps_up = False
    opened_without_factor = False
    opens_transaction = True
    policy: ClassVar[Mapping[str, str]] = {}
    http_method_names = ["get", "head", "post"]
    who: SignedIn | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with translation.override(translation.get_language_from_request(request)):
            try:
                response = self.answered(request, *args, **kwargs)
            except Exception as error:  # noqa: BLE001 (the edge: every failure becomes a page, a bug is told as one)
                response = self.failed(error)
        response.headers["Content-Security-Policy"] = "; ".join(
            f"{name} {allowed}" for name, allowed in {**POLICY, **self.policy}.items()
        )
        return response

    def answered(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.who = signed_in(request)
        request.actor = self.actor  # type: ignore[attr-defined]  # where the middleware finds it for the log
        if not self.opened_because:
            if self.who is None:
                return self.sent(SIGN_IN, next=request.get_full_path())
            if self.actor.lacks_factor and not self.opened_without_factor:
                return self.sent(FACTORS)
            if self.steps_up and not is_strong(self.actor):
                return self.sent(CONFIRM, next=request.path)
        return super().dispatch(request, *args, **kwargs)

    def refuse_unless_strong(self) -> None:
        if not is_strong(self.actor):
            raise StepUpNeeded(settings.STEP_UP_SECONDS)

    @property
    def actor(self) -> Actor:
        return self.who.actor if self.who else NOBODY

    # --- The form ---
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self.shown()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.opened_because:
            PerNetwork().allow_request(request, self)
        form = self.form(request.POST)
        if not form.is_valid():
            return self.shown(form, status=400)
        try:
            with reaching(*self.actor.institutions) if self.opens_transaction else nullcontext():
                return self.submitted(form.cleaned_data)
        except RuleBroken as refusal:
            if isinstance(refusal, NotVisible) or refusal.code == STEP_UP:
                raise
            self.recorded(refusal)
            for problem in refusal.problems:
                form.add_error(problem.field if problem.field in form.fields else None, problem.message)
            return self.shown(form, status=refusal.status)

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        raise NotVisible()

    def form(self, data: Any = None) -> Form:
        return self.form_class(data, initial=self.initial())

    def initial(self) -> dict[str, Any]:
        return {}

    def context(self) -> dict[str, Any]:
        """What the template shows besides the form."""
        return {}

    # --- Answers ---
    def shown(self, form: Form | None = None, *, status: int = 200, **context: Any) -> HttpResponse:
        form = form or self.form()
        everything = {
            "title": self.title,
            "button": self.button,
            "site": settings.SITE_NAME,
            "who": self.actor.name if self.who else "",
            "form": form,
            "has_problems": bool(form.errors),
            "next": self.onward(),
            **self.context(),
            **context,
        }
        return render(self.request, self.template_name, everything, status=status)

    def told(self, message: Any) -> HttpResponse:
        """The form is done: say so."""
        self.template_name = "instauth/told.html"
        return self.shown(message=message)

    def sent(self, path: str, **query: str) -> HttpResponseRedirect:
        """On to another page, by GET."""
        response = HttpResponseRedirect(f"{path}?{urlencode(query)}" if query else path)
        response.status_code = 303
        return response

    def onward(self) -> str:
        """The page to go to afterwards, if it is one of ours."""
        wanted = self.request.POST.get("next") or self.request.GET.get("next") or ""
        return wanted if wanted.startswith("/") and is_ours(wanted, self.request) else ""

    def failed(self, error: Exception) -> HttpResponse:
        """A failure as a page of its own; where a second factor mends it, that is asked for."""
        refusal = named(error)
        if refusal.code == STEP_UP:
            return self.sent(CONFIRM, next=self.request.path)
        if isinstance(refusal, Broken):
            signals.got_request_exception.send(sender=type(self), request=self.request)
        if refusal.status >= 500:
            log.error("page failed", exc_info=error)
        self.recorded(refusal)
        return failure_page(self.request, refusal)

    def recorded(self, refusal: RuleBroken) -> None:
        """Put on the audit log what a refusal leaves behind, after the roll-back."""
        if refusal.refusal:
            with transaction.atomic():
                refusal.refusal.record()


def is_ours(url: str, request: HttpRequest) -> bool:
    """Whether an address is one of this site: no other host, however it is written."""
    return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())


def failure_page(request: HttpRequest, refusal: RuleBroken) -> HttpResponse:
    titles = {404: gettext_lazy("There is nothing here"), 403: gettext_lazy("You may not do this")}
    title = titles.get(refusal.status, gettext_lazy("This did not work"))
    context = {"title": title, "message": refusal.message, "site": settings.SITE_NAME}
    page = render(request, "instauth/failure.html", context, status=refusal.status)
    page.headers["Content-Security-Policy"] = "; ".join(f"{name} {allowed}" for name, allowed in POLICY.items())
    for name, value in getattr(refusal, "headers", {}).items():
        if name != "WWW-Authenticate":  # a page asks by its form
            page.headers[name] = value
    return page
