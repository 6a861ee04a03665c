"""This file holds the promise of a version: nothing that a released description offers is taken away or narrowed."""

from collections.abc import Iterator
from typing import Any

Description = dict[str, Any]


def broken_promises(released: Description, new: Description) -> list[str]:
    """One sentence for each thing that a caller of the released API could stumble over."""
    return list(dict.fromkeys(Comparison(released, new).problems()))


class Comparison:
    """Walks what was released beside what is new. Requests may only widen, answers may only grow."""

    def __init__(self, released: Description, new: Description) -> None:
        self.released, self.new = released, new
        self.seen: set[tuple[str, str]] = set()

    def problems(self) -> Iterator[str]:
        for path, operations in self.released.get("paths", {}).items():
            for method, old in operations.items():
                where = f"{method.upper()} {path}"
                new = self.new.get("paths", {}).get(path, {}).get(method)
                if new is None:
                    yield f"{where} is gone."
                else:
                    yield from self.operation(where, old, new)

    def operation(self, where: str, old: Description, new: Description) -> Iterator[str]:
        yield from self.parameters(where, old.get("parameters", []), new.get("parameters", []))
        old_body, new_body = body_of(old.get("requestBody")), body_of(new.get("requestBody"))
        if new_body is not None:
            if old_body is None and new["requestBody"].get("required"):
                yield f"{where} now requires a body."
            yield from self.request(f"{where}: body", old_body or {}, new_body)
        for status, answer in old.get("responses", {}).items():
            if status not in new.get("responses", {}):
                yield f"{where} no longer answers {status}."
                continue
            shown, now = body_of(answer), body_of(new["responses"][status])
            if shown is not None:
                yield from self.answer(f"{where}: {status}", shown, now or {})

    def parameters(self, where: str, old: list[Description], new: list[Description]) -> Iterator[str]:
        before = {(one["in"], one["name"]): one for one in old}
        after = {(one["in"], one["name"]): one for one in new}
        for key, parameter in before.items():
            if key not in after:
                yield f"{where} no longer takes the parameter {key[1]}."
            else:
                yield from self.narrowed(f"{where}: parameter {key[1]}", parameter["schema"], after[key]["schema"])
        for key, parameter in after.items():
            if parameter.get("required") and not before.get(key, {}).get("required"):
                yield f"{where} now requires the parameter {key[1]}."

    def request(self, where: str, old: Description, new: Description) -> Iterator[str]:
        """What was accepted is still accepted."""
        if self.is_walked(where, old, new):
            return
        old, new = self.resolved(self.released, old), self.resolved(self.new, new)
        yield from self.narrowed(where, old, new)
        for name in set(new.get("required", [])) - set(old.get("required", [])):
            yield f"{where} now requires {name}."
        for name, field in old.get("properties", {}).items():
            if name not in new.get("properties", {}):
                yield f"{where} no longer takes {name}."
            else:
                yield from self.request(f"{where}.{name}", field, new["properties"][name])
        if "items" in old and "items" in new:
            yield from self.request(f"{where}[]", old["items"], new["items"])

    def answer(self, where: str, old: Description, new: Description) -> Iterator[str]:
        """What was shown is still shown, in the same form."""
        if self.is_walked(where, old, new):
            return
        old, new = self.resolved(self.released, old), self.resolved(self.new, new)
        if extra := types(new) - types(old) if types(old) else None:
            yield f"{where} may now be {', '.join(sorted(extra))}."
        for name, field in old.get("properties", {}).items():
            if name not in new.get("properties", {}):
                yield f"{where} no longer shows {name}."
            else:
                yield from self.answer(f"{where}.{name}", field, new["properties"][name])
        for name in set(old.get("required", [])) - set(new.get("required", [])):
            yield f"{where} no longer always shows {name}."
        if "items" in old and "items" in new:
            yield from self.answer(f"{where}[]", old["items"], new["items"])

    def narrowed(self, where: str, old: Description, new: Description) -> Iterator[str]:
        old, new = self.resolved(self.released, old), self.resolved(self.new, new)
        if types(new) and (missing := types(old) - types(new)):
            yield f"{where} no longer takes {', '.join(sorted(missing))}."
        if "enum" in new:
            missing = set(old["enum"]) - set(new["enum"]) if "enum" in old else {"any other value"}
            if missing:
                yield f"{where} no longer takes {', '.join(sorted(map(str, missing)))}."
        for limit in ("maxLength", "maximum", "maxItems"):
            if limit in new and new[limit] < old.get(limit, float("inf")):
                yield f"{where} now has {limit} {new[limit]}."
        for limit in ("minLength", "minimum", "minItems"):
            if limit in new and new[limit] > old.get(limit, float("-inf")):
                yield f"{where} now has {limit} {new[limit]}."
        if "pattern" in new and new["pattern"] != old.get("pattern"):
            yield f"{where} now has the pattern {new['pattern']}."

    def resolved(self, document: Description, schema: Description) -> Description:
        """The schema itself, with references followed and what is combined put together."""
        while "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        merged = dict(schema)
        for part in schema.get("allOf", []):
            merged = {**self.resolved(document, part), **merged}
        if choices := [self.resolved(document, one) for one in (*schema.get("oneOf", []), *schema.get("anyOf", []))]:
            merged["type"] = sorted(set().union(*map(types, choices)))
            if all("enum" in one or types(one) == {"null"} for one in choices):
                merged["enum"] = [value for one in choices for value in one.get("enum", [None])]
        return merged

    def is_walked(self, where: str, old: Description, new: Description) -> bool:
        """Whether this pair was compared before: components are shared, and may contain themselves."""
        if "$ref" not in old or "$ref" not in new:
            return False
        pair = (f"{where.rpartition(': ')[2][:4]}{old['$ref']}", new["$ref"])
        known = pair in self.seen
        self.seen.add(pair)
        return known


def types(schema: Description) -> set[str]:
    if "const" in schema and "type" not in schema:
        return {"string"}
    kind = schema.get("type", [])
    return {kind} if isinstance(kind, str) else set(kind)


def body_of(part: Description | None) -> Description | None:
    content = (part or {}).get("content", {})
    return next((media["schema"] for media in content.values()), None)
