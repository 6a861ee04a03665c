"""This file holds the parts of the OpenAPI description that every operation shares."""

from typing import TYPE_CHECKING, Any

from django.db import models
from rest_framework.serializers import Serializer

from core.lists import Ref
from core.lists.declarations import ISNULL, Declaration, Filter, declaration_of
from core.lists.questions import COUNTS, LARGEST_LIMIT, USUAL_LIMIT
from core.lists.statements import MANY

if TYPE_CHECKING:
    from core.http.resource import ResourceViewSet

PROBLEM = {
    "type": "object",
    "description": "One thing wrong with a request.",
    "properties": {
        "code": {"type": "string", "description": "Stable: programs may decide by it.", "examples": ["required"]},
        "message": {
            "type": "string",
            "description": "For people; it may change.",
            "examples": ["This field is required."],
        },
        "field": {"type": ["string", "null"], "description": "Path such as items/3/credits.", "examples": ["name"]},
    },
    "required": ["code", "message", "field"],
}
META: dict[str, Any] = {
    "type": "object",
    "properties": {"request_id": {"type": "string", "examples": ["0198c1f2-7d5e-7c3a-9b1e-6f1f0c2b7a11"]}},
    "required": ["request_id"],
}
PAGE_META: dict[str, Any] = {
    "type": "object",
    "properties": {
        **META["properties"],
        "limit": {"type": "integer", "examples": [50]},
        "next": {"type": ["string", "null"], "description": "Cursor of the next page.", "examples": [None]},
        "previous": {"type": ["string", "null"], "description": "Cursor of the page before.", "examples": [None]},
        "count": {"type": "integer", "description": "Only with ?count=.", "examples": [1]},
    },
    "required": ["request_id", "limit", "next", "previous"],
}
FAILURE = {
    "type": "object",
    "properties": {
        "status": {"type": "string", "const": "error"},
        "data": {"type": "null"},
        "meta": {"$ref": "#/components/schemas/Meta"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/Problem"}},
    },
    "required": ["status", "data", "meta", "errors"],
}
COMPONENTS: dict[str, Any] = {"Problem": PROBLEM, "Meta": META, "PageMeta": PAGE_META, "Failure": FAILURE}

MEANINGS = {
    400: "Malformed, or a name or value that is not allowed.",
    401: "No sign-in, or one that has ended.",
    403: "Signed in, and not allowed.",
    404: "Nothing here, or nothing that you may see.",
    409: "Another change got there first, or the row is still in use.",
    412: "Someone changed this since you read it.",
    415: "The body is not JSON.",
    422: "Understood, and a rule forbids it.",
    428: "Send If-Match with the ETag of the version that you read.",
    429: "Too many requests: wait as Retry-After says.",
    503: "Not just now: repeat it as Retry-After says.",
}


def header(name: str, description: str, example: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": description, "schema": {"type": "string"}, "example": example}


def query(name: str, description: str, schema: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema or {"type": "string"}}


INSTITUTION = header("X-Institution", "Code or id of the one institution to act in.", "UZ")
IDEMPOTENCY_KEY = header(
    "Idempotency-Key",
    "Your name for this request: repeated within 24 hours it gets the first answer, and has one effect.",
    "5c9a4e0e-8f0b-4f3a-a1de-2a9f6d0f3c55",
)
IF_MATCH = header("If-Match", "The ETag of the version that the change builds on.", '"3-9f86d081884c7d65"')
IF_NONE_MATCH = header("If-None-Match", "The ETag of the answer that you hold.", '"3-9f86d081884c7d65"')


def enveloped(schema: dict[str, Any], *, is_list: bool) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "status": {"type": "string", "const": "success"},
            "data": schema,
            "meta": {"$ref": f"#/components/schemas/{'PageMeta' if is_list else 'Meta'}"},
            "errors": {"type": "array", "items": {"$ref": "#/components/schemas/Problem"}, "maxItems": 0},
        },
        "required": ["status", "data", "meta", "errors"],
    }


def refusals(statuses: list[int]) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}}}
    return {str(status): {"description": MEANINGS[status], "content": content} for status in statuses}


def several(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter that takes values separated by commas."""
    return {**query(name, description, {"type": "array", "items": schema}), "style": "form", "explode": False}


def shape_parameters(serializer: Serializer) -> list[dict[str, Any]]:
    readable = {name: field for name, field in serializer.fields.items() if not field.write_only}
    references = [name for name, field in readable.items() if isinstance(field, Ref)]
    fields = several("fields", "Show only these fields.", {"type": "string", "enum": list(readable)})
    expand = several("expand", "Show these references whole.", {"type": "string", "enum": references})
    return [fields, expand] if references else [fields]


def list_parameters(view: "ResourceViewSet") -> list[dict[str, Any]]:
    """What the list may be asked, from the parts that the viewset lists."""
    declared: Declaration = declaration_of(type(view))  # type: ignore[arg-type]
    search = query("search", "Rows whose name or number begins with this; of students, words of the name in any order.")
    orderings = {"type": "string", "enum": declared.orderings, "default": "id"}
    return [
        query(
            "limit",
            "Rows on a page.",
            {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": USUAL_LIMIT},
        ),
        query("cursor", "Where the page starts: `next` or `previous` of another page."),
        query("ordering", "The order of rows; a minus turns it round.", orderings),
        query("count", "Add the number of all rows.", {"type": "string", "enum": list(COUNTS)}),
        *([search] if declared.search_fields else []),
        *shape_parameters(view.serializer_class()),
        *(filter_parameter(name, chosen) for name, chosen in declared.filters.items()),
    ]


def filter_parameter(name: str, chosen: Filter) -> dict[str, Any]:
    words, schema = LOOKUP_WORDS.get(chosen.lookup, chosen.lookup), value_schema(chosen.field)
    if chosen.lookup == ISNULL:
        return query(name, words, {"type": "boolean"})
    if chosen.lookup in MANY:
        return several(name, words, schema)
    return query(name, words, schema)


LOOKUP_WORDS = {
    "exact": "Equal to this.",
    "in": "Equal to one of these.",
    "gt": "Greater than this.",
    "gte": "This or greater.",
    "lt": "Less than this.",
    "lte": "This or less.",
    "startswith": "Beginning with this.",
    "contains": "Holding all of these.",
    ISNULL: "Whether there is none.",
}
SCHEMA_OF_FIELD: list[tuple[type[models.Field], dict[str, Any]]] = [
    (models.UUIDField, {"type": "string", "format": "uuid"}),
    (models.DateTimeField, {"type": "string", "format": "date-time"}),
    (models.DateField, {"type": "string", "format": "date"}),
    (models.BooleanField, {"type": "boolean"}),
    (models.IntegerField, {"type": "integer"}),
    (models.DecimalField, {"type": "string", "format": "decimal"}),
]


def value_schema(field: models.Field) -> dict[str, Any]:
    if field.choices:
        return {"type": "string", "enum": [value for value, _ in field.flatchoices]}
    return next((dict(schema) for kind, schema in SCHEMA_OF_FIELD if isinstance(field, kind)), {"type": "string"})
