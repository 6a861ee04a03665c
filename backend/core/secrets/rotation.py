"""This file holds how keys are replaced while everybody reads and writes: batch by batch, to be broken off and gone on.

Run by the owner of the tables: the application may neither change a data key nor see every institution.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction
from psycopg.sql import SQL, Identifier

from core.freshness.changes import changed
from core.secrets.fields import Encrypted, Sealed
from core.secrets.keyring import KEYS_CHANGED, keyring, latest_key, make_key, master_keys, unwrap, wrap
from core.secrets.models import DataKey

BATCH = 500

# Bytes 2 to 5 of a sealed value are the id of its data key.
KEY_OF_VALUE = "('x' || encode(substring({column} FROM 2 FOR 4), 'hex'))::bit(32)::bigint"
USED = "SELECT {key}, count(*) FROM {table} WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY 1"

Told = Callable[[int], object]


def rewrap_keys(told: Told) -> dict[str, int]:
    """Wrap every data key by the latest key-encryption key; then how many there are by the id of what wraps them.

    Keys that another run holds are left to it, so that two at once don't wait for each other.
    """
    wanted = list(master_keys())[-1]
    while batch := rewrap_batch(wanted):
        told(batch)
    counted = DataKey.objects.values_list("wrapped_by").annotate(models.Count("pk")).order_by()
    return dict(counted)


@transaction.atomic
def rewrap_batch(wanted: str) -> int:
    old = DataKey.objects.exclude(wrapped_by=wanted).order_by("pk").select_for_update(skip_locked=True)
    keys = list(old[:BATCH])
    for key in keys:
        secret = unwrap(bytes(key.wrapped), key.institution_id, key.wrapped_by)
        key.wrapped, key.wrapped_by = wrap(secret, key.institution_id)
    DataKey.objects.bulk_update(keys, ["wrapped", "wrapped_by"])
    return len(keys)


def reseal_column(field: Encrypted, told: Told) -> dict[int, int]:
    """Seal every value of a column under the latest data key of its institution; then how many there are by key.

    New data keys are made unless some values lie under older ones: then a rotation was broken off, or another column
    had its own, and this one is brought up to that.
    """
    institutions = institutions_of(field)
    latest = {place: latest_key(place) or make_key(place) for place in institutions}
    if set(used_keys(field)) <= {key.pk for key in latest.values()}:
        latest = {place: make_key(place, key.generation + 1) for place, key in latest.items()}
        changed(KEYS_CHANGED)
    keyring.forget()
    for place in institutions:
        last: UUID | None = None
        while (last := reseal_batch(field, place, latest[place].pk, last, told)) is not None:
            pass
    return used_keys(field)


@transaction.atomic
def reseal_batch(field: Encrypted, place: UUID | None, key_id: int, after: UUID | None, told: Told) -> UUID | None:
    """The next rows in the order of their ids; the last one, or None where there was none."""
    model: Any = field.model
    rows = model._base_manager.filter(**{f"{field.name}__isnull": False}).order_by("pk")
    if has_institution(model):
        rows = rows.filter(institution_id=place)
    if after is not None:
        rows = rows.filter(pk__gt=after)
    batch = list(rows.select_for_update(skip_locked=True, of=("self",))[:BATCH])
    done = 0
    for row in batch:
        stored = row.__dict__[field.attname]
        if isinstance(stored, Sealed) and int.from_bytes(stored[1:5], "big") == key_id:
            continue
        # What was erased opens as nothing, and becomes nothing.
        plain = getattr(row, field.attname)
        value = None if plain is None else Sealed(field.sealed_in(row, plain))
        model._base_manager.filter(pk=row.pk).update(**{field.name: value})
        done += 1
    if done:
        told(done)
    return batch[-1].pk if batch else None


def used_keys(field: Encrypted) -> dict[int, int]:
    """How many values of a column lie under each data key."""
    column = Identifier(str(field.column))
    statement = SQL(USED).format(
        key=SQL(KEY_OF_VALUE).format(column=column), table=Identifier(field.model._meta.db_table), column=column
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return dict(cursor.fetchall())


def institutions_of(field: Encrypted) -> list[UUID | None]:
    model: Any = field.model
    if not has_institution(model):
        return [None]
    held = model._base_manager.filter(**{f"{field.name}__isnull": False})
    return list(held.order_by("institution_id").values_list("institution_id", flat=True).distinct())


def has_institution(model: type[models.Model]) -> bool:
    return any(one.name == "institution" for one in model._meta.fields)
