"""This file holds the tests of how long sessions last and who needs a second factor."""

from datetime import timedelta

import pytest

from core.testing.fixtures import client_of
from faculties.factories import make_department, make_faculty, make_institution
from faculties.models import Institution
from users.factories import make_grant, make_person, make_role, make_user
from users.models import User
from users.roles.limits import NEEDS_SECOND_FACTOR, Limits, limits_of
from users.roles.shipped import all_permissions

pytestmark = pytest.mark.django_db
STAFF = timedelta(minutes=30), timedelta(hours=12)
OTHERS = timedelta(hours=12), timedelta(days=14)


@pytest.fixture
def harare() -> Institution:
    return make_institution("HIT")


def test_whoever_holds_nothing_has_the_long_limits_and_needs_no_second_factor():
    assert limits_of(make_user()) == Limits(*OTHERS, needs_second_factor=False)


@pytest.mark.parametrize(
    ("role", "times", "needs"),
    [
        ("student", OTHERS, False),
        ("lecturer", STAFF, False),
        ("innovation-manager", STAFF, False),
        ("registrar", STAFF, True),
        ("institution-administrator", STAFF, True),
    ],
)
def test_limits_follow_what_a_role_holds(harare: Institution, role: str, times: tuple, needs: bool):
    assert limits_of(make_person(grants=[(role, harare)])) == Limits(*times, needs_second_factor=needs)


@pytest.mark.parametrize("role", ["national-administrator", "national-analyst", "auditor"])
def test_whoever_reaches_the_nation_needs_a_second_factor(role: str):
    assert limits_of(make_person(grants=[(role, None)])) == Limits(*STAFF, needs_second_factor=True)


def test_deans_and_heads_are_staff_without_a_second_factor(harare: Institution):
    faculty = make_faculty(harare)
    for role, place in (("dean", faculty), ("head-of-department", make_department(harare, faculty=faculty))):
        assert limits_of(make_person(grants=[(role, place)])) == Limits(*STAFF, needs_second_factor=False)


def test_the_strictest_of_several_roles_wins(harare: Institution):
    someone = make_person(grants=[("student", harare), ("registrar", make_institution())])
    assert limits_of(someone) == Limits(*STAFF, needs_second_factor=True)


def test_a_role_of_another_name_is_judged_by_what_it_holds(harare: Institution):
    assert limits_of(make_person(grants=[(make_role("users.add_grant"), harare)])).needs_second_factor
    own = make_role("students.view_student", over="related")
    assert limits_of(make_person(grants=[(own, harare)])) == Limits(*OTHERS, needs_second_factor=False)
    assert limits_of(make_person(grants=[(make_role("students.view_student"), harare)])).idle == STAFF[0]


def test_a_second_factor_is_for_power_over_others(harare: Institution):
    own = make_role("users.export_person", over="related")
    assert not limits_of(make_person(grants=[(own, harare)])).needs_second_factor


def test_what_ended_counts_no_longer(harare: Institution):
    user = make_user()
    make_grant(user, "registrar", harare, is_revoked=True)
    assert limits_of(user) == Limits(*OTHERS, needs_second_factor=False)


def test_a_demo_account_needs_no_second_factor_and_has_the_times_of_its_role(harare: Institution):
    demo = make_person(is_demo=True, grants=[("registrar", harare)])
    assert limits_of(demo) == Limits(*STAFF, needs_second_factor=False)


def test_a_demo_account_is_not_made_over_http(harare: Institution):
    admin = make_person(grants=[("national-administrator", None)])
    body = {"email": "new@tesc.test", "name": "Rudo Ncube"}
    assert client_of(admin.actor).post("/api/v1/users/", {**body, "is_demo": True}).status_code == 400
    made = client_of(admin.actor).post("/api/v1/users/", body)
    assert "is_demo" not in made.json()["data"]
    assert not User.objects.get(email="new@tesc.test").is_demo


def test_the_codes_that_need_a_second_factor_exist():
    assert set(all_permissions()) >= NEEDS_SECOND_FACTOR
