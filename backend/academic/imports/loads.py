"""This file holds what an import says of the rows that it wants: table by table, as SQL over what was staged.

A load finds for each row the one that is there by its key. What the source states is kept up to date; what it does
not state is given to a new row and then left alone.
"""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.errors import RuleBroken
from core.records import Record


class BadSource(RuleBroken):
    """The dataset can't be read as it is. The message names file and line, and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__("bad_source", sentence)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What may not be: `found` selects the line and the name of what breaks it."""

    found: str
    words: str


@dataclass(frozen=True, slots=True)
class Load:
    """The rows of one model. `wanted` selects the columns of `key` and `stated`, and what later loads look up. `match`
    is the condition on `own` and `wanted` where that is not the key's being equal.
    """

    model: type[Record]
    wanted: str
    key: tuple[str, ...]
    stated: tuple[str, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)
    known: str = ""
    match: str = ""
    label: str = ""
    refusal: Refusal | None = None

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def name(self) -> str:
        return self.label or str(self.model._meta.verbose_name_plural)

    @property
    def staged(self) -> str:
        """The temporary table of these rows, each with its id."""
        return f"wanted_{self.model._meta.model_name}"

    @property
    def existing(self) -> str:
        return self.known or f"SELECT * FROM {self.table} WHERE institution_id = %(institution)s"
