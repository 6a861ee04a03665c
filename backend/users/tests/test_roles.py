"""This file holds the tests of roles, grants, and the actors they make."""

from datetime import date, timedelta

import pytest

from core.actor import Reach
from core.audit.models import AuditEntry
from core.errors import NotAllowed, RuleBroken
from core.testing.fixtures import client_of
from faculties.factories import make_department, make_faculty, make_institution, today_there
from faculties.institutions.rules import close_institution, reopen_institution, suspend_institution
from faculties.models import Institution
from users.factories import make_grant, make_person, make_role, make_user
from users.models import Grant, Role, RolePermission
from users.roles.actors import actor_of
from users.roles.rules import end_grant, give_grant
from users.roles.shipped import SHIPPED_ROLES, all_permissions, permissions_of, ship_roles

pytestmark = pytest.mark.django_db
GRANTS = "/api/v1/users/grants/"


@pytest.fixture
def harare() -> Institution:
    return make_institution("HIT")


def test_every_shipped_role_is_there_with_what_it_holds():
    shipped = {role.code: role for role in Role.objects.filter(is_shipped=True)}
    assert set(shipped) == set(SHIPPED_ROLES)
    for code, role in shipped.items():
        assert dict(role.permissions.values_list("permission", "over")) == permissions_of(code)


def test_shipped_roles_hold_only_permissions_that_exist():
    held = set(RolePermission.objects.values_list("permission", flat=True))
    assert held <= set(all_permissions())


def test_shipping_roles_again_changes_nothing():
    before = list(Role.objects.order_by("id").values_list("id", "version"))
    ship_roles()
    assert list(Role.objects.order_by("id").values_list("id", "version")) == before


def test_a_grant_at_an_institution_reaches_all_of_it(harare: Institution):
    person = make_person(grants=[(make_role("students.view_student"), harare)])
    assert person.actor.reach("students.view_student") == Reach(institutions=frozenset([harare.pk]))
    assert person.actor.home == harare.pk


def test_a_grant_at_a_faculty_reaches_its_departments(harare: Institution):
    faculty = make_faculty(harare)
    below = make_department(harare, faculty=faculty)
    make_department(harare)
    reach = make_person(grants=[(make_role("x.view_y"), faculty)]).actor.reach("x.view_y")
    assert (reach.units, reach.hosts) == (frozenset([faculty.pk, below.pk]), frozenset([harare.pk]))


def test_a_grant_over_the_nation_reaches_all():
    assert make_person(grants=[(make_role("x.view_y"), None)]).actor.reach("x.view_y").nation


def test_a_permission_over_related_rows_is_not_over_the_place(harare: Institution):
    reach = make_person(grants=[(make_role("x.view_y", over="related"), harare)]).actor.reach("x.view_y")
    assert (reach.related, reach.institutions) == (frozenset([harare.pk]), frozenset())


@pytest.mark.parametrize(("begins", "ends", "holds"), [(-1, 0, True), (-2, -1, False), (1, None, False), (0, 0, True)])
def test_a_grant_holds_from_its_first_to_its_last_day(harare: Institution, begins: int, ends: int | None, holds: bool):
    today, day = today_there(), timedelta(days=1)
    last = None if ends is None else today + ends * day
    user = make_user()
    make_grant(user, make_role("x.view_y"), harare, valid_from=today + begins * day, valid_until=last)
    assert actor_of(user).may("x.view_y") is holds


def test_nobody_acts_in_an_institution_that_is_suspended(harare: Institution):
    admin = make_person(grants=[("national-administrator", None)])
    registrar = make_person(grants=[("registrar", harare)])
    suspend_institution(admin.actor, harare)
    assert not actor_of(registrar).may("students.view_student")
    reopen_institution(admin.actor, harare)
    assert actor_of(registrar).may("students.view_student")
    close_institution(admin.actor, harare, closed_on=date(2026, 1, 1))
    assert not actor_of(registrar).may("students.view_student")


def test_an_institution_administrator_appoints_a_registrar(harare: Institution):
    admin = make_person(grants=[("institution-administrator", harare)])
    someone = make_user()
    grant = give_grant(admin.actor, user=someone, role=Role.objects.get(code="registrar"), institution=harare)
    assert actor_of(someone).reach("students.add_student").institutions == {harare.pk}
    entry = AuditEntry.objects.get(rule="users.grant.given")
    assert (entry.subject_id, entry.actor_id) == (str(grant.pk), admin.pk)


