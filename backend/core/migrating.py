"""This file holds how migrations are applied in seconds: no constraint makes the class of every model anew."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import Field


class LightState(ProjectState):
    """Django's state of a project, whose classes follow in place what leaves all others as they are.

    Where a model changes, Django makes its class anew, and that of every model to which some chain of references leads.
    Here all lead to the institution: it made 54,000 classes for 1,000 operations, in a minute and a half. A new model,
    field, index or constraint needs none of that, just as no module makes the classes of others anew when it is
    imported. Whatever else happens, such as a changed field or one that is removed, goes Django's way.

    The state before an operation shares these classes: what adds something asks only the state after it. Code of
    migrations (`RunPython`) gets classes that are made anew: the state is delayed, as Django calls it.
    """

    follow: Callable[[], object] | None = None

    def clone(self) -> "LightState":
        copy = super().clone()
        copy.__class__ = LightState
        return cast(LightState, copy)

    def reload_model(self, app_label: str, model_name: str, delay: bool = False) -> None:
        if self.follow is None:
            super().reload_model(app_label, model_name, delay)
        elif "apps" in self.__dict__:
            self.follow()
            self.is_delayed = True

    @contextmanager
    def following(self, follow: Callable[[], object]) -> Iterator[None]:
        self.follow = follow
        try:
            yield
        finally:
            self.follow = None

    def add_model(self, model_state: ModelState) -> None:
        with self.following(lambda: self.apps.render_multiple([model_state])):
            super().add_model(model_state)

    def add_field(self, app_label: str, model_name: str, name: str, field: Field, preserve_default: bool) -> None:
        def follow() -> None:
            with self.apps.bulk_update():
                added = self.models[app_label, model_name].fields[name].clone()
                added.contribute_to_class(self.apps.get_model(app_label, model_name), name)

        with self.following(follow):
            super().add_field(app_label, model_name, name, field, preserve_default)

    def _append_option(self, app_label: str, model_name: str, option_name: str, obj: Any) -> None:
        with self.following(lambda: self.tell_option(app_label, model_name, option_name)):
            super()._append_option(app_label, model_name, option_name, obj)  # type: ignore[misc]

    def _remove_option(self, app_label: str, model_name: str, option_name: str, obj_name: str) -> None:
        with self.following(lambda: self.tell_option(app_label, model_name, option_name)):
            super()._remove_option(app_label, model_name, option_name, obj_name)  # type: ignore[misc]

    def tell_option(self, app_label: str, model_name: str, name: str) -> None:
        """Give the class the indexes or constraints of the state, as its own."""
        meta = self.apps.get_model(app_label, model_name)._meta
        setattr(meta, name, [one.clone() for one in self.models[app_label, model_name].options[name]])
        meta.__dict__.pop("total_unique_constraints", None)  # remembered of constraints


class LightExecutor(MigrationExecutor):
    """Django's executor, with states that are light."""

    def _create_project_state(self, with_applied_migrations: bool = False) -> ProjectState:
        state = super()._create_project_state(with_applied_migrations)  # type: ignore[misc]
        return LightState(state.models, state.real_apps)
