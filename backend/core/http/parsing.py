"""This file holds how a body is read: JSON, strictly. What two readers could understand differently is refused."""

import json
import math
import re
import unicodedata
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.parsers import BaseParser

from core.errors import Invalid, Problem, RuleBroken

DEEPEST = 32
# Controls but \t and \n, and halves of surrogate pairs, which are no characters at all.
REFUSED_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class TooLarge(RuleBroken):
    """The body is larger than this address takes."""

    status = 413

    def __init__(self) -> None:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024
        super().__init__("too_large", f"The body is too large: send at most {limit} KiB.")


class StrictJSONParser(BaseParser):
    """UTF-8 JSON of bounded size and depth, with finite numbers, unique keys and normalized plain text."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge()
        problems: list[Problem] = []
        value = cleaned(decoded(body), (), problems)
        if problems:
            raise Invalid(problems)
        return value


def decoded(body: bytes) -> Any:
    try:
        return json.loads(
            body.decode(), object_pairs_hook=unique_keys, parse_float=finite, parse_constant=refuse_constant
        )
    except json.JSONDecodeError as error:
        raise malformed(f"{error.msg} at line {error.lineno}, column {error.colno}") from error
    except UnicodeDecodeError as error:
        raise malformed(f"byte {error.start} is not UTF-8") from error
    except RecursionError as error:
        raise too_deep() from error
    except ValueError as error:  # an integer of thousands of digits
        raise malformed("a number is too long") from error


def malformed(what: str) -> Invalid:
    return Invalid([Problem("malformed_json", f"The body is not JSON: {what}.")])


def too_deep() -> Invalid:
    return Invalid([Problem("too_deep", f"The body is nested too deeply: at most {DEEPEST} levels.")])


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in found if keys.count(key) > 1)
        raise Invalid([Problem("duplicate_key", f"The key {twice!r} appears twice in one object.")])
    return found


def finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise malformed(f"the number {text[:20]} is out of range")
    return number


def refuse_constant(name: str) -> None:
    raise malformed(f"{name} is no JSON number")


def cleaned(value: Any, path: tuple[str, ...], problems: list[Problem]) -> Any:
    """The same value with its texts in NFC; a text that holds a control character becomes a problem."""
    if isinstance(value, str):
        if REFUSED_CHARACTERS.search(value):
            message = "Control characters are not allowed here, other than a new line or a tab."
            problems.append(Problem("control_character", message, "/".join(path) or None))
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    if not isinstance(value, dict | list):
        return value
    if len(path) >= DEEPEST:
        raise too_deep()
    if isinstance(value, list):
        return [cleaned(one, (*path, str(position)), problems) for position, one in enumerate(value)]
    return unique_keys(
        [(cleaned(key, path, problems), cleaned(one, (*path, key), problems)) for key, one in value.items()]
    )
