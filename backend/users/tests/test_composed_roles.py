"""This file holds the tests of roles that institutions compose: of no more than their composer holds."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core.audit.models import AuditEntry
from core.errors import NotVisible, RuleBroken
from core.freshness.models import Change
from core.testing.fixtures import client_of
from faculties.factories import make_faculty, make_institution
from faculties.models import Institution
from users.factories import make_grant, make_person, make_role, make_user
from users.models import Role, User
from users.roles.actors import actor_of
from users.roles.rules import change_role, close_role, compose_role, give_grant
from users.roles.shipped import permissions_below_the_nation, ship_roles

pytestmark = pytest.mark.django_db
ROLES = "/api/v1/users/roles/"


@pytest.fixture
def harare() -> Institution:
    return make_institution("HIT")


@pytest.fixture
def admin(harare: Institution) -> User:
    return make_person(grants=[("institution-administrator", harare)])


def held(*permissions: str, over: str = "place") -> list[dict[str, str]]:
    return [{"permission": permission, "over": over} for permission in permissions]


def compose(admin: User, *permissions: str, **fields: Any) -> Role:
    fields = {"code": "exams-clerk", "name": "Exams clerk", "tier": "institution", **fields}
    return compose_role(admin.actor, permissions=held(*permissions or ["academic.view_mark"]), **fields)


def refused(deed: Any, *arguments: Any, **fields: Any) -> str:
    with pytest.raises(RuleBroken) as refusal:
        deed(*arguments, **fields)
    return refusal.value.code


def test_an_institution_composes_a_role_and_grants_it(admin: User, harare: Institution):
    role = compose(admin, "academic.view_mark", "students.view_student")
    someone = make_user()
    give_grant(admin.actor, user=someone, role=role, institution=harare)
    assert {code: reach.institutions for code, reach in actor_of(someone).reaches.items()} == {
        "academic.view_mark": {harare.pk}, "students.view_student": {harare.pk},
    }  # fmt: skip


def test_a_role_over_http(admin: User, harare: Institution):
    client = client_of(admin.actor)
    body = {"code": "clerk", "name": "Clerk", "tier": "institution", "permissions": held("academic.view_mark")}
    made = client.post(ROLES, body)
    assert made.status_code == 201, made.json()
    role = made.json()["data"]
    assert (role["institution"], role["permissions"]) == (str(harare.pk), held("academic.view_mark"))
    wider = held("academic.view_mark", "academic.view_term")
    changed = client.patch(f"{ROLES}{role['id']}/", {"permissions": wider})
    assert (changed.status_code, changed.json()["data"]["permissions"]) == (200, wider)
    closed = client.post(f"{ROLES}{role['id']}/close/")
    assert closed.status_code == 200
    assert closed.json()["data"]["closed_at"]


def test_the_audit_log_tells_what_a_role_gained_and_lost(admin: User):
    role = compose(admin, "academic.view_mark")
    change_role(admin.actor, role, permissions=held("academic.view_term"))
    entry = AuditEntry.objects.get(rule="users.role.changed")
    assert entry.changes["permissions"] == [["academic.view_mark over place"], ["academic.view_term over place"]]


def test_nobody_composes_what_they_lack(harare: Institution):
    composer = make_person(grants=[(make_role("users.add_role", "academic.view_mark"), harare)])
    assert refused(compose, composer, "academic.view_mark", "academic.change_mark") == "lacks_permission"
    assert Role.objects.filter(institution=harare).count() == 0
    assert AuditEntry.objects.filter(rule="users.role.composed", decision="done").count() == 0


def test_what_is_held_at_a_faculty_is_not_held_over_the_institution(harare: Institution):
    faculty = make_faculty(harare)
    composer = make_person(grants=[(make_role("users.add_role"), harare), (make_role("academic.view_mark"), faculty)])
    assert refused(compose, composer, "academic.view_mark") == "lacks_permission"


def test_a_role_of_an_institution_holds_nothing_of_the_nation(harare: Institution):
    minister = make_person(grants=[("national-administrator", None)])
    narrowed = minister.actor.within(harare.pk)
    for code in ("faculties.add_institution", "instauth.approve_provider", "students.view_anything"):
        assert (
            refused(compose_role, narrowed, code="x", name="X", tier="institution", permissions=held(code))
            == "beyond_tier"
        )
    assert Role.objects.filter(institution=harare).count() == 0


def test_what_may_be_held_over_a_relation_only_is_not_held_over_a_place():
    allowed = permissions_below_the_nation()
    assert allowed["academic.view_mark"] == "place"
    assert "faculties.add_institution" not in allowed


def test_a_role_of_an_institution_is_below_the_nation_in_the_database_too(admin: User):
    role = compose(admin)
    for wrong in ({"tier": "nation"}, {"is_shipped": True}):
        with pytest.raises(IntegrityError, match="role_of_an_institution_stays_there"), transaction.atomic():
            Role.objects.filter(pk=role.pk).update(**wrong)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"tier": "nation"}, "place_too_high"),
        ({"code": "registrar"}, "code_taken"),
        ({"code": "exams-clerk"}, "code_taken"),
        ({"permissions": held("academic.view_mark", "academic.view_mark")}, "named_twice"),
        ({"permissions": []}, None),
        ({"permissions": [{"permission": "academic.view_mark", "over": "everything"}]}, None),
        ({"permissions": "all"}, None),
        ({"is_shipped": True}, None),
        ({"institution": "elsewhere"}, None),
    ],
)
def test_wrong_bodies_are_refused_and_change_nothing(admin: User, wrong: dict[str, Any], code: str | None):
    compose(admin)
    body = {"code": "other", "name": "Other", "tier": "institution", "permissions": held("academic.view_mark"), **wrong}
    answer = client_of(admin.actor).post(ROLES, body)
    assert 400 <= answer.status_code < 500
    assert code is None or answer.json()["errors"][0]["code"] == code
    assert Role.objects.filter(institution__isnull=False).count() == 1


def test_two_institutions_use_the_same_code(admin: User):
    other = make_person(grants=[("institution-administrator", make_institution())])
    assert compose(admin).code == compose(other).code


def test_a_composed_role_of_a_shipped_code_is_left_alone_when_roles_are_shipped(admin: User, harare: Institution):
    theirs = Role(institution=harare, code="registrar", name="Ours", tier="institution").save_checked()
    ship_roles()
    assert Role.objects.get(pk=theirs.pk).name == "Ours"
    assert Role.objects.shipped("registrar").is_shipped


def test_a_role_is_not_granted_in_another_institution(admin: User):
    role, elsewhere = compose(admin), make_institution()
    minister = make_person(grants=[("national-administrator", None)])
    code = refused(give_grant, minister.actor, user=make_user(), role=role, institution=elsewhere)
    assert (code, role.grants.count()) == ("other_institution", 0)


def test_another_institution_sees_and_changes_neither(admin: User):
    role = compose(admin)
    other = make_person(grants=[("institution-administrator", make_institution())])
    client = client_of(other.actor)
    assert client.get(f"{ROLES}{role.pk}/").status_code == 404
    assert str(role.pk) not in {row["id"] for row in client.get(f"{ROLES}?limit=100").json()["data"]}
    assert client.patch(f"{ROLES}{role.pk}/", {"name": "Mine"}).status_code == 404
    with pytest.raises(NotVisible):
        close_role(other.actor, role)
    assert Role.objects.get(pk=role.pk).name == "Exams clerk"


@pytest.mark.parametrize("who", ["national-administrator", "institution-administrator"])
def test_nobody_changes_a_shipped_role(harare: Institution, who: str):
    person = make_person(grants=[(who, None if who.startswith("national") else harare)])
    role = Role.objects.shipped("student")
    client = client_of(person.actor)
    for answer in (client.patch(f"{ROLES}{role.pk}/", {"name": "Mine"}), client.post(f"{ROLES}{role.pk}/close/")):
        assert answer.status_code == 403
    role.refresh_from_db()
    assert (role.name, role.closed_at) == ("Student", None)


def test_growing_a_role_that_people_hold_is_judged_like_a_grant(admin: User, harare: Institution):
    role = compose(admin)
    composer = make_person(
        grants=[(make_role("users.change_role", "academic.view_mark", "academic.view_term"), harare)]
    )
    wider = held("academic.view_mark", "academic.view_term")
    change_role(composer.actor, role, permissions=wider)  # nobody holds it yet
    make_grant(make_user(), role, harare)
    change_role(composer.actor, role, permissions=held("academic.view_mark"))  # taking away is free
    assert refused(change_role, composer.actor, role, permissions=wider) == "lacks_permission"
    assert list(role.permissions.values_list("permission", flat=True)) == ["academic.view_mark"]


def test_nobody_grows_a_role_by_what_they_lack(admin: User, harare: Institution):
    role = compose(admin)
    composer = make_person(grants=[(make_role("users.change_role", "academic.view_mark"), harare)])
    code = refused(change_role, composer.actor, role, permissions=held("academic.view_mark", "academic.change_mark"))
    assert (code, role.permissions.count()) == ("lacks_permission", 1)


def test_from_related_rows_to_a_place_is_growing(admin: User, harare: Institution):
    role = compose_role(
        admin.actor, code="x", name="X", tier="institution", permissions=held("academic.view_mark", over="related")
    )
    composer = make_person(grants=[(make_role("users.change_role"), harare)])
    assert refused(change_role, composer.actor, role, permissions=held("academic.view_mark")) == "lacks_permission"


def test_whoever_holds_a_role_has_what_it_gained_at_once_on_every_worker(admin: User, harare: Institution):
    role, someone = compose(admin), make_user()
    make_grant(someone, role, harare)
    change_role(admin.actor, role, permissions=held("academic.view_term"))
    assert set(actor_of(someone).reaches) == {"academic.view_term"}
    assert Change.objects.filter(key="roles").exists()


def test_closing_a_role_ends_its_grants_and_keeps_them_in_the_history(admin: User, harare: Institution):
    role, someone = compose(admin), make_user()
    grant = make_grant(someone, role, harare)
    close_role(admin.actor, role)
    grant.refresh_from_db()
    assert grant.is_revoked
    assert not actor_of(someone).may("academic.view_mark")
    assert refused(give_grant, admin.actor, user=someone, role=role, institution=harare) == "role_closed"
    role.refresh_from_db()
    for deed in (close_role, change_role):
        assert refused(deed, admin.actor, role) == "role_closed"
