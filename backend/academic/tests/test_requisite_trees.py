"""This file holds the tests of what trees of requisites say, and of the graph behind them."""

from itertools import pairwise

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from academic.factories import make_course, make_program
from academic.models import Prerequisite, Requisite, RequisiteCourse
from academic.permissions import PERMISSIONS
from academic.requisites.rules import (
    add_prerequisite,
    add_requisite,
    change_requisite,
    remove_prerequisite,
    remove_requisite,
)
from academic.requisites.trees import MOST_NODES
from academic.tests.requisites_lab import all_of, any_of, passed
from core.actor import Actor
from core.errors import Invalid, RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.models import Institution

pytestmark = pytest.mark.django_db


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS).actor


@pytest.fixture
def course(registrar: Actor, harare: Institution):
    return make_course(harare, code="CS300")


def problems(refusal):
    return [(one.code, one.field) for one in refusal.value.problems]


# --- What a tree may say ---
@pytest.mark.parametrize(
    ("tree", "found"),
    [
        ([], [("not_a_node", "tree")]),
        ({"is": "some_of"}, [("unknown_node", "tree/is")]),
        ({"is": ["passed"]}, [("unknown_node", "tree/is")]),
        ({"is": "all_of"}, [("required", "tree/of")]),
        ({"is": "all_of", "of": []}, [("invalid", "tree/of")]),
        ({"is": "any_of", "of": ["CS101"]}, [("not_a_node", "tree/of/0")]),
        ({"is": "level_at_least", "level": 11}, [("invalid", "tree/level")]),
        ({"is": "level_at_least", "level": True}, [("invalid", "tree/level")]),
        ({"is": "level_at_least", "level": 2, "mark": 3}, [("unknown_field", "tree/mark")]),
        ({"is": "credits_at_least", "credits": 0}, [("invalid", "tree/credits")]),
        ({"is": "permission", "who": "a friend"}, [("invalid", "tree/who")]),
        ({"is": "program", "programs": [""]}, [("invalid", "tree/programs")]),
        (
            {"is": "n_of", "n": 3, "of": [{"is": "level_at_least", "level": 1}, {"is": "level_at_least", "level": 2}]},
            [("too_many_asked", "tree/n")],
        ),
        (
            all_of({"is": "level_at_least"}, any_of({"is": "permission", "who": 1})),
            [("required", "tree/of/0/level"), ("invalid", "tree/of/1/of/0/who")],
        ),
    ],
)
def test_what_is_wrong_with_a_tree_is_told_with_the_path_of_the_node(registrar, course, tree, found):
    with pytest.raises(Invalid) as refusal:
        add_requisite(registrar, course=course, tree=tree)
    assert problems(refusal) == found
    assert Requisite.objects.count() == 0


def test_a_tree_has_at_most_200_nodes(registrar, course):
    leaf = {"is": "level_at_least", "level": 1}
    with pytest.raises(Invalid) as refusal:
        add_requisite(registrar, course=course, tree=all_of(*[leaf] * MOST_NODES))
    assert problems(refusal) == [("too_many_nodes", "tree")]
    requisite = add_requisite(registrar, course=course, tree=all_of(*[leaf] * (MOST_NODES - 1)))
    with pytest.raises(IntegrityError, match="requisite_of_so_many_nodes"), transaction.atomic():
        Requisite.objects.filter(pk=requisite.pk).update(tree=all_of(*[leaf] * MOST_NODES))


def test_a_tree_is_at_most_ten_nodes_deep(registrar, course):
    tree = {"is": "level_at_least", "level": 1}
    for _ in range(9):
        tree = all_of(tree)
    add_requisite(registrar, course=course, tree=tree)
    with pytest.raises(Invalid) as refusal:
        add_requisite(registrar, course=course, kind="corequisite", tree=all_of(tree))
    assert problems(refusal) == [("too_deep", "tree" + "/of/0" * 10)]


