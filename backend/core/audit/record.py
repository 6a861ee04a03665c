"""This file holds how a change becomes an audit entry: in the transaction of the change, never outside it."""

from collections.abc import Sequence
from typing import Any

import orjson
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models

from core.actor import Actor
from core.audit.models import AuditEntry
from core.audit.origin import Origin, origin
from core.relations import path_to_person
from core.secrets.digests import digest_of

ENCODER = DjangoJSONEncoder()  # as the column writes instants and exact numbers
UNTOLD = {"id", "institution", "created_at", "updated_at", "version"}

# All but what the database says of itself.
STATED = [field for field in AuditEntry._meta.concrete_fields if not field.has_db_default()]
COLUMNS = ", ".join(str(field.column) for field in STATED)
APPEND = f"""
INSERT INTO core_auditentry ({COLUMNS})
SELECT {COLUMNS} FROM jsonb_populate_recordset(NULL::core_auditentry, %s)
"""  # noqa: S608 (names of ours)

Snapshot = dict[str, Any]


def snapshot(row: models.Model) -> Snapshot:
    """The row's values by field, ready for JSON. A sensitive value is replaced by a keyed digest.

    A model may tell more of itself by `audited_besides()`: what it keeps in rows of another table.
    """
    values = {
        field.name: sealed(field, field.value_from_object(row))
        for field in row._meta.concrete_fields
        if field.name not in UNTOLD and not getattr(field, "derived", False)
    }
    besides: Snapshot = getattr(row, "audited_besides", dict)()
    told = orjson.dumps({**values, **besides}, default=ENCODER.default, option=orjson.OPT_PASSTHROUGH_DATETIME)
    return orjson.loads(told)


def sealed(field: models.Field, value: Any) -> Any:
    is_sensitive = getattr(field, "sensitive", False) or field.name in getattr(field.model, "sensitive_fields", ())
    return digest_of(field, value) if is_sensitive and value not in (None, "") else value


def differences(before: Snapshot, after: Snapshot) -> dict[str, list]:
    return {
        name: [before.get(name), after.get(name)]
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    }


def record(
    actor: Actor,
    rule: str,
    subject: models.Model | None,
    *,
    subject_id: Any = None,
    changes: dict | None = None,
    count: int = 1,
    decision: str = AuditEntry.Decision.DONE,
    code: str = "",
) -> AuditEntry:
    """Append one entry. `subject` may be unsaved or removed; give `subject_id` where its key is gone.

    It says which person it is about where it is about one row; an entry of many rows tells them in `changes`.
    """
    key = subject_id or (subject.pk if subject is not None else None)
    entry = entry_of(
        actor,
        rule,
        subject,
        subject_id=subject_id,
        person=person_of(subject, key) if subject is not None and count == 1 else None,
        changes=changes,
        count=count,
        decision=decision,
        code=code,
    )
    entry.save(force_insert=True)
    return entry


def record_new(actor: Actor, rule: str, rows: Sequence[models.Model]) -> None:
    """Append an entry for each of many new rows: where a bulk rule makes what each person should find on the log."""
    people = people_of(rows)
    append([entry_of(actor, rule, row, person=people[row.pk], changes=differences({}, snapshot(row))) for row in rows])


def append(entries: Sequence[AuditEntry]) -> None:
    """Append entries that hold nothing but values, however many, by one statement of one text."""
    rows = [{field.column: field.pre_save(entry, True) for field in STATED} for entry in entries]
    with connection.cursor() as cursor:
        cursor.execute(APPEND, [orjson.dumps(rows).decode()])


def entry_of(
    actor: Actor,
    rule: str,
    subject: models.Model | None,
    *,
    person: Any,
    subject_id: Any = None,
    changes: dict | None = None,
    count: int = 1,
    decision: str = AuditEntry.Decision.DONE,
    code: str = "",
    here: Origin | None = None,
) -> AuditEntry:
    """An entry that is not appended yet, about the account `person`. `here` is where the work comes from, if not from
    what is worked on now.
    """
    here = here or origin.get()
    key = subject_id or (subject.pk if subject is not None else None)
    return AuditEntry(
        rule=rule,
        decision=decision,
        code=code,
        actor_id=actor.id,
        actor_name=actor.name,
        session_id=actor.session,
        institution_id=getattr(subject, "institution_id", None),
        person_id=person,
        subject=subject._meta.label if subject is not None else "",
        subject_id=str(key) if key else "",
        count=count,
        changes=changes or {},
        request_id=here.request_id,
        address=here.address,
    )


def record_read(actor: Actor, row: models.Model, fields: list[str]) -> AuditEntry:
    """Append that these sensitive fields of a row were shown: their names, never their values."""
    name = f"{row._meta.label_lower}.read"
    return record(actor, name, row, changes={"fields": sorted(fields)})


def people_of(rows: Sequence[models.Model]) -> dict[Any, Any]:
    """The accounts that rows of one model are about, by the keys of the rows."""
    path = path_to_person(type(rows[0])) if rows else None
    if not path:
        return {row.pk: row.pk if path == "" else None for row in rows}
    kept = type(rows[0])._base_manager.filter(pk__in=[row.pk for row in rows])
    return dict(kept.values_list("pk", path))


def person_of(subject: models.Model, key: Any) -> Any:
    """The account that a row is about; where it lies further away, a look-up inside the INSERT."""
    path = path_to_person(type(subject))
    if not path:
        return key if path == "" else None
    first, _, rest = path.partition("__")
    field: Any = subject._meta.get_field(first)
    nearest = getattr(subject, field.attname)
    if not rest or nearest is None:
        return nearest
    return models.Subquery(field.related_model._base_manager.filter(pk=nearest).values(rest)[:1])
