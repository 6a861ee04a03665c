"""This file holds the base of every resource's API."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, NamedTuple, NoReturn
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db.models import Model, QuerySet
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.viewsets import ViewSetMixin

from core.actor import Actor
from core.errors import (
    Invalid,
    NotAllowed,
    NotVisible,
    PreconditionFailed,
    PreconditionRequired,
    Problem,
    RuleBroken,
)
from core.http.bodies import NoFields, checked, problems_of_body
from core.http.envelope import success
from core.http.etags import is_known, is_latest, tag_of
from core.http.field_rights import hidden_fields, note_look, refuse_hidden
from core.http.showing import WHOLE, Shape, represented, shape_of
from core.http.views import ActingRequest, Endpoint
from core.lists.listing import ListMixin
from core.rules import Refusal, Rule
from core.tenancy.fields import InstitutionField
from core.tenancy.scope import reaching, reading

LARGEST_BULK = 1000
RULE_OF_ACTION = {"create": "create", "update": "update", "partial_update": "update", "destroy": "remove"}


class Verb(NamedTuple):
    """A change of state, `POST .../{id}/verb/`: its rule, and the serializer of its body if it takes one.

    `makes`: the rule makes another row of this kind, which is the answer.
    """

    rule: Rule
    body: type[Serializer] | None = None
    makes: bool = False


class ResourceViewSet(ListMixin, ViewSetMixin, Endpoint):
    """List, show, create, change and remove one resource.

    A subclass lists its parts and nothing is guessed:
      queryset            with the joins that one object needs
      serializer_class    the shape in and out; detail_serializer_class where one object shows more than a list does,
                          change_serializer_class where less may be changed than created
      filters, search_fields, orders    what a list may be asked (core.lists)
      view_permission     what reading needs
      rules               {"create": rule, "update": rule, "remove": rule, "bulk_create": rule}; a verb without a rule
                          answers 405
      verbs               {"close": Verb(rule, serializer)}
      if_match_required   a change must name the version that it builds on
      field_permissions   field -> what seeing or writing it needs besides: without it the field is left out of an
                          object, and refused in a body; an answer that shows one is on the audit log; no list does
    """

    queryset: Any
    serializer_class: Any
    detail_serializer_class: type[Serializer] | None = None
    change_serializer_class: type[Serializer] | None = None
    view_permission: str
    rules: ClassVar[Mapping[str, Rule]] = {}
    verbs: ClassVar[Mapping[str, tuple]] = {}
    if_match_required = False
    field_permissions: ClassVar[Mapping[str, str]] = {}
    verb: str = ""
    shape: Shape = WHOLE

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.opens_transaction = self.action != "list"  # a list is one statement, which declares its own reach

    def check_parameters(self, request: ActingRequest) -> None:
        if self.action != "list":  # a list judges its own
            self.shape = shape_of(request.query_params, self.shown_by())

    # --- What each call needs ---
    @classmethod
    def takes_bulk(cls) -> bool:
        return "create" in cls.rules or "bulk_create" in cls.rules

    def rule_for(self, method: str) -> Rule | None:
        """The rule behind a method; None for reading."""
        action = self.action_map.get(method.lower())
        if action == "act":
            return Verb(*self.verbs[self.verb]).rule
        if action == "bulk_create":
            return self.rules.get("bulk_create") or self.rules["create"]
        return self.rules.get(RULE_OF_ACTION.get(action or "", ""))

    def needs_for(self, method: str) -> str | None:
        if method == "OPTIONS":
            return super().needs_for(method)
        rule = self.rule_for(method)
        return rule.needs if rule else self.view_permission

    def steps_up(self, method: str) -> bool:
        rule = self.rule_for(method)
        return bool(rule and rule.step_up)

    def deed_of(self, method: str) -> str:
        rule = self.rule_for(method)
        return rule.name if rule else self.view_permission

    @property
    def rule(self) -> Rule:
        """The rule of this call; only calls that change something ask for it."""
        return self.rule_for(self.request.method)  # type: ignore[return-value]

    @property
    def actor(self) -> Actor:
        return self.request.actor

    # --- The calls ---
    def retrieve(self, request: ActingRequest, pk: UUID) -> Response:
        with reading(self.actor, self.view_permission, self.queryset.model):
            row = self.visible(self.view_permission).filter(pk=pk).first()
            if row is None:
                raise NotVisible()
            response = self.shown(row)
        if is_known(response.headers["ETag"], request.headers.get("If-None-Match", "")):
            return Response(status=304, headers={"ETag": response.headers["ETag"]})
        note_look(self, row, response.data)
        return response

    def create(self, request: ActingRequest) -> Response:
        fields = checked(self.body(request.data))
        with self.born([fields]):
            refuse_hidden(self, fields)
            row = self.rule(self.actor, **fields)
            return self.answered(row, status=201, headers={"Location": self.address_of(row)})

    def bulk_create(self, request: ActingRequest) -> Response:
        items = self.checked_items(request.data)
        with self.born(items):
            refuse_hidden(self, {name for fields in items for name in fields})
            rows = self.created_together(items)
            found = {row.pk: row for row in self.visible(self.view_permission).filter(pk__in=[row.pk for row in rows])}
            data = [self.listed(found[row.pk]) if row.pk in found else {"id": row.pk} for row in rows]
            return Response(success(data), status=201)

    def update(self, request: ActingRequest, pk: UUID) -> Response:
        return self.change(pk, complete=True)

    def partial_update(self, request: ActingRequest, pk: UUID) -> Response:
        return self.change(pk, complete=False)

    def change(self, pk: UUID, *, complete: bool) -> Response:
        with self.locked(pk) as row:
            body = self.body(self.request.data, row, partial=not complete)
            refuse_hidden(self, body.initial_data if isinstance(body.initial_data, Mapping) else (), row)
            for name in hidden_fields(self, row):
                body.fields.pop(name, None)
            fields = checked(body, complete=complete)
            return self.answered(self.rule(self.actor, row, **fields))

    def destroy(self, request: ActingRequest, pk: UUID) -> Response:
        with self.locked(pk) as row:
            self.rule(self.actor, row)
        return Response(status=204)

    def act(self, request: ActingRequest, pk: UUID) -> Response:
        verb = Verb(*self.verbs[self.verb])
        with self.locked(pk) as row:
            body = (verb.body or NoFields)(data=request.data, context=self.get_serializer_context())
            result = self.rule(self.actor, row, **checked(body))
            if not verb.makes:
                return self.answered(row)
            place = f"{request.path.removesuffix(f'{pk}/{self.verb}/')}{result.pk}/"
            return self.answered(result, status=201, headers={"Location": place})

    # --- Finding rows, and the institution to act in ---
    def visible(self, permission: str) -> QuerySet[Any]:
        return self.queryset.visible_to(self.actor, permission)

    @contextmanager
    def locked(self, pk: UUID) -> Iterator[Model]:
        """The row, where the rule's permission holds, in its latest state; the actor acts in its institution."""
        needs = self.rule.needs
        with reading(self.actor, needs, self.queryset.model):
            row = self.visible(needs).filter(pk=pk).first()
        if row is None:
            self.refuse_absent(pk)
        with self.at(institution_of(row)):
            if self.rule.first:
                self.rule.first(row)
            self.guard(row)
            yield row

    def refuse_absent(self, pk: UUID) -> NoReturn:
        """404; but 403 for a row that the actor sees, and may not change."""
        with reading(self.actor, self.view_permission, self.queryset.model):
            row = self.visible(self.view_permission).filter(pk=pk).first()
        refusal = NotAllowed(self.rule.needs) if row else NotVisible()
        refusal.refusal = Refusal(self.actor, self.rule.name, row, refusal.code)
        raise refusal

    def guard(self, row: Model) -> None:
        """Refuse a change that builds on an older state. Locked first: of two at once, the second sees the first."""
        given = self.request.headers.get("If-Match")
        if given is None:
            if self.if_match_required:
                raise PreconditionRequired()
            return
        if not type(row)._base_manager.filter(pk=row.pk).select_for_update().values_list("pk").first():
            raise NotVisible()
        row.refresh_from_db(from_queryset=self.queryset.all())
        if not is_latest(tag_of(row, represented(self, row)), given):
            raise PreconditionFailed()

    @contextmanager
    def at(self, institution: UUID | None) -> Iterator[None]:
        """Act in one institution from here on; None for rows that lie in none."""
        if institution is None or institution == self.actor.home:
            yield
            return
        self.request.actor = self.actor.within(institution)
        with reaching(institution):
            yield

    @contextmanager
    def born(self, items: list[dict[str, Any]]) -> Iterator[None]:
        """Act where new rows will lie: at the one place of the actor, or where the rows lie that they point to."""
        place = self.actor.home or place_of(items)
        if place is None and is_tenant_model(self.queryset.model):
            message = "Say in which institution: send its code or its id in the header X-Institution."
            raise Invalid([Problem("institution_needed", message)])
        with self.at(place):
            yield

    # --- Bodies and answers ---
    def get_serializer_context(self) -> dict[str, Any]:
        return {"request": self.request, "view": self, "actor": self.actor}

    def shown_by(self) -> type[Serializer]:
        return self.detail_serializer_class or self.serializer_class

    def body(self, data: Any, row: Model | None = None, *, partial: bool = False) -> Serializer:
        serializer_class = (
            self.change_serializer_class if row and self.change_serializer_class else self.serializer_class
        )
        return serializer_class(row, data=data, partial=partial, context=self.get_serializer_context())

    def checked_items(self, data: Any) -> list[dict[str, Any]]:
        if not isinstance(data, list) or not 1 <= len(data) <= LARGEST_BULK:
            raise Invalid([Problem("not_a_list", f"Send a list of 1 to {LARGEST_BULK} objects.")])
        serializers = [self.body(one) for one in data]
        problems = [
            problem
            for position, serializer in enumerate(serializers)
            for problem in problems_of_body(serializer, (str(position),))
        ]
        if problems:
            raise Invalid(problems)
        return [serializer.validated_data for serializer in serializers]

    def created_together(self, items: list[dict[str, Any]]) -> list[Model]:
        """All of them or none; what the rule refuses is told for each, with its position."""
        if "bulk_create" in self.rules:
            return self.rules["bulk_create"](self.actor, items=items)
        rows, refusals = [], []
        for position, fields in enumerate(items):
            try:
                rows.append(self.rule(self.actor, **fields))
            except RuleBroken as refusal:
                refusal.problems = [problem.at(position) for problem in refusal.problems]
                refusals.append(refusal)
        if refusals:
            refusals[0].problems = [problem for refusal in refusals for problem in refusal.problems]
            raise refusals[0]
        return rows

    def answered(self, row: Model, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        """The row as it is now; only its id, where the actor may change it and not see it."""
        now = self.visible(self.view_permission).filter(pk=row.pk).first()
        if now is None:
            return Response({"id": row.pk}, status=status, headers=headers)
        response = self.shown(now, status=status, headers=headers)
        note_look(self, now, response.data)
        return response

    def address_of(self, row: Model) -> str:
        """Where a row that this request made is found."""
        return f"{self.request.path}{row.pk}/"

    def listed(self, row: Model) -> dict[str, Any]:
        """One of many rows: without the fields that have a permission of their own."""
        data = represented(self, row, self.shape)
        return {name: value for name, value in data.items() if name not in self.field_permissions}

    def shown(self, row: Model, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        data = represented(self, row, self.shape)
        return Response(data, status=status, headers={"ETag": tag_of(row, data), **(headers or {})})


def institution_of(row: Model) -> UUID | None:
    """Where a row lies: its institution, itself if it is one, or nowhere."""
    return row.pk if isinstance(row, apps.get_model(settings.TENANT_MODEL)) else getattr(row, "institution_id", None)


def place_of(items: list[dict[str, Any]]) -> UUID | None:
    """The one institution of all rows that new rows point to."""
    parents = (value for fields in items for value in fields.values() if isinstance(value, Model))
    places = {place for parent in parents if (place := institution_of(parent))}
    return places.pop() if len(places) == 1 else None


def is_tenant_model(model: type[Model]) -> bool:
    return any(isinstance(field, InstitutionField) for field in model._meta.fields)