def test_names_that_are_unknown_are_told_with_their_paths(registrar, course, harare, mutare):
    with reaching(mutare.pk):
        theirs = make_course(mutare, code="THEIRS")
    known = make_course(harare)
    tree = all_of(
        passed(known),
        any_of(passed(theirs), {"is": "in_progress", "course": str(theirs.pk)}),
        {"is": "program", "programs": [known.program.code, "NONE"]},
        passed(course),
    )
    with pytest.raises(Invalid) as refusal:
        add_requisite(registrar, course=course, tree=tree)
    assert problems(refusal) == [
        ("unknown_course", "tree/of/1/of/0/course"),
        ("unknown_course", "tree/of/1/of/1/course"),
        ("unknown_program", "tree/of/2/programs/1"),
        ("requires_itself", "tree/of/3/course"),
    ]
    assert (Requisite.objects.count(), RequisiteCourse.objects.count()) == (0, 0)


def test_names_are_kept_as_ids_and_as_keys(registrar, course, harare):
    one, two = make_course(harare), make_course(harare)
    tree = any_of(passed(one), {"is": "passed", "course": str(two.pk)})
    requisite = add_requisite(registrar, course=course, tree=tree)
    assert [leaf["course"] for leaf in requisite.tree["of"]] == [str(one.pk), str(two.pk)]
    assert set(requisite.names.values_list("course", flat=True)) == {one.pk, two.pk}
    with pytest.raises(ProtectedError):
        one.delete()


def test_a_course_has_one_tree_of_each_kind(registrar, course):
    tree = {"is": "level_at_least", "level": 1}
    add_requisite(registrar, course=course, tree=tree)
    with pytest.raises(Invalid) as refusal:
        add_requisite(registrar, course=course, tree=tree)
    assert refusal.value.code == "requisite_there"
    add_requisite(registrar, course=course, tree=tree, kind="corequisite")
    assert Requisite.objects.count() == 2


# --- The graph ---
def test_what_nobody_gets_past_without_is_an_edge(registrar, course, harare):
    must, one, other, both = (make_course(harare) for _ in range(4))
    tree = all_of(
        passed(must), any_of(passed(one), passed(other)), any_of(passed(both)), {"is": "not_taken", "course": one.code}
    )
    requisite = add_requisite(registrar, course=course, tree=tree)
    assert set(requisite.edges.values_list("requires", flat=True)) == {must.pk, both.pk}
    change_requisite(registrar, requisite, tree=passed(one))
    assert set(requisite.edges.values_list("requires", flat=True)) == {one.pk}
    assert set(requisite.names.values_list("course", flat=True)) == {one.pk}
    remove_requisite(registrar, requisite)
    assert (Requisite.objects.count(), RequisiteCourse.objects.count(), Prerequisite.objects.count()) == (0, 0, 0)


def test_a_circle_through_trees_is_refused_and_shown(registrar, course, harare):
    one, two = make_course(harare, code="CS100"), make_course(harare, code="CS200")
    add_prerequisite(registrar, course=two, requires=one)
    add_requisite(registrar, course=course, tree=all_of(passed(two)))
    with pytest.raises(RuleBroken) as refusal:
        add_requisite(registrar, course=one, tree=all_of({"is": "level_at_least", "level": 1}, passed(course)))
    assert problems(refusal) == [("prerequisite_circle", "tree")]
    assert refusal.value.message == "This closes a circle: CS100 requires CS300 requires CS200 requires CS100."
    assert (Requisite.objects.count(), Prerequisite.objects.count()) == (1, 2)
    add_requisite(registrar, course=one, tree=any_of(passed(course), {"is": "level_at_least", "level": 1}))


def test_what_every_alternative_asks_for_is_an_edge(registrar, course, harare):
    both, one, other = (make_course(harare) for _ in range(3))
    tree = any_of(all_of(passed(both), passed(one)), all_of(passed(both), passed(other)))
    requisite = add_requisite(registrar, course=course, tree=tree)
    assert list(requisite.edges.values_list("requires", flat=True)) == [both.pk]
    tree = {"is": "n_of", "n": 2, "of": [passed(both), all_of(passed(both), passed(one)), passed(other)]}
    change_requisite(registrar, requisite, tree=tree)
    assert list(requisite.edges.values_list("requires", flat=True)) == [both.pk]


