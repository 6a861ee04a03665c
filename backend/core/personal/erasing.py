"""This file holds how a person is erased: their key destroyed, columns blanked, rows removed, and what stays told."""

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Model
from django.utils import timezone

from core.personal.walk import Holding, holdings
from core.secrets.persons import destroy_keys


@dataclass(frozen=True, slots=True)
class Effect:
    """What erasing does, or would do, to the rows of one table."""

    table: str
    name: str
    rows: int
    removed: bool
    blanked: list[str]
    kept_because: str
    kept_until: date | None


@dataclass(frozen=True, slots=True)
class Erasure:
    """What erasing a person does. Backups hold what they held until the last of them is dropped."""

    effects: list[Effect]
    backups_until: date

    def as_json(self) -> dict[str, Any]:
        told = [
            {**asdict(effect), "kept_until": effect.kept_until.isoformat() if effect.kept_until else None}
            for effect in self.effects
        ]
        return {"effects": told, "backups_until": self.backups_until.isoformat()}


def planned(persons: list[Any], institution: UUID) -> Erasure:
    """What would happen; nothing does."""
    return told(list(holdings(persons, institution)))


def erase(persons: list[Any], institution: UUID) -> Erasure:
    """Erase the persons for good: in this institution, and where a row lies in none."""
    held = list(holdings(persons, institution))
    destroy_keys(person.pk for person in persons)
    for one in held:
        if one.said.removed:
            one.model._base_manager.filter(pk__in=[row.pk for row in one.rows]).delete()
        elif one.said.erased:
            for row in one.rows:
                blank(row, one)
    return told(held)


def blank(row: Any, held: Holding) -> None:
    """Put something in the place of each erased column, and bring what is derived from them up to that."""
    values = {name: held.said.value_for(name, row) for name in held.said.erased}
    for name, value in values.items():
        setattr(row, name, value)
    derived = [one.name for one in row._meta.concrete_fields if getattr(one, "derived", False)]
    kept_up = [name for name in ("version", "updated_at") if has_field(row, name)]
    if "version" in kept_up:
        row.version += 1
    row.save(update_fields=[*values, *derived, *kept_up])


def has_field(row: Model, name: str) -> bool:
    return any(one.name == name for one in row._meta.concrete_fields)


def told(held: list[Holding]) -> Erasure:
    today = timezone.localdate()
    effects = [effect_on(one, today) for one in held if one.rows]
    return Erasure(effects, today + timedelta(days=settings.BACKUP_RETENTION_DAYS))


def effect_on(held: Holding, today: date) -> Effect:
    kept = None if held.said.removed else held.said.kept
    until = today.replace(year=today.year + kept.years, day=min(today.day, 28)) if kept and kept.years else None
    return Effect(
        table=held.model._meta.label,
        name=str(held.model._meta.verbose_name_plural),
        rows=len(held.rows),
        removed=held.said.removed,
        blanked=sorted(held.said.erased),
        kept_because=kept.reason if kept else "",
        kept_until=until,
    )
