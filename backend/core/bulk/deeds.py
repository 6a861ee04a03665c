"""This file holds what rules do for an upload, row by row, and what they would refuse."""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from core.actor import Actor, Reach
from core.bulk.contracts import Contract, Deed
from core.bulk.models import Upload, UploadEffect
from core.bulk.staging import Error
from core.errors import RuleBroken


class RowRefused(Exception):
    """A rule refused what one row asks for."""

    def __init__(self, contract: Contract, number: int, refusal: RuleBroken) -> None:
        super().__init__(refusal.message)
        problem = refusal.problems[0]
        names = {column.name for column in contract.columns}
        column = problem.field if problem.field in names else contract.key[0]
        self.number, self.refusal = number, refusal
        self.error = Error(str(column), problem.code, "", problem.message)


class Undone(Exception):
    """A trial is over; nothing of it stays."""


def acting(actor: Actor, upload: Upload, contract: Contract) -> Actor:
    """Whoever asked for the commit, with the rights that were judged then, in the institution of the upload."""
    here = Reach(institutions=frozenset([upload.institution_id]))
    return replace(actor, reaches=dict.fromkeys(contract.needs, here))


def do(actor: Actor, upload: Upload, contract: Contract) -> None:
    """Do the deeds of a contract, and note what they made."""
    if not contract.deeds:
        return
    in_any_order()
    for position, deed in enumerate(contract.deeds, first_deed(contract)):
        made = [done(actor, contract, deed, row) for row in rows_of(deed)]
        if made:
            table = deed.model._meta.db_table
            UploadEffect(
                institution_id=upload.institution_id, upload=upload, position=position, table=table, made=made
            ).save()


def refused_by_rules(upload: Upload, contract: Contract) -> dict[int, Error]:
    """Which rows rules would refuse, each beside those above it that they accept: they are asked, and all is undone."""
    found: dict[int, Error] = {}
    actor = acting(Actor("", upload.sent_by), upload, contract)
    with suppress(Undone), transaction.atomic():
        in_any_order()
        for deed in contract.deeds:
            for row in rows_of(deed):
                try:
                    done(actor, contract, deed, row)
                except RowRefused as refused:
                    found.setdefault(refused.number, refused.error)
        raise Undone
    return found


def in_any_order() -> None:
    """A rule may write its rows in any order."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def done(actor: Actor, contract: Contract, deed: Deed, row: dict[str, Any]) -> UUID:
    try:
        return deed.do(actor, row).pk
    except RuleBroken as refusal:
        raise RowRefused(contract, row["number"], refusal) from refusal


def rows_of(deed: Deed) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {deed.staged} WHERE known IS NULL ORDER BY number")
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def first_deed(contract: Contract) -> int:
    """The place of the first deed among what an upload does: after the loads and what they end."""
    return len(contract.loads) + 1
