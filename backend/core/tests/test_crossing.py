"""This file holds the tests of rules that write in two institutions."""

from typing import Any

import pytest

from core.actor import Actor
from core.audit.models import AuditEntry
from core.crossing import beyond
from core.errors import RuleBroken
from core.rules import Rule
from core.tenancy.scope import reached, reaching
from core.testing.fixtures import person_at
from faculties.models import Institution
from students.factories import make_student
from students.models import Student

pytestmark = pytest.mark.django_db
NEEDS = "students.change_student"


def crossing_rule(body: Any, *, crosses: str = "number") -> Rule:
    return Rule(body, "lab.student.moved", NEEDS, bulk=False, crosses=crosses)


@pytest.fixture
def both(harare: Institution, mutare: Institution) -> tuple[Student, Student]:
    """Ours and theirs; only ours is within reach."""
    ours, theirs = make_student(harare, number="S1"), make_student(mutare, number="S1")
    with reaching(harare.pk):
        yield ours, theirs


def renamed(institution: Institution) -> Rule:
    def body(actor: Actor, student: Student, *, name: str) -> Student:
        with beyond(institution.pk) as there:
            there.locked(Student, institution=institution, number=student.number).change(family_name=name)
        if name == "Refused":
            raise RuleBroken("no", "No.")
        return student.change(family_name=name)

    return crossing_rule(body)


def family_names(both: tuple[Student, Student]) -> list[str]:
    with reaching(*(row.institution_id for row in both)):
        return [Student.objects.get(pk=row.pk).family_name for row in both]


def test_a_rule_that_crosses_writes_and_is_audited_on_both_sides(both, harare: Institution, mutare: Institution):
    actor = person_at(harare, NEEDS).actor
    renamed(mutare)(actor, both[0], name="Moyo")
    assert family_names(both) == ["Moyo", "Moyo"]
    entries = {entry.institution_id: entry for entry in AuditEntry.objects.filter(rule="lab.student.moved")}
    assert entries.keys() == {harare.pk, mutare.pk}
    for row in both:
        entry = entries[row.institution_id]
        assert (entry.subject_id, entry.actor_id) == (str(row.pk), actor.id)
        assert entry.changes["family_name"] == ["Ncube", "Moyo"]


def test_the_other_side_is_within_reach_for_the_block_alone(both, harare: Institution, mutare: Institution):
    seen = []

    def body(actor: Actor, student: Student) -> Student:
        with beyond(mutare.pk):
            seen.append((reached(), Student.objects.count()))
        seen.append((reached(), Student.objects.count()))
        return student

    crossing_rule(body)(person_at(harare, NEEDS).actor, both[0])
    assert seen == [({harare.pk, mutare.pk}, 2), ({harare.pk}, 1)]


def test_what_is_refused_happened_on_neither_side(both, harare: Institution, mutare: Institution):
    with pytest.raises(RuleBroken):
        renamed(mutare)(person_at(harare, NEEDS).actor, both[0], name="Refused")
    assert family_names(both) == ["Ncube", "Ncube"]
    assert not AuditEntry.objects.exists()


def test_the_permission_is_judged_on_ones_own_side(both, mutare: Institution):
    with pytest.raises(RuleBroken) as refusal:
        renamed(mutare)(person_at(mutare, NEEDS).actor, both[0], name="Moyo")
    assert refusal.value.code == "not_found"
    assert family_names(both) == ["Ncube", "Ncube"]


def test_no_other_rule_reaches_another_institution(both, harare: Institution, mutare: Institution):
    def inner(actor: Actor, student: Student) -> Student:
        with beyond(mutare.pk):
            return student

    def outer(actor: Actor, student: Student) -> Student:
        return crossing_rule(inner, crosses="")(actor, student)

    actor = person_at(harare, NEEDS).actor
    for rule in (crossing_rule(inner, crosses=""), crossing_rule(outer)):
        with pytest.raises(RuntimeError, match="crosses"):
            rule(actor, both[0])
    with pytest.raises(RuntimeError, match="crosses"), beyond(mutare.pk):
        pass
