"""This file holds what makes a function a rule: permission, reach, lock, savepoint and audit, in one decorator.

A rule is the only writer. HTTP, tasks and commands all call it: `rule(actor, *rows, **fields) -> row`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any

from django.apps import apps
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError, RestrictedError

from core.actor import Actor
from core.audit.models import AuditEntry
from core.audit.record import Snapshot, differences, record, snapshot
from core.crossing import crossing, hold
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
    the body runs in a savepoint; what is new or was moved must lie where `needs` was granted too; the change is audited
    as `name`, with the differences between the locked row and the row returned. A bulk rule returns the rows it changed
    and leaves one entry with a count. None says that the rows passed are removed.
    `step_up`: over HTTP a second factor must have been shown a moment ago.
    `first`: called with the rows before they are locked, and locks what everybody else locks before such rows.
    `crosses`: it also writes in another institution (core.crossing); the name of what the two sides of a row share.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        name: str,
        needs: str,
        bulk: bool,
        step_up: bool = False,
        crosses: str = "",
        first: Callable[..., None] | None = None,
    ) -> None:
        self.function, self.name, self.needs, self.bulk, self.step_up = function, name, needs, bulk, step_up
        self.crosses, self.first = crosses, first
        update_wrapper(self, function)

    def __call__(self, actor: Actor, *rows: models.Model, **fields: Any) -> Any:
        try:
            if not actor.may(self.needs):
                raise NotAllowed(self.needs)
            crossed = crossing(actor, self.name, allowed=bool(self.crosses))
            with transaction.atomic(), database_refusals_named(), crossed:
                if self.crosses:
                    hold(self.crosses, rows)
                if self.first:
                    self.first(*rows)
                locked = lock(actor, self.needs, rows)
                before = {row.pk: snapshot(row) for row in locked}
                result = self.function(actor, *locked, **fields)
                if result is None:
                    self._audit_removal(actor, locked[0], before)
                else:
                    self._audit_change(actor, before, result if self.bulk else [result])
                return result
        except RuleBroken as refusal:
            if not isinstance(refusal, Invalid):
                refusal.refusal = Refusal(actor, self.name, rows[0] if rows else None, refusal.code)
            raise

    def _audit_removal(self, actor: Actor, first: models.Model, before: dict[Any, Snapshot]) -> None:
        changes = {key: differences(old, {}) for key, old in before.items()}
        self._record(actor, first, next(iter(before)), changes, len(before))

    def _audit_change(self, actor: Actor, before: dict[Any, Snapshot], rows: list[models.Model]) -> None:
        # Of the thousands that a bulk rule may add, the count is enough.
        told = [row for row in rows if row.pk in before or not self.bulk]
        changes = {row.pk: differences(before.get(row.pk, {}), snapshot(row)) for row in told}
        placed = [row for row in rows if row.pk not in before or is_moved(row, changes[row.pk])]
        if not all_lie_within(actor, self.needs, placed):
            raise NotAllowed(self.needs)
        self._record(actor, rows[0] if rows else None, rows[0].pk if rows else None, changes, len(rows))

    def _record(self, actor: Actor, subject: models.Model | None, key: Any, changes: dict, count: int) -> None:
        told = {str(one): change for one, change in changes.items()} if self.bulk else changes[key]
        record(actor, self.name, subject, subject_id=key, changes=told, count=count if self.bulk else 1)


def rule(
    name: str,
    *,
    needs: str,
    bulk: bool = False,
    step_up: bool = False,
    crosses: str = "",
    first: Callable[..., None] | None = None,
) -> Callable[[Callable[..., Any]], Rule]:
    """Make a function a rule. `name` says what became true (`students.placement.opened`), `needs` is a permission."""

    def wrap(function: Callable[..., Any]) -> Rule:
        if name in ALL_RULES:
            raise ValueError(f"Two rules are named {name}.")
        ALL_RULES[name] = Rule(function, name, needs, bulk, step_up, crosses, first)
        return ALL_RULES[name]

    return wrap


def lock(actor: Actor, permission: str, rows: tuple[models.Model, ...]) -> list[models.Model]:
    """The same rows, freshly read and locked; one query for each model. One that is out of reach is not there."""
    fresh: dict[Any, models.Model] = {}
    for model in models_of(rows):
        wanted = [row.pk for row in rows if type(row) is model]
        # In key order: two changes of the same rows would otherwise deadlock.
        found = model.objects.visible_to(actor, permission).filter(pk__in=wanted).order_by("pk")
        fresh.update({row.pk: row for row in found.select_for_update(of=("self",))})
    if any(row.pk not in fresh for row in rows):
        raise NotVisible()
    return [fresh[row.pk] for row in rows]


def models_of(rows: Sequence[models.Model]) -> list[Any]:
    """The models of the rows, in the same order for everybody."""
    return sorted({type(row) for row in rows}, key=lambda model: model._meta.label)


def is_moved(row: models.Model, changes: dict[str, list]) -> bool:
    """Whether a change touched what says at which unit the row lies."""
    return any(path.partition("__")[0] in changes for path in getattr(row, "unit_paths", ()))


def all_lie_within(actor: Actor, permission: str, rows: list[models.Model]) -> bool:
    """Whether the permission reaches the rows as they are now; one query for each model."""
    return all(
        model.objects.visible_to(actor, permission).filter(pk__in=keys).count() == len(keys)
        for model in models_of(rows)
        if (keys := {row.pk for row in rows if type(row) is model})
    )


@contextmanager
def database_refusals_named() -> Iterator[None]:
    """Turn what the database or a model's check refuses into an error with a code, a sentence and a field."""
    try:
        yield
    except ValidationError as error:
        raise Invalid(problems_of(error)) from error
    except (ProtectedError, RestrictedError) as error:
        raise Conflict("still_in_use", "Other records point to this one: remove or close those first.") from error
    except IntegrityError as error:
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
