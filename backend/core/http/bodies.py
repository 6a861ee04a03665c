"""This file holds how a body becomes the fields of a rule: every name and value judged, all problems told at once."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive
from rest_framework.fields import ChoiceField, DateTimeField
from rest_framework.serializers import ListSerializer, Serializer

from core.errors import OFFSET_NEEDED, OFFSET_NEEDED_WORDS, Invalid, Problem
from core.http.refusals import flattened

MOST_CHOICES = 30


def checked(serializer: Serializer, *, complete: bool = False) -> dict[str, Any]:
    """The valid values of a bound serializer, or `Invalid` with every problem; `complete` asks for all it takes."""
    problems = problems_of_body(serializer, complete=complete)
    if problems:
        raise Invalid(problems)
    return serializer.validated_data


def problems_of_body(serializer: Serializer, path: tuple[str, ...] = (), *, complete: bool = False) -> list[Problem]:
    if complete:
        for field in serializer.fields.values():
            field.required = not field.read_only
    problems = list(refused_parts(serializer, serializer.initial_data, path))
    if not serializer.is_valid():
        problems += [with_choices(serializer, problem) for problem in flattened(serializer.errors, path)]
    return problems


def with_choices(serializer: Serializer, problem: Problem) -> Problem:
    """The problem, and what may be chosen where that is not much."""
    one = getattr(serializer, "child", serializer)
    field = one.fields.get((problem.field or "").rpartition("/")[2])
    if problem.code != "invalid_choice" or not isinstance(field, ChoiceField) or len(field.choices) > MOST_CHOICES:
        return problem
    return replace(problem, message=f"{problem.message} Choose from: {', '.join(map(str, field.choices))}.")


def refused_parts(field: Any, data: Any, path: tuple[str, ...]) -> Iterator[Problem]:
    """The names that the caller may not write, and times of no zone: DRF would drop and misread them without a word."""
    if isinstance(field, ListSerializer) and isinstance(data, list):
        for position, one in enumerate(data):
            yield from refused_parts(field.child, one, (*path, str(position)))
    elif isinstance(field, Serializer) and isinstance(data, Mapping):
        for name, value in data.items():
            here = (*path, name)
            if name not in field.fields:
                writable = sorted(key for key, one in field.fields.items() if not one.read_only)
                message = f"There is no such field. Writable are: {', '.join(writable)}."
                yield Problem("unknown_field", message, "/".join(here))
            elif field.fields[name].read_only:
                yield Problem("read_only", "This field can't be written.", "/".join(here))
            elif isinstance(field.fields[name], DateTimeField) and is_of_no_zone(value):
                yield Problem(OFFSET_NEEDED, OFFSET_NEEDED_WORDS, "/".join(here))
            else:
                yield from refused_parts(field.fields[name], value, here)


def is_of_no_zone(value: Any) -> bool:
    """Whether it is a time without an offset. DRF would take it for UTC, which is rarely what is meant."""
    try:
        moment = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return False  # no time at all, which the field says
    return moment is not None and is_naive(moment)


class NoFields(Serializer):
    """The body of a verb that takes none."""
