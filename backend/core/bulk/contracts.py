"""This file holds what a data set declares to be uploaded: its columns, its key, and the rows that it becomes.

A room declares its contract in `uploads.py`. The rows of a file are read into a temporary table `staged` (a column for
each of the contract, `number` being the row in the file); what they become is SQL over that, so that 100,000 rows cost
a few statements. Values of other columns of a new row come from its model's defaults.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured

from core.actor import Actor
from core.bulk.columns import Column
from core.records import Row
from core.texts import folded

CONTRACTS: dict[str, "Contract"] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """A column of `staged` that is worked out from a row: `work(values, institution)`."""

    name: str
    work: Callable[[Mapping[str, Any], UUID], Any]
    sql: str = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What may not be, or what somebody should look at.

    found        selects the number of a row, and what was found in its cell
    words        what is allowed there; of a warning, the reason
    candidates   selects what could be meant, of which the nearest is told
    """

    column: str
    code: str
    found: str
    words: str
    candidates: str = ""
    is_warning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The rows of one model that the file means.

    wanted   selects, for each row, `number`, the columns of `key`, and those of `stated`
    key      columns by which a row that is there is found; `match` is the condition on `own` and `wanted` where that
             is not their being equal
    stated   column -> the column of the contract that states it: what a file lacks, or leaves blank, stays as it is
    given    column -> SQL over `wanted`, for new rows alone
    sealed   encrypted columns, of the same names in the contract; a new row that has some is the person itself
    known    selects the rows among which to look; those of the institution otherwise
    """

    model: type[Row]
    wanted: str
    key: Sequence[str]
    stated: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    sealed: Sequence[str] = ()
    match: str = ""
    known: str = ""

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def staged(self) -> str:
        """The temporary table of these rows, each with its id."""
        return f"wanted_{self.model._meta.model_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What a rule does row by row: for the few things that SQL in one institution can't do, such as asking another one.

    wanted   selects, for each row, `number`, `known` (the id of what is there already, which is left alone; or null),
             and what `do` is told
    do       calls the rule, as whoever commits the upload; gives the row that it made
    undo     takes that back
    """

    model: type[Row]
    wanted: str
    do: Callable[[Actor, Mapping[str, Any]], Row]
    undo: Callable[[Actor, Any], object]

    @property
    def staged(self) -> str:
        """The temporary table of what is wanted."""
        return f"deed_{self.model._meta.model_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a row ends that a complete file no longer has: `found` selects the ids, `change` is what is set."""

    model: type[Row]
    found: str
    change: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One data set: what its file looks like, and what it becomes.

    needs      the permissions that the rules of its rows ask for: all of them, over the whole institution, unless the
               set can tell which rows are `theirs`
    theirs     finds the rows beyond whose right lies at `%(units)s`, or over what is about `%(person)s`. With it,
               whoever has less than the institution loads their own rows, and acts on no upload but their own
    key        the columns that say which row this is; no two rows of a file are the same
    main       the model whose rows the file is about, of those that `loads` and `deeds` name
    before     SQL that brings `staged` into one form, such as a code in place of a name
    after      SQL that brings what hangs on the rows into line, such as counts
    tells      what caches watch that is changed by it (core.freshness)
    is_tried   whether a plan has the deeds done and undone, to tell what rules refuse: where rows stand in each other's
               way, as bookings do
    lies_at    of a set of the nation's register, whose rows are no institution's: gives the institution in which its
               uploads lie; one needs reach over the nation
    """

    name: str
    title: str
    means: str
    needs: Sequence[str]
    columns: Sequence[Column]
    key: Sequence[str]
    main: type[Row]
    loads: Sequence[Load] = ()
    deeds: Sequence[Deed] = ()
    derived: Sequence[Derived] = ()
    checks: Sequence[Check] = ()
    ending: Ending | None = None
    before: Sequence[str] = ()
    after: Sequence[str] = ()
    tells: Sequence[str] = ()
    is_tried: bool = False
    lies_at: Callable[[], UUID] | None = None
    theirs: Check | None = None

    @property
    def version(self) -> str:
        """It changes whenever the columns do."""
        said = [(column.name, column.kind, column.required, column.allowed) for column in self.columns]
        return hashlib.sha256(repr(said).encode()).hexdigest()[:8]

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def by_header(self) -> dict[str, Column]:
        """Header, as `plain_header` writes it -> column."""
        return {plain_header(header): column for column in self.columns for header in (column.name, *column.aliases)}


def plain_header(header: Any) -> str:
    """A header without what people write differently: `Student ID *` is `studentid`."""
    return "".join(letter for letter in folded(str(header)) if letter.isalnum())


def declare(contract: Contract) -> Contract:
    """Make a data set known. A contract that contradicts itself is a bug, and keeps the system from starting."""
    if contract.name in CONTRACTS:
        raise ImproperlyConfigured(f"Two contracts are named {contract.name}.")
    names = [column.name for column in contract.columns]
    headers = [plain_header(header) for one in contract.columns for header in (one.name, *one.aliases)]
    twice = {header for header in headers if headers.count(header) > 1}
    unknown = {*contract.key, *(check.column for check in contract.checks)} - set(names)
    unknown |= {source for load in contract.loads for source in load.stated.values()} - set(names)
    models = {load.model for load in contract.loads} | {deed.model for deed in contract.deeds}
    if twice or unknown or contract.main not in models:
        raise ImproperlyConfigured(
            f"{contract.name}: {sorted(twice | unknown) or 'its main model has no load, nor deed'}."
        )
    if contract.lies_at and contract.ending:
        raise ImproperlyConfigured(f"{contract.name}: no file ends what stands in the nation's register.")
    if contract.theirs and (contract.deeds or contract.ending or contract.lies_at):
        raise ImproperlyConfigured(f"{contract.name}: what rules do, or a file ends, is the whole institution's.")
    CONTRACTS[contract.name] = contract
    return contract
