"""This file holds the example of every schema: from what a field says of itself, else made from its type."""

import re
from typing import Any

BY_FORMAT = {
    "uuid": "0198c1f2-7d5e-7c3a-9b1e-6f1f0c2b7a11",
    "date-time": "2026-03-02T08:15:00Z",
    "date": "2026-03-02",
    "email": "tendai.moyo@example.test",
    "uri": "https://www.example.test",
    "decimal": "62.50",
    "duration": "PT1H30M",
    "ipv4": "192.0.2.1",
}
BY_NAME = {
    "code": "CS101",
    "name": "Computer Science",
    "title": "Introduction to Programming",
    "first_name": "Tendai",
    "last_name": "Moyo",
    "phone": "+263 242 000 000",
    "address": "1 Main Road",
    "website": "https://www.example.test",
    "email": "tendai.moyo@example.test",
}
# What a pattern may ask for, tried in turn.
CANDIDATES = ("62.50", "62.5", "62", "0.5", "CS101", "UZ", "A", "a", "ZW-HA", "1", "08:15:00")
BY_TYPE: dict[str, Any] = {"string": "text", "integer": 1, "number": 1.5, "boolean": True, "null": None}
DEEPEST = 8


def add_examples(schemas: dict[str, Any]) -> None:
    for name, schema in schemas.items():
        if "examples" not in schema and "example" not in schema:
            schema["examples"] = [example_of(schema, schemas, name)]


def example_of(schema: dict[str, Any], schemas: dict[str, Any], name: str = "", depth: int = 0) -> Any:
    """A value that the schema allows."""
    if "examples" in schema:
        return schema["examples"][0]
    for given in ("const", "default"):
        if given in schema:
            return schema[given]
    if "enum" in schema:
        return schema["enum"][0]
    if "$ref" in schema:
        target = schema["$ref"].rsplit("/", 1)[1]
        return example_of(schemas[target], schemas, name, depth + 1)
    for combined in ("allOf", "oneOf", "anyOf"):
        if combined in schema:
            return example_of(schema[combined][0], schemas, name, depth)
    kind = schema.get("type", "object")
    kind = next(one for one in kind if one != "null") if isinstance(kind, list) else kind
    if kind == "object":
        properties = schema.get("properties", {}) if depth < DEEPEST else {}
        return {key: example_of(inner, schemas, key, depth + 1) for key, inner in properties.items()}
    if kind == "array":
        return [example_of(schema.get("items", {}), schemas, name, depth + 1)] if depth < DEEPEST else []
    return plain_example(schema, kind, name)


def plain_example(schema: dict[str, Any], kind: str, name: str) -> Any:
    if kind in ("integer", "number"):
        return max(BY_TYPE[kind], schema.get("minimum", BY_TYPE[kind]))
    if kind != "string":
        return BY_TYPE.get(kind)
    usual = BY_FORMAT.get(schema.get("format", "")) or BY_NAME.get(name, BY_TYPE[kind])
    return next((one for one in (usual, *CANDIDATES) if is_allowed(one, schema)), usual)


def is_allowed(text: str, schema: dict[str, Any]) -> bool:
    fits = schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text))
    return fits and re.search(schema.get("pattern", ""), text) is not None
