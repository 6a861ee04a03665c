"""This file holds the base of every view: who acts, one transaction, one answer, whatever happens."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.http.response import HttpResponseBase
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.actor import Actor
from core.errors import Conflict, Invalid, Problem
from core.freshness.watch import watch
from core.http.idempotency import once
from core.http.permissions import PUBLIC, SIGNED_IN, Declared
from core.http.versions import Deprecation
from core.rules import Refusal
from core.tenancy.scope import reaching

NOBODY = Actor("nobody")


class ActingRequest(Request):
    """A request as a handler gets it: with whoever acts."""

    method: str
    actor: Actor
    _request: Any
    _authenticate: Callable[[], None]


class Endpoint(APIView):
    """A view that says what each method needs.

      needs           method -> permission code, SIGNED_IN, or PUBLIC: {"get": "analysis.view_figure"}
      parameters      name -> meaning of each query parameter; any other is refused
      step_up         the methods that need a second factor shown a moment ago
      open_without_factor    whether it is open to whoever must add a second factor first, and to whom nothing else is
      hidden_from_support    whether support staff who act as a person may not even see it
      open_to_support whether support staff may change what is a person's own, such as ending its session
      open_to_clients whether a third-party program may ask for what is a person's own
      stores_answers  whether the answer to an Idempotency-Key may be kept; not where it holds a secret
      deprecated      method -> Deprecation
      serializer_class, answer_serializer_class    what goes in and what comes out, for the description of the API

    The handler runs in one transaction that reaches the actor's institutions, and is rolled back with any answer from
    400 up. A refusal is put on the audit log after that. `request.actor` is who acts. A right that is taken away while
    the handler changes something is not used: the change is rolled back, and judged anew.
    """

    needs: ClassVar[Mapping[str, str]] = {}
    parameters: ClassVar[Mapping[str, str]] = {}
    step_up: ClassVar[Collection[str]] = ()
    open_without_factor = False
    hidden_from_support = False
    open_to_support = False
    open_to_clients = False
    stores_answers = True
    deprecated: ClassVar[Mapping[str, Deprecation]] = {}
    opens_transaction = True
    permission_classes = [Declared]
    metadata_class = None
    request: Any

    def needs_for(self, method: str) -> str | None:
        """What a method of this view needs; None where nothing is declared."""
        if method == "OPTIONS":
            return PUBLIC if PUBLIC in self.needs.values() else SIGNED_IN
        return self.needs.get("get" if method == "HEAD" else method.lower())

    def steps_up(self, method: str) -> bool:
        """Whether a method needs a second factor shown a moment ago."""
        return method.lower() in self.step_up

    def deed_of(self, method: str) -> str:
        """What the audit log calls a call that was refused."""
        return self.needs_for(method) or method

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.check_parameters(request)

    def check_parameters(self, request: ActingRequest) -> None:
        refuse_unknown(request.query_params, self.parameters)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """DRF's, with the transaction round the handler, so that a commit that fails is still an answer."""
        self.args, self.kwargs = args, kwargs
        self.request = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        try:
            response: Any = self.answer(self.request)
        except Exception as error:  # noqa: BLE001 (the edge: every failure becomes an answer, a bug is told as one)
            response = self.handle_exception(error)
        answer = self.finalize_response(self.request, response, *args, **kwargs)
        # DRF binds a view and its request into circles. Uncut, they stay until a collection, which stops all threads.
        self.request.parser_context.clear()
        vars(self).clear()
        return answer

    def answer(self, request: ActingRequest) -> HttpResponseBase:
        self.initial(request, *self.args, **self.kwargs)
        handler = getattr(self, request.method.lower(), self.http_method_not_allowed)
        if not self.opens_transaction:
            return handler(request, *self.args, **self.kwargs)
        try:
            return self.in_one_transaction(request, handler)
        except RightsChanged:
            # Nothing was done, which is on record. Whoever may no longer is refused here, as a moment later.
            with transaction.atomic():
                Refusal(request.actor, self.deed_of(request.method), None, "rights_changed").record()
            watch.look()
            request._authenticate()
            self.initial(request, *self.args, **self.kwargs)
            return self.in_one_transaction(request, handler)

    def in_one_transaction(self, request: ActingRequest, handler: Callable[..., HttpResponseBase]) -> HttpResponseBase:
        with reaching(*request.actor.institutions):
            response = self.handled(request, handler)
            if response.status_code >= 400:
                transaction.set_rollback(True)
            elif request.method not in SAFE_METHODS and request.actor.id and request.auth:
                refuse_changed_rights(request)
            return response

    def handled(self, request: ActingRequest, handler: Callable[..., HttpResponseBase]) -> HttpResponseBase:
        def handle() -> HttpResponseBase:
            return handler(request, *self.args, **self.kwargs)

        return once(request, handle) if request.method == "POST" and self.stores_answers else handle()

    def perform_authentication(self, request: Any) -> None:
        """A public operation asks for no credentials, so that stale ones don't keep anybody from signing in."""
        is_public = self.needs_for(request.method) == PUBLIC
        # On Django's request, where the middleware finds it for the log.
        request._request.actor = NOBODY if is_public or request.user is None else acting(request)

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        if refusal := getattr(exc, "refusal", None):
            with transaction.atomic():
                refusal.record()
        return response

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if end := self.deprecated.get(request.method.lower()):
            end.announce(response, request._request)
        return response

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Which methods there are: the Allow header says it."""
        return Response(status=204)


def refuse_unknown(asked: Iterable[str], allowed: Iterable[str]) -> None:
    names = ", ".join(sorted(allowed)) or "none"
    message = f"There is no such parameter. Allowed are: {names}."
    if problems := [Problem("unknown_parameter", message, name) for name in asked if name not in set(allowed)]:
        raise Invalid(problems)


class RightsChanged(Conflict):
    """What the caller may do changed while a request of theirs was under way."""

    def __init__(self) -> None:
        super().__init__("rights_changed", "What you may do changed while this was done. Nothing was done: repeat it.")


def refuse_changed_rights(request: Any) -> None:
    """Do nothing by a right that was taken away meanwhile. `auth` is the moment up to which it was known."""
    if watch.has_news(request.auth, request.user.watched):
        raise RightsChanged()


def acting(request: Any) -> Actor:
    """The signed-in actor, narrowed to the institution that the header X-Institution names."""
    actor: Actor = request.user.actor
    named = request.META.get("HTTP_X_INSTITUTION")
    if named is None:
        return actor
    found = apps.get_model(settings.TENANT_MODEL).objects.filter(named_by(named))
    institution = found.values_list("pk", flat=True).first()
    narrowed = actor.within(institution) if institution else NOBODY
    if not narrowed.institutions:
        message = "X-Institution names no institution, or none that you reach: give its code or its id."
        raise Invalid([Problem("unknown_institution", message)])
    return narrowed


def named_by(code_or_id: str) -> Q:
    try:
        return Q(pk=UUID(code_or_id))
    except ValueError:
        return Q(code=code_or_id)
