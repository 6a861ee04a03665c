"""This file holds the tests of groups: whoever is in one holds what it holds, and no longer."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from core.errors import RuleBroken
from core.freshness.models import Change
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of
from faculties.factories import make_institution, today_there
from faculties.models import Institution
from users.accounts.rules import person_key
from users.factories import make_grant, make_person, make_role, make_user
from users.groups.rules import add_group, add_member, change_group, close_group, end_membership
from users.models import Grant, Group, Membership, Role, User
from users.roles.actors import actor_of
from users.roles.rules import end_grant, give_grant

pytestmark = pytest.mark.django_db
MARKS = "academic.view_mark"
TODAY, DAY = today_there, timedelta(days=1)


@pytest.fixture
def harare() -> Institution:
    return make_institution("HIT")


@pytest.fixture(autouse=True)
def at_harare(harare: Institution) -> Iterator[None]:
    with reaching(harare.pk):
        yield


@pytest.fixture
def admin(harare: Institution) -> User:
    return make_person(grants=[("institution-administrator", harare)])


@pytest.fixture
def office(admin: User, harare: Institution) -> Group:
    """An examinations office that sees marks."""
    group = add_group(admin.actor, name="Examinations office")
    give_grant(admin.actor, group=group, role=make_role(MARKS), institution=harare)
    return group


def refused(deed: Any, *arguments: Any, **fields: Any) -> str:
    with pytest.raises(RuleBroken) as refusal:
        deed(*arguments, **fields)
    return refusal.value.code


def test_a_member_holds_what_the_group_holds(admin: User, office: Group, harare: Institution):
    someone = make_user()
    add_member(admin.actor, group=office, user=someone)
    assert actor_of(someone).reach(MARKS).institutions == {harare.pk}


def test_a_person_is_in_many_groups_and_a_group_has_many_people(admin: User, office: Group, harare: Institution):
    board = add_group(admin.actor, name="Board")
    give_grant(admin.actor, group=board, role=make_role("academic.view_term"), institution=harare)
    one, two = make_user(), make_user()
    for group, user in ((office, one), (office, two), (board, one)):
        add_member(admin.actor, group=group, user=user)
    assert set(actor_of(one).reaches) == {MARKS, "academic.view_term"}
    assert set(actor_of(two).reaches) == {MARKS}


@pytest.mark.parametrize(
    ("begins", "ends", "holds"), [(-1, 0, True), (-2, -1, False), (1, None, False), (0, None, True)]
)
def test_a_member_holds_it_from_the_first_to_the_last_day(
    admin: User, office: Group, begins: int, ends: int | None, holds: bool
):
    last = None if ends is None else TODAY() + ends * DAY
    someone = make_user()
    add_member(admin.actor, group=office, user=someone, valid_from=TODAY() + begins * DAY, valid_until=last)
    assert actor_of(someone).may(MARKS) is holds


def test_whoever_leaves_holds_it_no_longer(admin: User, office: Group):
    someone = make_user()
    membership = add_member(admin.actor, group=office, user=someone)
    end_membership(admin.actor, membership)
    assert not actor_of(someone).may(MARKS)
    assert Membership.objects.get().is_revoked


def test_what_a_group_no_longer_holds_its_members_no_longer_hold(admin: User, office: Group):
    someone = make_user()
    add_member(admin.actor, group=office, user=someone)
    end_grant(admin.actor, office.grants.get())
    assert not actor_of(someone).may(MARKS)


def test_every_worker_hears_of_each_change(admin: User, office: Group, harare: Institution):
    someone = make_user()

    def heard() -> bool:
        found = Change.objects.filter(key=person_key(someone.pk)).exists()
        Change.objects.all().delete()
        return found

    membership = add_member(admin.actor, group=office, user=someone)
    assert heard()
    grant = give_grant(admin.actor, group=office, role=make_role("academic.view_term"), institution=harare)
    assert heard()
    end_grant(admin.actor, grant)
    assert heard()
    end_membership(admin.actor, membership)
    assert heard()


def test_to_let_somebody_in_is_to_grant_them_all_that_the_group_holds(office: Group, harare: Institution):
    weak = make_person(grants=[(make_role("users.change_group", "users.add_grant"), harare)])
    assert refused(add_member, weak.actor, group=office, user=make_user()) == "lacks_permission"
    no_granter = make_person(grants=[(make_role("users.change_group", MARKS), harare)])
    assert refused(add_member, no_granter.actor, group=office, user=no_granter) == "lacks_permission"
    assert Membership.objects.count() == 0


def test_a_group_is_granted_no_more_than_the_granter_holds(office: Group, harare: Institution):
    weak = make_person(grants=[(make_role("users.add_grant"), harare)])
    code = refused(give_grant, weak.actor, group=office, role=Role.objects.shipped("registrar"), institution=harare)
    assert (code, office.grants.count()) == ("lacks_permission", 1)


def test_a_group_holds_nothing_in_another_institution(office: Group, harare: Institution):
    minister, elsewhere = make_person(grants=[("national-administrator", None)]), make_institution()
    role = make_role(MARKS)
    assert refused(give_grant, minister.actor, group=office, role=role, institution=elsewhere) == "other_institution"
    assert refused(give_grant, minister.actor, group=office, role=role) == "other_institution"
    Grant.objects.filter(group=office).update(institution=elsewhere)
    with pytest.raises(IntegrityError, match="users_grant_group_same"), transaction.atomic():
        connection.check_constraints()
    Grant.objects.filter(group=office).update(institution=harare)


def test_a_grant_has_one_holder(admin: User, office: Group, harare: Institution):
    role = make_role(MARKS)
    for holders in ({}, {"user": make_user(), "group": office}):
        assert refused(give_grant, admin.actor, role=role, institution=harare, **holders) == "one_holder"
    with pytest.raises(IntegrityError, match="grant_has_one_holder"), transaction.atomic():
        Grant.objects.filter(group=office).update(user=admin)


def test_a_group_holds_a_role_once_at_a_place_and_a_person_is_in_it_once(
    admin: User, office: Group, harare: Institution
):
    grant, someone = office.grants.get(), make_user()
    assert refused(give_grant, admin.actor, group=office, role=grant.role, institution=harare) == "already_granted"
    add_member(admin.actor, group=office, user=someone)
    assert refused(add_member, admin.actor, group=office, user=someone) == "already_member"


def test_closing_a_group_ends_its_grants_and_memberships(admin: User, office: Group, harare: Institution):
    someone = make_user()
    add_member(admin.actor, group=office, user=someone)
    close_group(admin.actor, office)
    office.refresh_from_db()
    assert not actor_of(someone).reaches
    assert Grant.objects.get(group=office).is_revoked
    assert Membership.objects.get().is_revoked
    assert refused(add_member, admin.actor, group=office, user=make_user()) == "group_closed"
    assert refused(change_group, admin.actor, office, name="Again") == "group_closed"
    assert refused(close_group, admin.actor, office) == "group_closed"
    assert refused(give_grant, admin.actor, group=office, role=make_role(MARKS), institution=harare) == "group_closed"
    assert add_group(admin.actor, name=office.name).name == office.name


def test_groups_over_http(admin: User, harare: Institution):
    client, someone = client_of(admin.actor), make_person(grants=[("lecturer", harare)])
    group = client.post("/api/v1/users/groups/", {"name": "Office"}).json()["data"]["id"]
    grant = {"group": group, "role": str(make_role(MARKS).pk), "institution": str(harare.pk)}
    granted = client.post("/api/v1/users/grants/", grant)
    assert (granted.status_code, granted.json()["data"]["user"]) == (201, None)
    entered = client.post("/api/v1/users/memberships/", {"group": group, "user": str(someone.pk)})
    assert entered.status_code == 201, entered.json()
    assert actor_of(someone).reach(MARKS).institutions == {harare.pk}
    ended = client.post(f"/api/v1/users/memberships/{entered.json()['data']['id']}/end/")
    assert (ended.status_code, ended.json()["data"]["is_revoked"]) == (200, True)
    assert client.post(f"/api/v1/users/groups/{group}/close/").status_code == 200


def test_a_person_sees_their_own_groups_and_memberships_and_no_others(admin: User, office: Group, harare: Institution):
    someone = make_person(grants=[("lecturer", harare)])
    add_member(admin.actor, group=office, user=someone)
    add_group(admin.actor, name="Another")
    add_member(admin.actor, group=office, user=make_user())
    client = client_of(someone.actor)
    assert [row["id"] for row in client.get("/api/v1/users/groups/").json()["data"]] == [str(office.pk)]
    assert [row["user"] for row in client.get("/api/v1/users/memberships/").json()["data"]] == [str(someone.pk)]


def test_an_administrator_sees_those_who_are_only_in_groups(admin: User, office: Group):
    someone = make_user()
    client = client_of(admin.actor)
    assert client.get(f"/api/v1/users/{someone.pk}/").status_code == 404
    add_member(admin.actor, group=office, user=someone)
    assert client.get(f"/api/v1/users/{someone.pk}/").status_code == 200


def test_memberships_of_another_institution_are_not_there(office: Group, admin: User):
    add_member(admin.actor, group=office, user=make_user())
    other = client_of(make_person(grants=[("institution-administrator", make_institution())]).actor)
    membership = Membership.objects.get()
    assert other.get("/api/v1/users/memberships/").json()["data"] == []
    assert other.post(f"/api/v1/users/memberships/{membership.pk}/end/").status_code == 404
    membership.refresh_from_db()
    assert not membership.is_revoked


def test_nothing_is_held_by_a_group_of_a_suspended_institution(admin: User, office: Group, harare: Institution):
    someone = make_user()
    add_member(admin.actor, group=office, user=someone)
    Institution.objects.filter(pk=harare.pk).update(status="suspended")
    assert not actor_of(someone).reaches


def test_a_grant_to_a_person_still_needs_no_group(admin: User, harare: Institution):
    someone = make_user()
    make_grant(someone, "lecturer", harare)
    assert actor_of(someone).home == harare.pk
