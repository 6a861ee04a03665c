"""This file holds what makes a function a rule: permission, reach, lock, savepoint and audit, in one decorator.

A rule is the only writer. HTTP, tasks and commands all call it: `rule(actor, *rows, **fields) -> row`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any

from django.apps import apps
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError, RestrictedError

from core.actor import Actor
from core.audit.models import AuditEntry
from core.audit.record import differences, record, snapshot
from core.errors import Conflict, Invalid, NotAllowed, NotVisible, Problem, RuleBroken

ALL_RULES: dict[str, "Rule"] = {}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule's no, kept for the audit log: written by the edge of the system, after the roll-back."""

    actor: Actor
    rule: str
    subject: models.Model | None
    code: str

    def record(self) -> None:
        record(self.actor, self.rule, self.subject, decision=AuditEntry.Decision.REFUSED, code=self.code)


class Rule:
    """A function that may change rows, with what it needs.

    In order: the actor holds `needs`; every row passed lies where it was granted, and is locked in the order of keys;
    the body runs in a savepoint; a new row must lie where `needs` was granted too; the change is audited as `name`,
    with the differences between the locked row and the row returned. A bulk rule leaves one entry with a count.
    """

    def __init__(self, function: Callable[..., Any], name: str, needs: str, bulk: bool) -> None:
        self.function, self.name, self.needs, self.bulk = function, name, needs, bulk
        update_wrapper(self, function)

    def __call__(self, actor: Actor, *rows: models.Model, **fields: Any) -> Any:
        try:
            if not actor.may(self.needs):
                raise NotAllowed(self.needs)
            with transaction.atomic(), database_refusals_named(rows[0] if rows else None):
                locked = lock(actor, self.needs, rows)
                before = [snapshot(row) for row in locked]
                keys = [row.pk for row in locked]
                result = self.function(actor, *locked, **fields)
                self._audit(actor, locked, keys, before, result)
                return result
        except RuleBroken as refusal:
            if not isinstance(refusal, Invalid):
                refusal.refusal = Refusal(actor, self.name, rows[0] if rows else None, refusal.code)
            raise

    def _audit(self, actor: Actor, locked: list, keys: list, before: list, result: Any) -> None:
        if self.bulk:
            subject, count = (result[0], len(result)) if result else (None, 0)
            after = {row.pk: snapshot(row) for row in result if row.pk in set(keys)}
            changes = {str(key): differences(old, after.get(key, {})) for key, old in zip(keys, before, strict=True)}
            record(actor, self.name, subject, changes=changes, count=count)
            return
        if result is None:  # removed
            record(actor, self.name, locked[0], subject_id=keys[0], changes=differences(before[0], {}))
            return
        is_new = result.pk not in keys
        if is_new and not type(result).objects.visible_to(actor, self.needs).filter(pk=result.pk).exists():
            raise NotAllowed(self.needs)
        old = {} if is_new else before[keys.index(result.pk)]
        record(actor, self.name, result, changes=differences(old, snapshot(result)))


def rule(name: str, *, needs: str, bulk: bool = False) -> Callable[[Callable[..., Any]], Rule]:
    """Make a function a rule. `name` says what became true (`students.placement.opened`), `needs` is a permission."""

    def wrap(function: Callable[..., Any]) -> Rule:
        if name in ALL_RULES:
            raise ValueError(f"Two rules are named {name}.")
        ALL_RULES[name] = Rule(function, name, needs, bulk)
        return ALL_RULES[name]

    return wrap


def lock(actor: Actor, permission: str, rows: tuple[models.Model, ...]) -> list[models.Model]:
    """The same rows, freshly read and locked; one query for each model. One that is out of reach is not there at all."""
    fresh: dict[Any, models.Model] = {}
    for model in sorted({type(row) for row in rows}, key=lambda model: model._meta.label):
        wanted = [row.pk for row in rows if type(row) is model]
        # In key order: two changes of the same rows would otherwise deadlock.
        found = model.objects.visible_to(actor, permission).filter(pk__in=wanted).order_by("pk")
        fresh.update({row.pk: row for row in found.select_for_update(of=("self",))})
    if any(row.pk not in fresh for row in rows):
        raise NotVisible()
    return [fresh[row.pk] for row in rows]


class database_refusals_named:
    """Turn what the database or a model's check refuses into an error with a code, a sentence and a field."""

    def __init__(self, row: models.Model | None) -> None:
        self.row = row

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, ValidationError):
            raise Invalid(problems_of(error)) from error
        if isinstance(error, ProtectedError | RestrictedError):
            raise Conflict("still_in_use", "Other records point to this one: remove or close those first.") from error
        if isinstance(error, IntegrityError):
            raise conflict_of(error) from error


def problems_of(error: ValidationError) -> list[Problem]:
    """Every problem of a model's check, with its field."""
    if not hasattr(error, "error_dict"):
        return [Problem(one.code or "invalid", one.messages[0]) for one in error.error_list]
    return [
        Problem(one.code or "invalid", message, None if name == NON_FIELD_ERRORS else name)
        for name, errors in error.error_dict.items()
        for one in errors
        for message in one.messages
    ]


def conflict_of(error: IntegrityError) -> Conflict:
    """The message that the violated constraint carries, found by its name."""
    violated = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    constraint = constraints_by_name().get(violated or "")
    if constraint is not None and constraint.violation_error_code:
        return Conflict(constraint.violation_error_code, str(constraint.get_violation_error_message()))
    return Conflict("conflict", "Another change got there first. Read again, then repeat yours.")


def constraints_by_name() -> dict[str, models.BaseConstraint]:
    return {constraint.name: constraint for model in apps.get_models() for constraint in model._meta.constraints}
