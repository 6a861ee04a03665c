"""This file holds how a change becomes an audit entry: in the transaction of the change, never outside it."""

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from core.actor import Actor
from core.audit.models import AuditEntry
from core.audit.origin import origin
from core.secrets.digests import digest_of

UNTOLD = {"id", "institution", "created_at", "updated_at", "version"}

Snapshot = dict[str, Any]


def snapshot(row: models.Model) -> Snapshot:
    """The row's values by field, ready for JSON. A sensitive value is replaced by a keyed digest."""
    values = {
        field.name: sealed(field, field.value_from_object(row))
        for field in row._meta.concrete_fields
        if field.name not in UNTOLD and not getattr(field, "derived", False)
    }
    return json.loads(json.dumps(values, cls=DjangoJSONEncoder))


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
    """Append one entry. `subject` may be unsaved or removed; give `subject_id` where its key is gone."""
    here = origin.get()
    key = subject_id or (subject.pk if subject is not None else None)
    return AuditEntry.objects.create(
        rule=rule,
        decision=decision,
        code=code,
        actor_id=actor.id,
        actor_name=actor.name,
        session_id=actor.session,
        institution_id=getattr(subject, "institution_id", None),
        subject=subject._meta.label if subject is not None else "",
        subject_id=str(key) if key else "",
        count=count,
        changes=changes or {},
        request_id=here.request_id,
        address=here.address,
    )
