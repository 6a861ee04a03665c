"""This file holds limits of a row whose refusal names the field at which to look."""

from copy import copy
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import CheckConstraint


class Limit(CheckConstraint):
    """A check of the database like any other, to migrations too. Who saves a row checked is told it of this field."""

    def __init__(self, *, field: str, **said: Any) -> None:
        self.field = field
        super().__init__(**said)

    def validate(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().validate(*args, **kwargs)
        except ValidationError as error:
            raise ValidationError({self.field: error}) from None

    def deconstruct(self) -> tuple[str, tuple, dict[str, Any]]:
        _, args, said = super().deconstruct()
        return "django.db.models.CheckConstraint", tuple(args), said

    def clone(self) -> "Limit":
        return copy(self)
