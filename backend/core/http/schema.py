"""This file holds the OpenAPI description: what DRF can't know of our endpoints is told to drf-spectacular here."""

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction

from core.http.permissions import PUBLIC
from core.http.resource import RULE_OF_ACTION, ResourceViewSet, Verb
from core.http.schema_examples import add_examples
from core.http.schema_parts import (
    COMPONENTS,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    IF_NONE_MATCH,
    INSTITUTION,
    enveloped,
    list_parameters,
    query,
    refusals,
    shape_parameters,
)

CURRENT_VERSION = "/api/v1/"
READS = {"list", "retrieve"}


class ResourceSchema(AutoSchema):
    """One operation: its permission, its parameters, its body, and the envelope round every answer."""

    view: Any

    @property
    def action(self) -> str:
        return getattr(self.view, "action", None) or self.method.lower()

    @property
    def is_resource(self) -> bool:
        return isinstance(self.view, ResourceViewSet)

    @property
    def need(self) -> str | None:
        needs_for: Callable[[str], str | None] | None = getattr(self.view, "needs_for", None)
        return needs_for(self.method) if needs_for else None

    # --- Who ---
    def get_auth(self) -> list[dict[str, Any]]:
        return [] if self.need == PUBLIC else super().get_auth()

    def get_extensions(self) -> dict[str, Any]:
        if self.need == PUBLIC:
            return {}
        extensions: dict[str, Any] = {"x-permission": self.need}
        steps_up: Callable[[str], bool] | None = getattr(self.view, "steps_up", None)
        if steps_up and steps_up(self.method):
            extensions["x-step-up"] = {"acr": "aal2", "max_age": settings.STEP_UP_SECONDS}
        if self.is_resource and self.view.field_permissions and self.action != "list":
            extensions["x-field-permissions"] = dict(self.view.field_permissions)
        return extensions

    def is_deprecated(self) -> bool:
        return self.method.lower() in getattr(self.view, "deprecated", {})

    # --- Names and words ---
    def get_operation_id(self) -> str:
        words = [word.replace("-", "_") for word in self._tokenize_path()]
        if not self.is_resource:
            return "_".join([*words, *re.findall(r"{(\w+)}", self.path), self.method.lower()])
        names = {"partial_update": "change", "update": "replace", "destroy": "remove", "retrieve": "show"}
        if self.action == "act":
            return "_".join(words)
        return "_".join([word for word in words if word != "bulk"] + [names.get(self.action, self.action)])

    def get_tags(self) -> list[str]:
        return self._tokenize_path()[:1]

    def get_description(self) -> str:  # type: ignore[override]
        rule = self.view.rule_for(self.method) if self.is_resource else None
        if rule is not None:
            return (rule.__doc__ or "").strip()
        if self.is_resource:
            noun = self.view.queryset.model._meta
            return f"The {noun.verbose_name_plural} in reach." if self.action == "list" else f"One {noun.verbose_name}."
        return super().get_description()

    # --- What goes in ---
    def _get_parameters(self) -> list[dict[str, Any]]:
        parameters = super()._get_parameters()
        if self.need == PUBLIC:
            return parameters
        parameters.append(INSTITUTION)
        if self.method == "POST" and getattr(self.view, "stores_answers", False):
            parameters.append(IDEMPOTENCY_KEY)
        if not self.is_resource:
            return parameters + [query(name, meaning) for name, meaning in getattr(self.view, "parameters", {}).items()]
        if self.action == "list":
            return parameters + list_parameters(self.view)
        if self.action != "destroy":
            parameters += shape_parameters(self.view.shown_by()())
        if self.action == "retrieve":
            parameters.append(IF_NONE_MATCH)
        elif self.action in {"act", *RULE_OF_ACTION} - {"create"}:
            parameters.append({**IF_MATCH, "required": self.view.if_match_required})
        return parameters

    def _map_serializer_field(self, field: Any, direction: Direction, bypass_extensions: bool = False) -> Any:
        """With the example that a serializer gives: `examples = {"code": "BIO"}`."""
        schema = super()._map_serializer_field(field, direction, bypass_extensions)
        example = getattr(field.parent, "examples", {}).get(field.field_name)
        return schema if example is None else {**schema, "examples": [example]}

    def get_request_serializer(self) -> Any:
        if not self.is_resource:
            return getattr(self.view, "serializer_class", None)
        if self.action == "act":
            return Verb(*self.view.verbs[self.view.verb]).body
        if self.action in {"update", "partial_update"}:
            return self.view.change_serializer_class or self.view.serializer_class
        return self.view.serializer_class(many=self.action == "bulk_create")

    def _get_request_body(self, direction: str = "request") -> dict[str, Any] | None:
        return super()._get_request_body(direction) if self.get_request_serializer() is not None else None

    # --- What comes out ---
    def get_response_serializers(self) -> Any:
        if not self.is_resource:
            serializer = getattr(self.view, "answer_serializer_class", None) or getattr(
                self.view, "serializer_class", None
            )
            return {200: serializer} if serializer else {204: None}
        if self.action == "destroy":
            return {204: None}
        if self.action == "list":
            return {200: self.view.serializer_class(many=True)}
        makes = self.action == "act" and Verb(*self.view.verbs[self.view.verb]).makes
        code = 201 if makes or self.action in {"create", "bulk_create"} else 200
        return {code: self.view.shown_by()(many=self.action == "bulk_create")}

    def _is_list_view(self, serializer: Any = None) -> bool:
        return False if self.is_resource and self.action != "list" else super()._is_list_view(serializer)

    def _get_response_for_code(self, serializer: Any, status_code: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        answer = super()._get_response_for_code(serializer, status_code, *args, **kwargs)
        for media in answer.get("content", {}).values():
            media["schema"] = enveloped(media["schema"], is_list=self.is_resource and self.action == "list")
        return answer

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        answers = super()._get_response_bodies(direction)
        if self.is_resource and self.action == "retrieve":
            answers["304"] = {"description": "You hold this very answer."}
        return {**answers, **refusals(self.expected_refusals())}

    def expected_refusals(self) -> list[int]:
        if self.need == PUBLIC:
            return [400, 401, 429, 503] if self.method == "POST" else [503]
        one = bool("{" in self.path)
        changing = self.method not in ("GET", "HEAD")
        expected = [400, 401, 403, 503] + [404] * one
        if changing:
            expected += [409, 415, 422]
        if changing and one and self.is_resource:
            expected += [412] + [428] * self.view.if_match_required
        return sorted(expected)


class RefSchema(OpenApiSerializerFieldExtension):
    """A reference: an id; in an answer to `?expand=` the row itself."""

    target_class = "core.lists.references.Ref"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        key = {"type": "string", "format": "uuid"}
        if direction == "request":
            return key
        return {"oneOf": [key, auto_schema.resolve_serializer(self.target.serializer, "response").ref]}


class TimeSchema(OpenApiSerializerFieldExtension):
    """A time by the clock on the wall. The format `time` of JSON Schema would have a zone."""

    target_class = "rest_framework.fields.TimeField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^\d{2}:\d{2}(:\d{2}(\.\d+)?)?$"}


class TokenScheme(OpenApiAuthenticationExtension):
    """The bearer token of a session."""

    target_class = "instauth.sessions.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The access token that POST /api/v1/auth/sign-in/ gives.",
        }


def only_current_version(endpoints: list[tuple], **options: Any) -> list[tuple]:
    """The addresses without a version are the same operations once more."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith(CURRENT_VERSION)]


def finish_schema(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add the parts that operations share, an example to every schema, and an order that makes a diff readable."""
    components = result.setdefault("components", {})
    components["schemas"] = {**components.get("schemas", {}), **COMPONENTS}
    components["schemas"] = dict(sorted(components["schemas"].items()))
    add_examples(components["schemas"])
    result["paths"] = dict(sorted(result["paths"].items()))
    for operations in result["paths"].values():
        for operation in operations.values():
            operation.setdefault("security", [])
    return result