def test_a_circle_that_every_alternative_closes_is_refused_and_shown(registrar, course, harare):
    one, two, free = make_course(harare, code="CS100"), make_course(harare, code="CS200"), make_course(harare)
    for other in (one, two):
        add_requisite(registrar, course=other, tree=passed(course))
    with pytest.raises(RuleBroken) as refusal:
        add_requisite(registrar, course=course, tree=any_of(passed(one), passed(two)))
    assert problems(refusal) == [("prerequisite_circle", "tree")]
    words = "This closes a circle: CS300 requires CS100 requires CS300, and so does whatever may be chosen instead."
    assert (refusal.value.message, Requisite.objects.count()) == (words, 2)
    # One alternative that can be passed is enough, until it closes a circle too.
    add_requisite(registrar, course=course, tree=any_of(passed(one), passed(two), passed(free)))
    with pytest.raises(RuleBroken) as refusal:
        add_prerequisite(registrar, course=free, requires=two)
    assert problems(refusal) == [("prerequisite_circle", "requires")]
    add_prerequisite(registrar, course=make_course(harare), requires=two)
    assert (Requisite.objects.count(), Prerequisite.objects.count()) == (3, 3)


def test_a_course_is_looked_at_once_however_many_ways_lead_to_it(registrar, course, harare):
    """Twelve layers of four courses, each of which asks for all four below it: 4 ** 11 ways."""
    program = make_program(harare)
    layers = [[make_course(harare, program=program) for _ in range(4)] for _ in range(12)]
    Prerequisite.objects.bulk_create(
        Prerequisite(institution=harare, course=high, requires=low)
        for above, below in pairwise(layers)
        for high in above
        for low in below
    )
    assert add_prerequisite(registrar, course=course, requires=layers[0][0]).requires == layers[0][0]
    with pytest.raises(RuleBroken) as refusal:
        add_prerequisite(registrar, course=layers[-1][0], requires=course)
    assert refusal.value.code == "prerequisite_circle"


def test_an_edge_by_hand_stays_beside_that_of_a_tree(registrar, course, harare):
    one = make_course(harare)
    by_hand = add_prerequisite(registrar, course=course, requires=one)
    requisite = add_requisite(registrar, course=course, tree=passed(one))
    with pytest.raises(RuleBroken) as refusal:
        remove_prerequisite(registrar, requisite.edges.get())
    assert (refusal.value.code, Prerequisite.objects.count()) == ("part_of_a_tree", 2)
    remove_prerequisite(registrar, by_hand)
    assert Prerequisite.objects.get().requisite == requisite


# --- Over HTTP ---
def test_one_tree_is_shown_with_a_sentence(registrar, course, harare):
    one, two = make_course(harare, code="CS1"), make_course(harare, code="CS2")
    tree = all_of(
        any_of(passed(one, min_mark=50), passed(two, min_result="distinction")),
        {"is": "credits_at_least", "credits": 60, "level": 2, "program": one.program.code},
        {"is": "permission", "who": "head_of_department"},
    )
    requisite = add_requisite(registrar, course=course, tree=tree)
    shown = client_of(registrar).get(f"/api/v1/academic/requisites/{requisite.pk}/").json()["data"]
    assert shown["sentence"] == (
        "(CS1 passed with at least 50 or CS2 passed with distinction) and "
        f"at least 60 credits of level 2 or above of {one.program.code} and permission of the head of department"
    )
    assert shown["tree"] == requisite.tree


def test_a_wrong_tree_over_http_names_the_node(registrar, course):
    body = {"course": str(course.pk), "tree": all_of({"is": "passed", "course": "NONE"})}
    answer = client_of(registrar).post("/api/v1/academic/requisites/", body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0] == {
        "code": "unknown_course",
        "field": "tree/of/0/course",
        "message": "There is no course NONE at this institution.",
    }
