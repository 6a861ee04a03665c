"""This file holds the tests of light states: their classes are those that Django makes, and it makes few of them."""

import pytest
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, StateApps

from core.migrating import LightState

KEY = ("id", models.BigAutoField(primary_key=True))
CODE_IS_UNIQUE = models.UniqueConstraint(fields=["code"], name="hall_code_unique")
BY_CODE = models.Index(fields=["code"], name="hall_by_code")


def to_hall(**options) -> models.ForeignKey:
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


def shapes(apps: StateApps) -> dict[str, dict]:
    """All that a schema editor reads of classes; each reference leads to a class that the others know too."""
    found = {}
    for model in apps.get_models():
        meta = model._meta
        fields = {field.name: field for field in meta.fields}
        assert all(field.related_model is apps.get_model("lab", field.related_model.__name__)
                   for field in fields.values() if field.is_relation)  # fmt: skip
        found[meta.label] = {
            "fields": {name: (field.column, field.deconstruct()[1:]) for name, field in fields.items()},
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
        anew = StateApps(set(), state.models)
        assert shapes(state.apps) == shapes(anew), operation.describe()


def test_only_new_models_get_a_class(state, monkeypatch):
    made = []
    render = ModelState.render
    monkeypatch.setattr(ModelState, "render", lambda model, apps: (made.append(model.name), render(model, apps))[1])
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
