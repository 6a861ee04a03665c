"""This file holds the parts of the OpenAPI description that every operation shares."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.http.resource import ResourceViewSet

PROBLEM = {
    "type": "object",
    "description": "One thing wrong with a request.",
    "properties": {
        "code": {"type": "string", "description": "Stable: programs may decide by it.", "examples": ["required"]},
        "message": {"type": "string", "description": "For people; it may change.", "examples": ["This field is required."]},
        "field": {"type": ["string", "null"], "description": "Path such as items/3/credits.", "examples": ["name"]},
    },
    "required": ["code", "message", "field"],
}
META = {
    "type": "object",
    "properties": {"request_id": {"type": "string", "examples": ["0198c1f2-7d5e-7c3a-9b1e-6f1f0c2b7a11"]}},
    "required": ["request_id"],
}
PAGE_META = {
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
SHAPE_PARAMETERS = [
    query("fields", "Only these fields, separated by commas."),
    query("expand", "References to show whole, separated by commas."),
]


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


def list_parameters(view: "ResourceViewSet") -> list[dict[str, Any]]:
    """What the list may be asked, from the parts that the viewset lists."""
    parameters = [
        query("limit", "Rows on a page.", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}),
        query("cursor", "Where the page starts: `next` or `previous` of another page."),
        query("count", "Add the number of all rows.", {"type": "string", "enum": ["exact", "estimate"]}),
        *SHAPE_PARAMETERS,
    ]
    return parameters
