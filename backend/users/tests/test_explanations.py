"""This file holds the tests of "why may I, why may I not?"."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.response import Response

from core.tenancy.scope import reaching
from core.testing.fixtures import client_of
from faculties.factories import make_department, make_faculty, make_institution, today_there
from faculties.models import Department, Institution
from users.delegations.rules import delegate
from users.factories import make_grant, make_person, make_role, make_user
from users.groups.rules import add_group, add_member
from users.models import Group, User
from users.roles.actors import actor_of
from users.roles.rules import end_grant, give_grant

pytestmark = pytest.mark.django_db
URL = "/api/v1/users/explain/"
VIEW, ADD = "faculties.view_department", "faculties.add_department"
TODAY, DAY = today_there, timedelta(days=1)


@pytest.fixture
def harare() -> Institution:
    return make_institution("HIT")


@pytest.fixture
def physics(harare: Institution) -> Department:
    return make_department(harare)


@pytest.fixture
def admin(harare: Institution) -> User:
    return make_person(grants=[("institution-administrator", harare)])


def named(row: Any) -> str:
    return f"{row._meta.label_lower}:{row.pk}"


def asked(reader: User, **query: Any) -> Response:
    return client_of(actor_of(reader)).get(URL, {"permission": VIEW, **query})


def told(reader: User, **query: Any) -> tuple[bool, str]:
    answer = asked(reader, **query)
    assert answer.status_code == 200, answer.json()
    return answer.json()["data"]["may"], answer.json()["data"]["why"]


def test_a_grant_that_gives_it_is_named(harare: Institution, physics: Department):
    someone = make_person(grants=[("registrar", harare)])
    answer = asked(someone, object=named(physics)).json()["data"]
    (source,) = answer.pop("sources")
    assert answer == {"may": True, "why": "given", "message": "It is held here."}
    assert (source["kind"], source["role"], source["institution"], source["over"]) == (
        "grant", "registrar", str(harare.pk), "place",
    )  # fmt: skip


def test_whoever_holds_nothing_is_told_so(admin: User, harare: Institution):
    someone = make_person(grants=[(make_role("academic.view_mark"), harare)])
    assert told(someone) == (False, "no_grant")


def test_what_ended_and_what_has_not_begun_is_told(admin: User, harare: Institution, physics: Department):
    someone = make_person(grants=[(make_role("academic.view_mark"), harare)])
    grant = make_grant(someone, make_role(VIEW), harare)
    assert told(someone, object=named(physics)) == (True, "given")
    end_grant(admin.actor, grant)
    assert told(someone, object=named(physics)) == (False, "ended")
    make_grant(someone, make_role(VIEW), harare, valid_from=TODAY() + DAY)
    assert told(someone, object=named(physics)) == (False, "not_begun")


def test_another_place_is_told(harare: Institution, physics: Department):
    dean = make_person(grants=[("dean", make_faculty(harare))])
    assert told(dean, object=named(physics)) == (False, "other_place")
    assert told(dean) == (True, "given")


def test_a_row_that_is_not_about_oneself_is_told(harare: Institution, physics: Department):
    student = make_person(grants=[(make_role(VIEW, over="related"), harare)])
    assert told(student, object=named(physics)) == (False, "not_related")


def test_a_relation_that_gives_it_is_told(admin: User, harare: Institution):
    member = make_person(grants=[("lecturer", harare)])
    with reaching(harare.pk):
        ours, other = add_group(admin.actor, name="Office"), add_group(admin.actor, name="Board")
        add_member(admin.actor, group=ours, user=member)
    assert told(member, permission="users.view_group", object=named(ours)) == (True, "given")
    assert told(member, permission="users.view_group", object=named(other)) == (False, "not_related")


def test_a_suspended_institution_is_told(harare: Institution, physics: Department):
    someone = make_person(grants=[("registrar", harare)])
    Institution.objects.filter(pk=harare.pk).update(status="suspended")
    assert told(someone, object=named(physics)) == (False, "institution_shut")


def test_a_group_that_gives_it_is_named(admin: User, harare: Institution, physics: Department):
    someone = make_user()
    with reaching(harare.pk):
        office: Group = add_group(admin.actor, name="Office")
        give_grant(admin.actor, group=office, role=make_role(VIEW), institution=harare)
        add_member(admin.actor, group=office, user=someone)
    (source,) = asked(someone, object=named(physics)).json()["data"]["sources"]
    assert (source["kind"], source["group"], source["why"]) == ("group", str(office.pk), "given")
    office.memberships.update(valid_until=TODAY() - DAY, valid_from=TODAY() - 2 * DAY)
    make_grant(someone, make_role("academic.view_mark"), harare)
    assert told(someone, object=named(physics)) == (False, "ended")


def test_what_was_lent_is_told_as_long_as_the_lender_holds_it(admin: User, harare: Institution, physics: Department):
    lender = make_person(name="Chipo Dube", grants=[(make_role(VIEW, "users.add_delegation"), harare)])
    someone = make_person(grants=[(make_role("academic.view_mark"), harare)])
    delegate(lender.actor, to=someone.email, permissions=[VIEW], reason="Away.", valid_until=TODAY() + DAY)
    (source,) = asked(someone, object=named(physics)).json()["data"]["sources"]
    assert (source["kind"], source["lender"], source["why"]) == ("delegation", "Chipo Dube", "given")
    end_grant(admin.actor, lender.grants.get())
    assert told(someone, object=named(physics)) == (False, "lender_lacks")


def test_an_account_that_is_shut_may_nothing(admin: User, harare: Institution):
    someone = make_person(grants=[("registrar", harare)], is_active=False)
    assert told(admin, user=str(someone.pk)) == (False, "account_shut")


def test_of_several_rights_the_nearest_is_told_first(harare: Institution, physics: Department):
    someone = make_person(grants=[("dean", make_faculty(harare)), ("registrar", harare)])
    answer = asked(someone, object=named(physics)).json()["data"]
    assert [one["why"] for one in answer["sources"]] == ["given", "other_place"]


def test_who_sees_grants_asks_for_others_and_nobody_else_does(admin: User, harare: Institution, physics: Department):
    dean = make_person(grants=[("dean", make_faculty(harare))])
    assert told(admin, user=str(dean.pk), object=named(physics)) == (False, "other_place")
    lecturer = make_person(grants=[("lecturer", harare)])
    assert asked(lecturer, user=str(dean.pk)).status_code == 404
    assert asked(lecturer, user=str(uuid4())).status_code == 404
    assert told(lecturer, user=str(lecturer.pk)) == (True, "given")


def test_rights_in_another_institution_are_not_told(admin: User, harare: Institution):
    someone = make_person(grants=[(make_role("academic.view_mark"), harare), ("registrar", make_institution())])
    answer = asked(admin, user=str(someone.pk)).json()["data"]
    assert (answer["may"], answer["sources"]) == (False, [])


def test_a_row_of_another_institution_is_not_there(admin: User):
    elsewhere = make_department(make_institution())
    hidden, absent = asked(admin, object=named(elsewhere)), asked(admin, object=f"faculties.department:{uuid4()}")
    assert hidden.status_code == absent.status_code == 404
    grant = make_grant(make_user(), "lecturer", make_institution())
    assert asked(admin, object=named(grant)).status_code == 404


def test_the_nation_asks_about_every_institution(physics: Department):
    minister = make_person(grants=[("national-administrator", None)])
    assert told(minister, object=named(physics)) == (True, "given")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"permission": "no.such"}, "unknown_permission"),
        ({"permission": ""}, "unknown_permission"),
        ({"object": "faculties.department"}, "invalid"),
        ({"object": "faculties.department:1"}, "invalid"),
        ({"object": "users.user:1"}, "unknown_object"),
        ({"object": "auth.permission:1"}, "unknown_object"),
        ({"object": ""}, "unknown_object"),
        ({"user": "me"}, "invalid"),
        ({"why": "so"}, "unknown_parameter"),
    ],
)
def test_questions_that_make_no_sense_are_refused(admin: User, query: dict[str, str], code: str):
    answer = asked(admin, **query)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)
