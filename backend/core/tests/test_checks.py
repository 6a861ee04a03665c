"""This file holds the tests of the start-up checks: each fires on the mistake it is for, and on nothing that stands."""

# ruff: noqa: DJ008 (models that live for one test have no rows to name)

import pytest
from django.db import models
from django.test.utils import isolate_apps

from core.checks import check_floors, check_walls, gaps_of, upward_keys_of
from core.records import Record
from core.tenancy.fields import InstitutionField, TenantForeignKey
from faculties.models import Faculty, Institution
from users.models import User


def ids(problems) -> list[str]:
    return [problem.id for problem in problems]


@pytest.fixture(autouse=True)
def _apart():
    """Models that a test makes stay out of the registry of apps."""
    with isolate_apps("core", "faculties", "students"):
        yield


def test_the_models_of_the_system_pass():
    assert check_walls() == []
    assert check_floors() == []


def test_a_record_has_its_wall():
    class Lamp(Record):
        class Meta(Record.Meta):
            app_label = "students"

    assert ids(gaps_of(Lamp)) == []
    Lamp._meta.constraints = []
    assert ids(gaps_of(Lamp)) == ["core.E001"]


def test_a_record_is_referred_to_by_a_tenant_foreign_key():
    class Lamp(Record):
        right = TenantForeignKey(Faculty, related_name="+")
        wrong = models.ForeignKey(Faculty, models.PROTECT, related_name="+")

        class Meta(Record.Meta):
            app_label = "students"

    assert [(problem.id, "Lamp.wrong" in problem.msg) for problem in gaps_of(Lamp)] == [("core.E002", True)]


def test_a_tenant_foreign_key_stands_beside_an_institution():
    class Lamp(models.Model):
        faculty = TenantForeignKey(Faculty, related_name="+")

        class Meta:
            app_label = "students"

    assert ids(gaps_of(Lamp)) == ["core.E002"]


def test_whoever_is_no_record_may_refer_to_one_beside_its_institution():
    class Lamp(models.Model):
        outside_the_walls = "It shines for everybody."

        institution = models.ForeignKey(Institution, models.PROTECT, related_name="+")
        faculty = TenantForeignKey(Faculty, related_name="+")

        class Meta:
            app_label = "students"

    assert ids(gaps_of(Lamp)) == []


def test_a_relation_of_many_to_many_goes_through_a_record():
    class Lamp(Record):
        faculties = models.ManyToManyField(Faculty, related_name="+")

        class Meta(Record.Meta):
            app_label = "students"

    assert ids(gaps_of(Lamp)) == ["core.E003"]


def test_a_record_is_one_row():
    class Lamp(Record):
        class Meta(Record.Meta):
            app_label = "students"

    class Lantern(Lamp):
        class Meta(Lamp.Meta):
            app_label = "students"

    assert "core.E004" in ids(gaps_of(Lantern))


@pytest.mark.parametrize("column", ["foreign key", "plain", "institution field"])
def test_a_model_with_an_institution_has_a_wall_or_a_reason(column):
    class Lamp(models.Model):
        if column == "plain":
            institution_id = models.UUIDField(null=True)
        elif column == "foreign key":
            institution = models.ForeignKey(Institution, models.PROTECT, related_name="+")
        else:
            institution = InstitutionField()

        class Meta:
            app_label = "students"

    assert ids(gaps_of(Lamp)) == ["core.E005"]
    Lamp.outside_the_walls = "It shines for everybody."
    assert ids(gaps_of(Lamp)) == []


def test_a_foreign_key_does_not_point_up():
    class Lamp(models.Model):
        faculty = models.ForeignKey(User, models.PROTECT, related_name="+")

        class Meta:
            app_label = "faculties"

    assert ids(upward_keys_of(Lamp)) == ["core.E006"]


def test_a_foreign_key_does_not_point_sideways():
    class Lamp(models.Model):
        class Meta:
            app_label = "staff"

    class Lantern(models.Model):
        lamp = models.ForeignKey(Lamp, models.PROTECT, related_name="+")

        class Meta:
            app_label = "instauth"

    assert ids(upward_keys_of(Lantern)) == ["core.E006"]


def test_a_foreign_key_points_down():
    class Lamp(models.Model):
        user = models.ForeignKey(User, models.PROTECT, related_name="+")
        twin = models.ForeignKey("self", models.PROTECT, related_name="+")

        class Meta:
            app_label = "students"

    assert ids(upward_keys_of(Lamp)) == []
