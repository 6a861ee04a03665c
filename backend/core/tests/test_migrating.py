"""This file holds the tests of light states: their classes are those that Django makes, and it makes few of them."""

from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, StateApps

from core.migrating import LightState

KEY = ("id", models.BigAutoField(primary_key=True))
CODE_IS_UNIQUE = models.UniqueConstraint(fields=["code"], name="hall_code_unique")
BY_CODE = models.Index(fields=["code"], name="hall_by_code")


def to_hall(**options: Any) -> models.ForeignKey:
    return models.ForeignKey("lab.Hall", models.PROTECT, **options)


FOLLOWED: tuple[Operation, ...] = (
    migrations.CreateModel("Hall", [KEY, ("code", models.CharField(max_length=9))]),
    migrations.CreateModel("Seat", [KEY, ("hall", to_hall(related_name="seats"))]),
    migrations.AddField("Hall", "annex_of", to_hall(null=True, related_name="annexes")),
    migrations.AddField("Hall", "best_seat", models.OneToOneField("lab.Seat", models.PROTECT, null=True)),
    migrations.AddField("Seat", "row", models.IntegerField(default=1), preserve_default=False),
    migrations.AddConstraint("Hall", CODE_IS_UNIQUE),
    migrations.AddIndex("Hall", BY_CODE),
    migrations.RemoveConstraint("Hall", CODE_IS_UNIQUE.name),
    migrations.RemoveIndex("Hall", BY_CODE.name),
)
LEFT_TO_DJANGO: tuple[Operation, ...] = (
    migrations.AlterField("Hall", "code", models.CharField(max_length=20)),
    migrations.RenameField("Seat", "row", "line"),
    migrations.RemoveField("Hall", "best_seat"),
    migrations.DeleteModel("Seat"),
)


@pytest.fixture
def state() -> LightState:
    """A project without models, whose classes are made, as while migrations are applied."""
    state = LightState()
    assert state.apps
    return state


def shapes(apps: Any) -> dict[str, dict[str, Any]]:
    """All that a schema editor reads of classes; each reference leads to a class that the others know too."""
    found = {}
    for model in apps.get_models():
        meta = model._meta
        led_to = [field.related_model for field in meta.fields if field.is_relation]
        assert all(other is apps.get_model("lab", other._meta.model_name) for other in led_to)
        found[meta.label] = {
            "fields": {one.name: (one.column, one.deconstruct()[1:]) for one in meta.fields},
            "key": meta.pk.name,
            "pointed_at_by": {(one.related_model._meta.label, one.field.name) for one in meta.related_objects},
            "constraints": meta.constraints,
            "unique": meta.total_unique_constraints,
            "indexes": meta.indexes,
        }
    return found


def test_after_each_operation_the_classes_are_as_if_made_anew(state):
    for operation in (*FOLLOWED, *LEFT_TO_DJANGO):
        operation.state_forwards("lab", state)
        anew = StateApps([], state.models)
        assert shapes(state.apps) == shapes(anew), operation.describe()


def test_only_new_models_get_a_class(state, monkeypatch):
    made, render = [], ModelState.render

    def counted(model: ModelState, apps: StateApps) -> Any:
        made.append(model.name)
        return render(model, apps)

    monkeypatch.setattr(ModelState, "render", counted)
    for operation in FOLLOWED:
        operation.state_forwards("lab", state)
    assert made == ["Hall", "Seat"]


def test_what_code_of_migrations_gets_is_made_anew(state):
    FOLLOWED[0].state_forwards("lab", state)
    before = state.clone()
    followed = before.apps.get_model("lab", "Hall")
    before.clear_delayed_apps_cache()  # as RunPython does
    assert before.apps.get_model("lab", "Hall") is not followed


def test_a_copy_of_a_light_state_is_light(state):
    copy = state.clone()
    for operation in FOLLOWED[:2]:
        operation.state_forwards("lab", copy)
    assert (type(copy), set(shapes(copy.apps)), set(shapes(state.apps))) == (
        LightState,
        {"lab.Hall", "lab.Seat"},
        set(),
    )
