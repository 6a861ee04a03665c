"""This file holds the tests of the role check: a process does not serve as a role that no wall holds."""

import pytest
from django.db import connection

from core.tenancy.roles import as_owner
from core.tenancy.startup import RoleCheck, check_role, trouble_with

SERVES = {"is_superuser": False, "bypasses": False, "reads_nation": False, "owns": False}


@pytest.mark.django_db
def test_the_role_that_serves_is_fit():
    check = RoleCheck()
    check(connection)
    assert check.passed


@pytest.mark.django_db
def test_a_process_looks_once(django_assert_num_queries):
    with django_assert_num_queries(1):
        check = RoleCheck()
        check(connection)
        check(connection)


@pytest.mark.django_db(transaction=True)
def test_the_check_runs_when_a_process_connects(monkeypatch):
    monkeypatch.setattr(check_role, "passed", False)
    connection.close()
    connection.ensure_connection()
    assert check_role.passed


@pytest.mark.django_db(transaction=True)
def test_an_unfit_role_is_refused_and_its_connection_is_closed(settings, monkeypatch):
    monkeypatch.setattr(check_role, "passed", False)
    with as_owner():
        settings.APPLICATION_ROLE = connection.settings_dict["USER"]
        settings.OWNER_DATABASE = {**settings.OWNER_DATABASE, "USER": "somebody_else"}
        for _ in range(2):
            with pytest.raises(SystemExit, match="tesc_owner owns tables"):
                connection.ensure_connection()
            assert connection.connection is None
        settings.APPLICATION_ROLE = "tesc_app"


@pytest.mark.parametrize(
    ("trait", "said"),
    [
        ({"is_superuser": True}, "app is a superuser"),
        ({"bypasses": True}, "app has BYPASSRLS"),
        ({"reads_nation": True}, "app inherits tesc_national"),
        ({"reads_nation": None}, "tesc_national is missing"),
        ({"owns": True}, "app owns tables"),
    ],
)
def test_each_unfit_role_hears_why(trait, said):
    assert said in trouble_with("app", **{**SERVES, **trait})


def test_on_a_small_site_the_owner_may_serve(settings):
    settings.OWNER_DATABASE = {**settings.OWNER_DATABASE, "USER": "app"}
    assert trouble_with("app", **{**SERVES, "owns": True}) is None
