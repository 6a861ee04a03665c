"""This file holds how a query string becomes a question: every name and value judged, all problems told at once."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import models
from django.http import QueryDict
from django.utils.timezone import is_naive

from core.errors import OFFSET_NEEDED, OFFSET_NEEDED_WORDS, Invalid, Problem
from core.lists.cursors import NotACursor, read_cursor
from core.lists.declarations import ISNULL, Declaration, Filter
from core.lists.statements import MANY, as_array, as_text
from core.texts import folded, words_of

USUAL_LIMIT, LARGEST_LIMIT = 50, 200
LARGEST_CHOICE = 200
SEARCH, SEARCH_AS_GIVEN = "search", "search as given"
SEARCH_WORD, SEARCH_WORDS = "longest word searched", "words searched"
# What means something in a pattern of LIKE.
SPECIAL, ESCAPED = r"([\\%_])", r"\\\1"
COUNTS = ("exact", "estimate")
CONTROLS = ("limit", "cursor", "ordering", SEARCH, "fields", "expand", "count")
FLAGS = {"true": True, "false": False}


class Question(NamedTuple):
    """What was asked. `given`, `searched`, `ordering` and `way` form the statement; `values` fill it."""

    given: tuple[str, ...]
    searched: bool
    ordering: str
    way: str | None
    limit: int
    counted: str | None
    fields: tuple[str, ...]
    expand: tuple[str, ...]
    values: dict[str, str]


def question_of(declared: Declaration, query: QueryDict, placed: Mapping[str, object]) -> Question:
    """The question in a query string. What stands in the address (`placed`) is a filter like any other."""
    return Reader(declared, query, placed).question()


def key_name(slot: int) -> str:
    return f"key {slot}"


class Reader:
    """Reads one query string, and remembers everything that is wrong with it."""

    def __init__(self, declared: Declaration, query: QueryDict, placed: Mapping[str, object]) -> None:
        self.declared = declared
        self.problems: list[Problem] = []
        self.values: dict[str, str] = {}
        self.given: list[str] = []
        self.controls: dict[str, str] = {}
        for name, value in placed.items():
            self.filter(name, declared.filters[name], str(value))
        for name, raws in query.lists():
            self.parameter(name, raws, placed)

    def refuse(self, code: str, message: str, name: str) -> None:
        self.problems.append(Problem(code, message, name))

    def parameter(self, name: str, raws: list[str], placed: Mapping[str, object]) -> None:
        raw = raws[0]
        chosen = self.declared.filters.get(name)
        if chosen is None and (name not in CONTROLS or (name == SEARCH and not self.declared.search_fields)):
            self.refuse("unknown_parameter", f"There is no such parameter. Allowed are: {self.allowed()}.", name)
        elif len(raws) > 1 or name in placed:
            self.refuse("repeated_parameter", "Give this parameter once.", name)
        elif "\0" in raw:
            self.refuse("invalid", "A value holds no null character.", name)
        elif chosen is not None:
            self.filter(name, chosen, raw)
        else:
            self.controls[name] = raw

    def allowed(self) -> str:
        controls = [name for name in CONTROLS if name != SEARCH or self.declared.search_fields]
        return ", ".join([*controls, *self.declared.filters])

    def filter(self, name: str, chosen: Filter, raw: str) -> None:
        if chosen.lookup == ISNULL:
            flag = self.one_of(name, raw, FLAGS)
            self.given.append(f"{name}={flag}")
            return
        try:
            if chosen.lookup in MANY:
                raws = raw.split(",")
                if len(raws) > LARGEST_CHOICE:
                    raise ValidationError(f"Give at most {LARGEST_CHOICE} values.", code="too_many")
                self.values[name] = as_array([value_of(chosen.field, one) for one in raws])
            else:
                self.values[name] = value_of(chosen.field, raw)
        except ValidationError as error:
            self.problems += [Problem(one.code or "invalid", one.messages[0], name) for one in error.error_list]
        self.given.append(name)

    def question(self) -> Question:
        ordering = self.one_of("ordering", self.controls.get("ordering", "id"), self.declared.orderings)
        fields = self.names("fields", self.declared.fields)
        expand = self.names("expand", tuple(self.declared.references))
        limit, count = self.limit(), self.controls.get("count")
        if count is not None:
            self.one_of("count", count, COUNTS)
        searched = self.search()
        way = self.cursor(ordering)
        if self.problems:
            raise Invalid(self.problems)
        given = tuple(sorted(self.given))
        return Question(given, searched, ordering, way, limit, count, fields, expand, self.values)

    def one_of(self, name: str, raw: str, allowed: Iterable[str]) -> str:
        if raw not in allowed:
            self.refuse("invalid_choice", f"There is no such value here. Allowed are: {', '.join(allowed)}.", name)
        return raw

    def names(self, name: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
        """Some of the allowed names, in their own order; not asked means none."""
        if name not in self.controls:
            return ()
        asked = set(self.controls[name].split(","))
        if unknown := sorted(asked.difference(allowed)):
            known = ", ".join(allowed) or "none"
            self.refuse(
                "invalid_choice",
                f"There is no such field here: {', '.join(unknown)}. Allowed are: {known}.",
                name,
            )
        return tuple(one for one in allowed if one in asked)

    def limit(self) -> int:
        raw = self.controls.get("limit")
        if raw is None:
            return USUAL_LIMIT
        limit = int(raw) if raw.isascii() and raw.isdecimal() and len(raw) <= len(str(LARGEST_LIMIT)) else 0
        if not 1 <= limit <= LARGEST_LIMIT:
            self.refuse("invalid", f"Give a number from 1 to {LARGEST_LIMIT}.", "limit")
        return limit

    def search(self) -> bool:
        """Whether there is anything to search for; a blank box is none."""
        raw = self.controls.get(SEARCH, "").strip()
        words = words_of(folded(raw))
        self.values |= {SEARCH: folded(raw), SEARCH_AS_GIVEN: raw, SEARCH_WORD: max(words, key=len)}
        self.values[SEARCH_WORDS] = as_array([f"% {re.sub(SPECIAL, ESCAPED, word)}%" for word in words])
        return raw != ""

    def cursor(self, ordering: str) -> str | None:
        token = self.controls.get("cursor")
        if token is None or ordering not in self.declared.orderings:
            return None
        try:
            way, keys = read_cursor(subject_of(self.declared, ordering), token)
        except NotACursor:
            self.refuse(
                "invalid",
                "This is no cursor of this list in this order: take `next` or `previous` as it is.",
                "cursor",
            )
            return None
        self.values.update((key_name(slot), key) for slot, key in enumerate(keys))
        return way


def subject_of(declared: Declaration, ordering: str) -> str:
    """What a cursor belongs to."""
    return f"{declared.model._meta.label} {ordering}"


def value_of(field: models.Field, raw: str) -> str:
    """A value as the database reads it, judged by the model's own field."""
    if isinstance(field, models.BooleanField):
        if raw not in FLAGS:
            raise ValidationError("Give true or false.", code="invalid")
        return raw
    try:
        value = field.clean(raw, None)
    except ValidationError as error:
        if field.choices and error.error_list[0].code == "invalid_choice":
            allowed = ", ".join(str(value) for value, _ in field.flatchoices)
            message = f"There is no such value here. Allowed are: {allowed}."
            raise ValidationError(message, code="invalid_choice") from error
        raise
    if isinstance(value, datetime) and is_naive(value):
        raise ValidationError(OFFSET_NEEDED_WORDS, code=OFFSET_NEEDED)
    return as_text(field, value)