def test_nobody_grants_what_they_lack(harare: Institution):
    clerk = make_person(grants=[(make_role("users.add_grant", "users.view_grant"), harare)])
    with pytest.raises(RuleBroken) as refusal:
        give_grant(clerk.actor, user=make_user(), role=Role.objects.get(code="registrar"), institution=harare)
    assert refusal.value.code == "lacks_permission"
    assert Grant.objects.filter(role__code="registrar").count() == 0


def test_nobody_grants_at_a_place_they_do_not_reach(harare: Institution):
    admin = make_person(grants=[("institution-administrator", harare)])
    elsewhere = make_institution()
    with pytest.raises(RuleBroken) as refusal:
        give_grant(admin.actor, user=make_user(), role=Role.objects.get(code="registrar"), institution=elsewhere)
    assert refusal.value.code == "lacks_permission"


def test_a_national_role_is_not_granted_by_an_institution(harare: Institution):
    admin = make_person(grants=[("institution-administrator", harare)])
    with pytest.raises(RuleBroken):
        give_grant(admin.actor, user=make_user(), role=Role.objects.get(code="national-administrator"))
    assert Grant.objects.filter(role__code="national-administrator").count() == 0


def test_a_role_is_not_granted_above_its_tier(harare: Institution):
    admin = make_person(grants=[("national-administrator", None)])
    with pytest.raises(RuleBroken) as refusal:
        give_grant(admin.actor, user=make_user(), role=Role.objects.get(code="dean"), institution=harare)
    assert refusal.value.code == "place_too_high"


def test_one_role_is_held_once_at_a_place(harare: Institution):
    admin = make_person(grants=[("national-administrator", None)])
    role, user = Role.objects.get(code="registrar"), make_user()
    give_grant(admin.actor, user=user, role=role, institution=harare)
    with pytest.raises(RuleBroken) as refusal:
        give_grant(admin.actor, user=user, role=role, institution=harare)
    assert refusal.value.code == "already_granted"


def test_ending_a_grant_keeps_it_in_the_history(harare: Institution):
    admin = make_person(grants=[("national-administrator", None)])
    grant = make_grant(make_user(), "registrar", harare)
    end_grant(admin.actor, grant)
    grant.refresh_from_db()
    assert (grant.is_revoked, grant.valid_until) == (True, today_there())
    assert not actor_of(grant.user).may("students.view_student")


def test_ending_a_grant_needs_reach_over_its_place(harare: Institution):
    registrar = make_person(grants=[("registrar", harare)])
    grant = make_grant(make_user(), "lecturer", harare)
    with pytest.raises(NotAllowed):
        end_grant(registrar.actor, grant)
    assert Grant.objects.in_force().filter(pk=grant.pk).exists()


def test_a_grant_over_http(harare: Institution):
    admin = make_person(grants=[("institution-administrator", harare)])
    someone = make_person(grants=[("lecturer", harare)])
    role = Role.objects.get(code="registrar")
    answer = client_of(admin.actor).post(
        GRANTS, {"user": str(someone.pk), "role": str(role.pk), "institution": str(harare.pk)}
    )
    assert answer.status_code == 201, answer.json()
    grant = answer.json()["data"]
    ended = client_of(admin.actor).post(f"{GRANTS}{grant['id']}/end/")
    assert (ended.status_code, ended.json()["data"]["is_revoked"]) == (200, True)


def test_an_administrator_sees_the_grants_of_their_institution_only(harare: Institution):
    admin = make_person(grants=[("institution-administrator", harare)])
    make_grant(make_user(), "registrar", make_institution())
    rows = client_of(admin.actor).get(GRANTS).json()["data"]
    assert [row["user"] for row in rows] == [str(admin.pk)]


def test_a_lecturer_sees_only_their_own_account(harare: Institution):
    lecturer = make_person(grants=[("lecturer", harare)])
    make_person(grants=[("registrar", harare)])
    rows = client_of(lecturer.actor).get("/api/v1/users/").json()["data"]
    assert [row["id"] for row in rows] == [str(lecturer.pk)]


def test_a_role_shows_what_it_holds(harare: Institution):
    admin = make_person(grants=[("institution-administrator", harare)])
    role = Role.objects.get(code="auditor")
    shown = client_of(admin.actor).get(f"/api/v1/users/roles/{role.pk}/").json()["data"]
    assert {"permission": "core.view_audit", "over": "place"} in shown["permissions"]
