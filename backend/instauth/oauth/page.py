"""This file holds the pages on which a person lets a client in, or doesn't, and later on takes that back."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from oauthlib.common import add_params_to_uri
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.openid.connect.core.exceptions import ConsentRequired, LoginRequired

from core.errors import RuleBroken
from core.personal.oneself import as_oneself
from instauth.oauth.gate import Gate, find_client, proved_within
from instauth.oauth.models import Client, Consent
from instauth.oauth.queries import consents_of
from instauth.oauth.redirects import is_on_loopback, origin_of
from instauth.oauth.rules import consent_in_force, give_consent, revoke_consent
from instauth.oauth.scopes import meanings_of
from instauth.oauth.server import TO_AUTHORIZE, Server, address_of, parameters
from instauth.pages.base import SIGN_IN, Page
from instauth.rates.throttles import count_request
from instauth.sessions.models import Session

JUST_NOW = 60  # prompt=login: who proved within these seconds who they are was asked for this


class NotTheirAddress(RuleBroken):
    """A request that can't be answered, because it is not certain whose redirect address that is."""

    status = 400

    def __init__(self, mistake: str) -> None:
        told = _("The program that sent you here made a mistake: {}. You are not sent back to it.")
        super().__init__("client_mistaken", told.format(mistake.rstrip(".")))


class Asked:
    """An authorization request that may be answered: whose it is, for what, and where the answer goes."""

    def __init__(self, request: HttpRequest) -> None:
        self.query = parameters(request.META.get("QUERY_STRING", ""), TO_AUTHORIZE)
        self.address = address_of("authorize", self.query)
        self.prompt = set(self.query.get("prompt", "").split())
        scopes, found = Server(Gate()).validate_authorization_request(self.address)
        self.scopes: list[str] = list(dict.fromkeys(scopes))
        self.redirect_uri: str = found["redirect_uri"]
        client = find_client(self.query["client_id"])
        if client is None:  # it was there a moment ago
            raise errors.InvalidClientIdError
        self.client: Client = client

    def is_proved(self, session: Session) -> bool:
        """Whether the person proved recently enough for the client who they are."""
        longest = self.query.get("max_age", "")
        if longest.isdecimal() and not proved_within(session, int(longest)):
            return False
        return "login" not in self.prompt or proved_within(session, JUST_NOW)

    def remembered(self, session: Session) -> Consent | None:
        """The consent that need not be asked for again. On a device any program can listen: that is asked anew."""
        if "consent" in self.prompt or (self.client.kind == Client.Kind.PUBLIC and is_on_loopback(self.redirect_uri)):
            return None
        return consent_in_force(session.user, self.client, self.scopes)

    def granted(self, consent: Consent, session: Session) -> HttpResponse:
        headers, _, _ = Server(Gate(consent, session)).create_authorization_response(self.address, scopes=self.scopes)
        return sent_back(headers["Location"])

    def refused(self, error: errors.OAuth2Error) -> HttpResponse:
        error.state = self.query.get("state")
        return sent_back(error.in_uri(self.redirect_uri))


class Authorize(Page):
    """Ask the person at the browser whether a client may act for them."""

    template_name = "instauth/consent.html"
    opened_because = "it judges who asks before it sends anybody to sign in"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self.judged(request, self.offered)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        count_request(type(self))
        return self.judged(request, self.decided)

    def judged(self, request: HttpRequest, answer: Callable[[Asked, Session], HttpResponse]) -> HttpResponseBase:
        """An error goes back to the client only where the redirect address is known to be the client's."""
        try:
            asked = Asked(request)
        except errors.FatalClientError as error:
            raise NotTheirAddress(error.description or error.error) from error
        except errors.OAuth2Error as error:
            if error.redirect_uri is None:
                raise NotTheirAddress(error.description or error.error) from error
            return sent_back(error.in_uri(error.redirect_uri))
        except ValueError as error:
            raise NotTheirAddress(_("its address is malformed")) from error
        try:
            session = self.session_for(asked)
            if session is None:
                return self.sent(SIGN_IN, next=request.get_full_path())
            with transaction.atomic():
                return answer(asked, session)
        except errors.OAuth2Error as error:
            return asked.refused(error)

    def session_for(self, asked: Asked) -> Session | None:
        """The session of whoever sits here; staff that acts as a person lets nobody in in their name."""
        session = Session.objects.select_related("user").filter(pk=self.who.session).first() if self.who else None
        if session is None and "none" not in asked.prompt:
            return None
        if session is None or not asked.is_proved(session):
            raise LoginRequired
        if self.who and self.who.staff:
            raise errors.AccessDeniedError("Support can't consent for a person.")
        if self.actor.lacks_factor:
            raise errors.AccessDeniedError("The person must add a second factor first.")
        return session

    def offered(self, asked: Asked, session: Session) -> HttpResponse:
        if consent := asked.remembered(session):
            return asked.granted(consent, session)
        if "none" in asked.prompt:
            raise ConsentRequired
        self.policy = {"form-action": f"'self' {origin_of(asked.redirect_uri)}"}  # type: ignore[misc]  # of this answer
        return self.shown(
            title=_("Let {} in?").format(asked.client.name),
            client=asked.client,
            person=session.user,
            told=meanings_of(asked.scopes),
        )

    def decided(self, asked: Asked, session: Session) -> HttpResponse:
        if self.request.POST.get("decision") != "allow":
            raise errors.AccessDeniedError
        return asked.granted(give_consent(session, asked.client, asked.scopes), session)


class RevokeForm(forms.Form):
    """Which consent to take back."""

    consent = forms.UUIDField()


class Consents(Page):
    """The clients that act in one's name; end what one does not want any more."""

    title = gettext_lazy("Programs you let in")
    template_name = "instauth/consents.html"
    form_class = RevokeForm

    def context(self) -> dict[str, Any]:
        consents = consents_of(as_oneself(self.actor))
        return {"consents": [(consent, meanings_of(consent.scopes)) for consent in consents]}

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        revoke_consent(as_oneself(self.actor), data["consent"])
        return self.sent(self.request.path)


def sent_back(address: str) -> HttpResponse:
    """To the client's address, with our name on it (RFC 9207), so that no other server's answer passes for ours."""
    address = add_params_to_uri(address, [("iss", settings.PUBLIC_URL)])
    return HttpResponse(status=303, headers={"Location": address, "Cache-Control": "no-store"})
