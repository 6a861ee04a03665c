"""This file holds the tests of what models say of persons: a table that is forgotten fails."""

import pytest
from django.conf import settings
from django.db import models
from django.test.utils import isolate_apps

from core.personal import checks
from core.personal.checks import check_personal, problems_of, signs_of_person
from core.personal.declarations import Kept, Personal, declare_personal, person_models, personal_models, said_of
from core.secrets.fields import Encrypted
from core.tenancy.tables import kept_models
from staff.models import Application, Member
from students.models import Student
from users.models import User


def codes(model: type[models.Model]) -> list[str]:
    telling = {User, Student, *(one for one, said in personal_models().items() if said.about)}
    return [problem.id for problem in problems_of(model, telling)]


def test_no_table_is_forgotten():
    assert check_personal() == []


def test_every_table_that_points_to_a_person_is_declared():
    """The same once more without the check's own words: walk the keys, to whatever depth."""
    telling, before = set(person_models()), None
    while telling != before:
        before = set(telling)
        telling |= {
            model
            for model in kept_models()
            for field in model._meta.concrete_fields
            if field.related_model in before and isinstance(said_of(model), Personal)
        }
    undeclared = {
        model._meta.label
        for model in kept_models()
        for field in model._meta.concrete_fields
        if field.related_model in telling and not isinstance(said_of(model), Personal)
    }
    assert undeclared == set()


def test_the_people_of_the_system_are_accounts_staff_applicants_and_students():
    assert set(person_models()) == {User, Member, Application, Student}
    assert {model._meta.label for model in personal_models()} >= {
        "academic.Mark", "core.AuditEntry", "instauth.Session", "users.Grant", "users.DataExport",
    }  # fmt: skip


def sample(**attributes):
    """A model that is in no registry of apps."""
    return type("Sample", (models.Model,), {"__module__": __name__, "Meta": META, **attributes})


META = type("Meta", (), {"app_label": "core"})


def to_user() -> models.ForeignKey:
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")


@isolate_apps("core", "users")
@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("email", models.EmailField()),
        ("given_names", models.CharField(max_length=9)),
        ("phone", models.CharField(max_length=9)),
        ("born_on", models.DateField()),
        ("actor_id", models.UUIDField()),
        ("lent_by", models.UUIDField()),
        ("secret", Encrypted(models.TextField())),
    ],
)
def test_a_column_that_makes_one_think_of_a_person_must_be_spoken_of(name, field):
    model = sample(**{name: field})
    assert codes(model) == ["core.E020"]
    model.no_person = "It is the name of a place."
    assert codes(model) == []


@isolate_apps("core", "users")
def test_a_key_to_a_person_must_be_spoken_of(monkeypatch):
    model = sample(user=to_user())
    model._meta.get_field("user").remote_field.model = User
    assert signs_of_person(model, {User}) == ["user"]
    monkeypatch.setattr(model, "no_person", "None of it.", raising=False)
    assert codes(model) == ["core.E021"]


@isolate_apps("core", "users")
def test_a_table_below_a_personal_one_must_be_spoken_of():
    model = sample(mark=models.ForeignKey("academic.Mark", models.CASCADE, related_name="+"))
    mark = next(one for one in personal_models() if one._meta.label == "academic.Mark")
    model._meta.get_field("mark").remote_field.model = mark
    assert codes(model) == ["core.E020"]


@isolate_apps("core", "users")
@pytest.mark.parametrize(
    ("said", "code"),
    [
        (Personal(means="x", about=("nothing",), removed=True), "core.E022"),
        (Personal(means="x", ids=("email",), withheld={"colour": "y"}, removed=True), "core.E023"),
        (Personal(means="x", ids=("email",)), "core.E025"),
        (Personal(means="x", removed=True), "core.E026"),
    ],
)
def test_a_declaration_that_can_not_be_true_is_refused(said, code):
    assert codes(sample(email=models.EmailField(), personal=said)) == [code]


@isolate_apps("core", "users")
def test_a_person_whom_no_path_reaches_is_noticed():
    model = sample(user=to_user(), personal=Personal(means="x", ids=("user",), kept=Kept("y")))
    model._meta.get_field("user").remote_field.model = User
    assert codes(model) == ["core.E024"]


def test_two_apps_do_not_say_different_things_of_one_table():
    with pytest.raises(ValueError, match=r"auth\.Group"):
        declare_personal({"auth.Group": "Something else."})


def test_a_table_of_a_library_is_watched_too(monkeypatch):
    monkeypatch.setattr(checks, "said_of", lambda model: None)
    assert "django_celery_beat.PeriodicTask" in {problem.obj._meta.label for problem in check_personal()}
